"""External functions in machine code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils

from autograph.backends.numba.callbacks import FINISHED
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


def call_back(builder: Any, symbol: str, arguments: Sequence[Any], words: Sequence[Any]) -> Any:
    """Call a function of Python with words on the stack; return whether it came to its end.

    Args:
        builder: Where the code is built.
        symbol: What the function was made known as, see `callbacks`.
        arguments: What is passed before the words.
        words: Integers of 64 bits, which lie behind the one that tells the end.
    """
    word = ir.IntType(64)
    place = cgutils.alloca_once(builder, word, size=1 + len(words))
    for k, item in enumerate((ir.Constant(word, 0), *words)):
        builder.store(item, cgutils.gep(builder, place, k))
    kinds = [argument.type for argument in arguments]
    type_ = ir.FunctionType(ir.VoidType(), [*kinds, place.type])
    builder.call(external_function(builder.module, type_, symbol), [*arguments, place])
    return builder.icmp_signed("==", builder.load(place), ir.Constant(word, FINISHED))
