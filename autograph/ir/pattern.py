"""Expression trees over ops with wildcards: the language of derivatives and rewrite rules.

`log(exp(x))` on a wildcard `x` builds a tree; `instantiate` emits it with values in place of the
wildcards; `matches` binds the wildcards to the values of a graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.op import Op, PatternBase, constant_of, get_op

Bindings = dict["Wildcard", Value]


class Pattern(PatternBase):
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


@dataclass(frozen=True, eq=False)
class Wildcard(Pattern):
    """Stands for any value that `condition` accepts."""

    name: str
    condition: Callable[[Value], bool] | None = None

    def wildcards(self) -> set[Wildcard]:
        """Return the wildcard itself."""
        return {self}


@dataclass(frozen=True, eq=False)
class Literal(Pattern):
    """A number; it takes the dtype of the operand beside it."""

    value: Any


@dataclass(frozen=True, eq=False)
class Apply(Pattern):
    """An op applied to patterns, with attributes that must be equal (a name: bound by name)."""

    op: Op
    operands: tuple[Pattern, ...]
    attrs: tuple[tuple[str, Any], ...] = ()

    def wildcards(self) -> set[Wildcard]:
        """Return the wildcards of all operands."""
        return set().union(*(x.wildcards() for x in self.operands))


@dataclass(frozen=True)
class AttrWildcard:
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
    assert isinstance(pattern, Apply)
    operands = [instantiate(x, bindings, attrs, dtype) for x in pattern.operands]
    numeric = [x for x in operands if isinstance(x, Value) and x.dtype.kind != "b"]
    if not numeric:
        operands = [x if isinstance(x, Value) else constant_of(x, dtype) for x in operands]
    named = {
        key: (attrs or {})[value] if isinstance(value, AttrWildcard) else value
        for key, value in pattern.attrs
    }
    return pattern.op(*operands, **named)


def matches(
    pattern: Pattern, value: Value, bindings: Bindings, attrs: dict[AttrWildcard, Any]
) -> bool:
    """Bind the pattern's wildcards so that it stands for `value`; False if that cannot be.

    On failure `bindings` and `attrs` are left as they were.
    """
    if isinstance(pattern, Wildcard):
        if pattern in bindings:
            return bindings[pattern] is value
        if pattern.condition is not None and not pattern.condition(value):
            return False
        bindings[pattern] = value
        return True
    node = value.node
    if node is None:
        return False
    if isinstance(pattern, Literal):
        return node.op.name == "constant" and is_number(node.attrs["value"], pattern.value)
    assert isinstance(pattern, Apply)
    if node.op is not pattern.op:
        return False
    orders = [node.operands]
    if node.op.commutative:
        orders.append(node.operands[::-1])
    saved, saved_attrs = dict(bindings), dict(attrs)
    for operands in orders:
        if _match_attrs(pattern, node.attrs, attrs) and all(
            matches(p, v, bindings, attrs) for p, v in zip(pattern.operands, operands, strict=True)
        ):
            return True
        bindings.clear()
        bindings.update(saved)
        attrs.clear()
        attrs.update(saved_attrs)
    return False


def _match_attrs(pattern: Apply, found: Mapping[str, Any], attrs: dict[AttrWildcard, Any]) -> bool:
    for key, wanted in pattern.attrs:
        if isinstance(wanted, AttrWildcard):
            if not bool(attrs.setdefault(wanted, found[key]) == found[key]):
                return False
        elif not bool(found[key] == wanted):
            return False
    return True


def is_number(x: Any, number: Any) -> bool:
    """Return whether a constant is this number (zeros of unlike sign are not the same)."""
    if isinstance(x, Affine):
        return bool(x.constant == number)
    return bool(x == number) and bool(np.signbit(np.real(x)) == np.signbit(np.real(number)))
