"""Arrays on a CUDA device as arguments: how they are recognised, and what they are traced as.

Enters: the arguments of a call. Leaves: which of them are CuPy arrays, and NumPy stand-ins that
have their shapes, dtypes, strides and overlaps, but no contents.

CuPy is never imported here: who passes its arrays has done so.
"""

from __future__ import annotations

import mmap
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograph.backends.cuda.device import byte_range
from autograph.errors import UnsupportedError


def is_device_array(x: object) -> bool:
    """Return whether an object is a CuPy array."""
    cupy = sys.modules.get("cupy")
    return cupy is not None and isinstance(x, getattr(cupy, "ndarray", ()))


def leaves(argument: Any) -> Iterator[Any]:
    """Yield an argument, or what lies inside it if it is a tuple, list or dict, at any depth."""
    if isinstance(argument, tuple | list):
        for item in argument:
            yield from leaves(item)
    elif type(argument) is dict:
        for item in argument.values():
            yield from leaves(item)
    else:
        yield argument


def memory_of(array: Any) -> tuple[int, int]:
    """Return the lowest address of a CuPy array, and the one past its highest."""
    return byte_range(int(array.data.ptr), array)


def may_share_memory(first: Any, second: Any) -> bool:
    """Return whether the ranges of addresses of two CuPy arrays overlap."""
    (low, high), (other_low, other_high) = memory_of(first), memory_of(second)
    return low < other_high and other_low < high


def device_of_call(names: Sequence[str], arguments: Sequence[Any]) -> Any:
    """Return the CUDA device that the arrays of a call are on, None if they are NumPy's.

    Args:
        names: The names of the arguments, for messages.
        arguments: The arguments.

    Raises:
        UnsupportedError: If NumPy arrays are mixed with CuPy arrays, or two devices.
    """
    device = next((x.device for x in leaves(arguments) if is_device_array(x)), None)
    if device is None:
        return None
    on_device: list[str] = []
    on_host: list[str] = []
    elsewhere: list[str] = []
    for name, argument in zip(names, arguments, strict=False):
        for x in leaves(argument):
            if is_device_array(x):
                (on_device if x.device.id == device.id else elsewhere).append(name)
            elif isinstance(x, np.ndarray):
                on_host.append(name)
    if on_host:
        raise UnsupportedError(
            f"{_listed(on_device)} on a CUDA device and {_listed(on_host)} in NumPy's memory: pass "
            "CuPy arrays (cupy.asarray) or NumPy arrays (cupy.asnumpy), not both"
        )
    if elsewhere:
        raise UnsupportedError(
            f"{_listed(on_device)} on CUDA device {device.id} and {_listed(elsewhere)} on another: "
            "all arrays of a call must be on one device"
        )
    return device


def _listed(names: Iterable[str]) -> str:
    quoted = [f"'{name}'" for name in dict.fromkeys(names)]
    if len(quoted) == 1:
        return f"{quoted[0]} is"
    return f"{', '.join(quoted[:-1])} and {quoted[-1]} are"


# ---------------------------------------------------------------- stand-ins


class _Placed:
    """An array at an address, in the form that `numpy.asarray` takes; holds on to the memory."""

    def __init__(self, memory: np.ndarray[Any, Any], offset: int, like: Any) -> None:
        self.memory = memory
        self.__array_interface__ = {
            "version": 3,
            "data": (memory.ctypes.data + offset, False),
            "shape": tuple(like.shape),
            "strides": tuple(like.strides),
            "typestr": like.dtype.str,
        }


def stand_ins(arguments: Sequence[Any]) -> tuple[Any, ...]:
    """Return the arguments with NumPy arrays in place of CuPy arrays.

    The stand-ins have shape, dtype and strides of the arrays that they stand for; two of them are
    the same object, or overlap, where those do. Their addresses are reserved, but have no memory
    behind them: they must be neither written nor read for their contents.
    """
    found = {id(x): x for x in leaves(arguments) if is_device_array(x)}
    made: dict[int, Any] = {}
    for group in _overlapping(found.values()):
        ranges = [memory_of(x) for x in group]
        start = min(low for low, _ in ranges)
        memory = _reserve(max(high for _, high in ranges) - start)
        for x in group:
            made[id(x)] = np.asarray(_Placed(memory, int(x.data.ptr) - start, x))
    return tuple(_substituted(x, made) for x in arguments)


def _overlapping(arrays: Iterable[Any]) -> list[list[Any]]:
    """Return the arrays in groups that share no addresses."""
    groups: list[list[Any]] = []
    end = -1
    for x in sorted(arrays, key=memory_of):
        low, high = memory_of(x)
        if low >= end:
            groups.append([])
        groups[-1].append(x)
        end = max(end, high)
    return groups


def _reserve(size: int) -> np.ndarray[Any, Any]:
    """Return bytes at addresses that are reserved only.

    Private memory that cannot be written counts towards no limit, however much there is of it.
    """
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    return np.frombuffer(mmap.mmap(-1, max(size, 1), flags, mmap.PROT_READ), np.uint8)


def _substituted(x: Any, made: Mapping[int, Any]) -> Any:
    """Return an argument with other arrays in it; one without arrays remains itself."""
    if id(x) in made:
        return made[id(x)]
    if not any(id(leaf) in made for leaf in leaves(x)):
        return x
    if isinstance(x, dict):
        return {key: _substituted(item, made) for key, item in x.items()}
    items = [_substituted(item, made) for item in x]
    return type(x)._make(items) if hasattr(x, "_make") else type(x)(items)
