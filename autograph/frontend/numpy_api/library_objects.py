"""Objects of libraries that exist only when the program runs: splines, sparse matrices, trees.

A traced program knows such an object by its ticket (see `ops.held_objects`) and its kind: the
class, and how samples of it are made, on which attributes and methods are tried out.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from msgspec import Struct

from autograph.ir.graph import Value

Sizes = Mapping[Value, int]

MODULES = (
    *("scipy.interpolate", "scipy.sparse", "scipy.spatial", "scipy.stats", "scipy.signal"),
    *("scipy.integrate", "scipy.optimize", "scipy.linalg", "numpy.polynomial"),
)
"""Where classes are whose objects a program may have."""

NAMED = (("builtins", "SuperLU"), ("numpy", "poly1d"))
"""Modules and names of further classes."""

DESCRIBING = ("Bounds", "LinearConstraint", "NonlinearConstraint")
"""Classes of objects that only hold what they are given, which are known while tracing."""

CHANGING = (
    *("setdiag", "resize", "sum_duplicates", "eliminate_zeros", "sort_indices", "prune"),
    *("set_shape", "add_points", "close", "extend", "set_smoothing_factor", "set_yi", "add_xi"),
    *("set_bandwidth", "__setitem__", "__delitem__"),
)
"""Methods that change the object."""

RANDOM = ("rvs", "resample", "random", "integers")
"""Methods that draw random numbers."""


class Kind(Struct, frozen=True, eq=False):
    """What is known of an object while the program is traced.

    Attributes:
        of: Its class.
        sample: Given sizes, contents and a step, returns a sample.
        symbols: The sizes that samples depend on.
        is_given: Whether the object comes from outside, so that all samples are that one.
    """

    of: type
    sample: Callable[[Sizes, str, int], Any]
    symbols: tuple[Value, ...] = ()
    is_given: bool = False


class Held(Struct, frozen=True, eq=False):
    """An object among the operands of a call: its kind, and the ticket."""

    kind: Any
    ticket: Value


class OfLibrary:
    """What stands for an object of a library in a traced program.

    Attributes:
        make: Returns what stands for an object of a kind, given the ticket.
        parts: Returns kind and ticket of what stands for an object.
        each: Does something for each alternative of what a content is.
        scope: Returns the ticket of what keeps the objects that the call makes.
        interned: Returns the kind that is used for objects like a sample.
        shares: Notes that objects in a result refer to the memory of arrays.
        given: Returns an attribute of an object from outside, None if it has to be asked for.
    """

    make: ClassVar[Callable[[Kind, Value], Any]]
    parts: ClassVar[Callable[[Any], Held]]
    each: ClassVar[Callable[[Any, Callable[[Any], Any]], Any]]
    scope: ClassVar[Callable[[], Value]]
    interned: ClassVar[Callable[[Any, Kind], Kind]]
    shares: ClassVar[Callable[[Any, list[Any]], None]]
    given: ClassVar[Callable[[Any, str], Any]]


def is_library_object(x: Any) -> bool:
    """Return whether something is an object of a library that is known by its class."""
    kind: Any = type(x)
    if kind is np.poly1d:  # Its methods are functions of NumPy, which are traced.
        return False
    if issubclass(kind, type | np.ndarray | np.ufunc | np.generic | tuple):
        return False
    return is_library_class(kind) and callable(getattr(kind, "__init__", None))


@functools.cache
def is_library_class(kind: type) -> bool:
    """Return whether objects of a class are objects of a library that are known by their class."""
    if (kind.__module__, kind.__name__) in NAMED:
        return True
    if not kind.__module__.startswith(MODULES) or kind.__name__ in DESCRIBING:
        return False
    return not any(base.__name__ in ("rv_generic", "multi_rv_generic") for base in kind.__mro__)


def signature_of(sample: Any) -> Any:
    """Return what objects have in common that take and return the same types."""
    attributes = getattr(sample, "__dict__", {})
    arrays = tuple(
        (name, x.dtype, x.ndim) for name, x in attributes.items() if isinstance(x, np.ndarray)
    )
    try:
        shape = tuple(getattr(sample, "shape", ()))
    except TypeError:
        shape = ()
    return type(sample), arrays, shape


def arrays_of(sample: Any) -> Sequence[np.ndarray[Any, Any]]:
    """Return the arrays that an object has as attributes."""
    attributes = list(getattr(sample, "__dict__", {}).values())
    for c in type(sample).__mro__ if not isinstance(sample, np.ndarray | np.generic) else ():
        compiled = [k for k, x in vars(c).items() if isinstance(x, types.GetSetDescriptorType)]
        attributes += [getattr(sample, k, None) for k in compiled if not k.startswith("_")]
    found = []
    for x in attributes:
        found += [p for p in (x if isinstance(x, tuple | list) else (x,)) if type(p) is np.ndarray]
    return found
