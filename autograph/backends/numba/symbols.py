"""External symbols that compiled code may call.

Enters: the name of a C symbol. Leaves: whether LLVM's linker finds it in this process, once the C
library and glibc's vector library are loaded. A call of a missing symbol would end the process when
the code is linked, so everything that emits such a call asks here first.
"""

from __future__ import annotations

import contextlib
import functools

import llvmlite.binding as llvm
from numba.core.registry import cpu_target

from autograph.backends.numba import lapack, library_calls, routine_calls


@functools.cache
def load_libraries() -> None:
    """Load the libraries that compiled code refers to, for as long as the process lives."""
    cpu_target.target_context.codegen()  # its making shows LLVM the program's own symbols
    for library in ("libm.so.6", "libmvec.so.1"):
        with contextlib.suppress(RuntimeError):
            llvm.load_library_permanently(library)
    library_calls.load()
    routine_calls.load()


def has_symbol(name: str) -> bool:
    """Return whether compiled code can call the external function of this name."""
    load_libraries()
    lapack.provide(name)
    return llvm.address_of_symbol(name) is not None
