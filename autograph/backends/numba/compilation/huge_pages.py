"""Huge pages for large arrays that compiled code allocates.

Enters: an array fresh from `numpy.empty` inside numba code. Leaves: the same memory, for which the
kernel was asked for huge pages, as NumPy asks for its own arrays. Without them a large result costs
one page fault per 4 KiB, which takes several times as long as filling it. In generated source::

    t = np.empty((n, m), np.float64)
    request_huge_pages(t)

This costs two instructions for small arrays, and does nothing where the system has no such request.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from autograph.backends.numba.symbols import has_symbol

#: Arrays of at least so many bytes get huge pages; NumPy uses the same limit.
MINIMUM_BYTES = 4 << 20

_ADVICE: int | None = getattr(mmap, "MADV_HUGEPAGE", None)


def is_supported() -> bool:
    """Return whether this system takes requests for huge pages."""
    return _ADVICE is not None and has_symbol("madvise")


def _type_request(typing_context: Any, array: Any) -> Any:
    """Type ``request_huge_pages(array)`` for a contiguous array; the result is None."""
    if not isinstance(array, types.Array) or not array.is_contig:
        return None
    return types.void(array), _generate_request


def _generate_request(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    if is_supported():
        array = context.make_array(signature.args[0])(context, builder, args[0])
        word, flag = ir.IntType(64), ir.IntType(32)
        size = builder.mul(array.nitems, array.itemsize)
        large = builder.icmp_unsigned(">=", size, word(MINIMUM_BYTES))
        with builder.if_then(large, likely=False):
            begin = builder.ptrtoint(array.data, word)
            end = builder.add(begin, size)
            last = word(mmap.PAGESIZE - 1)
            page = builder.and_(builder.add(begin, last), builder.not_(last))
            function_type = ir.FunctionType(flag, [word, word, flag])
            module = builder.module
            advise = module.globals.get("madvise") or ir.Function(module, function_type, "madvise")
            builder.call(advise, [page, builder.sub(end, page), flag(_ADVICE)])
    return context.get_dummy_value()


request_huge_pages: Callable[..., Any] = intrinsic(_type_request)


def namespace() -> Mapping[str, Callable[..., Any]]:
    """Return the names that generated source uses."""
    return MappingProxyType({"request_huge_pages": request_huge_pages})
