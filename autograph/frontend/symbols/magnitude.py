"""How large integers can be: which arithmetic of Python's integers is sure to stay within 64 bits.

Enters: limits of sizes, loop indices, arguments and carried values. Leaves: a bound of the absolute
value of a form, at worst `BEYOND`. What cannot happen in any run that ends is left out: an array
has less than `COUNTABLE` elements, and a loop runs less often than that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.ir.affine import Affine, AffineLike
from autograph.ir.graph import Node, Value
from autograph.ir.types import ArrayType, DType

COUNTABLE = 2**47
"""More than any memory holds and any loop gets through."""

ORDINARY = 2**31
"""What arguments and sizes are assumed not to exceed, where that keeps products within 64 bits."""

LARGEST = 2**63 - 1
BEYOND = 2**63
"""The bound of an int64 of which nothing is known."""

DEPTH = 40
"""How many definitions a bound is followed through."""

Limit = int | Affine
"""A bound of a symbol, or the length of the loop that it is the index of."""


def is_long(x: Any) -> bool:
    """Return whether `x` is a Python integer beyond 64 bits."""
    return type(x) is int and not -BEYOND <= x < BEYOND


class Magnitudes:
    """Bounds the absolute values of forms.

    Args:
        known: Yields the forms with a symbol that are known not to be negative.
        nonnegative: Returns whether a form is proved not to be negative.
        checked: Returns the bound of a form that a check has established, else None.

    Attributes:
        limits: Bounds of symbols that no node defines, and of carried values.
        arguments: Entry symbols, which a guard may bound by `ORDINARY`.
        bounded: Those that a guard does bound.
    """

    def __init__(
        self,
        known: Callable[[Value], Iterable[Affine]],
        nonnegative: Callable[[Affine], bool],
        checked: Callable[[Affine], int | None],
    ) -> None:
        self.limits: dict[Value, Limit] = {}
        self.arguments: set[Value] = set()
        self.bounded: set[Value] = set()
        self.checked = checked
        self.nonnegative = nonnegative
        self._known = known

    def of(self, form: AffineLike, assumed: Iterable[Value] = ()) -> int:
        """Return a bound of the absolute value of a form, if the `assumed` are ordinary, too."""
        return _Search(self, self.bounded | set(assumed)).form(Affine.of(form))

    def sources(self, form: AffineLike) -> set[Value]:
        """Return the entry symbols that a bound of the form depends on and no guard bounds yet."""
        search = _Search(self, self.bounded)
        search.form(Affine.of(form))
        return search.sources

    def origins(self, form: AffineLike) -> set[Value]:
        """Return all symbols that a bound of the form depends on."""
        search = _Search(self, self.bounded)
        search.form(Affine.of(form))
        return set(search.visited)

    def around(self, symbol: Value) -> Iterator[tuple[int, Affine]]:
        """Yield (sign, rest) for each known `rest + sign * symbol >= 0`."""
        for known in self._known(symbol):
            k = known.coefficient(symbol)
            if abs(k) == 1:
                yield k, known - Affine.of(symbol) * k

    def carried(
        self,
        initial: int,
        end: Affine,
        start: Value,
        length: Affine | None,
        assumed: Iterable[Value] = (),
    ) -> int:
        """Return a bound of a carried integer, by how far the iterations move it.

        Args:
            initial: A bound of it before the loop.
            end: What an iteration leaves.
            start: What the iteration found.
            length: The number of iterations.
            assumed: Entry symbols that are taken to be ordinary, too.
        """
        search = _Changes(self, assumed)
        change = search.change(end, start, DEPTH)
        moved = BEYOND if change is None else change.after(search.trips(length))
        return initial + moved


class Change(Struct, frozen=True):
    """How far something moves an integer.

    Attributes:
        step: The most that one step adds.
        total: The most that all of it adds.
    """

    step: int
    total: int

    def after(self, trips: int) -> int:
        """Return how far it moves when done so often, by steps that a run gets through."""
        return min(self.total * trips, self.step * COUNTABLE)


class _Changes:
    """Bounds how far the body of a loop moves an integer that it adds to."""

    def __init__(self, magnitudes: Magnitudes, assumed: Iterable[Value]) -> None:
        self._magnitudes = magnitudes
        self._assumed = assumed

    def trips(self, length: Affine | None) -> int:
        """Return a bound of the number of iterations."""
        return COUNTABLE if length is None else self._of(length)

    def _of(self, form: Affine) -> int:
        return self._magnitudes.of(form, self._assumed)

    def change(self, end: Affine, start: Value, depth: int) -> Change | None:
        """Return how `end` differs from `start`, None if that is not seen to be bounded."""
        symbol = end.symbol
        if symbol is start:
            return Change(0, 0)
        if end.coefficient(start) == 1:
            step = self._of(end - start)
            return Change(step, step)
        for symbol, k in end.terms:
            before = self._change_of_choice(symbol, start, depth - 1) if k == 1 else None
            if before is not None:
                step = self._of(end - symbol)
                return Change(before.step + step, before.total + step)
        return None

    def _change_of_choice(self, end: Value, start: Value, depth: int) -> Change | None:
        node = end.node
        if node is None or depth <= 0:
            return None
        position = node.results.index(end)
        if node.op.name == "switch":
            choices = [Affine.of(v) for v in node.operands[1:]]
        elif node.op.name == "ifelse":
            choices = [Affine.of(region.results[position]) for region in node.regions]
        elif node.op.name == "scan" and position < node.attrs["carries"]:
            return self._change_in_loop(node, position, start, depth)
        else:
            return None
        changes = [self.change(choice, start, depth) for choice in choices]
        known = [change for change in changes if change is not None]
        if len(known) < len(changes):
            return None
        return Change(max(c.step for c in known), max(c.total for c in known))

    def _change_in_loop(self, node: Node, position: int, start: Value, depth: int) -> Change | None:
        body = node.regions[0]
        end, param = Affine.of(body.results[position]), body.params[position + 1]
        before = self.change(Affine.of(node.operands[position]), start, depth)
        inside = self.change(end, param, depth)
        if before is None or inside is None:
            return None
        trips = self.trips(node.attrs["length"])
        return Change(before.step + inside.step, before.total + inside.total * trips)


class _Search:
    """One computation of a bound; a definition is looked at once.

    Attributes:
        sources: The entry symbols that were met and that no guard bounds.
    """

    def __init__(self, magnitudes: Magnitudes, bounded: set[Value]) -> None:
        self.sources: set[Value] = set()
        self._magnitudes = magnitudes
        self._bounded = bounded
        self._memo: dict[Value, int] = {}
        self._depth = 0

    @property
    def visited(self) -> Iterable[Value]:
        """The symbols that the bound was made of."""
        return self._memo.keys()

    def form(self, form: Affine) -> int:
        """Return a bound of a form."""
        checked = self._magnitudes.checked(form)
        if checked is not None:
            return checked
        return abs(form.const) + sum(abs(k) * self.symbol(s) for s, k in form.terms)

    def symbol(self, symbol: Value) -> int:
        """Return a bound of a symbol, or of the elements of an array."""
        if symbol not in self._memo:
            self._memo[symbol] = BEYOND
            self._depth += 1
            bound = min(self._found(symbol), BEYOND) if self._depth < DEPTH else BEYOND
            if bound > COUNTABLE and self._depth < DEPTH:
                bound = min(bound, self._surrounded(symbol))
            self._depth -= 1
            self._memo[symbol] = bound
        return self._memo[symbol]

    def value(self, value: Value) -> int:
        """Return a bound of a value, which may be an array or not an integer at all."""
        if value.dtype != np.int64:
            return _limit_of_dtype(value.dtype)
        return self.symbol(value) if value.ndim else self.form(Affine.of(value))

    def _found(self, symbol: Value) -> int:
        limit = self._magnitudes.limits.get(symbol)
        bound = BEYOND if limit is None else limit if isinstance(limit, int) else COUNTABLE
        if isinstance(limit, Affine):
            bound = min(bound, self.form(limit))
        if symbol in self._magnitudes.arguments:
            if symbol in self._bounded:
                bound = min(bound, ORDINARY)
            else:
                self.sources.add(symbol)
        if symbol.node is not None:
            bound = min(bound, self._defined(symbol, symbol.node))
        return bound

    def _surrounded(self, symbol: Value) -> int:
        """Return a bound that follows from what is known to be above and below."""
        above = below = BEYOND
        for sign, rest in self._magnitudes.around(symbol):
            if sign < 0:
                above = min(above, self.form(rest))
            else:
                below = min(below, self.form(rest))
        if above < below and self._magnitudes.nonnegative(Affine.of(symbol)):
            below = 0
        return max(above, below)

    def _defined(self, value: Value, node: Node) -> int:
        if node.op.name == "ifelse":
            position = node.results.index(value)
            return max(self.value(region.results[position]) for region in node.regions)
        if node.op.name == "cast":
            return min(_limit_of_dtype(node.operands[0].dtype), self.value(node.operands[0]))
        rule = RULES.get(node.op.name)
        if rule is None:
            return BEYOND
        operands = [self.value(v) for v in node.operands if isinstance(v.type, ArrayType)]
        bound = rule(node, operands)
        # Arithmetic of NumPy's integers wraps around.
        return bound if bound <= LARGEST else BEYOND


def _limit_of_dtype(dtype: DType) -> int:
    if dtype.kind == "b":
        return 1
    if dtype.kind in "iu" and dtype.itemsize < 8:
        return 1 << (8 * dtype.itemsize - (dtype.kind == "i"))
    return BEYOND


def _of_bits(x: int) -> int:
    """Return a bound of all integers with as many bits."""
    return 1 << x.bit_length()


def _masked(node: Node, operands: list[int]) -> int:
    constants = [Affine.of(v).constant for v in node.operands]
    masks = [c for c in constants if c is not None and c >= 0]
    return min([_of_bits(max(operands)), *masks])


def _power(node: Node, operands: list[int]) -> int:
    exponent = Affine.of(node.operands[1]).constant
    return operands[0] ** exponent if exponent is not None and 0 <= exponent < 64 else BEYOND


def _left_shift(node: Node, operands: list[int]) -> int:
    count = Affine.of(node.operands[1]).constant
    return operands[0] << count if count is not None and 0 <= count < 64 else BEYOND


def _largest(node: Node, operands: list[int]) -> int:
    return max(operands)


def _first(node: Node, operands: list[int]) -> int:
    return operands[0]


def _countable(node: Node, operands: list[int]) -> int:
    return COUNTABLE


RULES: Mapping[str, Callable[[Node, list[int]], int]] = {
    "add": lambda node, x: x[0] + x[1],
    "subtract": lambda node, x: x[0] + x[1],
    "multiply": lambda node, x: x[0] * x[1],
    "square": lambda node, x: x[0] * x[0],
    "power": _power,
    "negative": _first,
    "absolute": _first,
    "floor_divide": _first,
    "right_shift": _first,
    "left_shift": _left_shift,
    "remainder": lambda node, x: x[1],
    "fmod": lambda node, x: min(x),
    "minimum": _largest,
    "maximum": _largest,
    "switch": lambda node, x: max(x[1:]),
    "sign": lambda node, x: 1,
    "bitwise_and": _masked,
    "bitwise_or": lambda node, x: _of_bits(max(x)),
    "bitwise_xor": lambda node, x: _of_bits(max(x)),
    "invert": lambda node, x: x[0] + 1,
    "sum": lambda node, x: x[0] * COUNTABLE,
    "max": _first,
    "min": _first,
    "argmax": _countable,
    "argmin": _countable,
    "iota": _countable,
    "get": _first,
    "take": _first,
    "reshape": _first,
    "broadcast": _first,
    "transpose": _first,
    "assume_dims": _first,
}
"""By the name of an op, a bound of its result, given bounds of its operands."""
