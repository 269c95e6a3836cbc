"""The op that calls a function of a library as it is, on arrays in the memory of the host.

What has no form of its own in the graph is computed by NumPy or SciPy themselves. The node knows
the types of the results; an extent that only the call tells is a result of its own, on which the
types of the results behind it depend.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value, emit
from autograph.ir.op import Op
from autograph.ir.types import ArrayType, DType, Type, scalar
from autograph.ops.callback import Callback, CallbackStopped, Unpacking
from autograph.ops.define import array_types
from autograph.ops.held_objects import ObjectAttribute, ObjectMethod, held, keep

Dims = tuple[Affine | None, ...]
"""Dims of a result; None for an extent that only the call tells."""


class LibraryCallFailed(Exception):
    """A library function raised, or returned something of another type than it was asked for."""


class HeldObject:
    """The kind of an operand that is the ticket of an object of a library."""


class Operand(Struct, frozen=True):
    """Stands for an operand among the arguments of a call.

    Attributes:
        position: Number of the operand.
        kind: The Python type that a number is passed as; None for what NumPy has.
    """

    position: int
    kind: type | None = None

    def __repr__(self) -> str:
        return f"x{self.position}"


class Items(Struct, frozen=True):
    """Stands for a list, a slice, or a dict (its items), so that arguments can be hashed."""

    kind: type
    parts: tuple[Any, ...]

    def __repr__(self) -> str:
        if self.kind is dict:
            return f"{{{', '.join(f'{key!r}: {x!r}' for key, x in self.parts)}}}"
        text = ", ".join(map(repr, self.parts))
        return f"[{text}]" if self.kind is list else f"slice({text})"


class LibraryCall(Struct, frozen=True):
    """A call of a library function.

    Attributes:
        function: What is called.
        args: The arguments, `Operand` where an operand goes.
        kwargs: The keyword arguments.
        unpacking: How its result is taken apart; None for numbers, arrays, and tuples of them.
        known: Texts and the like in its result, which are known while tracing; None if nobody asks.
        scope: Number of the operand that keeps the objects in its result, None if there are none.
        holds_texts: Whether texts in it are objects, too, and not taken as known.
        each_counts: Whether one call cannot stand for two on equal operands.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...] = ()
    unpacking: Unpacking | None = None
    known: tuple[Any, ...] | None = None
    scope: int | None = None
    holds_texts: bool = False
    each_counts: bool = False

    @property
    def name(self) -> str:
        """The name of the function, as users write it."""
        return public_name(self.args[0] if self.function is changed else self.function)

    def __str__(self) -> str:
        args = self.args[1:] if self.function is changed else self.args
        given = [*map(repr, args), *(f"{key}={value!r}" for key, value in self.kwargs)]
        return f"{self.name}({', '.join(given)})"

    def run(self, values: Sequence[Any], *, tried: bool = False) -> list[Any]:
        """Call the function on operand values; return the numbers and arrays in its result.

        Args:
            values: Those of the operands.
            tried: Whether imitations stand for functions of the program.
        """
        if self.scope is not None:  # Objects may refer to the arrays that they are made from.
            values = [np.array(x) if isinstance(x, np.ndarray) else x for x in values]
        bind = Callback.imitation if tried else Callback.bind
        args = [_filled(x, values, bind) for x in self.args]
        kwargs = {key: _filled(x, values, bind) for key, x in self.kwargs}
        try:
            result = self.function(*args, **kwargs)
        except CallbackStopped as error:
            raise LibraryCallFailed(str(error)) from None
        if self.unpacking is not None:
            return self.unpacking.taken(result)
        found, known = _taken_apart(result, holds_texts=self.holds_texts)
        if self.known is not None and self.known != tuple(known):
            raise LibraryCallFailed("a text or a type in the result is not the expected one")
        if self.scope is None:
            return [leaf for leaf in found if type(leaf) is np.ndarray]
        scope = values[self.scope]
        return [x if type(x) is np.ndarray else np.asarray(keep(scope, x)) for x in found]

    def callbacks(self) -> Iterator[Callback]:
        """Yield the functions of the program that the function may call."""
        for x in (*self.args, *(x for _, x in self.kwargs)):
            yield from _callbacks_in(x)


def public_name(function: Any) -> str:
    """Return the name of a function or class of a library, as users write it."""
    if isinstance(function, ObjectMethod | ObjectAttribute):
        of = public_name(function.of)
        return of if function.name == "__call__" else f"{of}.{function.name}"
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"{public_name(owner)}.{function.__name__}"
    if hasattr(function, "__objclass__"):
        return f"numpy.{function.__qualname__}"
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", None)
    name = name or type(function).__name__
    module = getattr(function, "__module__", None) or "numpy"
    parts = module.split(".")
    for k in range(1, len(parts) + 1):  # the outermost module that has it
        outer = ".".join(parts[:k])
        if getattr(sys.modules.get(outer), name, None) is function:
            return name if outer == "builtins" else f"{outer}.{name}"
    return f"{module}.{name}"


