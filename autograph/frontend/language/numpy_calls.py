"""The functions that have a staged form, and how calls find it.

Enters: a function of NumPy, `math` or the builtins and its arguments, some of them run-time values.
Leaves: the result, or `NotImplemented` where there is no staged form.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from autograph.errors import UnsupportedError
from autograph.frontend.arrays import python_complex
from autograph.frontend.arrays.assembly import array_of
from autograph.frontend.arrays.elementwise import apply_ufunc, as_operand, write_out
from autograph.frontend.arrays.masked import with_elements
from autograph.frontend.language import array_elements, python_calls, python_integers
from autograph.frontend.numpy_api import (
    assertions,
    fourier,
    joined_rows,
    linear_algebra,
    matrix_functions,
    numpy_create,
    numpy_reduce,
    numpy_select,
    numpy_shape,
    numpy_update,
    random_draws,
    selection,
    sorting,
    windows,
)
from autograph.frontend.numpy_api.callbacks import definition_calling
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import (
    accumulation,
    array_api,
    contraction,
    eigenvalues,
    elementary,
    grids,
    matrices,
    polynomials,
    scipy_distributions,
    scipy_eigenvalues,
    scipy_fourier,
    scipy_images,
    scipy_integrals,
    scipy_linear_algebra,
    scipy_matrix_equations,
    scipy_signal,
    searching,
    series,
    shaping,
    statistics,
)
from autograph.frontend.numpy_api.definitions import linear_algebra as definitions_of_matrices
from autograph.frontend.numpy_api.library_calls import (
    call_on_host,
    change_on_host,
    is_library_function,
    needs_known,
)
from autograph.frontend.numpy_api.library_objects import OfLibrary
from autograph.frontend.numpy_api.operators import divide_with_remainder
from autograph.frontend.symbols.context import as_users, current_tracer, unsupported
from autograph.frontend.symbols.floating_errors import are_raised, doubt, doubt_result
from autograph.frontend.symbols.promotion import kind_of, value_of
from autograph.frontend.symbols.symbolic import Array, Number, Symbolic, wrap
from autograph.ops.define import op_of_ufunc

Handler = Callable[..., Any]


def _attribute(name: str) -> Handler:
    return lambda x: getattr(as_operand(x), name)


def _definitions() -> Iterator[tuple[str, FunctionType]]:
    """Yield the definitions of functions that NumPy has under the same names."""
    for module in (
        accumulation,
        contraction,
        elementary,
        matrices,
        polynomials,
        searching,
        shaping,
        statistics,
    ):
        for name, f in vars(module).items():
            if (
                isinstance(f, FunctionType)
                and f.__module__ == module.__name__
                and hasattr(np, name)
            ):
                yield name, f


CREATION: dict[Any, Handler] = {
    np.zeros: numpy_create.zeros,
    np.ones: numpy_create.ones,
    np.empty: numpy_create.empty,
    np.full: numpy_create.full,
    np.zeros_like: numpy_create.zeros_like,
    np.ones_like: numpy_create.ones_like,
    np.empty_like: numpy_create.empty_like,
    np.full_like: numpy_create.full_like,
    np.array: numpy_create.array_,
    np.asarray: numpy_create.asarray,
    np.asanyarray: numpy_create.asarray,
    np.ascontiguousarray: numpy_create.ascontiguousarray,
    np.copy: numpy_create.copy,
    np.arange: numpy_create.arange,
    np.linspace: numpy_create.linspace,
    np.eye: numpy_create.eye,
    np.identity: numpy_create.identity,
    np.fromfunction: defined(grids.fromfunction),
    **random_draws.PRIMITIVES,
}
"""Functions that make a new array on every call, even from constants."""

FUNCTIONS: dict[Any, Handler] = {
    np.sum: numpy_reduce.sum_,
    np.prod: numpy_reduce.prod,
    np.max: numpy_reduce.max_,
    np.min: numpy_reduce.min_,
    np.amax: numpy_reduce.max_,
    np.amin: numpy_reduce.min_,
    np.ptp: numpy_reduce.ptp,
    np.any: numpy_reduce.any_,
    np.all: numpy_reduce.all_,
    np.count_nonzero: numpy_reduce.count_nonzero,
    np.argmax: numpy_reduce.argmax,
    np.argmin: numpy_reduce.argmin,
    np.mean: numpy_reduce.mean,
    np.var: numpy_reduce.var,
    np.std: numpy_reduce.std,
    np.dot: linear_algebra.dot,
    np.matmul: linear_algebra.matmul,
    np.where: numpy_select.where,
    np.clip: numpy_select.clip,
    np.round: numpy_select.round_,
    np.around: numpy_select.round_,
    np.fix: numpy_select.fix,
    np.radians: numpy_select.radians,
    np.deg2rad: numpy_select.radians,
    np.degrees: numpy_select.degrees,
    np.rad2deg: numpy_select.degrees,
    np.isclose: numpy_select.isclose,
    np.allclose: numpy_select.allclose,
    np.array_equal: numpy_select.array_equal,
    np.divmod: divide_with_remainder,
    np.shape: numpy_shape.shape,
    np.ndim: numpy_shape.ndim,
    np.size: numpy_shape.size,
    np.transpose: numpy_shape.transpose,
    np.swapaxes: numpy_shape.swapaxes,
    np.moveaxis: numpy_shape.moveaxis,
    np.rollaxis: numpy_shape.rollaxis,
    np.diagonal: numpy_shape.diagonal,
    np.lib.stride_tricks.sliding_window_view: windows.sliding_window_view,
    np.flip: numpy_shape.flip,
    np.expand_dims: numpy_shape.expand_dims,
    np.ix_: numpy_shape.ix_,
    np.squeeze: numpy_shape.squeeze,
    np.broadcast_to: numpy_shape.broadcast_to,
    np.broadcast_arrays: numpy_shape.broadcast_arrays,
    np.reshape: numpy_shape.reshape,
    np.ravel: numpy_shape.ravel,
    np.append: numpy_shape.append,
    np.roll: numpy_shape.roll,
    np.diff: numpy_shape.diff,
    **numpy_update.CALLS,
    np.atleast_1d: numpy_shape.atleast_1d,
    np.atleast_2d: numpy_shape.atleast_2d,
    np.atleast_3d: numpy_shape.atleast_3d,
    np.result_type: numpy_create.result_type,
    np.flatnonzero: selection.flatnonzero,
    np.nonzero: selection.nonzero,
    np.sort: sorting.sort,
    np.argsort: sorting.argsort,
    np.partition: sorting.partition,
    sorting.stable_order: sorting.stable_order,
    np.ndindex: defined(grids.ndindex),
    np.ndenumerate: defined(grids.ndenumerate),
    np.nditer: array_elements.nditer,
    np.argpartition: sorting.argpartition,
    **matrix_functions.PRIMITIVES,
    **{getattr(np, name): defined(f) for name, f in _definitions()},
    **joined_rows.CALLS,
    **fourier.CALLS,
    **{getattr(np, f.__name__): defined(f) for f in array_api.OF_NUMPY if hasattr(np, f.__name__)},
    np.real: _attribute("real"),
    np.imag: _attribute("imag"),
    np.angle: numpy_select.angle,
    np.iscomplexobj: lambda x: np.dtype(kind_of(as_operand(x))).kind == "c",
    np.isscalar: lambda x: isinstance(x, Number) or np.isscalar(x),
    np.isrealobj: lambda x: np.dtype(kind_of(as_operand(x))).kind != "c",
    **{
        getattr(np.linalg, name): defined(f)
        for module in (definitions_of_matrices, eigenvalues, array_api)
        for name, f in vars(module).items()
        if isinstance(f, FunctionType) and hasattr(np.linalg, name)
    },
    **python_calls.CALLS,
    **python_complex.CALLS,
    **python_integers.CALLS,
    pow: python_integers.power,
}
"""Functions that are staged when an argument is a run-time value or an array."""

TAKE_SELECTIONS = (np.sum, np.mean, len)
"""Functions, besides ufuncs, that need not have the elements selected by a mask in an array."""

SCIPY: dict[str, Handler] = {
    "scipy.special._logsumexp.softmax": numpy_reduce.softmax,
    "scipy.special._logsumexp.logsumexp": numpy_reduce.logsumexp,
    "scipy.special._logsumexp.log_softmax": numpy_reduce.log_softmax,
    "scipy.linalg._basic.solve_triangular": defined(definitions_of_matrices.solve_triangular),
    "scipy.linalg._decomp_cholesky.cho_factor": defined(definitions_of_matrices.cho_factor),
    "scipy.linalg._decomp_cholesky.cho_solve": defined(definitions_of_matrices.cho_solve),
    "scipy.linalg._matfuncs.expm": defined(definitions_of_matrices.expm),
    **{
        name: defined(f)
        for module in (
            scipy_distributions,
            scipy_eigenvalues,
            scipy_fourier,
            scipy_images,
            scipy_integrals,
            scipy_linear_algebra,
            scipy_matrix_equations,
            scipy_signal,
        )
        for name, f in module.SCIPY_NAMES.items()
    },
    **{name: defined(f) for name, f in series.NUMPY_NAMES.items()},
    **assertions.CALLS,
}
"""Functions of SciPy and `np.polynomial`, by full names: these are imported by their users only."""

ACCUMULATE = defined(accumulation.accumulate)
"""What `ufunc.accumulate` does, given the ufunc."""

REDUCTIONS: dict[np.ufunc, Handler] = {
    np.add: numpy_reduce.sum_,
    np.multiply: numpy_reduce.prod,
    np.maximum: numpy_reduce.max_,
    np.minimum: numpy_reduce.min_,
    np.logical_and: numpy_reduce.all_,
    np.logical_or: numpy_reduce.any_,
}
"""What `ufunc.reduce` does, for the ufuncs that have a reduction."""


def call_numpy(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the result of a call, or `NotImplemented` where the function has no staged form.

    A call on constants alone is simply made, except that a new array becomes one of the program.
    """
    handler = handler_of(function)
    if handler is None and is_library_function(function):
        handler = partial(_on_host, function)
    if handler is None:
        return NotImplemented
    if not is_created_each_call(function) and not _has_arrays_or_symbols((args, kwargs)):
        return _as_new(_called(function, args, kwargs))
    try:
        inspect.signature(handler).bind(*args, **kwargs)
    except TypeError as error:
        name = getattr(function, "__name__", repr(function))
        refused: Exception = unsupported(f"{name} with these arguments is not supported: {error}")
    else:
        if not isinstance(function, np.ufunc) and function not in TAKE_SELECTIONS:
            args, kwargs = with_elements(args), with_elements(kwargs)
        try:
            with current_tracer().attempt():
                return _noticed(function, handler, handler(*args, **kwargs))
        except UnsupportedError as error:
            refused = error
    if is_library_function(function) and not _is_ops_or_hosts(function, handler):
        try:
            on_host = partial(_on_host, function)
            return _noticed(function, on_host, on_host(*args, **kwargs))
        except UnsupportedError:
            raise refused from None
    raise refused


