"""Calls of NumPy and SciPy functions that have no staged form: made as they are when it runs.

Enters: a library function and its arguments, some of them run-time values. Leaves: a `library` node
and what stands for its result. What the function returns is found out beforehand, on samples of
the arguments (see `library_results`). A result of another type than expected abandons the compiled
call, so a wrong guess costs time and nothing else.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograph.frontend.arrays.assembly import array_of
from autograph.frontend.arrays.elementwise import apply_ufunc
from autograph.frontend.arrays.masked import Masked
from autograph.frontend.numpy_api.library_results import Expectation, Leaf, leaves_of
from autograph.frontend.symbols.broadcasting import common_dims, fitted
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.promotion import value_of
from autograph.frontend.symbols.staged import staged
from autograph.frontend.symbols.symbolic import (
    Array,
    Number,
    Symbolic,
    array,
    fail,
    numpy_scalar,
    python_number,
    under_dims,
)
from autograph.ir.graph import Value
from autograph.ops.define import op_of_ufunc
from autograph.ops.library import (
    Items,
    LibraryCall,
    Operand,
    call_library,
    changed,
    public_name,
)

LIBRARIES = ("numpy", "scipy", "cmath")

IMPURE = ("numpy.random", "numpy.testing", "scipy.stats._distn", "scipy.io", "numpy.lib._npyio")
"""Modules whose functions read or change something besides their arguments."""


ABOUT_MEMORY = (np.shares_memory, np.may_share_memory, np.isfortran)
"""Functions that ask where their arguments lie, which a call on copies would not tell."""


def is_library_function(f: Any) -> bool:
    """Return whether this is a function of NumPy or SciPy of its arguments' contents only."""
    if any(f is other for other in ABOUT_MEMORY):
        return False
    if isinstance(f, np.ufunc):
        return f is getattr(np, f.__name__, None) or _is_of_scipy(f)
    owner = getattr(f, "__self__", None)
    if isinstance(owner, np.ufunc):
        return is_library_function(owner) and f.__name__ != "at"
    module = getattr(f, "__module__", None) or ""
    if module.partition(".")[0] not in LIBRARIES or module.startswith(IMPURE):
        return False
    kinds = (types.FunctionType, types.BuiltinFunctionType, type(np.sum))
    return isinstance(f, kinds) and not isinstance(owner, np.ndarray | np.random.Generator)


def _is_of_scipy(f: np.ufunc) -> bool:
    return f is getattr(sys.modules.get("scipy.special"), f.__name__, None)


