"""How ops are declared: type rules shared by families, and the `elementwise` row."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value
from autograph.ir.op import Nondifferentiable, Op
from autograph.ir.pattern import Pattern, Wildcard
from autograph.ir.types import ArrayType, DType, Type

G, Y = Wildcard("g"), Wildcard("y")
X = tuple(Wildcard(f"x{k}") for k in range(3))


def nondifferentiable(reason: str) -> Nondifferentiable:
    """Declare that an operand or op has no useful derivative, and why."""
    return Nondifferentiable(reason)


PIECEWISE_CONSTANT = nondifferentiable("it is piecewise constant")
BOOLEAN = nondifferentiable("its result is boolean or integer")


def broadcast_dims(shapes: Sequence[tuple[Affine, ...]]) -> tuple[Affine, ...]:
    """Return the dims of an elementwise result: per axis equal forms, or 1, or missing.

    Raises:
        TypeError: If two dims are neither equal nor 1.
    """
    ndim = max((len(dims) for dims in shapes), default=0)
    result = [Affine(1)] * ndim
    for dims in shapes:
        for axis, dim in enumerate(dims, start=ndim - len(dims)):
            if dim == 1 or dim == result[axis]:
                continue
            if result[axis] != 1:
                raise TypeError(f"dims {dim} and {result[axis]} of axis {axis} differ")
            result[axis] = dim
    return tuple(result)


@lru_cache(maxsize=4096)
def ufunc_result(ufunc: np.ufunc, dtypes: tuple[DType, ...]) -> DType:
    """Return the result dtype of a ufunc whose loop takes exactly these dtypes.

    Raises:
        TypeError: If no loop takes them without a cast.
    """
    resolved = ufunc.resolve_dtypes((*dtypes, *[None] * ufunc.nout))
    if tuple(resolved[: ufunc.nin]) != dtypes:
        wanted = ", ".join(map(str, resolved[: ufunc.nin]))
        raise TypeError(f"{ufunc.__name__} takes ({wanted}), got ({', '.join(map(str, dtypes))})")
    return resolved[ufunc.nin]


def array_types(node: Node) -> list[ArrayType]:
    """Return the operand types, none of which may be a tape."""
    return [v.array_type for v in node.operands]


_ONE_FLOAT = [[np.dtype(np.float32)], [np.dtype(np.float64)]]
_elementwise_by_ufunc_name: dict[str, Op] = {}


def op_of_ufunc(ufunc: np.ufunc) -> Op | None:
    """Return the elementwise op that a NumPy or SciPy ufunc names in the user's code."""
    op = _elementwise_by_ufunc_name.get(ufunc.__name__)
    return op if op is not None and op.ufunc is ufunc else None


class ScipyFunction(Struct, frozen=True):
    """A ufunc of one float, of either size, of `scipy.special`; imported when it has to be run.

    Attributes:
        __name__: Its name.
    """

    __name__: str

    def __call__(self) -> np.ufunc:
        """Return the ufunc."""
        found: np.ufunc = getattr(importlib.import_module("scipy.special"), self.__name__)
        return found


def elementwise(
    source: np.ufunc | Callable[[], np.ufunc],
    python: str,
    cuda: str,
    derivative: Callable[..., Sequence[Pattern | Nondifferentiable]] | Nondifferentiable,
    *,
    name: str | None = None,
    complex_derivative: Callable[..., Sequence[Pattern]] | None = None,
    complex_tangent: Callable[..., Sequence[Pattern]] | None = None,
    commutative: bool = False,
    cheap: bool = False,
    expand: Callable[..., Value] | None = None,
) -> Op:
    """Declare an elementwise op: the whole row, from which everything else derives.

    Args:
        source: The ufunc that defines name, values and result dtypes, or a function giving it.
        python: Scalar expression for numba over `{0}`, `{1}`, or the name of a function.
        cuda: Scalar expression for CUDA C++; `{f}` is the suffix of float functions.
        derivative: (g, y, x0, ...) -> cotangent of each operand, in patterns; serves forward mode
            too, since the Jacobian is diagonal. Cotangents of complex numbers are such that
            Re(g * change) is the change of the loss, so that holomorphic functions need no
            formula of their own.
        name: Name of the op, where it is not the ufunc's.
        complex_derivative: The same where an operand is complex, if it differs.
        complex_tangent: (t, y, x0, ...) -> tangent by each operand, if it is not holomorphic.
        commutative: Whether operands may be swapped.
        cheap: Whether recomputing costs no more than loading.
        expand: Rewrites a node into simpler ops before it is scheduled, so that they are shared.
    """
    load: Callable[[], np.ufunc] = (lambda: source) if isinstance(source, np.ufunc) else source

    def infer(node: Node) -> Sequence[Type]:
        types = array_types(node)
        if isinstance(source, ScipyFunction) and [t.dtype for t in types] in _ONE_FLOAT:
            return types
        ufunc = load()
        if len(types) != ufunc.nin:
            raise TypeError(f"{ufunc.__name__} takes {ufunc.nin} operands, got {len(types)}")
        dtype = ufunc_result(ufunc, tuple(t.dtype for t in types))
        return (ArrayType(dtype, broadcast_dims([t.dims for t in types])),)

    def evaluate(node: Node, operands: Sequence[Any], form: Callable[[Affine], int]) -> Any:
        return (load()(*operands),)

    op = Op(
        name or source.__name__,
        "elementwise",
        infer,
        evaluate,
        commutative=commutative,
        load_ufunc=load,
        python=python,
        cuda=cuda,
        derivative=derivative,
        complex_derivative=complex_derivative,
        complex_tangent=complex_tangent,
        cheap=cheap,
        expand=expand,
    )
    _elementwise_by_ufunc_name[source.__name__] = op
    return op


def _count_of_operands(op: Op) -> int:
    if isinstance(op.load_ufunc, ScipyFunction):
        return 1
    if op.ufunc is not None:
        return op.ufunc.nin
    return {"switch": 3, "make_complex": 2}.get(op.name, 1)


def derivatives(op: Op) -> Sequence[Pattern | Nondifferentiable]:
    """Return, per operand of an elementwise op, its cotangent as a pattern over G, Y and X."""
    return _patterns(op, "derivative", op.derivative)


def cotangents_of(node: Node) -> Sequence[Pattern | Nondifferentiable]:
    """Return the same for a node, whose operands may be complex."""
    if node.op.complex_derivative is not None and node.operands[0].dtype.kind == "c":
        return _patterns(node.op, "complex_derivative", node.op.complex_derivative)
    return derivatives(node.op)


def tangents_of(node: Node) -> Sequence[Pattern | Nondifferentiable] | None:
    """Return, per operand, the tangent as a pattern; None where it is the cotangent's formula."""
    if node.op.complex_tangent is None or not any(
        v.dtype.kind == "c" for v in (*node.operands, *node.results)
    ):
        return None
    return _patterns(node.op, "complex_tangent", node.op.complex_tangent)


def _patterns(op: Op, name: str, rule: Any) -> Sequence[Pattern | Nondifferentiable]:
    """Return what a rule of an op gives, which is kept."""
    found = op._derivatives.get(name)
    if found is None:
        if isinstance(rule, Nondifferentiable):
            assert op.ufunc is not None
            found = (rule,) * op.ufunc.nin
        else:
            assert rule is not None, op.name
            found = tuple(rule(G, Y, *X[: _count_of_operands(op)]))
        op._derivatives[name] = found
    return found
