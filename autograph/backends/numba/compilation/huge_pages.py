"""Huge pages for large arrays that compiled code allocates.

Enters: memory that was just allocated. Leaves: the same memory, for which the kernel was asked for
huge pages, as NumPy asks for its own arrays. Without them a large result costs one page fault per
4 KiB, which takes several times as long as filling it. This costs two instructions for small
arrays, and does nothing where the system has no such request.
"""

from __future__ import annotations

import mmap

from autograph.backends.numba.symbols import has_symbol

#: Arrays of at least so many bytes get huge pages; NumPy uses the same limit.
MINIMUM_BYTES = 4 << 20

_ADVICE: int | None = getattr(mmap, "MADV_HUGEPAGE", None)


def is_supported() -> bool:
    """Return whether this system takes requests for huge pages."""
    return _ADVICE is not None and has_symbol("madvise")


def request() -> str:
    """Return the LLVM code of a function that asks for memory, given its address and bytes."""
    name = "define internal void @autograph_request_huge_pages(ptr %data, i64 %size) noinline"
    if not is_supported():
        return f"{name} {{\n  ret void\n}}\n"
    return f"""
declare i32 @madvise(i64, i64, i32)

{name} {{
  %large = icmp uge i64 %size, {MINIMUM_BYTES}
  br i1 %large, label %ask, label %done
ask:
  %begin = ptrtoint ptr %data to i64
  %end = add i64 %begin, %size
  %above = add i64 %begin, {mmap.PAGESIZE - 1}
  %page = and i64 %above, {-mmap.PAGESIZE}
  %length = sub i64 %end, %page
  %answer = call i32 @madvise(i64 %page, i64 %length, i32 {_ADVICE})
  br label %done
done:
  ret void
}}
"""
