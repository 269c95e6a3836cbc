"""Expression trees over ops with wildcards: the language of derivatives and rewrite rules.

`log(exp(x))` on a wildcard `x` builds a tree; `instantiate` emits it with values in place of the
wildcards; `matches` binds the wildcards to the values of a graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value
from autograph.ir.op import Op, PatternBase, constant_of, get_op

Bindings = dict["Wildcard", Value]

INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**"}


class Pattern(PatternBase, Struct, frozen=True, eq=False):
    """A wildcard, a literal or an op applied to patterns."""

    def __add__(self, other: Any) -> Pattern:
        return apply("add", self, other)

    def __radd__(self, other: Any) -> Pattern:
        return apply("add", other, self)

    def __sub__(self, other: Any) -> Pattern:
        return apply("subtract", self, other)

    def __rsub__(self, other: Any) -> Pattern:
        return apply("subtract", other, self)

    def __mul__(self, other: Any) -> Pattern:
        return apply("multiply", self, other)

    def __rmul__(self, other: Any) -> Pattern:
        return apply("multiply", other, self)

    def __truediv__(self, other: Any) -> Pattern:
        return apply("divide", self, other)

    def __rtruediv__(self, other: Any) -> Pattern:
        return apply("divide", other, self)

    def __neg__(self) -> Pattern:
        return apply("negative", self)

    def __lt__(self, other: Any) -> Pattern:
        return apply("less", self, other)

    def __le__(self, other: Any) -> Pattern:
        return apply("less_equal", self, other)

    def __gt__(self, other: Any) -> Pattern:
        return apply("greater", self, other)

    def __ge__(self, other: Any) -> Pattern:
        return apply("greater_equal", self, other)

    def wildcards(self) -> set[Wildcard]:
        """Return the wildcards in the pattern."""
        return set()


class Wildcard(Pattern, frozen=True, eq=False):
    """Stands for any value that `condition` accepts."""

    name: str
    condition: Callable[[Value], bool] | None = None

    def wildcards(self) -> set[Wildcard]:
        """Return the wildcard itself."""
        return {self}

    def __str__(self) -> str:
        return self.name


class Literal(Pattern, frozen=True, eq=False):
    """A number; it takes the dtype of the operand beside it."""

    value: Any

    def __str__(self) -> str:
        return str(self.value)


class Apply(Pattern, frozen=True, eq=False):
    """An op applied to patterns, with attributes that must be equal (a name: bound by name)."""

    op: Op
    operands: tuple[Pattern, ...]
    attrs: tuple[tuple[str, Any], ...] = ()

    def wildcards(self) -> set[Wildcard]:
        """Return the wildcards of all operands."""
        return set().union(*(x.wildcards() for x in self.operands))

    def __str__(self) -> str:
        operands = [str(x) for x in self.operands]
        if self.op.name in INFIX:
            return f"({f' {INFIX[self.op.name]} '.join(operands)})"
        if self.op.name == "negative":
            return f"-{operands[0]}"
        named = [f"{k}={v}" for k, v in self.attrs if not isinstance(v, AttrWildcard)]
        return f"{self.op.name}({', '.join([*operands, *named])})"


class Kept(Pattern, frozen=True, eq=False):
    """A reduction with its axes kept, so that it broadcasts against what it reduces."""

    reduction: Apply

    def wildcards(self) -> set[Wildcard]:
        """Return the wildcards of the reduction."""
        return self.reduction.wildcards()

    def __str__(self) -> str:
        return f"kept({self.reduction})"


class AttrWildcard(Struct, frozen=True):
    """Stands for any value of an attribute, the same wherever it occurs in a rule."""

    name: str


def apply(name: str, *operands: Any) -> Pattern:
    """Return the pattern of an op, by name, applied to patterns or numbers."""
    return build(get_op(name), operands, {})


def build(op: Op, operands: Sequence[Any], attrs: Mapping[str, Any]) -> Pattern:
    """Return the pattern of an op applied to patterns or numbers."""
    parts = tuple(x if isinstance(x, Pattern) else Literal(x) for x in operands)
    return Apply(op, parts, tuple(sorted(attrs.items())))


PatternBase.build = staticmethod(build)


def instantiate(
    pattern: Pattern,
    bindings: Mapping[Wildcard, Value],
    attrs: Mapping[AttrWildcard, Any] | None = None,
    dtype: Any = np.float64,
) -> Any:
    """Emit the pattern with values in place of wildcards; a bare literal comes back as a number.

    Args:
        pattern: What to emit.
        bindings: The value of each wildcard.
        attrs: What each attribute wildcard stands for.
        dtype: Dtype of literals that have no numeric value beside them.
    """
    if isinstance(pattern, Wildcard):
        return bindings[pattern]
    if isinstance(pattern, Literal):
        return pattern.value
    if isinstance(pattern, Kept):
        return _instantiate_kept(pattern, bindings, attrs, dtype)
    assert isinstance(pattern, Apply)
    operands = [instantiate(x, bindings, attrs, dtype) for x in pattern.operands]
    numeric = [x for x in operands if isinstance(x, Value) and x.dtype.kind != "b"]
    if not numeric:
        operands = [
            x
            if isinstance(x, Value)
            else constant_of(x, np.bool_ if isinstance(x, bool) else dtype)
            for x in operands
        ]
    named = _bound_attrs(pattern, attrs)
    return pattern.op(*operands, **named)


def _bound_attrs(pattern: Apply, attrs: Mapping[AttrWildcard, Any] | None) -> dict[str, Any]:
    return {
        key: (attrs or {})[value] if isinstance(value, AttrWildcard) else value
        for key, value in pattern.attrs
    }


def _instantiate_kept(
    pattern: Kept,
    bindings: Mapping[Wildcard, Value],
    attrs: Mapping[AttrWildcard, Any] | None,
    dtype: Any,
) -> Value:
    (operand,) = pattern.reduction.operands
    x = instantiate(operand, bindings, attrs, dtype)
    named = _bound_attrs(pattern.reduction, attrs)
    reduced = pattern.reduction.op(x, **named)
    kept = tuple(axis for axis in range(x.ndim) if axis not in named["axes"])
    result: Value = get_op("broadcast")(reduced, dims=x.dims, axes=kept)
    return result


def matches(
    pattern: Pattern, value: Value, bindings: Bindings, attrs: dict[AttrWildcard, Any]
) -> bool:
    """Bind the pattern's wildcards so that it stands for `value`; False if that cannot be.

    Tries both orders of commutative operands, in all combinations. On failure `bindings` and
    `attrs` are left as they were.
    """
    found = _solve((pattern, value, None), {**bindings, **attrs})
    for key, bound in (found or {}).items():
        if isinstance(key, Wildcard):
            bindings[key] = bound
        else:
            attrs[key] = bound
    return found is not None


_Bound = dict[Any, Any]


def _solve(pending: Any, bound: _Bound) -> _Bound | None:
    """Return the bindings that match all pending pairs of pattern and value, or None."""
    if pending is None:
        return bound
    pattern, value, rest = pending
    if isinstance(pattern, Wildcard):
        known = bound.get(pattern)
        if known is not None:
            return _solve(rest, bound) if known is value else None
        if pattern.condition is not None and not pattern.condition(value):
            return None
        return _solve(rest, {**bound, pattern: value})
    if isinstance(pattern, Kept):
        reduced = kept_reduction(value)
        return None if reduced is None else _solve((pattern.reduction, reduced, rest), bound)
    node = value.node
    if node is None:
        return None
    if isinstance(pattern, Literal):
        if node.op.name == "constant" and is_number(node.attrs["value"], pattern.value):
            return _solve(rest, bound)
        return None
    assert isinstance(pattern, Apply)
    return _solve_node(pattern, node, rest, bound) if node.op is pattern.op else None


def _solve_node(pattern: Apply, node: Node, rest: Any, bound: _Bound) -> _Bound | None:
    for key, wanted in pattern.attrs:
        found = node.attrs[key]
        if isinstance(wanted, AttrWildcard):
            if bound.get(wanted, found) != found:
                return None
            bound = {**bound, wanted: found}
        elif found != wanted:
            return None
    for operands in (node.operands, node.operands[::-1])[: 1 + node.op.commutative]:
        pending = rest
        for k in reversed(range(len(operands))):
            pending = (pattern.operands[k], operands[k], pending)
        solution = _solve(pending, bound)
        if solution is not None:
            return solution
    return None


def kept_reduction(value: Value) -> Value | None:
    """Return the reduction that `value` is, its axes kept (as 1 or repeated) or not needed."""
    node, placed = value.node, tuple(range(value.ndim))
    reduced = value
    if node is not None and node.op.name == "broadcast":
        reduced, placed, node = node.operands[0], node.attrs["axes"], node.operands[0].node
    if node is None or node.op.kind != "reduction" or "axes" not in node.attrs:
        return None
    ndim = node.operands[0].ndim
    kept = tuple(axis for axis in range(ndim) if axis not in node.attrs["axes"])
    aligned = tuple(axis + ndim - value.ndim for axis in placed)
    return reduced if reduced.ndim == len(kept) and aligned == kept else None


def is_number(x: Any, number: Any) -> bool:
    """Return whether a constant is this number (zeros of unlike sign are not the same)."""
    if isinstance(x, Affine):
        return bool(x.constant == number)
    return bool(x == number) and bool(np.signbit(np.real(x)) == np.signbit(np.real(number)))
