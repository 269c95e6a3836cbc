"""External symbols that machine code may refer to.

Enters: the name of a symbol. Leaves: its address in this process. They are those of CPython and the
C library; of glibc's vector library; of NumPy's C interface; our own, which stand for Python types
and for functions that come back into Python; LAPACK's as SciPy exports them; and what numba's code
calls beside these, in a module of its own.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from importlib.machinery import PathFinder
from typing import Any

import numpy as np
from numpy._core import _multiarray_umath  # type: ignore[attr-defined]

from autograph.backends.numba import library_calls, routine_calls

TYPE_PREFIX = "autograph_type_"
LAPACK_PREFIX = "autograph_lapack_"
_NUMBA_PREFIX = "numba_"
_HELPERS = "numba._helperlib"

#: Positions in the table of NumPy's C interface, which never change.
_NUMPY_FUNCTIONS = {"PyArray_New": 93, "PyArray_SetBaseObject": 282}
CALLBACKS = library_calls.ADDRESSES | routine_calls.ADDRESSES
_PYTHON_TYPES: dict[str, type] = {
    "ndarray": np.ndarray,
    "bool": bool,
    "int": int,
    "float": float,
    "complex": complex,
}


@functools.cache
def address_of(name: str) -> int | None:
    """Return the address of a symbol, None if there is none in this process."""
    if name.startswith(TYPE_PREFIX):
        return _address_of_type(name.removeprefix(TYPE_PREFIX))
    if name in _NUMPY_FUNCTIONS:
        return int(_numpy_table()[_NUMPY_FUNCTIONS[name]])
    if name.startswith(LAPACK_PREFIX):
        return _address_in_lapack(name.removeprefix(LAPACK_PREFIX))
    if name in CALLBACKS:
        return CALLBACKS[name]
    for library in _libraries():
        function = getattr(library, name, None)
        if function is not None:
            return ctypes.cast(function, ctypes.c_void_p).value
    return _address_in_numba(name) if name.startswith(_NUMBA_PREFIX) else None


def has_symbol(name: str) -> bool:
    """Return whether machine code can refer to the symbol of this name."""
    return address_of(name) is not None


@functools.cache
def _libraries() -> tuple[ctypes.CDLL, ...]:
    """Return the program itself and the libraries that code refers to, kept for good."""
    return tuple(_load("libm.so.6", "libmvec.so.1"))


def _load(*names: str) -> Iterator[ctypes.CDLL]:
    yield ctypes.pythonapi
    for name in (None, *names):
        try:
            yield ctypes.CDLL(name)
        except (OSError, TypeError):  # other systems have other libraries
            continue


def _address_of_type(name: str) -> int | None:
    kind = _PYTHON_TYPES.get(name) or getattr(np, name.removeprefix("numpy_"), None)
    return id(kind) if isinstance(kind, type) else None


@functools.cache
def _numpy_table() -> Any:
    return (ctypes.c_void_p * 512).from_address(_address_in(_multiarray_umath._ARRAY_API))


def _address_in(capsule: Any) -> int:
    """Return the address that a capsule holds."""
    name_of, address = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    address.restype, address.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    found: int = address(capsule, name_of(capsule))
    return found


def _address_in_lapack(name: str) -> int | None:
    capsules = importlib.import_module("scipy.linalg.cython_lapack").__pyx_capi__
    return _address_in(capsules[name]) if name in capsules else None


def _address_in_numba(name: str) -> int | None:
    return _numba_helpers().get(name.removeprefix(_NUMBA_PREFIX))


@functools.cache
def _numba_helpers() -> Mapping[str, int]:
    """Return the functions of numba's that are written in C; the rest of numba is not imported."""
    folders = importlib.util.find_spec("numba")
    assert folders is not None
    assert folders.submodule_search_locations is not None
    found = PathFinder.find_spec(_HELPERS, folders.submodule_search_locations)
    assert found is not None
    assert found.loader is not None
    module = sys.modules.get(_HELPERS) or importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    helpers: dict[str, int] = module.c_helpers
    return helpers
