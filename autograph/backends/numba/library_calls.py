"""Calls of library functions from compiled code.

Enters: a `LibraryRun` statement, when its source is emitted. Leaves: a number that stands for it in
the source, and `library_run` and `library_results` for compiled code, which come back to Python
through two C functions: the first runs the function and keeps what it returns, the second copies
that to arrays of the compiled code.
"""

from __future__ import annotations

import ctypes
import hashlib
import itertools
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.backends import loops as lp
from autograph.backends.numba.callbacks import callback
from autograph.ir.types import DType
from autograph.ops.library import sizes_of

RUN, RESULTS = "autograph_library_run", "autograph_library_results"

Layout = tuple[DType, int]
"""Dtype and number of axes of an array, as compiled code passes it."""


class _Registered(Struct, frozen=True):
    """A statement that compiled code may run, and the arrays it passes."""

    statement: lp.LibraryRun
    operands: tuple[Layout, ...]


_registered: dict[int, _Registered] = {}
_returned: dict[int, list[Any]] = {}
_tickets = itertools.count(1)


def register(statement: lp.LibraryRun) -> int:
    """Return the number that stands for a statement in compiled code, the same in all processes."""
    operands = tuple((b.dtype, len(b.dims)) for b in statement.operands)
    unknown = [[d is None for d in shape] for shape in statement.dims]
    text = f"{statement.call} {operands} {statement.scalars} {statement.dtypes} {unknown}"
    for attempt in itertools.count():
        digest = hashlib.sha256(f"{text} {attempt}".encode()).digest()
        number = int.from_bytes(digest[:7], "big")
        known = _registered.get(number)
        if known is None or known.statement.call == statement.call:
            _registered[number] = _Registered(statement, operands)
            return number
    raise AssertionError("unreachable")


# ---------------------------------------------------------------- called by compiled code


def _array(dtype: DType, ndim: int, fields: Any, at: int) -> np.ndarray[Any, Any]:
    """Return the array that fields of a descriptor, beginning at `at`, describe."""
    shape = tuple(fields[at + 1 : at + 1 + ndim])
    strides = tuple(fields[at + 1 + ndim : at + 1 + 2 * ndim])
    if 0 in shape:
        return np.empty(shape, dtype)
    memory: Any = (ctypes.c_char * dtype.itemsize).from_address(fields[at])
    first = np.frombuffer(memory, dtype)
    return np.lib.stride_tricks.as_strided(first, shape, strides)


def statement_of(number: int) -> lp.LibraryRun:
    """Return the statement that a number stands for."""
    return _registered[number].statement


def run_on(number: int, values: list[Any]) -> list[int]:
    """Run a statement on its operands; return the ticket of its results, and their sizes."""
    statement = statement_of(number)
    leaves = statement.call.run(values)
    unknown = [
        tuple(None if d is None else leaf.shape[k] for k, d in enumerate(shape))
        for leaf, shape in zip(leaves, statement.dims, strict=True)
    ]
    sizes = sizes_of(leaves, statement.dtypes, unknown)
    ticket = next(_tickets)
    _returned[ticket] = leaves
    return [ticket, *sizes]


def returned_by(ticket: int) -> list[Any]:
    """Return the results of a run, which are then forgotten."""
    return _returned.pop(ticket)


def _run(number: int, words: Any) -> None:
    registered = _registered[number]
    values: list[Any] = []
    at = 2
    for (dtype, ndim), scalar in zip(
        registered.operands, registered.statement.scalars, strict=True
    ):
        operand = _array(dtype, ndim, words, at)
        operand.flags.writeable = False
        values.append(operand[0] if scalar else operand)
        at += 1 + 2 * ndim
    answer = run_on(number, values)
    found = (ctypes.c_int64 * len(answer)).from_address(words[1])
    found[:] = [*answer]


def _results(ticket: int, words: Any) -> None:
    at = 1
    for leaf in returned_by(ticket):
        ndim = max(leaf.ndim, 1)
        out = _array(leaf.dtype, ndim, words, at)
        if leaf.shape not in (out.shape, ()):
            raise ValueError(f"a result has shape {leaf.shape}, not {out.shape}")
        out[...] = leaf
        at += 1 + 2 * ndim


ADDRESSES = {
    RUN: callback(_run, ctypes.c_int64),
    RESULTS: callback(_results, ctypes.c_int64),
}
"""Addresses of the functions that compiled code calls, by symbol."""
