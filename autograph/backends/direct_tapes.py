"""Has loops compute what they tape in the tape itself, where they would copy it there.

Enters: the statements of a function. Leaves: fewer. An array that each iteration makes anew, and
that changes no more once it has been copied to the iteration's place on a tape, can be that place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from autograph.backends import loops as lp
from autograph.backends.effects import effects, whole_uses
from autograph.backends.rewrite import Substitution
from autograph.ir.affine import Affine


class _Copy(Struct, frozen=True):
    """A nest that copies an array to its place on a tape.

    Attributes:
        nest: The nest.
        source: The array.
        tape: The tape.
        place: Where on the tape the element at the nest's indices goes.
    """

    nest: lp.Nest
    source: lp.Buffer
    tape: lp.Buffer
    place: lp.Point


def compute_in_tapes(function: lp.LoopFunction) -> None:
    """Replace arrays that loops copy to tapes by their places there."""
    while (found := _replaceable(function)) is not None:
        loop, copy = found
        loop.body[:] = _InTape(copy).block([s for s in loop.body if s is not copy.nest])
        _drop_room(function.body, copy.source)


def _replaceable(function: lp.LoopFunction) -> tuple[lp.For, _Copy] | None:
    """Return a copy that is not needed, and the loop that makes it."""
    loops = (s for s in lp.walk(function.body) if isinstance(s, lp.For))
    pairs = ((loop, copy) for loop in loops for copy in _copies(loop.body))
    return next((pair for pair in pairs if _may_be_replaced(pair[1], pair[0], function)), None)


def _copies(body: Sequence[lp.Stmt]) -> Iterator[_Copy]:
    for nest in body:
        store = nest.body[-1] if isinstance(nest, lp.Nest) and nest.body else None
        if not isinstance(nest, lp.Nest) or not isinstance(store, lp.Store):
            continue
        lets = nest.body[:-1]
        named = {let.value: let.expr for let in lets if isinstance(let, lp.Let)}
        content = store.expr
        if isinstance(content, lp.Read) and list(named) == [content.value]:
            content = named[content.value]
        if len(lets) > len(named) or not isinstance(content, lp.Load):
            continue
        source = content.buffer
        if _is_whole(nest, content.index, source) and source is not store.buffer:
            yield _Copy(nest, source, store.buffer, store.index)


def _is_whole(nest: lp.Nest, point: lp.Point, buffer: lp.Buffer) -> bool:
    """Return whether a nest goes through all elements of a buffer, at its own indices."""
    own = tuple(map(Affine.of, nest.indices))
    from_zero = all(lower == 0 for lower in nest.lower)
    return point == own and from_zero and nest.upper == buffer.dims


def _may_be_replaced(copy: _Copy, loop: lp.For, function: lp.LoopFunction) -> bool:
    """Return whether an array lives within an iteration, and is what was copied ever after."""
    source, tape = copy.source, copy.tape
    whole = whole_uses(function.body)
    own = source.param is None and source not in function.results
    if not own or tape.param is not None or source in whole or tape in whole:
        return False
    at = next(k for k, s in enumerate(loop.body) if s is copy.nest)
    before, after = loop.body[:at], loop.body[at + 1 :]
    if any(tape in _touched(s) for s in (*before, *after)):
        return False
    if any(source in effects(s).writes for s in after) or not _is_made_anew(before, source):
        return False
    inside = {v for s in loop.body for v in effects(s).writes}
    fixed = {v for form in copy.place for v in form.symbols} - {*copy.nest.indices}
    return fixed.isdisjoint(inside) and not _is_used_outside(function.body, loop, source)


def _touched(statement: lp.Stmt) -> set[object]:
    happens = effects(statement)
    return {*happens.reads, *happens.writes}


def _is_made_anew(before: Sequence[lp.Stmt], source: lp.Buffer) -> bool:
    """Return whether the first statement about an array gives all of its elements a content."""
    first = next((s for s in before if source in _touched(s)), None)
    if not isinstance(first, lp.Nest) or source in effects(first).reads:
        return False
    stores = [s for s in first.body if isinstance(s, lp.Store) and s.buffer is source]
    return any(_is_whole(first, store.index, source) for store in stores)


def _is_used_outside(block: Sequence[lp.Stmt], loop: lp.For, source: lp.Buffer) -> bool:
    """Return whether an array is used outside of a loop, but for getting room."""
    for statement in block:
        if statement is loop or (isinstance(statement, lp.Alloc) and statement.buffer is source):
            continue
        inner = lp.blocks(statement)
        if inner and any(s is loop for s in lp.walk([statement])):
            if any(_is_used_outside(b, loop, source) for b in inner):
                return True
        elif source in _touched(statement):
            return True
    return False


def _drop_room(block: list[lp.Stmt], buffer: lp.Buffer) -> None:
    block[:] = [s for s in block if not (isinstance(s, lp.Alloc) and s.buffer is buffer)]
    for statement in block:
        for inner in lp.blocks(statement):
            _drop_room(inner, buffer)


class _InTape(Substitution):
    """Puts the elements of an array where they are on a tape."""

    def __init__(self, copy: _Copy) -> None:
        super().__init__({})
        self.copy = copy

    def place(self, point: lp.Point) -> lp.Point:
        """Return where on the tape an element is."""
        mapping = dict(zip(self.copy.nest.indices, point, strict=True))
        return tuple(form.substitute(mapping) for form in self.copy.place)

    def expr(self, expr: lp.Expr) -> lp.Expr:
        """Return an expression that loads from the tape."""
        if isinstance(expr, lp.Load) and expr.buffer is self.copy.source:
            return lp.Load(self.copy.tape, self.place(expr.index))
        return expr

    def statement(self, statement: lp.Stmt) -> lp.Stmt:
        """Return a statement that stores to the tape."""
        made = super().statement(statement)
        if isinstance(made, lp.Store) and made.buffer is self.copy.source:
            return replace(made, buffer=self.copy.tape, index=self.place(made.index))
        return made
