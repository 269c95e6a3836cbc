"""Unpacking into several targets: of lists, arrays, and what is one of several things."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.flow.control import fork
from autograph.frontend.language import lists
from autograph.frontend.language.lifting import lifted
from autograph.frontend.language.values import getitem
from autograph.frontend.symbols.context import run, unsupported
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.symbolic import Array, constant, require, value_of_form
from autograph.frontend.symbols.union import Union, narrow
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ops.elementwise import equal


def unpacked(value: Any, before: int, after: int) -> Any:
    """Return what is unpacked into `before` targets, and `after` behind a starred one.

    Args:
        value: What is unpacked.
        before: The number of targets before a starred one, or of all.
        after: The number of targets after the starred one; -1: there is none.
    """
    value = lifted(narrow(value))
    if isinstance(value, Union):
        items = fork(value, lambda a: _exactly(a, before, after))
        if isinstance(items, Union):
            raise unsupported(
                "a starred target takes more or fewer items depending on run-time values, "
                "which is not supported; unpack on each path"
            )
        return items
    items = growing_of(value)
    if items is not None:
        if after >= 0:
            return lists.unpacked(items, value, before, after)
        lists.require_length(items, before)
        return tuple(lists.item_at(items, Affine(k)) for k in range(before))
    if isinstance(value, Array) and value.ndim and after < 0:
        _require_count(value.dims[0], before)
        return tuple(getitem(value, k) for k in range(before))
    return value


def _exactly(value: Any, before: int, after: int) -> tuple[Any, ...]:
    """Unpack one of several alternatives; Python itself unpacks what is only one thing."""
    items: tuple[Any, ...] = run(tuple, (unpacked(value, before, after),), {})
    if len(items) < before + max(after, 0) or (after < 0 and len(items) > before):
        tracer().fail(f"ValueError: wrong number of values to unpack, {len(items)}")
    return items


def _require_count(length: Affine, wanted: int) -> None:
    """Make a length that many: proved, assumed of the arguments, or checked."""
    facts, message = tracer().facts, "ValueError: wrong number of values to unpack"
    if facts.assume_equal(length, wanted):
        return
    if facts.canonical(length).constant is not None:
        tracer().fail(message)
    require(equal(value_of_form(length), constant(wanted, np.int64)), message)
