"""Nested containers of arrays and numbers: the arguments and results of transformed functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograph.errors import NondifferentiableError
from autograph.frontend.flow.control import fork
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.leaves import is_number
from autograph.frontend.symbols.promotion import kind_of, value_of
from autograph.frontend.symbols.symbolic import Array, Number, array, numpy_scalar, python_number
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.heap import AttributesPlace, content_of, empty_object, is_object
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.types import DType

DOUBLES = (np.dtype(np.float64), np.dtype(np.complex128))

Leaf = Callable[[Any, str], Any]
"""What to put in the place of an array or number, given it and where it was."""


def settled(content: Any) -> Any:
    """Return a content; one of several arrays, or of several floats, as one with the same value."""
    content = narrow(content)
    if isinstance(content, np.ndarray):
        return tracer().lift(content)
    if not isinstance(content, Union):
        return content
    parts = [x for _, x in alternatives(content)]
    if all(isinstance(x, Array) for x in parts):
        return narrow(fork(content, lambda x: array(x.read())))
    for dtype in DOUBLES:
        if all(is_number(x) and dtype_of(x) == dtype for x in parts):
            return narrow(fork(content, partial(_numpy_number, dtype)))
    if all(map(is_number, parts)) and {dtype_of(x).kind for x in parts} == {"f", "i"}:
        return one_float(content)
    return one_container(content)


def one_container(content: Any) -> Any:
    """Return one of several containers of the same structure as a container of such parts.

    Where there is no such structure it stays one of several. Which container it is does not matter
    to transforms, since functions are given copies.
    """
    parts = [x for _, x in alternatives(content)]
    first = parts[0]
    if any(type(x) is not type(first) or growing_of(x) is not None for x in parts):
        return content
    found: dict[Any, Callable[[Any], Any]]
    if isinstance(first, tuple | list):
        found = {k: partial(_item, k) for k in range(len(first))}
        same = all(len(x) == len(first) for x in parts)
    elif type(first) is dict:
        found = {k: partial(_item, k) for k in first}
        same = all(list(x) == list(first) for x in parts)
    elif is_object(first) and not callable(first):
        found = {k: partial(_attribute, k) for k in attributes_of(first)}
        same = all(list(attributes_of(x)) == list(found) for x in parts)
    else:
        return content
    if not same:
        return content
    made = {k: narrow(fork(content, read)) for k, read in found.items()}
    if isinstance(first, tuple):
        return tuple.__new__(type(first), made.values())
    if isinstance(first, list):
        return tracer().mark_made(list(made.values()))
    return tracer().mark_made(made) if isinstance(first, dict) else new_object(type(first), made)


def _item(key: Any, content: Any) -> Any:
    return content[key]


def _attribute(name: str, content: Any) -> Any:
    return attributes_of(content)[name]


def one_float(content: Any) -> Any:
    """Return one of several numbers, floats or ints, as a float.

    A function that adds to an int in a loop returns an int if the loop never runs; it is the float
    that this int amounts to.
    """
    parts = [x for _, x in alternatives(content)]
    dtype = np.result_type(*(dtype_of(x) for x in parts if dtype_of(x).kind == "f"))
    is_python = any(kind_of(x) is float for x in parts)

    def as_float(x: Any) -> Any:
        value = value_of(x, dtype)
        return python_number(float, value) if is_python else numpy_scalar(dtype, value)

    return narrow(fork(content, as_float))


def _numpy_number(dtype: DType, x: Any) -> Any:
    return numpy_scalar(dtype, value_of(x))


def mapped(content: Any, leaf: Leaf, name: str = "", other: Leaf | None = None) -> Any:
    """Return the same structure with something else in the place of each array and number.

    Args:
        content: Arrays and numbers in tuples, lists, dicts and objects.
        leaf: Gives what to put there.
        name: What messages call the content.
        other: The same for what is neither array nor number nor container; it stays by default.
    """
    content = settled(content)
    if isinstance(content, Union):
        raise refused(f"{name or 'this'} is of another type on another path")
    if isinstance(content, Array) or is_number(content):
        return leaf(content, name)
    if growing_of(content) is not None:
        raise refused(
            f"{name or 'this'} is a list whose length is known only when the program runs; make an "
            "array of it first: np.array(items)"
        )
    if isinstance(content, tuple | list):
        parts = [mapped(x, leaf, f"{name}[{k}]", other) for k, x in enumerate(content)]
        if isinstance(content, list):
            return tracer().mark_made(parts)
        return tuple.__new__(type(content), parts)
    if isinstance(content, dict):
        items = {k: mapped(x, leaf, f"{name}[{k!r}]", other) for k, x in content.items()}
        return tracer().mark_made(items)
    if is_object(content):
        attributes = attributes_of(content)
        made = {k: mapped(x, leaf, f"{name}.{k}", other) for k, x in attributes.items()}
        return new_object(type(content), made)
    return content if other is None else other(content, name)


def children(content: Any) -> dict[str, Any] | None:
    """Return the parts of a container, by what follows its name to name them; None of a leaf."""
    content = settled(content)
    if isinstance(content, tuple | list) and growing_of(content) is None:
        return {f"[{k}]": x for k, x in enumerate(content)}
    if isinstance(content, dict):
        return {f"[{k!r}]": x for k, x in content.items()}
    if is_object(content):
        return {f".{k}": x for k, x in attributes_of(content).items()}
    return None


def attributes_of(owner: Any) -> dict[str, Any]:
    """Return what the program sees of the attributes of an object."""
    content = dict(content_of(owner))
    if tracer().holds_symbols(owner):
        return content
    return {name: tracer().outside.attribute(owner, name, x) for name, x in content.items()}


def new_object(kind: type, attributes: dict[str, Any]) -> Any:
    """Return an object of a class with these attributes, made by the program."""
    made = tracer().mark_made(empty_object(kind))
    AttributesPlace(made).write(attributes)
    return made


def is_inexact(x: Any) -> bool:
    """Return whether a content is a floating point array or number, real or complex."""
    return (isinstance(x, Array) or is_number(x)) and dtype_of(x).kind in "fc"


def is_complex(x: Any) -> bool:
    """Return whether a content is a complex array or number."""
    return is_inexact(x) and dtype_of(x).kind == "c"


def dtype_of(x: Any) -> DType:
    """Return the dtype of an array or number."""
    return x.dtype if isinstance(x, Array | Number) else np.asarray(x).dtype


def refused(message: str) -> NondifferentiableError:
    """Return the error that says why something cannot be transformed, at the user's line."""
    return NondifferentiableError(message, tracer().site)
