"""Calls of one function, plain and compiled, on the same arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograph as ag
from tests.programs.observe import assert_same_value


def compare(
    fn: Callable[..., Any], *calls: tuple[Any, ...], compiled: Any = None
) -> Callable[..., Any]:
    """Check that a compiled function returns what the plain one returns; return it."""
    compiled = ag.compile(fn) if compiled is None else compiled
    for arguments in calls:
        assert_same_value(fn(*arguments), compiled(*arguments), 1e-13, "result")
    return compiled


def specialisations(compiled: Any) -> int:
    count: int = compiled.stats()["specialisations"]
    return count