def _filled(x: Any, values: Sequence[Any], bind: Callable[..., Any]) -> Any:
    """Return an argument with operands in their places."""
    if isinstance(x, Operand):
        value = values[x.position]
        if x.kind is HeldObject:
            return held(value) if isinstance(value, float | np.ndarray) else value
        return value if x.kind is None else x.kind(value)
    if isinstance(x, Callback):
        return bind(x, values)
    if isinstance(x, Items):
        parts = [_filled(part, values, bind) for part in x.parts]
        return slice(*parts) if x.kind is slice else x.kind(parts)
    return tuple(_filled(part, values, bind) for part in x) if type(x) is tuple else x


def _callbacks_in(x: Any) -> Iterator[Callback]:
    if isinstance(x, Callback):
        yield x
    parts = x.parts if isinstance(x, Items) else x if type(x) is tuple else ()
    for part in parts:
        yield from _callbacks_in(part)


def is_known(x: Any) -> bool:
    """Return whether what a library returns is taken as known while tracing."""
    return x is None or isinstance(x, str | np.dtype | type)


def _taken_apart(result: Any, *, holds_texts: bool) -> tuple[list[Any], list[Any]]:
    """Return the arrays, numbers and objects in a result, in order, and what is taken as known."""
    found: list[Any] = []
    known: list[Any] = []

    def take(part: Any) -> None:
        if type(part) is dict:
            known.extend(part)
            part = tuple(part.values())
        if isinstance(part, tuple | list):
            for x in part:
                take(x)
        elif is_known(part) and not (holds_texts and isinstance(part, str)):
            known.append(part)
        elif type(part) is np.ndarray:
            found.append(part)
        elif isinstance(part, np.generic | bool | int | float | complex):
            found.append(np.asarray(part))
            known.append(type(part))
        else:
            found.append(part)

    take(result)
    return found, known


def changed(function: Callable[..., Any], array: Any, *args: Any, **kwargs: Any) -> Any:
    """Return what a function that changes its first argument makes of a copy of an array."""
    result = np.array(array, order="C")
    function(result, *args, **kwargs)
    return result


def _infer(node: Node) -> Iterator[Type]:
    array_types(node)
    dims: tuple[Dims, ...] = node.attrs["dims"]
    unknown = sum(dim is None for shape in dims for dim in shape)
    for _ in range(unknown):
        yield scalar(np.int64)
    sizes = iter(node.results[:unknown])
    for dtype, shape in zip(node.attrs["dtypes"], dims, strict=True):
        filled = (Affine.of(next(sizes)) if dim is None else dim for dim in shape)
        yield ArrayType(dtype, tuple(filled))


def _evaluate(node: Node, operands: Sequence[Any], form: Callable[[Affine], int]) -> Sequence[Any]:
    call: LibraryCall = node.attrs["call"]
    leaves = call.run(operands)
    dims, dtypes = node.attrs["dims"], node.attrs["dtypes"]
    known = [tuple(None if d is None else form(d) for d in shape) for shape in dims]
    sizes = sizes_of(leaves, dtypes, known)
    return [*map(np.int64, sizes), *(leaf[()] for leaf in leaves)]


def sizes_of(
    leaves: Sequence[Any], dtypes: Sequence[DType], dims: Sequence[tuple[int | None, ...]]
) -> list[int]:
    """Return the extents that only the call tells.

    Raises:
        LibraryCallFailed: If the results are of other types than they are said to be.
    """
    sizes: list[int] = []
    same = len(leaves) == len(dtypes)
    for leaf, dtype, shape in zip(leaves, dtypes, dims, strict=False):
        same &= leaf.dtype == dtype and leaf.ndim == len(shape)
        for size, wanted in zip(leaf.shape, shape, strict=False):
            if wanted is None:
                sizes.append(size)
            same &= wanted in (None, size)
    if not same:
        raise LibraryCallFailed("the results have other types than expected")
    return sizes


library = Op("library", "effect", _infer, _evaluate)
"""Calls a library function on whole arrays; may abandon the call of the program.

Attributes: `call`, and `dtypes` and `dims` of the results, None for an extent that only the call
tells. Results: those extents in order, then the arrays.
"""


def call_library(
    call: LibraryCall, operands: Sequence[Value], dtypes: Sequence[DType], dims: Sequence[Dims]
) -> tuple[Value, ...]:
    """Emit a call of a library function and return its results without the extents."""
    attrs: Mapping[str, Any] = {"call": call, "dtypes": tuple(dtypes), "dims": tuple(dims)}
    results = emit(library, operands, attrs)
    return results[len(results) - len(tuple(dtypes)) :]
