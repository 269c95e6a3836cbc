"""What functions cached by `functools` do, as plain Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def remembered(table: Any, function: Callable[..., Any], *args: Any) -> Any:
    """Return what a function returns, which is found in a table if it was asked before."""
    if args in table:
        return table[args]
    found = function(*args)
    table[args] = found
    return found
