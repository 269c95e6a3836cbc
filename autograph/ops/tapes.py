"""Tapes as arrays: what one program leaves for another one to run backwards with.

A tape whose trip counts are known before its loops, and the dims of its elements, is one array with
an axis for each level of loops. Any other is a stack: a flat array of all elements, then for each
level of tapes around the innermost an array of the places where its tapes begin, each array behind
its length.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value
from autograph.ir.op import Op
from autograph.ir.types import ArrayType, TapeType, Type, array, scalar


def levels_of(type_: Type) -> tuple[int, ArrayType]:
    """Return how many tapes are in each other, and the type of the innermost elements."""
    levels = 0
    while isinstance(type_, TapeType):
        type_, levels = type_.element, levels + 1
    return levels, type_


def _infer_store(node: Node) -> Iterator[Type]:
    (tape,) = node.operands
    levels, element = levels_of(tape.type)
    lengths = node.attrs["lengths"]
    if lengths:
        yield ArrayType(element.dtype, (*lengths, *element.dims))
        return
    for level in range(levels):
        yield scalar(np.int64)
        count = Affine.of(node.results[2 * level])
        yield array(element.dtype if level == 0 else np.int64, [count])


store_tape = Op("store_tape", "index", _infer_store)
"""The arrays that a tape is kept in; `lengths` are its trip counts if it is one array, else ()."""


def _infer_load(node: Node) -> list[Type]:
    lengths, dims = node.attrs["lengths"], node.attrs["dims"]
    stored = node.operands[0 if lengths else 1]
    type_: ArrayType | TapeType = ArrayType(stored.dtype, dims)
    for _ in range(node.attrs["levels"]):
        type_ = TapeType(type_)
    return [type_]


load_tape = Op("load_tape", "index", _infer_load)
"""The tape that has been kept in arrays: `levels` tapes in each other of elements with `dims`."""


def stored_values(node: Node) -> list[tuple[Value | None, Value]]:
    """Return the arrays that a node makes of a tape or a tape of, each with its length."""
    values = node.results if node.op is store_tape else node.operands
    if node.attrs["lengths"]:
        return [(None, values[0])]
    return list(zip(values[::2], values[1::2], strict=True))
