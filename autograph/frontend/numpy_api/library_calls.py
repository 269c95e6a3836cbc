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
from msgspec.structs import replace

from autograph.frontend.arrays.assembly import array_of
from autograph.frontend.arrays.elementwise import apply_ufunc
from autograph.frontend.arrays.masked import Masked
from autograph.frontend.arrays.one_value import one_value
from autograph.frontend.numpy_api.library_objects import (
    CHANGING,
    RANDOM,
    Held,
    Kind,
    OfLibrary,
)
from autograph.frontend.numpy_api.library_results import (
    Expectation,
    Leaf,
    known_in,
    leaves_of,
    like,
)
from autograph.frontend.symbols.broadcasting import common_dims, fitted
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.promotion import value_of
from autograph.frontend.symbols.random_states import is_generator
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
from autograph.frontend.symbols.union import Union
from autograph.ir.graph import Value
from autograph.ops.define import op_of_ufunc
from autograph.ops.held_objects import ObjectAttribute, ObjectMethod
from autograph.ops.library import (
    HeldObject,
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
    if isinstance(function, np.ufunc):
        args = [array_of(x) if isinstance(x, list | tuple) else x for x in args]
    return call_packed(Packing(function), args, kwargs)


def call_packed(packing: Packing, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return what stands for the result of a library function, given what takes apart arguments."""
    call = LibraryCall(
        packing.function,
        tuple(map(packing.pack, args)),
        tuple((key, packing.pack(x)) for key, x in kwargs.items()),
    )
    operands = [_handle(x) if isinstance(x, Value) else x for x in packing.operands]
    kinds = tuple(x.kind for x in operands if isinstance(x, Held))
    if not kinds:
        return _called(call, operands)

    def called(chosen: tuple[Any, ...]) -> Any:
        left = iter(chosen)
        given = [Held(next(left), x.ticket) if isinstance(x, Held) else x for x in operands]
        return _called(call, given)

    return OfLibrary.each(kinds, called)


def _handle(value: Value) -> Any:
    return array(value) if value.ndim else Number(value.dtype, value)


def _called(call: LibraryCall, operands: Sequence[Any]) -> Any:
    """Emit a call, and return what stands for its result."""
    expectation = Expectation(call, operands)
    expected = expectation.result()
    leaves: list[Leaf] = []
    leaves_of(expected, leaves)
    values = [x.ticket if isinstance(x, Held) else value_of(x) for x in operands]
    dims = [x.dims for x in leaves]
    function, known, scope = call.function, tuple(known_in(expected)), None
    if isinstance(function, np.ufunc) and function.signature is None:
        common = common_dims([v.dims for v in values])
        values, dims = [fitted(v, common) for v in values], [common] * len(leaves)
    if any(isinstance(leaf.kind, Kind) for leaf in leaves):
        scope = len(values)
        values.append(OfLibrary.scope())
    call = replace(call, known=known or None, scope=scope, holds_texts=expectation.holds_texts)
    results = call_library(call, values, [x.dtype for x in leaves], dims)
    if any(isinstance(x, Held) for x in operands):
        _estimate(leaves, results, expectation.shapes)
    made = _rebuilt(expected, iter(results), is_part=_is_part(expectation, operands))
    if scope is not None and expectation.shares:
        shared = [x for k, x in enumerate(operands) if k in expectation.shares]
        OfLibrary.shares(made, [x for x in shared if isinstance(x, Array)])
    return made


def _estimate(
    leaves: Sequence[Leaf], results: Sequence[Value], shapes: Sequence[tuple[int, ...]]
) -> None:
    """Note which extents results of objects are likely to have, which samples depend on."""
    arrays = [value for leaf, value in zip(leaves, results, strict=True) if leaf.kind is np.ndarray]
    for value, shape in zip(arrays, shapes, strict=False):
        for dim, size in zip(value.dims, shape, strict=False):
            if dim.symbol is not None and current_tracer().facts.estimate(dim) is None:
                current_tracer().facts.expect(dim.symbol, size)


def _is_part(expectation: Expectation, operands: Sequence[Any]) -> bool:
    """Return whether the result is in the memory of an object."""
    return any(isinstance(operands[k], Held) for k in expectation.shares)


@staged
def call_object(function: Any, *args: Any) -> Any:
    """Return the result of a function or operator of objects of libraries."""
    return OfLibrary.each(_numbers(args), lambda given: call_on_host(function, given, {}))


def _numbers(args: Sequence[Any]) -> tuple[Any, ...]:
    """Return arguments with one number for each that may be Python's or NumPy's."""
    found = [one_value(x) if isinstance(x, Union) else None for x in args]
    return tuple(x if number is None else number for x, number in zip(args, found, strict=True))


@staged
def is_method_of(x: Any, name: Any) -> Any:
    """Return whether an attribute of an object of a library is a method."""
    kind = OfLibrary.parts(x).kind
    return OfLibrary.each(kind, lambda k: callable(getattr(k.of, name, None)))


@staged
def method_called(x: Any, name: Any, args: Any, kwargs: Any) -> Any:
    """Return the result of a method of an object of a library."""
    if name in CHANGING:
        raise unsupported(_UNCHANGED.format(name))
    if name in RANDOM:
        raise unsupported(
            f"{name} draws random numbers, which is not supported here; draw them by "
            "np.random.default_rng(seed)"
        )
    kind = OfLibrary.parts(x).kind
    return OfLibrary.each(
        (kind, _numbers(args), kwargs),
        lambda given: call_on_host(ObjectMethod(given[0].of, name), (x, *given[1]), given[2]),
    )


@staged
def read_attribute(x: Any, name: Any) -> Any:
    """Return an attribute of an object of a library."""
    found = OfLibrary.given(x, name)
    if found is not None:
        return found
    kind = OfLibrary.parts(x).kind
    return OfLibrary.each(kind, lambda k: call_on_host(ObjectAttribute(k.of, name), (x,), {}))


_UNCHANGED = (
    "an object of a library is changed by {}, which is not supported in compiled functions; make "
    "it of what it is to hold, or change it outside"
)


@staged
def refuse_change(x: Any, name: Any) -> None:
    """Say that objects of libraries cannot be changed.

    Raises:
        UnsupportedError: Always, at the user's line.
    """
    raise unsupported(_UNCHANGED.format(name))


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
        operand = self._operand(x)
        if operand is not None:
            return operand
        if isinstance(x, list):
            return Items(list, tuple(map(self.pack, x)))
        if type(x) is dict:
            return Items(dict, tuple((key, self.pack(item)) for key, item in x.items()))
        if is_generator(x):
            raise unsupported(
                f"a generator of random numbers cannot be passed to {public_name(self.function)} "
                "in a compiled function; pass an integer as the seed"
            )
        if isinstance(x, slice):
            return Items(slice, tuple(map(self.pack, (x.start, x.stop, x.step))))
        if type(x) is tuple:
            return tuple(map(self.pack, x))
        if callable(x) and not isinstance(x, Symbolic) and not _is_library_object(x):
            raise unsupported(
                f"a function cannot be passed to {public_name(self.function)} in a compiled "
                f"function; {library_rewrite()}"
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

    def _operand(self, x: Any) -> Operand | None:
        """Return what stands for a run-time value, None for anything else."""
        if isinstance(x, np.ndarray):
            x = current_tracer().lift(x)
        number = one_value(x) if isinstance(x, Union) else None
        x = x if number is None else number
        if isinstance(x, Masked):
            x = x.elements()
        kind: Any = x.kind if isinstance(x, Number) and isinstance(x.kind, type) else None
        if isinstance(x, OfLibrary):
            x, kind = OfLibrary.parts(x), HeldObject
        if not isinstance(x, Number | Array | Held):
            return None
        self.operands.append(x)
        return Operand(len(self.operands) - 1, kind)


def library_rewrite() -> str:
    """Return what to write instead of a call of a library function that cannot be compiled."""
    return "call it outside, where it can be given compiled functions, and pass the result in"


def needs_known(function: Callable[..., Any]) -> str:
    """Return the message that a library function was given run-time values in a roundabout way."""
    return (
        f"{public_name(function)} is given what only the running program knows; {library_rewrite()}"
    )


def _is_library_object(x: Any) -> bool:
    if isinstance(x, type) or is_library_function(x):
        return True
    owner = getattr(x, "__objclass__", None) or getattr(x, "__self__", None)
    return owner is np.ndarray or isinstance(owner, np.ufunc)


# ---------------------------------------------------------------- results


def _rebuilt(expected: Any, results: Iterator[Value], *, is_part: bool = False) -> Any:
    """Return a result of the expected structure made of values.

    Args:
        expected: The structure.
        results: The values.
        is_part: Whether arrays lie in the memory of an object, which must not change.
    """
    if isinstance(expected, Leaf):
        return _rebuilt_leaf(expected, next(results), is_part=is_part)
    if isinstance(expected, dict):
        parts = [_rebuilt(part, results, is_part=is_part) for part in expected.values()]
        return dict(zip(expected, parts, strict=True))
    if isinstance(expected, tuple | list):
        return like(expected, [_rebuilt(part, results, is_part=is_part) for part in expected])
    return expected


def _rebuilt_leaf(expected: Leaf, value: Value, *, is_part: bool) -> Any:
    if isinstance(expected.kind, Kind):
        return OfLibrary.make(expected.kind, value)
    if expected.kind is np.ndarray:
        made = array(value)
        return Array(made.cell, replace(made.view, readonly=True)) if is_part else made
    if expected.kind is np.generic:
        return numpy_scalar(expected.dtype, value)
    return python_number(expected.kind, value)
