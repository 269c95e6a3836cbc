"""Memory for arrays in machine code, without numba's runtime library.

Leaves: LLVM functions under the names by which numba's code calls its runtime, to be linked into
each compiled function, so that it runs where numba is not imported. Large arrays get huge pages. An
array's memory begins with
numba's header: count of references, destructor and its argument, address and size of the data, and
the allocator it came from, which is none here.
"""

from __future__ import annotations

from autograph.backends.numba.compilation import huge_pages

HEADER_BYTES = 48


def runtime() -> str:
    """Return the part of numba's runtime that single functions need, as LLVM code."""
    return huge_pages.request() + _FUNCTIONS


_FUNCTIONS = f"""
declare ptr @malloc(i64)
declare void @free(ptr)

define linkonce_odr ptr @NRT_MemInfo_alloc_aligned(i64 %size, i32 %alignment) noinline {{
  %align = zext i32 %alignment to i64
  %most = sub i64 {2**63 - 1 - HEADER_BYTES}, %align
  %possible = icmp ule i64 %size, %most
  br i1 %possible, label %try, label %failed
try:
  %extra = add i64 %align, {HEADER_BYTES}
  %all = add i64 %size, %extra
  %info = call ptr @malloc(i64 %all)
  %missing = icmp eq ptr %info, null
  br i1 %missing, label %failed, label %fill
fill:
  %address = ptrtoint ptr %info to i64
  %lowest = add i64 %address, {HEADER_BYTES - 1}
  %above = add i64 %lowest, %align
  %mask = sub i64 0, %align
  %aligned = and i64 %above, %mask
  %data = inttoptr i64 %aligned to ptr
  store i64 1, ptr %info
  %destructor.place = getelementptr i8, ptr %info, i64 8
  store ptr null, ptr %destructor.place
  %argument.place = getelementptr i8, ptr %info, i64 16
  store ptr null, ptr %argument.place
  %data.place = getelementptr i8, ptr %info, i64 24
  store ptr %data, ptr %data.place
  %size.place = getelementptr i8, ptr %info, i64 32
  store i64 %size, ptr %size.place
  %allocator.place = getelementptr i8, ptr %info, i64 40
  store ptr null, ptr %allocator.place
  call void @autograph_request_huge_pages(ptr %data, i64 %size)
  ret ptr %info
failed:
  ret ptr null
}}

define linkonce_odr ptr @NRT_MemInfo_alloc_safe_aligned(i64 %size, i32 %alignment) {{
  %info = call ptr @NRT_MemInfo_alloc_aligned(i64 %size, i32 %alignment)
  ret ptr %info
}}

define linkonce_odr void @NRT_MemInfo_call_dtor(ptr %info) {{
  call void @free(ptr %info)
  ret void
}}
"""
