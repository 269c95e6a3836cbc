"""Derivatives of what is computed with objects of libraries: splines, products with matrices.

Enters: a `library` node whose first argument is an object, and whose second one varies. Leaves: the
same call, or that of the transposed map, on tangents or cotangents; the object is a constant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from autograph.autodiff.cotangents import Cotangents
from autograph.autodiff.matrices import in_dtype
from autograph.autodiff.primal import Frame
from autograph.errors import NondifferentiableError
from autograph.ir.graph import Node, Value
from autograph.ir.types import DType
from autograph.ops.elementwise import multiply
from autograph.ops.held_objects import ObjectMethod
from autograph.ops.library import HeldObject, LibraryCall, Operand, call_library


def _times(a: Any, x: Any) -> Any:
    return a @ x


def _transposed(a: Any, x: Any) -> Any:
    return a.T @ x


def _times_right(a: Any, x: Any) -> Any:
    return x @ a


def _transposed_right(a: Any, x: Any) -> Any:
    return x @ a.T


def _solved(solver: Any, x: Any) -> Any:
    return solver.solve(x)


def _solved_transposed(solver: Any, x: Any) -> Any:
    return solver.solve(x, trans="T")


TRANSPOSES: dict[Any, Callable[..., Any]] = {
    _times: _transposed,
    _transposed: _times,
    _times_right: _transposed_right,
    _transposed_right: _times_right,
    _solved: _solved_transposed,
    _solved_transposed: _solved,
}

METHODS = {"__matmul__": _times, "dot": _times, "__rmatmul__": _times_right, "solve": _solved}
"""Methods of matrices and factorisations that are linear maps."""


class TransposedSolve(Struct, frozen=True):
    """Solves a system with the transposed matrix.

    Attributes:
        solve: Solves a system with a matrix.
    """

    solve: Callable[..., Any]

    def __call__(self, a: Any, x: Any) -> Any:
        """Return the solution."""
        return self.solve(a.T.tocsc(), x)


SPLINES = (
    *("CubicSpline", "PPoly", "BSpline", "PchipInterpolator", "Akima1DInterpolator"),
    *("CubicHermiteSpline", "UnivariateSpline", "InterpolatedUnivariateSpline"),
    *("LSQUnivariateSpline",),
)
"""Classes of functions of one variable that are called with the order of a derivative, too."""


def rule_of(node: Node) -> bool:
    """Return whether the derivative of a node by its second operand is known."""
    return _transpose_of(node.attrs["call"]) is not None or _is_spline(node)


def _is_of_object(call: LibraryCall) -> bool:
    args = call.args
    is_plain = len(args) == 2 and not call.kwargs and isinstance(args[1], Operand)
    return is_plain and isinstance(args[0], Operand) and args[0].kind is HeldObject


def _transpose_of(call: LibraryCall) -> Callable[..., Any] | None:
    if not _is_of_object(call):
        return None
    function = call.function
    if isinstance(function, ObjectMethod):
        is_matrix = function.of.__module__.startswith("scipy.sparse") or function.name == "solve"
        function = METHODS.get(function.name, function) if is_matrix else function
    if isinstance(function, TransposedSolve):
        return function.solve
    if call.name == "scipy.sparse.linalg.spsolve":
        return TransposedSolve(function)
    return TRANSPOSES.get(function)


def _is_spline(node: Node) -> bool:
    call: LibraryCall = node.attrs["call"]
    if not isinstance(call.function, ObjectMethod) or call.function.name != "__call__":
        return False
    args, of = call.args, call.function.of
    if not args or not all(isinstance(x, Operand) for x in args[:2]):
        return False
    has_order = len(args) == 3 and type(args[2]) is int
    known = of.__name__ in SPLINES and (len(args) == 2 or has_order) and not call.kwargs
    x = node.operands[args[1].position]
    return known and node.results[-1].ndim == x.ndim


def _parts(node: Node) -> tuple[LibraryCall, Value, Value]:
    """Return the call, the ticket of the object, and the operand that varies."""
    call: LibraryCall = node.attrs["call"]
    return call, node.operands[call.args[0].position], node.operands[call.args[1].position]


def _require_constant(node: Node, ticket: Value, active: Callable[[Value], bool]) -> None:
    if active(ticket):
        raise NondifferentiableError(
            f"{node.attrs['call'].name} has no derivative by what the object was made from",
            node.site,
        )


def _called(
    call: LibraryCall, function: Any, given: Sequence[Value], like: Value, dtype: DType
) -> Value:
    held, x = Operand(0, HeldObject), Operand(1, call.args[1].kind)
    kind = None if like.ndim else call.args[1].kind
    made = replace(call, function=function, args=(held, replace(x, kind=kind)), known=None)
    return call_library(made, given, [dtype], [like.dims])[0]


def _slope(node: Node, primal: Callable[[Value], Value], like: Value) -> Value:
    """Return the derivative of a spline where it was called."""
    call, ticket, x = _parts(node)
    order = call.args[2] if len(call.args) == 3 else 0
    args = (Operand(0, HeldObject), Operand(1, call.args[1].kind), order + 1)
    made = replace(call, args=args, known=None)
    dtype = node.results[-1].dtype
    return call_library(made, [primal(ticket), primal(x)], [dtype], [like.dims])[0]


def reverse(node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents) -> None:
    """Pass the cotangent of the result on to what varies."""
    call, ticket, x = _parts(node)
    _require_constant(node, ticket, frame.plan.active.__contains__)
    (g,) = [g for g in gs if g is not None]
    transpose = _transpose_of(call)
    if transpose is None:
        found = multiply(g, _slope(node, frame.demand, x))
    else:
        found = _called(call, transpose, [frame.demand(ticket), g], x, g.dtype)
    cotangents.add(x, in_dtype(found, x.dtype))


def forward(
    node: Node, primal: Callable[[Value], Value], tangents: Mapping[Value, Value]
) -> list[Value | None]:
    """Return the tangents of the results, None where one does not vary."""
    call, ticket, x = _parts(node)
    _require_constant(node, ticket, tangents.__contains__)
    result = primal(node.results[-1])
    if _transpose_of(call) is None:
        found = multiply(in_dtype(tangents[x], result.dtype), _slope(node, primal, result))
    else:
        given = [primal(ticket), tangents[x]]
        found = _called(call, call.function, given, result, result.dtype)
    return [*(None for _ in node.results[1:]), found]
