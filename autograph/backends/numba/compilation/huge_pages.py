"""Huge pages for large arrays that compiled code allocates.

Enters: memory that was just allocated. Leaves: the same memory, for which the kernel was asked for
huge pages, as NumPy asks for its own arrays. Without them a large result costs one page fault per
4 KiB, which takes several times as long as filling it. This costs two instructions for small
arrays, and does nothing where the system has no such request.
"""

from __future__ import annotations

import mmap
from typing import Any

from llvmlite import ir

from autograph.backends.numba.symbols import has_symbol

#: Arrays of at least so many bytes get huge pages; NumPy uses the same limit.
MINIMUM_BYTES = 4 << 20

_ADVICE: int | None = getattr(mmap, "MADV_HUGEPAGE", None)


def is_supported() -> bool:
    """Return whether this system takes requests for huge pages."""
    return _ADVICE is not None and has_symbol("madvise")


def request_huge_pages(builder: Any, data: Any, size: Any) -> None:
    """Write the request for memory at an address.

    Args:
        builder: What writes the function.
        data: The address.
        size: The number of bytes, with 64 bits.
    """
    if not is_supported():
        return
    word, flag = ir.IntType(64), ir.IntType(32)
    large = builder.icmp_unsigned(">=", size, word(MINIMUM_BYTES))
    with builder.if_then(large, likely=False):
        begin = builder.ptrtoint(data, word)
        end = builder.add(begin, size)
        last = word(mmap.PAGESIZE - 1)
        page = builder.and_(builder.add(begin, last), builder.not_(last))
        function_type = ir.FunctionType(flag, [word, word, flag])
        module = builder.module
        advise = module.globals.get("madvise") or ir.Function(module, function_type, "madvise")
        builder.call(advise, [page, builder.sub(end, page), flag(_ADVICE)])
