"""The entry of machine code: what CPython calls.

Enters: the LLVM function that numba made of a source. Leaves: an LLVM function of CPython's fast
calling convention around it. It refuses arguments whose types are not exactly those of the
function, so that nobody else has to look at their dtypes and layouts, and it uses nothing but
CPython's and NumPy's C interfaces. What it is bound to is called with None where it refuses
arguments, and with a pickled exception where the function ended with one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.types.containers import BaseTuple
from numba.np import numpy_support

from autograph.backends.numba.argument_types import PYTHON_NUMBERS, ArgumentType, ArrayType
from autograph.backends.numba.compilation.array_objects import (
    ALIGNED,
    C_CONTIGUOUS,
    DATA,
    DIMENSIONS,
    F_CONTIGUOUS,
    IS_ARRAY,
    MAKE_ARRAY,
    STRIDES,
    TYPE,
    WRITEABLE,
)
from autograph.backends.numba.symbols import TYPE_PREFIX

_BIT, _BYTE, _INT, _WORD = (ir.IntType(bits) for bits in (1, 8, 32, 64))
_DOUBLE, _POINTER = ir.DoubleType(), _BYTE.as_pointer()


def _same_types(name: str) -> list[np.dtype[Any]]:
    """Return all of NumPy's types that are the dtype of this name: `long` may be `longlong`."""
    known = [np.dtype(code) for code in np.typecodes["All"] if code not in "SUVOMm"]
    return list({dtype.num: dtype for dtype in known if dtype == np.dtype(name)}.values())


