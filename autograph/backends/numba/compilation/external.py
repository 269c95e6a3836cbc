"""External functions in machine code."""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
from numba.core import cgutils

from autograph.backends.numba.symbols import address_of


def external_function(module: Any, type_: Any, name: str) -> Any:
    """Return an LLVM function that stands for a symbol outside.

    LLVM's linker learns the address, too: it links what other functions of numba's call, and ends
    the process where it does not find a symbol.
    """
    address = address_of(name)
    if address is not None:
        llvm.add_symbol(name, address)
    return cgutils.get_or_insert_function(module, type_, name)
