"""Python's garbage collector and compilation.

A compilation makes many objects and few circles of them, most of which live to its end; looking for
circles again and again takes about a seventh of its time, and doing it once at its end a tenth.
"""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterator
from contextlib import contextmanager

LOOKED_AT = 8
"""Of so many compilations, one is followed by a look for circles, so that they do not add up."""

_compilations = itertools.count(1)


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
        if next(_compilations) % LOOKED_AT and not gc.get_freeze_count():
            # They become old objects, which are looked at when all are. Users may freeze theirs.
            gc.freeze()
            gc.unfreeze()
        gc.enable()
