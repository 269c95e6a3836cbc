"""Affine integer forms `c + k1*s1 + k2*s2 + ...` over symbols.

Sizes, loop indices and integer parameters meet here: dims of arrays, slice bounds, element
positions and trip counts are all affine forms, and two dims are equal exactly if their forms are.
A symbol is an int64 scalar `Value`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from autograph.ir.graph import Value

AffineLike = Union["Affine", "Value", int]


class Affine:
    """An immutable integer form: a constant plus integer multiples of symbols."""

    __slots__ = ("_hash", "const", "terms")

    const: int
    terms: tuple[tuple[Value, int], ...]
    _hash: int | None

    def __init__(self, const: int = 0, terms: Mapping[Value, int] | None = None) -> None:
        self.const = int(const)
        kept = [term for term in terms.items() if term[1]] if terms else []
        if len(kept) > 1:
            kept.sort(key=_age)
        self.terms = tuple(kept)
        self._hash = None

    def _with(self, const: int, terms: tuple[tuple[Value, int], ...]) -> Affine:
        """Return a form whose terms are in order, and none of them zero."""
        form = Affine.__new__(Affine)
        form.const, form.terms, form._hash = const, terms, None
        return form

    @staticmethod
    def of(x: AffineLike) -> Affine:
        """Return `x` as a form; a value that an `affine` node defines stands for its form."""
        if isinstance(x, Affine):
            return x
        if isinstance(x, int):
            return Affine(x)
        node = x.node
        if node is not None and node.op.name == "affine":
            form = node.attrs["form"]
            assert isinstance(form, Affine)
            return form
        if node is not None and node.op.name == "constant":
            return Affine(int(node.attrs["value"]))
        return Affine(0, {x: 1})

    def __add__(self, other: AffineLike) -> Affine:
        return self._plus(other, 1)

    __radd__ = __add__

    def __mul__(self, factor: int) -> Affine:
        if not factor:
            return Affine(0)
        terms = tuple((symbol, k * factor) for symbol, k in self.terms)
        return self._with(self.const * factor, terms)

    __rmul__ = __mul__

    def __neg__(self) -> Affine:
        return self * -1

    def __sub__(self, other: AffineLike) -> Affine:
        return self._plus(other, -1)

    def _plus(self, other: AffineLike, factor: int) -> Affine:
        """Return the form plus a multiple of another one, the multiple not being zero."""
        if isinstance(other, int):
            return self._with(self.const + int(other) * factor, self.terms)
        other = Affine.of(other)
        const = self.const + other.const * factor
        if not other.terms:
            return self._with(const, self.terms)
        terms = dict(self.terms)
        for symbol, k in other.terms:
            terms[symbol] = terms.get(symbol, 0) + k * factor
        return Affine(const, terms)

    def combined(self, factor: int, other: Affine, multiple: int) -> Affine:
        """Return a multiple of the form plus a multiple of another one."""
        terms = {symbol: k * factor for symbol, k in self.terms}
        for symbol, k in other.terms:
            terms[symbol] = terms.get(symbol, 0) + k * multiple
        return Affine(self.const * factor + other.const * multiple, terms)

    def __rsub__(self, other: AffineLike) -> Affine:
        return Affine.of(other) - self

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int):
            return not self.terms and self.const == other
        if not isinstance(other, Affine):
            return NotImplemented
        return self.const == other.const and self.terms == other.terms

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash((self.const, self.terms))
        return self._hash

    @property
    def constant(self) -> int | None:
        """The value of the form if it has no symbols."""
        return None if self.terms else self.const

    @property
    def symbols(self) -> tuple[Value, ...]:
        """The symbols of the form, in order of creation."""
        return tuple([symbol for symbol, _ in self.terms])

    @property
    def symbol(self) -> Value | None:
        """The symbol, if the form is one bare symbol."""
        if self.const == 0 and len(self.terms) == 1 and self.terms[0][1] == 1:
            return self.terms[0][0]
        return None

    def coefficient(self, symbol: Value) -> int:
        """Return the multiple in which `symbol` occurs."""
        for known, k in self.terms:
            if known is symbol:
                return k
        return 0

    def substitute(self, mapping: Mapping[Value, AffineLike]) -> Affine:
        """Return the form with the symbols of `mapping` replaced by what they map to."""
        for symbol, _ in self.terms:
            if symbol in mapping:
                break
        else:
            return self
        result = Affine(self.const)
        for symbol, k in self.terms:
            result = result._plus(mapping.get(symbol, symbol), k)
        return result

    def evaluate(self, values: Mapping[Value, int]) -> int:
        """Return the value of the form, given the values of its symbols."""
        return self.const + sum(k * int(values[symbol]) for symbol, k in self.terms)

    def text(self, name: Mapping[Value, str] | None = None) -> str:
        """Return the form as Python (and C) source, symbols named by `name` or by themselves."""
        out = ""
        for symbol, k in sorted(self.terms, key=lambda term: term[1] < 0):
            label = name[symbol] if name is not None else symbol.label
            sign = "-" if k < 0 else "+" if out else ""
            factor = "" if abs(k) == 1 else f"{abs(k)}*"
            out += f" {sign} {factor}{label}" if out else f"{sign}{factor}{label}"
        if not out:
            return str(self.const)
        if self.const:
            out += f" {'-' if self.const < 0 else '+'} {abs(self.const)}"
        return out

    def __repr__(self) -> str:
        return self.text()


def _age(term: tuple[Value, int]) -> int:
    return term[0].id
