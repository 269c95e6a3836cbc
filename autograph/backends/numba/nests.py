"""Loop nests as numba source: sums in blocks, rims around a box, plain loops.

Enters: `Nest` statements and the reductions in them. Leaves: lines of source.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograph.backends import loops as lp
from autograph.backends.dependence import rows_are_independent
from autograph.backends.effects import Place, effects
from autograph.backends.naming import Names
from autograph.backends.numba.expressions import Expressions
from autograph.backends.numba.sums import SUM_BLOCK, BlockSums, is_long_sum
from autograph.errors import InternalError
from autograph.ir.affine import Affine
from autograph.ir.graph import Value


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
        self.running: dict[Value, set[Place]] = {}  # by index, what a loop around writes

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
        return f"for {name} in {_range('range', self.form(lower), self.form(upper))}:"

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
            and any(map(is_long_sum, s.body))
            and s.upper[-1].constant is None
            and inside.isdisjoint(s.upper[-1].symbols)
        ]

    def loops(self, nest: lp.Nest) -> None:
        """Write a nest once."""
        few = nest.upper[-1].constant is not None and nest.upper[-1].const <= SUM_BLOCK
        hole, filled = lp.hole(nest), lp.filled(nest)
        if filled is not None and filled[0].waves is not None:
            self.fill(filled[0], filled[0].waves, filled[1])
        elif hole is not None:
            self.rim_nest(nest, *hole)
        elif any(map(is_long_sum, nest.body)) and not few and _may_regroup(nest):
            self.summing_nest(nest)
        else:
            self.plain_nest(nest)

    def fill(self, buffer: lp.Buffer, waves: lp.Waves, content: lp.Constant) -> None:
        """Write a loop over the elements of a buffer that is stored in waves."""
        wave, first, place = (self.names.fresh(stem) for stem in ("wave", "first", "k"))
        rows, columns = map(self.expressions.factor, buffer.dims)
        width, skew = self.names.of(waves.width), waves.skew
        low = f"max(0, ({wave} - {columns} + {skew}) // {skew})"
        high = f"min({rows}, {wave} // {skew} + 1)"
        self.line(f"for {wave} in range({skew} * ({rows} - 1) + {columns}):")
        self.line(f"    {first} = {width} * {wave}")
        self.line(f"    for {place} in independent({first} + {low}, {first} + {high}):")
        self.line(f"        {self.names.of(buffer)}[{place}] = {self.expr(content)}")

    def plain_nest(self, nest: lp.Nest) -> None:
        """Write a nest whose terms are added up one after the other."""
        self.outer_loops(nest)
        self.prefetches(nest)
        index, lower, upper = nest.indices[-1], nest.lower[-1], nest.upper[-1]
        if nest.reverse[-1]:
            self.line(self.loop(index, lower, upper, True))
            self.inside(nest.body)
        else:
            bounds = self.form(lower), self.form(upper)
            ordered = nest.ordered and not rows_are_independent(nest)
            self.row(index, bounds, nest.body, lambda: self.inside(nest.body), ordered)
        self.depth -= len(nest.indices) - 1
        self.names.release(nest.indices)

    def prefetches(self, nest: lp.Nest) -> None:
        """Ask for memory ahead of rows that the loops around go through one after the other."""
        index, lower, upper = nest.indices[-1], nest.lower[-1], nest.upper[-1]
        for buffer, point in self.streamed(nest).items():
            start = [self.form(form.substitute({index: lower})) for form in point]
            row = f"({', '.join(start)},)" if len(start) == 1 else f"({', '.join(start)})"
            name, count = self.names.of(buffer), self.form(upper - lower)
            self.line(f"prefetch_row({name}, {row}, {count})")

    def streamed(self, nest: lp.Nest) -> dict[lp.Buffer, lp.Point]:
        """Return buffers that a nest either stores to or reads, ever farther on, and where.

        Sweeps over a plane ask for what they read, too, such as tapes, of several rows for the one
        farthest on; but only for the function's own, since asking takes it away from other
        processors, and not for what a loop around has just written.
        """
        happens = effects(nest)
        stores = [(s.buffer, s.index) for s in nest.body if isinstance(s, lp.Store)]
        found = {b: x for b, x in stores if b not in happens.reads and self.streams(x, nest)}
        parts = [e for s in nest.body for x in lp.expressions(s) for e in lp.subexpressions(x)]
        sweeps = stores and len(nest.indices) > 1 and not self.nested
        for load in (e for e in parts if sweeps and isinstance(e, lp.Load)):
            written = happens.writes.union(*self.running.values())
            is_read_only = load.buffer.param is None and load.buffer not in written
            if is_read_only and self.streams(load.index, nest):
                before = found.setdefault(load.buffer, load.index)
                if ((load.index[-2] - before[-2]).constant or 0) > 0:
                    found[load.buffer] = load.index
        return found

    def streams(self, point: lp.Point, nest: lp.Nest) -> bool:
        """Return whether an element is in rows that the loops around go through once."""
        symbols = [set(form.symbols) for form in point]
        index = nest.indices[-1]
        along = point[-1].coefficient(index) == 1 and not nest.reverse[-1]
        moves = any(not self.running.keys().isdisjoint(found) for found in symbols[:-1])
        return along and moves and not any(index in found for found in symbols[:-1])

    def row(
        self,
        index: Value,
        bounds: tuple[str, str],
        body: Sequence[lp.Stmt],
        write: Callable[[], None],
        ordered: bool = False,
    ) -> None:
        """Write the innermost loop of a nest; `write` writes its body.

        The last iterations, which do not fill a vector, get a loop of their own where they take
        long: it runs on a part of one instead of one by one.
        """
        name, (low, high) = self.names.of(index), bounds
        kind = "range" if ordered or not is_plain(body) else "independent"
        lanes = costly_lanes(body) if kind == "independent" and not high.isdigit() else 0
        if lanes:
            whole = self.names.fresh("whole")
            count = high if low == "0" else f"{high} - ({low})"
            self.line(f"{whole} = {'' if low == '0' else f'{low} + '}(({count}) & -{lanes})")
            self.line(f"for {name} in {_range(kind, low, whole)}:")
            write()
            low, kind = whole, "independent_rest"
        self.line(f"for {name} in {_range(kind, low, high)}:")
        write()

    def inside(self, body: Sequence[lp.Stmt]) -> None:
        """Write the body of a loop of a nest."""
        self.nested += 1
        self.indented(body)
        self.nested -= 1

    def outer_loops(self, nest: lp.Nest) -> None:
        """Open the loops over all axes but the last."""
        axes = list(zip(nest.indices, nest.lower, nest.upper, nest.reverse, strict=True))
        for index, lower, upper, reverse in axes[:-1]:
            self.line(self.loop(index, lower, upper, reverse))
            self.depth += 1

    def rim_nest(self, nest: lp.Nest, hole: lp.Inside, rest: Sequence[lp.Stmt]) -> None:
        """Write a nest that leaves a box out: per row the parts on both sides of it.

        What is known of the points there decides most tests for boxes beforehand.
        """
        sums = self.sums(rest)
        sums.begin()
        self.outer_loops(nest)
        index, lower, upper = nest.indices[-1], nest.lower[-1], nest.upper[-1]
        begin, end = hole.lower[-1], hole.upper[-1]
        rows = lp.Inside(hole.point[:-1], hole.lower[:-1], hole.upper[:-1])
        test, crosses = self.expr(rows), f"{self.form(begin)} < {self.form(end)}"
        self.line(f"if {crosses}:" if test == "True" else f"if {test} and {crosses}:")
        self.depth += 1
        sums.open_block()
        for first, last, near in (
            (lower, begin, (lower, end - 1)),
            (end, upper, (begin + 1, upper)),
        ):
            sides = [lp.Inside(hole.point[-1:], (x,), (y,)) for x, y in ((first, last), near)]
            if first != last:
                self.line(self.loop(index, first, last, False))
                with self.expressions.knowing(rows, *sides):
                    self.terms(index, rest, sums)
        sums.close_block()
        if lower == begin and end == upper:
            self.line("pass")
        self.depth -= 1
        self.line("else:")
        self.depth += 1
        if len(nest.indices) == 1:
            self.last_loop(index, lower, upper, rest, sums)
        else:
            self.rim_row(nest, hole, rest, sums)
        self.depth -= len(nest.indices)
        sums.end()
        self.names.release(nest.indices)

    def rim_row(
        self, nest: lp.Nest, hole: lp.Inside, rest: Sequence[lp.Stmt], sums: BlockSums
    ) -> None:
        """Write a row that lies beside the hole: its ends, then the part that runs along it.

        In that part only the row decides tests for boxes, so that it runs on vectors.
        """
        index, lower, upper = nest.indices[-1], nest.lower[-1], nest.upper[-1]
        begin, end = hole.lower[-1], hole.upper[-1]
        low, high, first, last = map(self.form, (begin, end, lower, upper))
        side, start, stop = map(self.names.fresh, ("side", "start", "stop"))
        sums.open_block()
        self.line(f"for {side} in range(2 if {low} < {high} else 1):")
        self.depth += 1
        self.line(f"{start} = {high} if {side} else {first}")
        self.line(f"{stop} = {low} if {side} == 0 and {low} < {high} else {last}")
        self.line(f"for {self.names.of(index)} in range({start}, {stop}):")
        self.terms(index, rest, sums)
        self.depth -= 1
        sums.close_block()
        with self.expressions.knowing(lp.Inside(hole.point[-1:], (begin,), (end,))):
            self.last_loop(index, begin, end, rest, sums)

    def summing_nest(self, nest: lp.Nest) -> None:
        """Write a nest whose sums are added up blockwise.

        A nest that also stores is written twice: short rows are one block each, and without a loop
        over blocks around it, the tests whether arrays overlap need not be repeated in each row.
        """
        sums = self.sums(nest.body)
        sums.begin()
        index, lower, upper = nest.indices[-1], nest.lower[-1], nest.upper[-1]
        stores = any(isinstance(s, lp.Store) for s in nest.body)
        twice = stores and len(nest.indices) > 1 and (upper - lower).constant is None
        if twice:
            self.line(f"if {self.form(upper - lower)} <= {SUM_BLOCK}:")
            self.depth += 1
            self.outer_loops(nest)
            self.prefetches(nest)
            sums.open_block()
            bounds = self.form(lower), self.form(upper)
            self.row(index, bounds, nest.body, lambda: self.terms(index, nest.body, sums))
            sums.close_block()
            self.depth -= len(nest.indices)
            self.line("else:")
            self.depth += 1
        self.outer_loops(nest)
        self.last_loop(index, lower, upper, nest.body, sums)
        self.depth -= len(nest.indices) - 1 + twice
        sums.end()
        self.names.release(nest.indices)

    def sums(self, body: Sequence[lp.Stmt]) -> BlockSums:
        """Return the sums of a body, to be added up blockwise unless that is done around it."""
        body = [] if self.short_sums else body
        return BlockSums(body, self.names, self.line, compensated=not self.nested)

    def last_loop(
        self, index: Value, lower: Affine, upper: Affine, body: Sequence[lp.Stmt], sums: BlockSums
    ) -> None:
        """Write the loop over the last axis, in blocks if there are sums."""
        if not sums.redirected:
            bounds = self.form(lower), self.form(upper)
            self.row(index, bounds, body, lambda: self.terms(index, body, sums))
            return
        start, end = self.names.fresh("start"), self.form(upper)
        self.line(f"for {start} in range({self.form(lower)}, {end}, {SUM_BLOCK}):")
        self.depth += 1
        sums.open_block()
        bounds = start, f"min({start} + {SUM_BLOCK}, {end})"
        self.row(index, bounds, body, lambda: self.terms(index, body, sums))
        sums.close_block()
        self.depth -= 1

    def terms(self, index: Value, body: Sequence[lp.Stmt], sums: BlockSums) -> None:
        """Write the body of a loop whose sums go to the sums of a block."""
        self.line(f"    assume_nonnegative({self.names.of(index)})")
        self.redirected.update(sums.redirected)
        self.inside(body)
        for target in sums.redirected:
            del self.redirected[target]

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


#: Bytes of the longest vectors.
VECTOR = 64


def is_plain(body: Sequence[lp.Stmt]) -> bool:
    """Return whether iterations only compute, so that the nest says all about their order."""
    kinds = lp.Let | lp.Assign | lp.Store | lp.Reduce | lp.If
    return all(isinstance(statement, kinds) for statement in lp.walk(body))


def costly_lanes(body: Sequence[lp.Stmt]) -> int:
    """Return how many elements make a vector for statements that take long; 0 for others."""
    results = [x for s in body for x in lp.expressions(s)]
    parts = [e for x in results for e in lp.subexpressions(x)]
    costly = any(isinstance(e, lp.Apply) and not e.op.cheap for e in parts)
    branches = any(isinstance(s, lp.If) for s in body)
    return VECTOR // max(x.dtype.itemsize for x in results) if costly and not branches else 0


def _range(kind: str, low: str, high: str) -> str:
    return f"{kind}({high})" if low == "0" else f"{kind}({low}, {high})"


def _may_regroup(nest: lp.Nest) -> bool:
    return not nest.ordered and not any(nest.reverse)
