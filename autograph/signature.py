"""What a call is specialised on: the types of its arguments and how they share memory.

Enters: the arguments of a call. Leaves: a hashable key, equal for calls that one specialisation may
serve. Sizes and values never enter the key: where values matter, they are premises of the trace.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from autograph.device_arrays import is_device_array, leaves, may_share_memory
from autograph.frontend import plain_function
from autograph.frontend.symbols.magnitude import is_long

Key = tuple[Hashable, ...]

CONTAINERS = (tuple, list, dict)


def layout(array: Any) -> str:
    """Return `C` or `F` for an array without gaps in that order, else `A`."""
    if array.flags.c_contiguous:
        return "C"
    return "F" if array.flags.f_contiguous else "A"


def describe(x: Any) -> Hashable:
    """Return what of one argument calls are told apart by before anything else.

    Arrays: dtype, number of axes, layout, writability or, of CuPy's, the device. Integers: whether
    they are beyond 64 bits. Functions: their code. Tuples, lists and dicts: that of their items.
    Anything else: the type.
    """
    if isinstance(x, np.ndarray):
        return ("array", type(x), x.dtype.str, x.ndim, layout(x), x.flags.writeable)
    if is_long(x):
        return ("long",)
    if is_device_array(x):
        return ("cupy", type(x), x.dtype.str, x.ndim, layout(x), x.device.id)
    if isinstance(x, tuple | list):
        return (type(x), *map(describe, x))
    if isinstance(x, dict):
        return (type(x), *((key, describe(value)) for key, value in x.items()))
    plain = plain_function(x) if isinstance(x, FunctionType) else x
    return ("function", plain.__code__) if isinstance(plain, FunctionType) else (type(x),)


def sharing(arguments: Sequence[Any]) -> Hashable:
    """Return which arrays share memory: pairs of positions, and whether the two are one.

    Arrays inside tuples, lists and dicts count too.
    """
    flat = arguments
    for x in arguments:
        if isinstance(x, CONTAINERS):
            flat = list(leaves(arguments))
            break
    arrays = [(k, x) for k, x in enumerate(flat) if isinstance(x, np.ndarray)]
    share: Callable[[Any, Any], bool] = np.may_share_memory
    if not arrays:  # a call has arrays of one kind
        arrays = [(k, x) for k, x in enumerate(flat) if is_device_array(x)]
        share = may_share_memory
    return tuple(
        (j, k, x is y)
        for i, (j, x) in enumerate(arrays)
        for k, y in arrays[i + 1 :]
        if x is y or share(x, y)
    )


def signature_key(arguments: Sequence[Any]) -> Key:
    """Return the key of a call's arguments, in the order of the function's parameters."""
    return (*map(describe, arguments), sharing(arguments))
