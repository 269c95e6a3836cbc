"""Attributes and methods of arrays and scalars, by the names NumPy and Python give them."""

from __future__ import annotations

import types
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from msgspec.structs import replace

from autograph.frontend.arrays.elementwise import apply_ufunc
from autograph.frontend.arrays.indexing import assign, getitem
from autograph.frontend.arrays.masked import Masked
from autograph.frontend.arrays.python_complex import to_complex
from autograph.frontend.language import python_integers
from autograph.frontend.language.numpy_calls import call_numpy
from autograph.frontend.language.python_calls import to_bool, to_float, to_int
from autograph.frontend.numpy_api import numpy_create, numpy_reduce, numpy_select, numpy_shape
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import (
    accumulation,
    matrices,
    searching,
    shaping,
)
from autograph.frontend.numpy_api.library_calls import change_on_host
from autograph.frontend.numpy_api.linear_algebra import dot
from autograph.frontend.numpy_api.operators import binary, item, length
from autograph.frontend.numpy_api.selection import nonzero
from autograph.frontend.numpy_api.sorting import argsort, sort_in_place
from autograph.frontend.symbols.broadcasting import require_equal
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.promotion import value_of
from autograph.frontend.symbols.symbolic import (
    Array,
    Number,
    Symbolic,
    array,
    constant,
    fail,
    python_number,
    wrap,
)
from autograph.frontend.symbols.view import broadcast_to
from autograph.ir.affine import Affine
from autograph.ir.op import Op
from autograph.ops import elementwise as ops
from autograph.ops.complex_parts import conjugate, imag, real

Attribute = Callable[[Any], Any]

METHODS: dict[str, Callable[..., Any]] = {
    "sum": numpy_reduce.sum_,
    "prod": numpy_reduce.prod,
    "max": numpy_reduce.max_,
    "min": numpy_reduce.min_,
    "any": numpy_reduce.any_,
    "all": numpy_reduce.all_,
    "mean": numpy_reduce.mean,
    "var": numpy_reduce.var,
    "std": numpy_reduce.std,
    "argmax": numpy_reduce.argmax,
    "argmin": numpy_reduce.argmin,
    "round": numpy_select.round_,
    "clip": numpy_select.clip,
}
"""Methods that arrays and NumPy scalars share with the function of the same meaning."""


class Method(partial[Any]):
    """A method of a run-time value, which may be passed around."""


ITEM_METHODS = ("__getitem__", "__setitem__")
"""Special methods that are passed around as functions."""


def get_attribute(x: Any, name: str) -> Any:
    """Return `x.<name>`.

    Raises:
        AttributeError: If there is no such attribute.
        UnsupportedError: If there is one, but not on run-time values.
    """
    if not isinstance(x, Symbolic):
        return getattr(x, name)
    if name in ITEM_METHODS:
        return Method(Symbolic.operators[name], x)
    read = type(x).attributes.get(name)
    if read is None and isinstance(x, Masked):
        return get_attribute(x.elements(), name)
    found = x.__getattr__(name) if read is None else read(x)
    return Method(found) if isinstance(found, partial | types.FunctionType) else found


def _bound(method: Callable[..., Any]) -> Attribute:
    return lambda x: partial(method, x)


# ---------------------------------------------------------------- arrays


def _reshape(x: Array, *shape: Any, order: Any = "C") -> Array:
    return numpy_shape.reshape(x, _joined(shape), order)


def _transpose(x: Array, *axes: Any) -> Array:
    return numpy_shape.transpose(x, None if axes in ((), (None,)) else _joined(axes))


def _joined(items: tuple[Any, ...]) -> Any:
    return items[0] if len(items) == 1 and isinstance(items[0], tuple | list) else items


def _item(x: Array, *position: Any) -> Any:
    """Return `x.item()`, a Python number."""
    if position:
        found = getitem(x, _joined(position) if x.ndim != 1 else position)
    else:
        for dim in x.dims:
            require_equal(dim, Affine(1))
        found = item(x)
    return as_python(found)


def as_python(x: Any) -> Any:
    """Return a NumPy scalar as a Python number."""
    if not isinstance(x, Number):
        return x.item()
    convert: dict[str, Callable[[Any], Any]]
    convert = {"b": to_bool, "i": to_int, "u": to_int, "f": to_float, "c": to_complex}
    return convert[x.dtype.kind](x)


def _same_view(x: Array, dtype: Any = None) -> Array:
    """Return `x.view()`."""
    if dtype is not None and np.dtype(dtype) != x.dtype:
        raise unsupported("views of another dtype are not supported; convert with astype")
    return Array(x.cell, replace(x.view, derived=True))


def _conjugate(x: Array) -> Any:
    return apply_ufunc(np.conjugate, x) if x.dtype.kind == "c" else x


def _real_part(x: Array) -> Array:
    return Array(x.cell, x.view.part(imaginary=False)) if x.dtype.kind == "c" else x


def _imaginary_part(x: Array) -> Array:
    if x.dtype.kind == "c":
        return Array(x.cell, x.view.part(imaginary=True))
    zeros = array(broadcast_to(constant(0, x.dtype), x.dims))
    return Array(zeros.cell, replace(zeros.view, readonly=True))


METHODS_OF_FUNCTIONS = [
    "argpartition",
    "argsort",
    "choose",
    "compress",
    "cumprod",
    "cumsum",
    "diagonal",
    "nonzero",
    "repeat",
    "searchsorted",
    "take",
    "trace",
]
"""Methods that do what the function of the same name does."""


