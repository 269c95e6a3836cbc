"""NumPy's array objects in machine code: what is asked of arguments, how results are made.

Leaves: LLVM functions that entries call, to be linked into each program. They are written once for
arrays of all types: code for each argument and result would take LLVM longer than many programs do.
"""

from __future__ import annotations

from autograph.backends.numba.symbols import TYPE_PREFIX

# Offsets in CPython's objects and in NumPy's arrays and dtypes, parts of their binary interfaces.
TYPE = 8
DATA, _NDIM, DIMENSIONS, STRIDES, _DESCRIPTION, _FLAGS = 16, 24, 32, 40, 56, 64
_BYTE_ORDER, _TYPE_NUMBER = 26, 28
C_CONTIGUOUS, F_CONTIGUOUS, ALIGNED, WRITEABLE = 1, 2, 0x100, 0x400

IS_ARRAY = "autograph_is_array"
"""Whether an object is an array: given the number of axes, two type numbers, flags and a mask."""

MAKE_ARRAY = "autograph_make_array"
"""The object of an array: given the argument that it came from, or null, and what keeps its memory.

It is that argument if it shows all of it, or else a new array that keeps the memory.
"""

_CAPSULE = "autograph.memory"

FUNCTIONS = f"""
@{TYPE_PREFIX}ndarray = external global i8
@autograph_memory_name = private constant [{len(_CAPSULE) + 1} x i8] c"{_CAPSULE}\\00"

declare void @Py_IncRef(ptr)
declare void @Py_DecRef(ptr)
declare i32 @PyType_IsSubtype(ptr, ptr)
declare ptr @PyCapsule_New(ptr, ptr, ptr)
declare ptr @PyCapsule_GetPointer(ptr, ptr)
declare ptr @PyArray_New(ptr, i32, ptr, i32, ptr, ptr, i32, i32, ptr)
declare i32 @PyArray_SetBaseObject(ptr, ptr)
declare void @NRT_decref(ptr)

define linkonce_odr i1 @{IS_ARRAY}(
    ptr %object, i32 %ndim, i32 %number, i32 %same, i32 %flags, i32 %mask) noinline {{
  %type.place = getelementptr i8, ptr %object, i64 {TYPE}
  %type = load ptr, ptr %type.place
  %exact = icmp eq ptr %type, @{TYPE_PREFIX}ndarray
  br i1 %exact, label %array, label %other
other:
  %inherits = call i32 @PyType_IsSubtype(ptr %type, ptr @{TYPE_PREFIX}ndarray)
  %subclass = icmp ne i32 %inherits, 0
  br i1 %subclass, label %array, label %refused
array:
  %ndim.place = getelementptr i8, ptr %object, i64 {_NDIM}
  %own.ndim = load i32, ptr %ndim.place
  %ndim.fits = icmp eq i32 %own.ndim, %ndim
  %description.place = getelementptr i8, ptr %object, i64 {_DESCRIPTION}
  %description = load ptr, ptr %description.place
  %number.place = getelementptr i8, ptr %description, i64 {_TYPE_NUMBER}
  %own.number = load i32, ptr %number.place
  %is.number = icmp eq i32 %own.number, %number
  %is.same = icmp eq i32 %own.number, %same
  %type.fits = or i1 %is.number, %is.same
  %order.place = getelementptr i8, ptr %description, i64 {_BYTE_ORDER}
  %order = load i8, ptr %order.place
  %is.native = icmp eq i8 %order, {ord("=")}
  %has.none = icmp eq i8 %order, {ord("|")}
  %order.fits = or i1 %is.native, %has.none
  %flags.place = getelementptr i8, ptr %object, i64 {_FLAGS}
  %all.flags = load i32, ptr %flags.place
  %own.flags = and i32 %all.flags, %mask
  %flags.fit = icmp eq i32 %own.flags, %flags
  %first = and i1 %ndim.fits, %type.fits
  %second = and i1 %order.fits, %flags.fit
  %fits = and i1 %first, %second
  ret i1 %fits
refused:
  ret i1 false
}}

define linkonce_odr void @autograph_release_memory(ptr %capsule) {{
  %memory = call ptr @PyCapsule_GetPointer(ptr %capsule, ptr @autograph_memory_name)
  call void @NRT_decref(ptr %memory)
  ret void
}}

define linkonce_odr ptr @{MAKE_ARRAY}(
    ptr %argument, ptr %memory, ptr %data, i32 %ndim, ptr %shape, ptr %strides,
    i32 %number, i32 %itemsize, i32 %flags) noinline {{
  %is.new = icmp eq ptr %argument, null
  br i1 %is.new, label %new, label %old
new:
  %capsule = call ptr @PyCapsule_New(
    ptr %memory, ptr @autograph_memory_name, ptr @autograph_release_memory)
  %no.capsule = icmp eq ptr %capsule, null
  br i1 %no.capsule, label %failed, label %make
old:
  call void @Py_IncRef(ptr %argument)
  %data.place = getelementptr i8, ptr %argument, i64 {DATA}
  %own.data = load ptr, ptr %data.place
  %same.data = icmp eq ptr %own.data, %data
  %ndim.place = getelementptr i8, ptr %argument, i64 {_NDIM}
  %own.ndim = load i32, ptr %ndim.place
  %same.ndim = icmp eq i32 %own.ndim, %ndim
  %may.be.same = and i1 %same.data, %same.ndim
  %dimensions.place = getelementptr i8, ptr %argument, i64 {DIMENSIONS}
  %dimensions = load ptr, ptr %dimensions.place
  %own.strides.place = getelementptr i8, ptr %argument, i64 {STRIDES}
  %own.strides = load ptr, ptr %own.strides.place
  br i1 %may.be.same, label %axis, label %make
axis:
  %k = phi i32 [ 0, %old ], [ %following, %compare ]
  %all = icmp eq i32 %k, %ndim
  br i1 %all, label %whole, label %compare
compare:
  %own.extent.place = getelementptr i64, ptr %dimensions, i32 %k
  %own.extent = load i64, ptr %own.extent.place
  %extent.place = getelementptr i64, ptr %shape, i32 %k
  %extent = load i64, ptr %extent.place
  %same.extent = icmp eq i64 %own.extent, %extent
  %own.stride.place = getelementptr i64, ptr %own.strides, i32 %k
  %own.stride = load i64, ptr %own.stride.place
  %stride.place = getelementptr i64, ptr %strides, i32 %k
  %stride = load i64, ptr %stride.place
  %same.stride = icmp eq i64 %own.stride, %stride
  %same.axis = and i1 %same.extent, %same.stride
  %following = add i32 %k, 1
  br i1 %same.axis, label %axis, label %make
whole:
  ret ptr %argument
make:
  %base = phi ptr [ %capsule, %new ], [ %argument, %old ], [ %argument, %compare ]
  %made = call ptr @PyArray_New(
    ptr @{TYPE_PREFIX}ndarray, i32 %ndim, ptr %shape, i32 %number, ptr %strides,
    ptr %data, i32 %itemsize, i32 %flags, ptr null)
  %not.made = icmp eq ptr %made, null
  br i1 %not.made, label %drop, label %keep
keep:
  %kept = call i32 @PyArray_SetBaseObject(ptr %made, ptr %base)
  ret ptr %made
drop:
  call void @Py_DecRef(ptr %base)
  br label %failed
failed:
  ret ptr null
}}
"""
