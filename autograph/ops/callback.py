"""Functions of the program among the arguments of a library call: what the library calls back.

A callback holds closed graphs; what the function reads around it are operands of the call. There
is a graph for each way in which the library may call it. What runs them is made by the compiler,
which is above the ops: it puts itself in the place of `Callback.bind`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from msgspec import Struct

from autograph.ir.affine import Affine
from autograph.ir.graph import Graph
from autograph.ir.types import DType


class CallbackStopped(BaseException):
    """A callback cannot go on: the plain function is to run, which raises what it raises.

    It is no `Exception`, so that no library takes it for one of the user's.
    """


class Parameter(Struct, frozen=True):
    """What a library passes as an argument.

    Attributes:
        kinds: Types of a number: two of them if it may be a Python float or a float64; none for
            an array.
        dtype: Dtype of an array.
        dims: Dims of an array, forms over the params of the graph.
    """

    kinds: tuple[type, ...]
    dtype: DType | None = None
    dims: tuple[Affine, ...] = ()

    def takes(self, x: Any) -> bool:
        """Return whether an argument is of the type of this parameter."""
        if self.kinds:
            return type(x) in self.kinds
        return type(x) is np.ndarray and x.dtype == self.dtype and x.ndim == len(self.dims)


class Returned(Struct, frozen=True):
    """Stands for a result of the graph in what a callback returns.

    Attributes:
        position: Number of the result.
        kind: The type of a number; None for an array.
        is_python: Number of the result that tells whether a float is Python's, if nobody knows.
    """

    position: int
    kind: type | None
    is_python: int | None = None


class Variant(Struct, frozen=True, eq=False, weakref=True):
    """A function as a graph, for arguments of certain types.

    Attributes:
        parameters: The arguments.
        captured: Numbers of the operands that the first params of the graph are.
        graph: What it computes.
        result: How to make what it returns: `Returned`, constants, tuples and lists of them.
        is_usual: Whether the library calls it so in most cases; others are compiled when it does.
    """

    parameters: tuple[Parameter, ...]
    captured: tuple[int, ...]
    graph: Graph
    result: Any
    is_usual: bool


class Callback(Struct, frozen=True, eq=False):
    """Stands for a function of the program among the arguments of a library call.

    Attributes:
        name: What the user calls it.
        variants: Its graphs.
        attributes: What the library finds as attributes of the function.
    """

    name: str
    variants: tuple[Variant, ...]

    attributes: tuple[tuple[str, Any], ...] = ()

    bind: ClassVar[Callable[[Callback, Sequence[Any]], Callable[..., Any]]]
    """Returns what the library calls, given the operands of its call."""

    def __repr__(self) -> str:
        return self.name

    def imitation(self, values: Sequence[Any]) -> Callable[..., Any]:
        """Return a function that returns the same types: one that has a least value, and decays.

        Args:
            values: The operands of the call.
        """
        variant = self.variants[0]
        captured = [values[k] for k in variant.captured]
        sizes = {
            param: int(value)
            for param, value in zip(variant.graph.params, captured, strict=False)
            if not param.ndim and param.dtype == np.int64
        }

        def made(template: Any, args: Sequence[Any]) -> Any:
            if isinstance(template, tuple | list):
                return type(template)(made(x, args) for x in template)
            if not isinstance(template, Returned):
                return template
            total = float(sum(np.sum(np.square(x)) for x in args))
            if self.attributes:  # An event, which is to happen.
                total = np.cos(20.0 * args[0])
            if template.kind is not None:
                return template.kind(0.1 + total)
            result = variant.graph.results[template.position]
            shape = tuple(dim.evaluate(sizes) for dim in result.dims)
            alike = [x for x in args if np.shape(x) == shape]
            found = 0.5 * alike[0] if alike else _full_rank(shape, np.atleast_1d(args[-1]))
            return found.astype(result.dtype)

        return self.with_attributes(lambda *args: made(variant.result, args))

    def with_attributes(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that has the attributes."""
        for name, x in self.attributes:
            setattr(function, name, x)
        return function


class Unpacking(Struct, frozen=True):
    """How the numbers and arrays in the result of a library function are found.

    Attributes:
        fields: Names of attributes of the result; empty for a result that is numbers and arrays.
        kinds: The type of each; None for arrays and for what may be any number.
        texts: For a field that is a text, which ones it may be: it becomes the number of one.
    """

    kinds: tuple[type | None, ...]
    fields: tuple[str, ...] = ()
    texts: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def taken(self, result: Any) -> list[Any]:
        """Return the parts of a result.

        Raises:
            TypeError: If one is of another type than it was said to be.
        """
        texts = dict(self.texts)
        if self.fields:
            found = [_numbered(result[name], texts.get(name)) for name in self.fields]
        else:
            found = list(result) if isinstance(result, tuple | list) else [result]
        for part, kind in zip(found, self.kinds, strict=True):
            if kind is not None and type(part) is not kind:
                raise TypeError(f"a {type(part).__name__} where a {kind.__name__} was expected")
        return [np.asarray(part) for part in found]


def _full_rank(shape: tuple[int, ...], x: Any) -> Any:
    """Return values of polynomials with coefficients x, which differ as they do."""
    at = np.linspace(0.1, 1.0, int(np.prod(shape)))
    return np.reshape(np.power.outer(at, np.arange(x.size)) @ np.ravel(x) - 1.0, shape)


def _numbered(part: Any, texts: Sequence[str] | None) -> Any:
    return part if texts is None else texts.index(part)
