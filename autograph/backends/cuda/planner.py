"""Division of the loop form between host and device.

Enters: a `LoopFunction`. Leaves: a plan whose launches hold the statements to become kernels.

Nests run in parallel. Loops and branches around them, and all that concerns memory, are the host's.
Element statements run in a single thread of the device, as many at once as possible. A scalar that
depends on host scalars alone stays on the host; others live in the device's `State` and are copied
back only where the host has to know them: sizes, trip counts and conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograph.backends import loops as lp
from autograph.backends.cuda import uses
from autograph.backends.cuda.independent import as_nest, leaves_loop
from autograph.backends.cuda.kernels import outer_reductions, reduction_targets
from autograph.backends.cuda.module import (
    Fetch,
    HostFor,
    HostIf,
    HostStmt,
    HostWhile,
    Launch,
)
from autograph.backends.cuda.ordered import as_two_nests
from autograph.errors import InternalError, UnsupportedError
from autograph.ir.graph import Value
from autograph.ir.types import scalar

SMALL_NEST = 32
"""Points of a nest at most that a single thread visits where a launch would cost more."""

_MEMORY = lp.Alloc | lp.Alias | lp.Grow | lp.Swap | lp.Restore | lp.MatMul | lp.Call


def is_element(statement: lp.Stmt) -> bool:
    """Return whether a single thread of the device should run a statement."""
    match statement:
        case lp.Let() | lp.Assign() | lp.Store() | lp.Reduce() | lp.ArgReduce() | lp.Check():
            return True
        case lp.Nest():
            sequential = statement.ordered or _is_small(statement)
            return sequential and all(map(is_element, statement.body))
        case lp.For() | lp.While():
            return all(is_element(s) or isinstance(s, lp.Break) for s in _flat(statement.body))
        case lp.If():
            return not leaves_loop(statement) and all(
                map(is_element, (*statement.then, *statement.orelse))
            )
    return False


def _flat(body: Sequence[lp.Stmt]) -> list[lp.Stmt]:
    """Return the statements of a loop's body, those of branches that leave the loop included."""
    found: list[lp.Stmt] = []
    for statement in body:
        if isinstance(statement, lp.If) and leaves_loop(statement):
            found += _flat((*statement.then, *statement.orelse))
        else:
            found.append(statement)
    return found


def _is_small(nest: lp.Nest) -> bool:
    points = 1
    for lower, upper in zip(nest.lower, nest.upper, strict=True):
        extent = (upper - lower).constant
        if extent is None:
            return False
        points *= max(extent, 0)
    return points <= SMALL_NEST


class _Parallel:
    """Finds the nests in statements of the host, those in sequential spelling too.

    Args:
        body: All statements of the function.
        results: What it returns.
    """

    def __init__(self, body: Sequence[lp.Stmt], results: Sequence[lp.Buffer | lp.Expr]) -> None:
        self.total = uses.mentions(body)
        for result in results:
            if not isinstance(result, lp.Buffer):
                self.total.update(uses.expr_variables(result))

    def block(self, body: Sequence[lp.Stmt]) -> list[lp.Stmt]:
        """Return the statements with loops and ordered nests made parallel where that is right."""
        return [found for statement in body for found in self.statement(statement)]

    def statement(self, statement: lp.Stmt) -> list[lp.Stmt]:
        """Return what takes the place of a statement."""
        match statement:
            case lp.Nest(ordered=True) if not _is_small(statement):
                return as_two_nests(statement) or [statement]
            case lp.For(index, length, body, reverse, site):
                nest = None
                if length.constant is None or length.constant > SMALL_NEST:
                    nest = as_nest(statement, self.total)
                return [nest or lp.For(index, length, self.block(body), reverse, site)]
            case lp.While(body, site):
                return [lp.While(self.block(body), site)]
            case lp.If(condition, then, orelse):
                return [lp.If(condition, self.block(then), self.block(orelse))]
        return [statement]


def device_variables(body: Sequence[lp.Stmt]) -> set[Value]:
    """Return the scalar variables that the device computes."""
    device: set[Value] = set()

    def visit(block: Sequence[lp.Stmt]) -> None:
        for statement in block:
            if isinstance(statement, lp.Let | lp.Assign):
                reads = uses.expr_variables(statement.expr)
                if any(uses.loads(statement.expr)) or not device.isdisjoint(reads):
                    device.add(statement.value)
            elif is_element(statement) or isinstance(statement, lp.Nest):
                device.update(uses.targets([statement]))
            else:
                for inner in lp.blocks(statement):
                    visit(inner)

    before = -1
    while before != len(device):
        before = len(device)
        visit(body)
    return device