def call_on_host(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """Return what stands for the result of a library function.

    Raises:
        UnsupportedError: If the function changes an argument, returns a view of one, or returns
            something else than numbers and arrays.
    """
    packing = Packing(function)
    if isinstance(function, np.ufunc):
        args = [array_of(x) if isinstance(x, list | tuple) else x for x in args]
    call = LibraryCall(
        function,
        tuple(map(packing.pack, args)),
        tuple((key, packing.pack(x)) for key, x in kwargs.items()),
    )
    expected = Expectation(call, packing.operands).result()
    leaves: list[Leaf] = []
    leaves_of(expected, leaves)
    values, dims = [value_of(x) for x in packing.operands], [x.dims for x in leaves]
    if isinstance(function, np.ufunc) and function.signature is None:
        common = common_dims([v.dims for v in values])
        values, dims = [fitted(v, common) for v in values], [common] * len(leaves)
    results = call_library(call, values, [x.dtype for x in leaves], dims)
    return _rebuilt(expected, iter(results))


def as_it_is(module: str, name: str) -> Callable[..., Any]:
    """Return what definitions call for a function of SciPy: an op, or the function as it is."""

    @staged
    def call_it(*args: Any) -> Any:
        function = getattr(sys.modules[module], name)
        if not any(isinstance(x, Symbolic | np.ndarray) for x in args):
            return function(*args)
        if isinstance(function, np.ufunc) and op_of_ufunc(function) is not None:
            return apply_ufunc(function, *args)
        return call_on_host(function, args, {})

    return call_it


def change_on_host(function: Callable[..., Any], x: Any, *args: Any, **kwargs: Any) -> None:
    """Change an array by a library function that changes its first argument."""
    target = current_tracer().lift(x) if isinstance(x, np.ndarray) else x
    if not isinstance(target, Array):
        raise unsupported(f"{x!r} cannot be changed by a library function")
    if target.view.readonly:
        fail("ValueError: assignment destination is read-only")
    result = call_on_host(changed, (function, target, *args), kwargs)
    target.write(under_dims(result.read(), target.dims))


# ---------------------------------------------------------------- arguments


class Packing:
    """Takes apart arguments: run-time values become operands, in order."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.operands: list[Any] = []

    def pack(self, x: Any) -> Any:
        """Return what stands for an argument in a call."""
        if isinstance(x, np.ndarray):
            x = current_tracer().lift(x)
        if isinstance(x, Masked):
            x = x.elements()
        if isinstance(x, Number | Array):
            kind = x.kind if isinstance(x, Number) and isinstance(x.kind, type) else None
            self.operands.append(x)
            return Operand(len(self.operands) - 1, kind)
        if isinstance(x, list):
            return Items(list, tuple(map(self.pack, x)))
        if isinstance(x, slice):
            return Items(slice, tuple(map(self.pack, (x.start, x.stop, x.step))))
        if type(x) is tuple:
            return tuple(map(self.pack, x))
        if callable(x) and not isinstance(x, Symbolic) and not _is_library_object(x):
            raise unsupported(
                f"a function cannot be passed to {public_name(self.function)} in a compiled "
                f"function; {library_rewrite(self.function)}"
            )
        if isinstance(x, Symbolic):
            raise unsupported(f"{x!r} cannot be passed to a library function")
        try:
            hash(x)
        except TypeError:
            raise unsupported(
                f"a {type(x).__name__} cannot be passed to a library function"
            ) from None
        return x


REWRITES = {
    "fixed_point": "autograph.fixed_point finds fixed points within compiled functions",
    **dict.fromkeys(
        ("fmin", "fmin_bfgs", "fmin_cg", "fmin_powell", "fmin_l_bfgs_b", "basinhopping"),
        "scipy.optimize.minimize is supported",
    ),
    "leastsq": "scipy.optimize.least_squares is supported",
    "fminbound": "scipy.optimize.minimize_scalar is supported",
    **dict.fromkeys(
        ("tplquad", "nquad"), "scipy.integrate.quad and dblquad are supported, in each other, too"
    ),
}
"""By name of a function of SciPy that calls the user's function: what does the same here."""


def library_rewrite(function: Callable[..., Any]) -> str:
    """Return what to write instead of a call of a library function that cannot be compiled."""
    rewrite = REWRITES.get(getattr(function, "__name__", ""))
    outside = "call it outside, where it can be given compiled functions"
    return f"{rewrite}, or {outside}" if rewrite else f"{outside}, and pass the result in"


def needs_known(function: Callable[..., Any]) -> str:
    """Return the message that a library function was given run-time values in a roundabout way."""
    return (
        f"{public_name(function)} is given what only the running program knows; "
        f"{library_rewrite(function)}"
    )


def _is_library_object(x: Any) -> bool:
    if isinstance(x, type) or is_library_function(x):
        return True
    owner = getattr(x, "__objclass__", None) or getattr(x, "__self__", None)
    return owner is np.ndarray or isinstance(owner, np.ufunc)


# ---------------------------------------------------------------- results


def _rebuilt(expected: Any, results: Iterator[Value]) -> Any:
    """Return a result of the expected structure made of values."""
    if isinstance(expected, Leaf):
        value = next(results)
        if expected.kind is np.ndarray:
            return array(value)
        if expected.kind is np.generic:
            return numpy_scalar(expected.dtype, value)
        return python_number(expected.kind, value)
    if isinstance(expected, tuple | list):
        parts = [_rebuilt(part, results) for part in expected]
        return expected._make(parts) if hasattr(expected, "_make") else type(expected)(parts)
    return expected
