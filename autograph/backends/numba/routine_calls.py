"""Calls from machine code back into Python, for the routines of libraries.

Enters: the text of a call (an op, its options, dtypes and numbers of axes) and arrays. Leaves: the
arrays of the results filled, and whether the routine came to its end. The text is in the machine
code, so that code from the disk cache finds its routine in any process.
"""

from __future__ import annotations

import ctypes
import json
import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from msgspec import Struct, field

from autograph.backends import loops as lp
from autograph.backends.numba.callbacks import callback
from autograph.ir.op import get_op

SYMBOL = "autograph_routine"

#: How many arrangements of arrays a place remembers: the buffers of a loop stay where they are.
KNOWN_ARRAYS = 8


def call_text(call: lp.Call) -> str:
    """Return all that a call needs to know besides its arrays, as JSON."""

    def described(buffer: lp.Buffer) -> list[Any]:
        return [buffer.dtype.str, 0 if buffer in call.scalars else len(buffer.dims)]

    return json.dumps(
        [
            call.op.name,
            dict(call.options),
            [described(buffer) for buffer in call.inputs],
            [described(buffer) for buffer in call.outputs],
        ]
    )


def short_form(call: lp.Call) -> str | None:
    """Return the function in machine code that does what a call does on short vectors, if any.

    Only stable algorithms leave equal elements in an order that does not depend on the machine.
    """
    (x,) = call.inputs if len(call.inputs) == 1 else (None,)
    if x is None or len(x.dims) != 1 or x.dtype.kind not in "biuf":
        return None
    if call.op.name == "sort":
        return "sort_short"
    stable = call.options.get("kind") in ("stable", "mergesort")
    if call.op.name != "argsort":
        return None
    return "argsort_short" if stable else "argsort_distinct"


class _Memory:
    """Memory of machine code that NumPy makes an array of."""

    __slots__ = ("__array_interface__",)

    def __init__(self, interface: dict[str, Any]) -> None:
        self.__array_interface__ = interface


class _Routine(Struct, frozen=True):
    """A routine as one place in machine code calls it.

    Attributes:
        function: What computes the results.
        inputs: Dtype and number of axes of each operand.
        outputs: The same of each result.
        known: Arrays made before. They do not own their memory: the same words always mean the same
            array, whatever became of the memory in between.
    """

    function: Callable[..., Sequence[Any]]
    inputs: list[tuple[str, int]]
    outputs: list[tuple[str, int]]
    known: dict[tuple[int, ...], list[Any]] = field(default_factory=dict)

    def run(self, words: tuple[int, ...]) -> None:
        """Run on arrays given, one after the other, by address, extents and strides."""
        arrays = self.known.get(words)
        if arrays is None:
            if len(self.known) >= KNOWN_ARRAYS:
                self.known.clear()
            arrays = self.known[words] = self._arrays(words)
        count = len(self.inputs)
        given = [x if x.ndim else x[()] for x in arrays[:count]]
        with np.errstate(all="ignore"):
            results = self.function(*given)
        for target, result in zip(arrays[count:], results, strict=True):
            if np.shape(result) != target.shape:
                raise ValueError(f"a result has shape {np.shape(result)}, not {target.shape}")
            target[...] = result

    def _arrays(self, words: tuple[int, ...]) -> list[Any]:
        at = 0
        arrays: list[Any] = []
        for dtype, ndim in (*self.inputs, *self.outputs):
            axes = max(ndim, 1)
            shape = words[at + 1 : at + 1 + ndim]
            strides = words[at + 1 + axes : at + 1 + axes + ndim]
            arrays.append(_array(words[at], dtype, tuple(shape), tuple(strides)))
            at += 1 + 2 * axes
        return arrays


def _array(address: int, dtype: str, shape: tuple[int, ...], strides: tuple[int, ...]) -> Any:
    if math.prod(shape) == 0:
        return np.empty(shape, dtype)
    memory = {
        "data": (address, False),
        "shape": shape,
        "strides": strides,
        "typestr": dtype,
        "version": 3,
    }
    return np.asarray(_Memory(memory))


@cache
def routine_of(text: bytes) -> _Routine:
    """Return the routine that a place in machine code calls."""
    name, options, inputs, outputs = json.loads(text)
    routine = get_op(name).routine
    assert routine is not None, name
    options = {key: tuple(x) if isinstance(x, list) else x for key, x in options.items()}
    return _Routine(lambda *x: routine(*x, **options), inputs, outputs)


def _answer(text: bytes, count: int, words: Any) -> None:
    routine_of(text).run(tuple(words[1 : count + 1]))


ADDRESSES = {SYMBOL: callback(_answer, ctypes.c_char_p, ctypes.c_int64)}
"""Addresses of the functions that machine code calls, by symbol."""
"""Addresses of the functions that compiled code calls, by symbol."""
