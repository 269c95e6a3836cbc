"""Loop nests as numba source: sums in blocks, rims around a box, plain loops.

Enters: `Nest` statements and the reductions in them. Leaves: lines of source.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograph.backends import loops as lp
from autograph.backends.naming import Names
from autograph.backends.numba.expressions import Expressions, literal
from autograph.errors import InternalError
from autograph.ir.affine import Affine
from autograph.ir.graph import Value

#: Long sums are added up in blocks of this many terms.
SUM_BLOCK = 512


class NestWriter:
    """Writes lines; knows loops and reductions, and leaves other statements to a subclass.

    Args:
        names: Names of variables.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self.lines: list[str] = []
        self.depth = 1
        self.expressions = Expressions(names, self.line)
        self.nested = 0
        self.short_sums = False
        self.redirected: dict[Value, str] = {}

    def line(self, text: str) -> None:
        """Append a line."""
        self.lines.append("    " * self.depth + text)

    def form(self, form: Affine) -> str:
        """Return the text of an affine form."""
        return self.expressions.form(form)

    def expr(self, expr: lp.Expr) -> str:
        """Return the text of an expression."""
        return self.expressions.bare(expr)

    def statement(self, statement: lp.Stmt) -> None:
        """Write any statement."""
        raise NotImplementedError

    def indented(self, body: Sequence[lp.Stmt]) -> None:
        """Write a block one level deeper."""
        self.depth += 1
        count = len(self.lines)
        for statement in body:
            self.statement(statement)
        if len(self.lines) == count:
            self.line("pass")
        self.depth -= 1

    def loop(self, index: Value, lower: Affine, upper: Affine, reverse: bool) -> str:
        """Return the head of a loop."""
        name = self.names.of(index)
        if reverse:
            return f"for {name} in range({self.form(upper - 1)}, {self.form(lower - 1)}, -1):"
        start = "" if lower == 0 else f"{self.form(lower)}, "
        return f"for {name} in range({start}{self.form(upper)}):"

    # ------------------------------------------------------------ nests

    def nest(self, nest: lp.Nest) -> None:
        """Write a nest; twice if how to add up depends on the number of terms."""
        long = [] if self.nested or self.short_sums else self.inner_sums(nest)
        if not long:
            self.loops(nest)
            return
        tests = [f"{self.form(length)} <= {SUM_BLOCK}" for length in dict.fromkeys(long)]
        self.line(f"if {' and '.join(tests)}:")
        self.short_sums = True
        self.depth += 1
        self.loops(nest)
        self.short_sums = False
        self.depth -= 1
        self.line("else:")
        self.depth += 1
        self.loops(nest)
        self.depth -= 1

    @staticmethod
    def inner_sums(nest: lp.Nest) -> list[Affine]:
        """Return the lengths of a nest's inner sums that may be long, as far as known outside.

        For sums of few terms, blocks would take longer than the sum itself.
        """
        inside = {i for s in lp.walk([nest]) if isinstance(s, lp.Nest) for i in s.indices}
        return [
            s.upper[-1]
            for s in lp.walk(nest.body)
            if isinstance(s, lp.Nest)
            and any(isinstance(x, lp.Reduce) and _is_long_sum(x) for x in s.body)
            and s.upper[-1].constant is None
            and inside.isdisjoint(s.upper[-1].symbols)
        ]

    def loops(self, nest: lp.Nest) -> None:
        """Write a nest once."""
        sums = [s for s in nest.body if isinstance(s, lp.Reduce) and _is_long_sum(s)]
        few = nest.upper[-1].constant is not None and nest.upper[-1].const <= SUM_BLOCK
        if sums and not few and not self.short_sums and not any(nest.reverse) and not nest.ordered:
            self.summing_nest(nest, sums)
            return
        self.nested += 1
        self.plain_nest(nest)
        self.nested -= 1

    def plain_nest(self, nest: lp.Nest) -> None:
        """Write a nest whose terms are added up one after the other."""
        hole = _hole(nest)
        if hole is not None:
            self.rim_nest(nest, *hole)
            return
        self.outer_loops(nest)
        index, lower, upper = nest.indices[-1], nest.lower[-1], nest.upper[-1]
        self.line(self.loop(index, lower, upper, nest.reverse[-1]))
        self.indented(nest.body)
        self.depth -= len(nest.indices) - 1
        self.names.release(nest.indices)

    def outer_loops(self, nest: lp.Nest) -> None:
        """Open the loops over all axes but the last."""
        axes = list(zip(nest.indices, nest.lower, nest.upper, nest.reverse, strict=True))
        for index, lower, upper, reverse in axes[:-1]:
            self.line(self.loop(index, lower, upper, reverse))
            self.depth += 1

    def rim_nest(self, nest: lp.Nest, hole: lp.Inside, rest: Sequence[lp.Stmt]) -> None:
        """Write a nest that leaves a box out: per row the parts on both sides of it."""
        self.outer_loops(nest)
        first, last, side = (self.names.fresh(name) for name in ("first", "last", "side"))
        index, lower, upper = nest.indices[-1], nest.lower[-1], nest.upper[-1]
        begin, end = self.form(hole.lower[-1]), self.form(hole.upper[-1])
        test = self.expr(lp.Inside(hole.point[:-1], hole.lower[:-1], hole.upper[:-1]))
        crosses = f"{begin} < {end}" if test == "True" else f"{test} and {begin} < {end}"
        self.line(f"for {side} in range(2):")
        self.depth += 1
        self.line(f"{first}, {last} = {self.form(lower)}, {self.form(upper)}")
        self.line(f"if {crosses}:")
        self.line(f"    if {side} == 0:")
        self.line(f"        {last} = {begin}")
        self.line("    else:")
        self.line(f"        {first} = {end}")
        self.line(f"elif {side} == 1:")
        self.line(f"    {last} = {first}")
        self.line(f"for {self.names.of(index)} in range({first}, {last}):")
        self.line(f"    assume_nonnegative({self.names.of(index)})")
        self.indented(rest)
        self.depth -= len(nest.indices)
        self.names.release(nest.indices)

    def summing_nest(self, nest: lp.Nest, sums: Sequence[lp.Reduce]) -> None:
        """Write a nest whose sums are added up blockwise.

        Where the sum is not one of many, rounding errors of block sums are added up too.
        """
        totals = [self.names.of(s.target) for s in sums]
        partial = [self.names.fresh("part") for _ in sums]
        errors = [] if self.nested else [self.names.fresh("error") for _ in sums]
        zeros = [literal(s.target.dtype.type(0)) for s in sums]
        for error, zero in zip(errors, zeros, strict=False):
            self.line(f"{error} = {zero}")
        self.outer_loops(nest)
        index, lower, upper = nest.indices[-1], nest.lower[-1], nest.upper[-1]
        start, name = self.names.fresh("start"), self.names.of(index)
        self.line(f"for {start} in range({self.form(lower)}, {self.form(upper)}, {SUM_BLOCK}):")
        self.depth += 1
        for part, zero in zip(partial, zeros, strict=True):
            self.line(f"{part} = {zero}")
        self.line(f"for {name} in range({start}, min({start} + {SUM_BLOCK}, {self.form(upper)})):")
        self.redirected.update(zip([s.target for s in sums], partial, strict=True))
        self.line(f"    assume_nonnegative({name})")
        self.nested += 1
        self.indented(nest.body)
        self.nested -= 1
        for s, total, part in zip(sums, totals, partial, strict=True):
            del self.redirected[s.target]
            if not errors:
                self.line(f"{total} += {part}")
        for total, part, error in zip(totals, partial, errors, strict=False):
            self.two_sum(total, part, error)
        self.depth -= len(nest.indices)
        for total, error in zip(totals, errors, strict=False):
            self.line(f"if {error} == {error}:")
            self.line(f"    {total} += {error}")
        self.names.release(nest.indices)

    def two_sum(self, total: str, part: str, error: str) -> None:
        """Add a block's sum to the total and the rounding error to the error (Knuth's two-sum)."""
        new, back = self.names.fresh("new"), self.names.fresh("back")
        self.line(f"{new} = {total} + {part}")
        self.line(f"{back} = {new} - {total}")
        self.line(f"{error} += ({total} - ({new} - {back})) + ({part} - {back})")
        self.line(f"{total} = {new}")

    def reduce(self, statement: lp.Reduce) -> None:
        """Write an accumulation."""
        target, op = statement.target, statement.op
        name = self.redirected.get(target) or self.names.of(target)
        if op.name in ("add", "multiply") and target.dtype.kind == "f":
            self.line(f"{name} = reassociated_{op.name}({name}, {self.expr(statement.expr)})")
            return
        if name != self.names.of(target):
            raise InternalError("a redirected reduction is no sum")
        new = lp.Apply(op, (lp.Read(target), statement.expr), target.dtype)
        text = self.expr(new)
        self.line(f"{name} = {text}")

    def arg_reduce(self, statement: lp.ArgReduce) -> None:
        """Write a step of a search for the best element."""
        best, position = self.names.of(statement.best), self.names.of(statement.position)
        found = self.names.fresh("found")
        self.line(f"{found} = {self.expr(statement.expr)}")
        sign = ">" if statement.op.name == "greater" else "<"
        test = f"{position} < 0 or {found} {sign} {best}"
        if statement.best.dtype.kind == "f":
            test += f" or ({found} != {found} and {best} == {best})"
        self.line(f"if {test}:")
        self.line(f"    {best} = {found}")
        self.line(f"    {position} = {self.form(statement.at)}")


def _is_long_sum(statement: lp.Reduce) -> bool:
    return statement.careful and statement.op.name == "add" and statement.target.dtype.kind == "f"


def _hole(nest: lp.Nest) -> tuple[lp.Inside, list[lp.Stmt]] | None:
    """Return the box that a nest leaves out, and what it does elsewhere, if that is all it does."""
    if len(nest.body) != 1 or any(nest.reverse):
        return None
    (statement,) = nest.body
    if not isinstance(statement, lp.If) or statement.then:
        return None
    hole = statement.condition
    own = tuple(map(Affine.of, nest.indices))
    return (hole, statement.orelse) if isinstance(hole, lp.Inside) and hole.point == own else None