def _noticed(function: Any, handler: Handler, result: Any) -> Any:
    """Return the result of a routine, of which only the result tells of floating-point errors."""
    if not are_raised():
        return result
    if getattr(function, "__name__", "") == "at":
        doubt()
    if getattr(handler, "func", None) is _on_host or function in fourier.CALLS:
        for part in result if isinstance(result, tuple | list) else (result,):
            if isinstance(part, Array | Number):
                doubt_result(value_of(part))
    return result


def _is_ops_or_hosts(function: Any, handler: Handler) -> bool:
    """Return whether a handler is that of an op of NumPy, or calls the function as it is."""
    if not isinstance(handler, partial):
        return False
    return handler.func is _on_host or hasattr(np, getattr(function, "__name__", ""))


def _called(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function at trace time; an error is one that the program makes."""
    try:
        return function(*args, **kwargs)
    except UnsupportedError:
        raise unsupported(needs_known(function)) from None
    except Exception as error:
        raise as_users(error) from None


def _as_new(result: Any) -> Any:
    """Return a constant result with its arrays as arrays of the program, made by each call."""
    if isinstance(result, np.ndarray):
        return array_of(result)
    if isinstance(result, tuple | list) and any(isinstance(x, np.ndarray) for x in result):
        parts = list(map(_as_new, result))
        return result._make(parts) if hasattr(result, "_make") else type(result)(parts)
    return result


def _on_host(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return the result of a function that has no staged form, or not for these arguments."""
    out = kwargs.pop("out", None)
    result = call_on_host(function, args, kwargs)
    if out is None:
        return result
    write_out(out, value_of(result), function.__name__)
    return out


def handler_of(function: Any) -> Handler | None:
    """Return the staged form of a function, or None."""
    if isinstance(function, np.ufunc) and op_of_ufunc(function) is not None:
        return partial(apply_ufunc, function)
    if isinstance(function, type) and issubclass(function, np.generic):
        return partial(_converted, function)
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return _ufunc_method(owner, function.__name__)
    try:
        known = CREATION.get(function) or FUNCTIONS.get(function)
    except TypeError:
        return None
    name = _full_name(function)
    return known or SCIPY.get(name) or definition_calling(function, name)


def _full_name(function: Any) -> str:
    function = inspect.unwrap(function)
    owner = getattr(function, "__self__", None)
    if type(owner).__module__.startswith("scipy.stats."):
        return f"scipy.stats.{type(owner).__name__}.{function.__name__}"
    return f"{getattr(function, '__module__', '')}.{getattr(function, '__name__', '')}"


def is_created_each_call(function: Any) -> bool:
    """Return whether a function is called by the program even for constant arguments.

    It returns a new array, or calls functions of the program.
    """
    try:
        return (
            function in CREATION or definition_calling(function, _full_name(function)) is not None
        )
    except TypeError:
        return False


def _has_arrays_or_symbols(x: Any) -> bool:
    if isinstance(x, tuple | list):
        return any(map(_has_arrays_or_symbols, x))
    if isinstance(x, dict):
        return any(map(_has_arrays_or_symbols, x.values()))
    return isinstance(x, Symbolic | np.ndarray | OfLibrary)


def _converted(scalar_type: type[np.generic], x: Any = 0) -> Any:
    """Return `np.float64(x)` and its like."""
    dtype = np.dtype(scalar_type)
    x = as_operand(x)
    if isinstance(x, Array):
        return numpy_create.astype(x, dtype) if x.ndim else wrap(value_of(x, dtype))
    if dtype.kind in "iu" and python_calls.is_float(x):
        return wrap(value_of(python_calls.to_int(x), dtype))
    return wrap(value_of(x, dtype))


def _ufunc_method(ufunc: np.ufunc, name: str) -> Handler | None:
    if name == "__call__" and op_of_ufunc(ufunc) is not None:
        return partial(apply_ufunc, ufunc)
    if name == "reduce" and ufunc in REDUCTIONS:
        reduction = REDUCTIONS[ufunc]
        return lambda x, axis=0, **options: reduction(x, axis=axis, **options)
    if name == "accumulate" and op_of_ufunc(ufunc) is not None:
        return partial(ACCUMULATE, ufunc)
    if name == "outer" and op_of_ufunc(ufunc) is not None:
        return partial(_outer, ufunc)
    if name == "at":
        return numpy_select.add_at if ufunc is np.add else partial(change_on_host, ufunc.at)
    return None


def _outer(ufunc: np.ufunc, a: Any, b: Any) -> Any:
    a, b = as_operand(a), as_operand(b)
    if isinstance(a, Array) and isinstance(b, Array) and b.ndim:
        a = numpy_shape.expand_dims(a, tuple(range(a.ndim, a.ndim + b.ndim)))
    return apply_ufunc(ufunc, a, b)


def _staged_or_refused(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the result of a call made by code that is not converted."""
    result = call_numpy(function, args, kwargs)
    if result is NotImplemented:
        name = getattr(function, "__qualname__", repr(function))
        raise unsupported(f"{name} is not supported on run-time values")
    return result


Symbolic.ufunc_protocol = _staged_or_refused
Symbolic.function_protocol = _staged_or_refused