class _Writer:
    """Writes one entry.

    Args:
        context: numba's.
        module: The module that the entry goes to.
        builder: At the beginning of the entry.
        refused: The block to go to with arguments of other types.
    """

    def __init__(self, context: Any, module: Any, builder: Any, refused: Any) -> None:
        self.context, self.module, self.builder, self.refused = context, module, builder, refused

    # ------------------------------------------------------------ small things

    def call(self, name: str, result: Any, *arguments: Any) -> Any:
        """Call a C function."""
        type_ = ir.FunctionType(result, [a.type for a in arguments])
        function = cgutils.get_or_insert_function(self.module, type_, name)
        return self.builder.call(function, arguments)

    def address(self, name: str) -> Any:
        """Return the address of something outside."""
        found = self.module.globals.get(name)
        return found or ir.GlobalVariable(self.module, _BYTE, name)

    def type_address(self, name: str) -> Any:
        """Return the address of a Python type."""
        return self.address(TYPE_PREFIX + name)

    def field(self, object_: Any, offset: int, type_: Any) -> Any:
        """Return a field of a C structure."""
        place = self.builder.gep(object_, [_WORD(offset)])
        return self.builder.load(self.builder.bitcast(place, type_.as_pointer()))

    def require(self, holds: Any) -> None:
        """Refuse the arguments unless something holds."""
        with cgutils.if_unlikely(self.builder, self.builder.not_(holds)):
            self.builder.branch(self.refused)

    def require_no_error(self, suspicious: Any) -> None:
        """Return with Python's exception if there is one where a result is suspicious."""
        with cgutils.if_unlikely(self.builder, suspicious):
            error = self.call("PyErr_Occurred", _POINTER)
            with cgutils.if_unlikely(self.builder, cgutils.is_not_null(self.builder, error)):
                self.builder.ret(_POINTER(None))

    def any_of(self, conditions: Sequence[Any]) -> Any:
        """Return whether one of the conditions holds."""
        holds = conditions[0]
        for condition in conditions[1:]:
            holds = self.builder.or_(holds, condition)
        return holds

    # ------------------------------------------------------------ arguments

    def argument(self, object_: Any, asked: ArgumentType, type_: Any) -> Any:
        """Return the value of an argument, refused unless it is of the type asked for."""
        if isinstance(asked, ArrayType):
            self._require_array(object_, asked)
            return self._array(object_, type_)
        return self._number(object_, asked.dtype, type_)

    def _require_array(self, object_: Any, asked: ArrayType) -> None:
        numbers = [dtype.num for dtype in _same_types(asked.dtype)]
        mask = C_CONTIGUOUS | ALIGNED | WRITEABLE
        flags = ALIGNED * asked.aligned | WRITEABLE * asked.writeable
        if asked.layout == "C":
            flags |= C_CONTIGUOUS
        else:
            mask |= F_CONTIGUOUS
            flags |= F_CONTIGUOUS if asked.layout == "F" else 0
        asked_for = (asked.ndim, numbers[0], numbers[-1], flags, mask)
        self.require(self.call(IS_ARRAY, _BIT, object_, *map(_INT, asked_for)))

    def _array(self, object_: Any, type_: Any) -> Any:
        builder = self.builder
        array = self.context.make_array(type_)(self.context, builder)
        words = _WORD.as_pointer()
        shapes = [self.field(object_, at, words) for at in (DIMENSIONS, STRIDES)]
        shape, strides = (
            [builder.load(builder.gep(place, [_WORD(k)])) for k in range(type_.ndim)]
            for place in shapes
        )
        count = _WORD(1)
        for extent in shape:
            count = builder.mul(count, extent)
        data = self.field(object_, DATA, _POINTER)
        array.data = builder.bitcast(data, array.data.type)
        array.shape, array.strides = (
            cgutils.pack_array(builder, x, _WORD) for x in (shape, strides)
        )
        array.nitems = count
        array.itemsize = _WORD(numpy_support.as_dtype(type_.dtype).itemsize)
        array.meminfo = _POINTER(None)  # the caller keeps the array while the function runs
        array.parent = object_
        return array._getvalue()

    def _number(self, object_: Any, dtype: str, type_: Any) -> Any:
        builder = self.builder
        kind = self.field(object_, TYPE, _POINTER)
        names = [f"numpy_{same.type.__name__}" for same in _same_types(dtype)]
        if dtype in PYTHON_NUMBERS:
            names.insert(0, PYTHON_NUMBERS[dtype].__name__)
        self.require(
            self.any_of(
                [builder.icmp_unsigned("==", kind, self.type_address(name)) for name in names]
            )
        )
        letter = np.dtype(dtype).kind
        target = self.context.get_value_type(type_)
        if letter == "b":
            truth = self.call("PyObject_IsTrue", _INT, object_)
            return builder.icmp_signed("!=", truth, _INT(0))
        if letter in "iu":
            return self._integer(object_, letter == "u", target)
        if letter == "f":
            return self._narrowed(self._float(object_, "PyFloat_AsDouble"), target)
        return self._complex(object_, dtype, type_)

    def _integer(self, object_: Any, unsigned: bool, target: Any) -> Any:
        builder = self.builder
        function = "PyLong_AsLongLong"
        if unsigned:  # which takes nothing but Python's own integers
            function = "PyLong_AsUnsignedLongLong"
            object_ = self.call("PyNumber_Index", _POINTER, object_)
        number = self.call(function, _WORD, object_)
        if unsigned:
            self.call("Py_DecRef", ir.VoidType(), object_)
        self.require_no_error(builder.icmp_signed("==", number, _WORD(-1)))
        return builder.trunc(number, target) if target.width < 64 else number

    def _float(self, object_: Any, function: str) -> Any:
        number = self.call(function, _DOUBLE, object_)
        self.require_no_error(self.builder.fcmp_ordered("==", number, _DOUBLE(-1.0)))
        return number

    def _narrowed(self, number: Any, target: Any) -> Any:
        return number if target == _DOUBLE else self.builder.fptrunc(number, target)

    def _complex(self, object_: Any, dtype: str, type_: Any) -> Any:
        part_type = self.context.get_value_type(type_.underlying_float)
        owned = dtype != "complex128"
        if owned:  # no subclass of Python's own complex numbers
            make = self.type_address("complex")
            object_ = self.call("PyObject_CallOneArg", _POINTER, make, object_)
            with cgutils.if_unlikely(self.builder, cgutils.is_null(self.builder, object_)):
                self.builder.ret(_POINTER(None))
        value = self.context.make_complex(self.builder, type_)
        value.real, value.imag = (
            self._narrowed(self._float(object_, f"PyComplex_{part}AsDouble"), part_type)
            for part in ("Real", "Imag")
        )
        if owned:
            self.call("Py_DecRef", ir.VoidType(), object_)
        return value._getvalue()

    # ------------------------------------------------------------ results

    def boxed(self, type_: Any, value: Any) -> Any:
        """Return the Python object of a value, or null where there is an exception."""
        if isinstance(type_, types.Array):
            return self._boxed_array(type_, value)
        if isinstance(type_, BaseTuple):
            return self._boxed_tuple(type_, value)
        return self._boxed_number(type_, value)

    def _boxed_number(self, type_: Any, value: Any) -> Any:
        """Return a number of Python's; numba's own boxing is one of all types, and long to load."""
        builder = self.builder
        if isinstance(type_, types.Boolean):
            return self.call("PyBool_FromLong", _POINTER, builder.zext(value, _WORD))
        if isinstance(type_, types.Complex):
            parts = self.context.make_complex(builder, type_, value)
            real, imaginary = (self._widened(part) for part in (parts.real, parts.imag))
            return self.call("PyComplex_FromDoubles", _POINTER, real, imaginary)
        if isinstance(type_, types.Float):
            return self.call("PyFloat_FromDouble", _POINTER, self._widened(value))
        extend = builder.sext if type_.signed else builder.zext
        whole = value if value.type == _WORD else extend(value, _WORD)
        name = "PyLong_FromLongLong" if type_.signed else "PyLong_FromUnsignedLongLong"
        return self.call(name, _POINTER, whole)

    def _widened(self, number: Any) -> Any:
        return number if number.type == _DOUBLE else self.builder.fpext(number, _DOUBLE)

    def _boxed_tuple(self, type_: Any, value: Any) -> Any:
        builder = self.builder
        whole = self.call("PyTuple_New", _POINTER, _WORD(len(type_)))
        for k, item_type in enumerate(type_):
            item = self.boxed(item_type, builder.extract_value(value, k))
            with cgutils.if_unlikely(builder, cgutils.is_null(builder, item)):
                self.call("Py_DecRef", ir.VoidType(), whole)
                builder.ret(_POINTER(None))
            self.call("PyTuple_SetItem", _INT, whole, _WORD(k), item)
        return whole

    def _boxed_array(self, type_: Any, value: Any) -> Any:
        """Return an argument itself, or a new array that keeps the memory it shows."""
        builder, dtype = self.builder, numpy_support.as_dtype(type_.dtype)
        array = self.context.make_array(type_)(self.context, builder, value)
        shape, strides = (
            builder.bitcast(cgutils.alloca_once_value(builder, x), _WORD.as_pointer())
            for x in (array.shape, array.strides)
        )
        return self.call(
            MAKE_ARRAY,
            _POINTER,
            array.parent,
            array.meminfo,
            builder.bitcast(array.data, _POINTER),
            _INT(type_.ndim),
            shape,
            strides,
            _INT(dtype.num),
            _INT(dtype.itemsize),
            _INT(ALIGNED | (WRITEABLE if type_.mutable else 0)),
        )


