"""Python's garbage collector and compilation.

A compilation makes many objects and few circles of them, most of which live to its end; looking for
circles again and again takes about a seventh of its time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Look for no circles of objects meanwhile, unless somebody turns that on again."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
