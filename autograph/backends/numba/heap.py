"""Keeps memory that arrays have given back for the arrays of the next call.

Enters: nothing. Leaves: the C library told to keep some memory. By itself it hands what large
arrays have used back to the system, page by page, and gets it again in the next call; then the
arrays that a gradient needs on the way may cost more than what is computed in them. Its limits grow
when a process gives a larger block back; here they are set to what they would come to be at most.
Nothing is done where the user has set them, or the library has none.
"""

from __future__ import annotations

import ctypes
import functools
import os

#: Blocks of up to so many bytes are taken from memory that is kept: glibc's own highest limit.
LARGEST_BLOCK = 32 << 20
#: So many bytes are kept at most where blocks at the end of the heap are given back.
MOST_KEPT = 2 * LARGEST_BLOCK

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # in <malloc.h>
_SETTINGS = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")


@functools.cache
def keep_memory() -> bool:
    """Ask the C library to keep memory, once; return whether it does."""
    if any(name in os.environ for name in _SETTINGS):
        return False
    try:
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018  mallopt of other libraries means other things
        set_option = library.mallopt
    except (AttributeError, OSError, TypeError):
        return False
    set_option(_TRIM_THRESHOLD, MOST_KEPT)
    return bool(set_option(_MMAP_THRESHOLD, LARGEST_BLOCK))
