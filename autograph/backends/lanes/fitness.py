"""Which loops may run in lanes, and are faster then.

Enters: a loop and its parts. Leaves: whether its iterations touch nothing of each other's, so that
each of them may go on while others wait; and whether what they do fits into vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from autograph.backends import loops as lp
from autograph.backends.axis_order import elements
from autograph.backends.effects import effects
from autograph.backends.lanes.parts import Inner, Part, Plain, Scalars, scalars_of
from autograph.ir.affine import Affine
from autograph.ir.graph import Value


class Plan(Struct, eq=False):
    """What is known of a loop that runs in lanes.

    Attributes:
        loop: The loop.
        parts: What an iteration does.
        scalars: For each part, what it does to variables.
        kept: The variables that a part gets from the parts before, or a loop from its iterations.
        stacks: What inner loops fill, ever from the beginning.
        in_order: Whether the last part adds to what the iterations before have left.
    """

    loop: lp.For
    parts: list[Part]
    scalars: list[Scalars]
    kept: dict[Value, None]
    stacks: set[lp.Buffer]
    in_order: bool

    def of_lane(self, form: Affine) -> bool:
        """Return whether a form has different values in different iterations of the loop."""
        return any(s is self.loop.index or s in self.kept for s in form.symbols)


def plan(loop: lp.For, parts: list[Part], outside: set[Value]) -> Plan | None:
    """Return how a loop runs in lanes; None if it may not, or would not be faster.

    Args:
        loop: The loop.
        parts: Its parts.
        outside: The variables that are read elsewhere.
    """
    scalars = [scalars_of(part) for part in parts]
    assigned = {v for found in scalars for v in found.assigned}
    carried = _carried(scalars) | (assigned & outside)
    last, before = scalars[-1], scalars[:-1]
    if carried:
        touched = {v for found in before for v in (*found.exposed, *found.assigned)}
        if not isinstance(parts[-1], Plain) or carried & touched:
            return None
    kept = {v: None for s in scalars for v in s.exposed if v in assigned - carried}
    stacks = {s.buffer for p in parts for s in p.body if isinstance(s, lp.Grow)}
    found = Plan(loop, parts, scalars, kept, stacks, bool(carried & {*last.assigned}))
    inner = [part for part in parts if isinstance(part, Inner)]
    varying = {*assigned, *(part.index for part in inner)}
    kinds = all(v.dtype.kind in "fib" for v in kept)
    fits = kinds and all(_fits(part, found, varying) for part in inner) and _reverses(inner)
    return found if fits and _touch_nothing_in_common(found, varying) else None


def _carried(scalars: Sequence[Scalars]) -> set[Value]:
    """Return the variables that an iteration may read as an earlier one left them."""
    certain: set[Value] = set()
    exposed: set[Value] = set()
    for found in scalars:
        exposed |= {*found.exposed} - certain
        certain |= found.certain
    return exposed & {v for found in scalars for v in found.assigned}


def _accesses(parts: Sequence[Part]) -> Iterator[tuple[lp.Buffer, lp.Point]]:
    for part in parts:
        for statement in lp.walk(part.body):
            yield from elements(statement)


def _touch_nothing_in_common(plan: Plan, varying: set[Value]) -> bool:
    """Return whether each array that is written has a position of each iteration's own."""
    written = {
        s.buffer for p in plan.parts for s in lp.walk(p.body) if isinstance(s, lp.Store)
    } - plan.stacks
    for buffer in written:
        points = [index for other, index in _accesses(plan.parts) if other is buffer]
        if not any(_is_own_position(forms, plan.loop.index, varying) for forms in _by_axis(points)):
            return False
    return True


def _by_axis(points: Sequence[lp.Point]) -> Iterator[tuple[Affine, ...]]:
    return zip(*points, strict=True)


def _is_own_position(forms: Sequence[Affine], index: Value, varying: set[Value]) -> bool:
    form = forms[0]
    same = all(other == form for other in forms)
    return same and form.coefficient(index) != 0 and varying.isdisjoint(form.symbols)


def _reverses(inner: Sequence[Inner]) -> bool:
    """Return whether loops that run down have as many iterations as loops before them."""
    trips: list[Value] = []
    for part in inner:
        if part.reverse:
            assert part.length is not None
            more = any(isinstance(s, lp.Grow | lp.Check) for s in part.body)
            if part.breaks or more or part.length.symbol not in trips:
                return False
        elif part.trips is not None:
            trips.append(part.trips)
    return True


def _fits(part: Inner, plan: Plan, varying: set[Value]) -> bool:
    """Return whether LLVM can run an inner loop's iterations on vectors, and it is worth it."""
    own = varying - {part.index}
    for statement in lp.walk(part.body):
        grown = statement.capacity.symbols if isinstance(statement, lp.Grow) else ()
        if not own.union([plan.loop.index]).isdisjoint(grown):
            return False
        for buffer, index in elements(statement):
            along = [form.coefficient(plan.loop.index) for form in index]
            neighbours = not any(along[:-1]) and along[-1:] in ([], [0], [1])
            if not neighbours or (buffer in plan.stacks and any(along)):
                return False
            if any(not own.isdisjoint(form.symbols) for form in index):
                return False
    exprs = [x for s in lp.walk(part.body) for x in lp.expressions(s)]
    return all(
        e.op.cheap and e.dtype.kind in "fib"
        for x in exprs
        for e in lp.subexpressions(x)
        if isinstance(e, lp.Apply)
    )


def read_outside(body: Sequence[lp.Stmt], loop: lp.For, function: lp.LoopFunction) -> set[Value]:
    """Return the variables that are read in a function, but for those read in a loop alone."""
    found: set[Value] = set()
    for result in function.results:
        if not isinstance(result, lp.Buffer):
            found.update(lp.variables(result))

    def visit(block: Sequence[lp.Stmt]) -> None:
        for statement in block:
            if statement is not loop:
                inner = lp.blocks(statement)
                if isinstance(statement, lp.Nest) or not inner:
                    found.update(v for v in effects(statement).reads if isinstance(v, Value))
                elif isinstance(statement, lp.If):
                    found.update(lp.variables(statement.condition))
                elif isinstance(statement, lp.For):
                    found.update(statement.length.symbols)
                for b in inner:
                    visit(b)

    visit(body)
    return found
