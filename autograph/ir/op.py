"""The record of an op, and the registry that everything else derives from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from msgspec import Struct, field

from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value, emit
from autograph.ir.types import ArrayType, Type, scalar

if TYPE_CHECKING:
    from autograph.ir.pattern import Pattern

Kind = Literal[
    "elementwise",
    "view",
    "index",
    "create",
    "reduction",
    "linalg",
    "routine",
    "random",
    "control",
    "effect",
    "derivative",
]


class Nondifferentiable(Struct, frozen=True):
    """Says why an operand (or a whole op) has no useful derivative."""

    reason: str


class Op(Struct, frozen=True, eq=False):
    """An operation of the graph.

    Attributes:
        name: Unique name, also the name in the text form.
        kind: What family it belongs to; passes and backends treat families alike.
        infer: Result types of a node of this op, one after the other, so that a type may depend on
            the results before it; raises `TypeError` on ill-typed operands.
        evaluate: Results on NumPy values: (node, operand values, form evaluator) -> results.
            None for control ops, which the evaluator runs itself.
        commutative: Whether the two operands may be swapped.
        load_ufunc: Elementwise ops: gives the ufunc that defines values and result dtypes; a
            function, so that SciPy is imported only where it is used.
        python: Elementwise ops: scalar expression for numba, as a format string over operands,
            or the name of a function of the vector math library.
        cuda: Elementwise ops: scalar expression for CUDA C++, as a format string over operands;
            `{f}` in it becomes the suffix of single precision functions.
        derivative: Elementwise ops: function of patterns (g, y, x0, x1, ...) that returns, per
            operand, the cotangent as a pattern, or `Nondifferentiable`.
        complex_derivative: Elementwise ops: the same where an operand is complex, if it differs.
        complex_tangent: Elementwise ops that are not holomorphic: function of patterns (t, y, x0,
            x1, ...) that returns, per operand, the tangent of the result for that of the operand.
        expand: Composite ops: rewrites a node into simpler ops in the graph being built.
        cheap: Whether recomputing it costs no more than loading it.
        routine: Routine ops: the function of NumPy values that computes all results at once, given
            the operands and, as keyword arguments, the attributes.
    """

    name: str
    kind: Kind
    infer: Callable[[Node], Iterable[Type]]
    evaluate: Callable[[Node, Sequence[Any], Callable[[Affine], int]], Sequence[Any]] | None = None
    commutative: bool = False
    load_ufunc: Callable[[], np.ufunc] | None = None
    python: str = ""
    cuda: str = ""
    derivative: Callable[..., Sequence[Pattern | Nondifferentiable]] | Nondifferentiable | None = (
        None
    )
    complex_derivative: Callable[..., Sequence[Pattern]] | None = None
    complex_tangent: Callable[..., Sequence[Pattern]] | None = None
    expand: Callable[..., Value] | None = None
    cheap: bool = False
    routine: Callable[..., Sequence[Any]] | None = None
    _derivatives: dict[str, Sequence[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name in _registry:
            raise ValueError(f"op {self.name!r} is defined twice")
        _registry[self.name] = self

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    @property
    def ufunc(self) -> np.ufunc | None:
        """The NumPy or SciPy ufunc that defines an elementwise op or a reduction."""
        return None if self.load_ufunc is None else self.load_ufunc()

    def __call__(self, *operands: Any, **attrs: Any) -> Any:
        """Emit a node on values, or build a pattern when an operand is one.

        Python and NumPy numbers among the operands become constants of the dtype of the other
        operands. Returns the result value (or the tuple of results).
        """
        if any(isinstance(x, PatternBase) for x in operands):
            return PatternBase.build(self, operands, attrs)
        results = emit(self, constant_operands(operands), attrs)
        return results[0] if len(results) == 1 else results


class PatternBase:
    """What `Op.__call__` recognises as a pattern; see `pattern`."""

    build: Callable[[Op, Sequence[Any], Mapping[str, Any]], Pattern]


_registry: dict[str, Op] = {}


def get_op(name: str) -> Op:
    """Return the op of this name.

    Raises:
        KeyError: If there is none.
    """
    return _registry[name]


def all_ops() -> Iterator[Op]:
    """Yield all ops in order of definition."""
    yield from _registry.values()


def _infer_constant(node: Node) -> Sequence[Type]:
    return (scalar(node.attrs["value"].dtype),)


def _infer_affine(node: Node) -> Sequence[Type]:
    return (scalar(np.int64),)


constant = Op(
    "constant",
    "create",
    _infer_constant,
    lambda node, operands, form: (node.attrs["value"],),
    cheap=True,
)
"""A scalar constant; `value` is a NumPy scalar."""

affine = Op(
    "affine",
    "create",
    _infer_affine,
    lambda node, operands, form: (np.int64(form(node.attrs["form"])),),
    cheap=True,
)
"""The int64 scalar with the value of an affine `form`."""


def constant_of(x: Any, dtype: Any) -> Value:
    """Emit a scalar constant of a dtype."""
    with np.errstate(all="ignore"):
        value: Value = constant(value=np.asarray(x).astype(dtype)[()])
    return value


def form_value(form: Affine) -> Value:
    """Return a value for a form: its symbol if it is bare, else an `affine` or constant node."""
    if form.symbol is not None:
        return form.symbol
    if form.constant is not None:
        return constant_of(form.constant, np.int64)
    value: Value = affine(form=form)
    return value


def constant_operands(operands: Sequence[Any]) -> list[Value]:
    """Return the operands with numbers made constants of the dtype of the other operands."""
    types = [x.type for x in operands if isinstance(x, Value)]
    dtypes = [t.dtype for t in types if isinstance(t, ArrayType)]
    found: list[Value] = []
    for x in operands:
        if isinstance(x, Value):
            found.append(x)
        elif isinstance(x, Affine):
            found.append(form_value(x))
        elif isinstance(x, np.generic):
            found.append(constant_of(x, x.dtype))
        else:
            dtype = [d for d in dtypes if d.kind != "b"] or [np.result_type(x)]
            found.append(constant_of(x, dtype[-1] if not isinstance(x, bool) else np.bool_))
    return found
