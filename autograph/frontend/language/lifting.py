"""Contents of the heap as what a program computes with."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.symbols.growing import STALE_ITEM
from autograph.frontend.symbols.union import Unjoined
from autograph.frontend.tracing.tracer import tracer


def lifted(content: Any) -> Any:
    """Return a content; an array found on the heap becomes an input."""
    if isinstance(content, Unjoined):
        raise content.error("this item")
    if type(content) is list and tracer().has_changed_items and tracer().is_held(content):
        raise tracer().needs_pool(content, STALE_ITEM)
    return tracer().lift(content) if isinstance(content, np.ndarray) else content