def entry_name(name: str) -> str:
    """Return the symbol of the entry around a function."""
    return f"autograph_entry_{name}"


def write_entry(context: Any, descriptor: Any, asked: Sequence[ArgumentType], name: str) -> Any:
    """Return an LLVM module with the entry of a function.

    Args:
        context: numba's target context.
        descriptor: numba's description of the function.
        asked: The types of the arguments.
        name: The symbol of the entry.
    """
    module = context.create_module("entry")
    arguments = [_POINTER, _POINTER.as_pointer(), _WORD]
    entry = ir.Function(module, ir.FunctionType(_POINTER, arguments), name)
    bound, objects, count = entry.args
    builder = ir.IRBuilder(entry.append_basic_block("entry"))
    refused = entry.append_basic_block("refused")
    writer = _Writer(context, module, builder, refused)
    with builder.goto_block(refused):
        nothing = writer.address("_Py_NoneStruct")
        writer.call("PyObject_CallOneArg", _POINTER, bound, nothing)
        builder.ret(_POINTER(None))
    writer.require(builder.icmp_signed("==", count, _WORD(len(asked))))
    values = [
        writer.argument(builder.load(builder.gep(objects, [_WORD(k)])), x, type_)
        for k, (x, type_) in enumerate(zip(asked, descriptor.argtypes, strict=True))
    ]
    convention = context.call_conv
    inner_type = convention.get_function_type(descriptor.restype, descriptor.argtypes)
    inner = ir.Function(module, inner_type, descriptor.llvm_func_name)
    state = writer.call("PyEval_SaveThread", _POINTER)
    status, result = convention.call_function(
        builder, inner, descriptor.restype, descriptor.argtypes, values, attrs=("noinline",)
    )
    writer.call("PyEval_RestoreThread", ir.VoidType(), state)
    with builder.if_then(status.is_ok, likely=True):
        builder.ret(writer.boxed(descriptor.restype, result))
    with builder.if_then(status.is_user_exc):
        information = builder.load(status.excinfoptr)
        size = builder.sext(builder.extract_value(information, 1), _WORD)
        pickled = builder.extract_value(information, 0)
        pickled = writer.call("PyBytes_FromStringAndSize", _POINTER, pickled, size)
        writer.call("PyObject_CallOneArg", _POINTER, bound, pickled)
        writer.call("Py_DecRef", ir.VoidType(), pickled)
    builder.ret(_POINTER(None))
    return module
