"""The calls that are being traced into their callers, innermost last."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from autograph.frontend.symbols.context import run
from autograph.frontend.symbols.decisions import Key
from autograph.frontend.tracing.tracer import tracer


class Activation(Struct, frozen=True):
    """A call of a function that is being traced.

    Attributes:
        function: The converted function.
        args: Its arguments.
        kwargs: Its keyword arguments.
        depth: How many regions were open when it started.
        key: What it is known by, if that was found when it started.
    """

    function: types.FunctionType
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    depth: int
    key: Key | None


def traced(
    function: types.FunctionType,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    key: Key | None = None,
) -> Any:
    """Trace a function into its caller."""
    trace = tracer()
    trace.activations.append(Activation(function, args, kwargs, len(trace.stack), key))
    try:
        return run(function, args, kwargs)
    finally:
        trace.activations.pop()