def _by_function(name: str) -> Attribute:
    return lambda x: lambda *args, **kwargs: call_numpy(getattr(np, name), (x, *args), kwargs)


CHANGING_METHODS = ("sort", "partition", "put")
"""Methods that change the array and return None."""


def _changing(name: str) -> Attribute:
    return lambda x: partial(change_on_host, getattr(np.ndarray, name), x)


Array.attributes.update(
    {name: _by_function(name) for name in METHODS_OF_FUNCTIONS},
    **{name: _changing(name) for name in CHANGING_METHODS},
)
Array.attributes.update(
    {name: _bound(method) for name, method in METHODS.items()},
    shape=numpy_shape.shape,
    ndim=lambda x: x.ndim,
    size=numpy_shape.size,
    dtype=lambda x: x.dtype,
    itemsize=lambda x: x.dtype.itemsize,
    nbytes=lambda x: binary("mul", numpy_shape.size(x), x.dtype.itemsize),
    view=_bound(_same_view),
    T=numpy_shape.transpose,
    real=_real_part,
    imag=_imaginary_part,
    reshape=_bound(_reshape),
    transpose=_bound(_transpose),
    swapaxes=_bound(numpy_shape.swapaxes),
    ravel=_bound(numpy_shape.ravel),
    flatten=_bound(numpy_shape.flatten),
    squeeze=_bound(numpy_shape.squeeze),
    copy=_bound(numpy_create.copy),
    astype=_bound(numpy_create.astype),
    dot=_bound(dot),
    fill=_bound(assign),
    sort=_bound(sort_in_place),
    argsort=_bound(argsort),
    nonzero=_bound(nonzero),
    cumsum=_bound(defined(accumulation.cumsum)),
    cumprod=_bound(defined(accumulation.cumprod)),
    searchsorted=_bound(defined(searching.searchsorted)),
    take=_bound(defined(shaping.take)),
    repeat=_bound(defined(shaping.repeat)),
    tolist=_bound(defined(shaping.tolist)),
    trace=_bound(defined(matrices.trace)),
    compress=lambda a: lambda condition, axis=None: defined(searching.compress)(condition, a, axis),
    item=_bound(_item),
    conj=_bound(_conjugate),
    conjugate=_bound(_conjugate),
)


def set_part(x: Array, name: str, value: Any) -> None:
    """Run `x.real = value` or `x.imag = value`."""
    if x.dtype.kind != "c" and name == "imag":
        fail("TypeError: array does not have imaginary part to set")
    assign(get_attribute(x, name), value)


# ---------------------------------------------------------------- selections by a mask

Masked.attributes.update(
    ndim=lambda x: 1,
    dtype=lambda x: x.dtype,
    size=length,
    shape=lambda x: (length(x),),
    sum=_bound(numpy_reduce.sum_),
    mean=_bound(numpy_reduce.mean),
)


# ---------------------------------------------------------------- scalars


def _astype(x: Number, dtype: Any) -> Any:
    return wrap(value_of(x, np.dtype(dtype)))


def _is_integer(x: Number) -> Any:
    if x.dtype.kind in "iub":
        return True
    value = x.value()
    whole = ops.logical_and(ops.isfinite(value), ops.equal(value, ops.trunc(value)))
    return python_number(bool, whole)


def _imaginary(x: Number) -> Any:
    if x.dtype.kind == "c":
        return _number_part(x, imag)
    zero = np.zeros((), x.dtype)[()]
    return int(zero) if x.kind is bool else zero.item() if x.is_python else zero


def _number_real(x: Number) -> Any:
    if x.dtype.kind == "c":
        return _number_part(x, real)
    return to_int(x) if x.kind is bool else x


def _number_part(x: Number, part: Op) -> Any:
    value = part(x.value())
    return python_number(float, value) if x.is_python else wrap(value)


def _number_conjugate(x: Number) -> Any:
    if x.dtype.kind == "c":
        value = conjugate(x.value())
        return python_number(complex, value) if x.is_python else wrap(value)
    return _number_real(x) if x.is_python else x


SCALAR: dict[str, Attribute] = {
    **{name: _bound(method) for name, method in METHODS.items()},
    "shape": lambda x: (),
    "ndim": lambda x: 0,
    "size": lambda x: 1,
    "dtype": lambda x: x.dtype,
    "itemsize": lambda x: x.dtype.itemsize,
    "T": lambda x: x,
    "copy": lambda x: lambda: x,
    "item": lambda x: lambda: as_python(x),
    "tolist": lambda x: lambda: as_python(x),
    "astype": _bound(_astype),
    "conj": _bound(_number_conjugate),
}
"""Attributes of NumPy scalars that Python numbers do not have."""

BOTH: dict[str, Attribute] = {
    "real": _number_real,
    "imag": _imaginary,
    "conjugate": _bound(_number_conjugate),
}


def _scalar_only(name: str, read: Attribute) -> Attribute:
    def checked(x: Number) -> Any:
        if x.is_python:
            raise x._no_attribute(name)
        return read(x)

    return checked


def _whole_only(name: str, method: Callable[[Any], Any]) -> Attribute:
    def checked(x: Number) -> Any:
        if x.kind is not int:
            raise x._no_attribute(name)
        return partial(method, x)

    return checked


Number.attributes.update({name: _scalar_only(name, read) for name, read in SCALAR.items()})
Number.attributes.update(
    {name: _whole_only(name, method) for name, method in python_integers.METHODS.items()}
)
Number.attributes.update(BOTH, is_integer=_bound(_is_integer))
