"""Puts machine code in memory and makes it callable.

Enters: an `Image`, or `ObjectCode`. Leaves: a Python callable. Nothing of numba is needed for that,
and for an image nothing of LLVM.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
from collections.abc import Callable
from typing import Any

from autograph.backends.numba.heap import keep_memory
from autograph.backends.numba.image import Image
from autograph.backends.numba.object_code import ObjectCode
from autograph.backends.numba.symbols import address_of, has_symbol

_FASTCALL = 0x0080
_READ_AND_EXECUTE = 1 | 4


class _Definition(ctypes.Structure):
    """CPython's `PyMethodDef`."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]


def _keep_for_good(owner: Any) -> None:
    """Keep an object until the process ends, beyond the end of the interpreter.

    Arrays that machine code has made call back into it when they die, the last ones after modules
    have lost their variables.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(owner))


def missing_symbols(code: Image | ObjectCode) -> list[str]:
    """Return what machine code refers to and this process does not have."""
    return [symbol for symbol in code.symbols if not has_symbol(symbol)]


def load(code: Image | ObjectCode) -> int:
    """Put machine code that misses nothing in memory and return the address of its entry.

    Raises:
        OSError: If the system does not let memory be executed.
    """
    keep_memory()
    return _place(code) if isinstance(code, Image) else code.load()


def _place(image: Image) -> int:
    memory = mmap.mmap(-1, max(len(image.content), 1), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory[: len(image.content)] = image.content
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for place in image.inner:
        (offset,) = struct.unpack_from("<Q", memory, place)
        struct.pack_into("<Q", memory, place, base + offset)
    for place, symbol, addend in image.references:
        address = address_of(symbol)
        assert address is not None, symbol
        struct.pack_into("<Q", memory, place, (address + addend) % 2**64)
    library = ctypes.CDLL(None, use_errno=True)
    size = ctypes.c_size_t(image.writable)
    if library.mprotect(ctypes.c_void_p(base), size, _READ_AND_EXECUTE):
        raise OSError(ctypes.get_errno(), "memory for machine code cannot be made executable")
    _keep_for_good(memory)
    return base + image.entry


def callable_at(address: int, name: str, failed: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return a Python callable that runs the entry at an address.

    Args:
        address: Where the entry is.
        name: The callable's name.
        failed: What the entry calls when it fails, to raise an exception.
    """
    definition = _Definition(name.encode(), address, _FASTCALL, None)
    _keep_for_good(definition)
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype = ctypes.py_object
    make.argtypes = [ctypes.POINTER(_Definition), ctypes.py_object, ctypes.c_void_p]
    made: Callable[..., Any] = make(ctypes.byref(definition), failed, None)
    return made