class Planner:
    """Makes the plan of one function.

    Args:
        body: The statements, without dead ones.
        results: What the function returns.
    """

    def __init__(self, body: Sequence[lp.Stmt], results: Sequence[lp.Buffer | lp.Expr]) -> None:
        self.body = _Parallel(body, results).block(body)
        self.results = results
        self.device = device_variables(self.body)
        self.out: list[HostStmt] = []
        self.pending: list[lp.Stmt] = []

    def plan(self) -> list[lp.Buffer | lp.Expr]:
        """Plan the whole body; return the results, over variables alone."""
        for statement in self.body:
            self.statement(statement)
        found: list[lp.Buffer | lp.Expr] = []
        for result in self.results:
            found.append(result if isinstance(result, lp.Buffer) else self.without_loads(result))
        self.flush()
        return found

    def block(self, body: Sequence[lp.Stmt]) -> list[HostStmt]:
        """Return the plan of a block."""
        self.flush()
        outer, self.out = self.out, []
        for statement in body:
            self.statement(statement)
        self.flush()
        found, self.out = self.out, outer
        return found

    def flush(self) -> None:
        """Launch the element statements gathered so far."""
        if self.pending:
            self.out.append(Launch(self.pending))
            self.pending = []

    def statement(self, statement: lp.Stmt) -> None:
        """Plan one statement."""
        if isinstance(statement, lp.Let | lp.Assign) and statement.value not in self.device:
            # What waits for its launch must not see a new content.
            if uses.mentions(self.pending)[statement.value]:
                self.flush()
            self.out.append(statement)
        elif isinstance(statement, lp.Check) and self.is_known(statement.condition):
            self.flush()
            self.out.append(statement)
        elif is_element(statement):
            self.pending.append(statement)
        elif isinstance(statement, lp.Nest):
            self.nest(statement)
        elif isinstance(statement, _MEMORY):
            if isinstance(statement, lp.Grow) and statement.room in self.device:
                raise InternalError(f"{statement.room!r} is assigned by host and device")
            self.flush()
            self.fetch(v for form in uses.own_forms(statement) for v in form.symbols)
            self.out.append(statement)
        else:
            self.control(statement)

    def nest(self, nest: lp.Nest) -> None:
        """Plan a nest that runs in parallel."""
        initial = {}
        for reduction in outer_reductions(nest):
            for value in reduction_targets(reduction):
                start = self.take_constant(value)
                if start is not None:
                    initial[value] = start
        self.flush()
        self.fetch(v for form in uses.own_forms(nest) for v in form.symbols)
        self.out.append(Launch([nest], parallel=True, initial=initial))

    def take_constant(self, value: Value) -> lp.Constant | None:
        """Take from the waiting statements the one that gives a variable a constant content."""
        for k in reversed(range(len(self.pending))):
            match self.pending[k]:
                case lp.Assign(target, lp.Constant() as constant) if target is value:
                    del self.pending[k]
                    return constant
            if uses.mentions([self.pending[k]])[value]:
                return None
        return None

    def control(self, statement: lp.Stmt) -> None:
        """Plan a loop, a branch or the end of a loop on the host."""
        match statement:
            case lp.For(index, length, body, reverse):
                self.flush()
                self.fetch(length.symbols)
                self.out.append(HostFor(index, length, reverse, self.block(body)))
            case lp.While(body):
                self.out.append(HostWhile(self.block(body)))
            case lp.If(condition, then, orelse):
                known = self.without_loads(condition)
                self.flush()
                self.fetch(lp.variables(known))
                self.out.append(HostIf(known, self.block(then), self.block(orelse)))
            case lp.Break():
                self.flush()
                self.out.append(statement)
            case _:
                raise UnsupportedError(
                    f"{type(statement).__name__} is not supported on CUDA devices",
                    getattr(statement, "site", None),
                )

    # ------------------------------------------------------------ scalars

    def is_known(self, expr: lp.Expr) -> bool:
        """Return whether the host knows the value of an expression without asking the device."""
        return not any(uses.loads(expr)) and self.device.isdisjoint(lp.variables(expr))

    def without_loads(self, expr: lp.Expr) -> lp.Expr:
        """Return an expression over variables alone; what loads elements the device computes."""
        if not any(uses.loads(expr)):
            return expr
        value = Value(scalar(expr.dtype), None, "found")
        self.device.add(value)
        self.pending.append(lp.Let(value, expr))
        return lp.Read(value)

    def fetch(self, values: Iterable[Value]) -> None:
        """Have the host learn the contents of the device's variables among these."""
        needed = tuple(dict.fromkeys(v for v in values if v in self.device))
        if needed:
            self.out.append(Fetch(needed))
