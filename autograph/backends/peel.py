"""Cuts a nest in two: the part over the box of another nest, and the rest around it.

Enters: two nests, one over a box that is a little larger than the other's. Leaves: the part that
can run along with the other nest, and a nest over the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from autograph.backends import loops as lp
from autograph.backends.dependence import accesses, nest_ranges
from autograph.backends.rewrite import Substitution
from autograph.ir.affine import Affine
from autograph.ir.graph import Value

#: A nest is cut only if it reaches beyond the other box by no more than this on every side.
WIDEST_REST = 4


def cut_to(wide: lp.Nest, narrow: lp.Nest) -> Iterator[tuple[lp.Nest, list[lp.Stmt]]]:
    """Yield the ways to cut a nest into the part that runs over a box, and the rest.

    Args:
        wide: The nest to cut.
        narrow: The nest whose box it is cut to.

    Yields:
        The part, over a box of the size of the other nest's, and the nest over the rest, if there
        is any. First come the ways in which most loads of both nests are of the same element.
    """
    free = _runs_freely(wide) and _runs_freely(narrow)
    if not free or len(wide.indices) != len(narrow.indices):
        return
    ways = []
    for offset, votes in _offsets(wide, narrow).items():
        lower, upper = _shifted(narrow.lower, offset), _shifted(narrow.upper, offset)
        below = [(a - b).constant for a, b in zip(lower, wide.lower, strict=True)]
        above = [(b - a).constant for a, b in zip(upper, wide.upper, strict=True)]
        margins = [m for m in (*below, *above) if m is not None and 0 <= m <= WIDEST_REST]
        if len(margins) == 2 * len(lower):
            lopsided = sum(abs(a - b) for a, b in zip(margins, margins[len(lower) :], strict=False))
            ways.append((-votes, lopsided, offset, lower, upper))
    for _, _, _, lower, upper in sorted(ways, key=lambda way: way[:3]):
        is_all = (lower, upper) == (wide.lower, wide.upper)
        rest: list[lp.Stmt] = [] if is_all else [_rest(wide, lower, upper)]
        yield replace(wide, lower=lower, upper=upper), rest


def _runs_freely(nest: lp.Nest) -> bool:
    """Return whether the order of a nest's iterations does not matter.

    It does to searches: of equal elements they find the first one that they come to.
    """
    simple = not any(lp.blocks(s) or isinstance(s, lp.ArgReduce) for s in nest.body)
    return simple and not nest.ordered and not any(nest.reverse)


def _shifted(point: lp.Point, offset: Sequence[int]) -> lp.Point:
    return tuple(form + shift for form, shift in zip(point, offset, strict=True))


def _offsets(wide: lp.Nest, narrow: lp.Nest) -> Counter[tuple[int, ...]]:
    """Return by how much to move the narrow nest's points, and how many loads then coincide."""
    votes: Counter[tuple[int, ...]] = Counter()
    renamed = dict(zip(narrow.indices, map(Affine.of, wide.indices), strict=True))
    theirs, mine = (_loads(nest) for nest in (wide, narrow))
    for buffer, index in theirs:
        for other, point in mine:
            if buffer is other:
                moved = [form.substitute(renamed) for form in point]
                offset = _offset(wide.indices, index, moved)
                if offset is not None:
                    votes[offset] += 1
    return votes


def _loads(nest: lp.Nest) -> list[tuple[lp.Buffer, lp.Point]]:
    reads, _ = accesses(nest.body, nest_ranges(nest))
    return list(dict.fromkeys((access.buffer, access.index) for access in reads))


def _offset(
    indices: Sequence[Value], theirs: lp.Point, mine: Sequence[Affine]
) -> tuple[int, ...] | None:
    """Return what to add to the indices of one load for it to be of the element of another."""
    found: dict[Value, int] = {}
    for a, b in zip(theirs, mine, strict=True):
        moving = [s for s in b.symbols if s in indices]
        gap = (b - a).constant
        if gap is None or len(moving) > 1 or any(b.coefficient(s) != 1 for s in moving):
            return None
        if (not moving and gap) or (moving and found.setdefault(moving[0], gap) != gap):
            return None
    return tuple(found[index] for index in indices) if len(found) == len(indices) else None


def _rest(wide: lp.Nest, lower: lp.Point, upper: lp.Point) -> lp.Nest:
    """Return the nest without the points of a box, with variables of its own."""
    own: dict[Value, Value] = {i: Value(i.type, None, i.name) for i in wide.indices}
    for statement in wide.body:
        if isinstance(statement, lp.Let):
            own[statement.value] = Value(statement.value.type, None, statement.value.name)
    indices = tuple(own[i] for i in wide.indices)
    body = Substitution(own).block(wide.body)
    hole = lp.Inside(tuple(map(Affine.of, indices)), lower, upper)
    return replace(wide, indices=indices, body=[lp.If(hole, [], body)])
