"""Calls of library functions with functions of the program among their arguments.

Enters: the function, its arguments, and the types of what it returns. Leaves: a `library` node, and
what stands for the result, which derivatives take as constant.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from msgspec.structs import replace

from autograph.frontend.callbacks.functions import (
    NUMBER,
    RETURNED,
    Function,
    Shape,
    callback_of,
)
from autograph.frontend.callbacks.turns import Talk, is_taking_a_turn
from autograph.frontend.numpy_api.defined import Definition
from autograph.frontend.numpy_api.library_calls import Packing, call_packed
from autograph.frontend.numpy_api.numpy_create import dims_of
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.promotion import value_of
from autograph.frontend.symbols.staged import staged
from autograph.frontend.symbols.symbolic import array, numpy_scalar, python_number
from autograph.frontend.symbols.union import Unjoined
from autograph.frontend.tracing.tracer import tracer
from autograph.frontend.transforms.rules import ChangesAround
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ops.callback import Unpacking
from autograph.ops.derivative import emit_custom, frozen
from autograph.ops.library import LibraryCall, call_library, public_name

PYTHON = (bool, int, float)


class _Packing(Packing):
    """Takes apart arguments: functions become callbacks."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self.returned: list[Any] = []

    def pack(self, x: Any) -> Any:
        """Return what stands for an argument in a call."""
        if isinstance(x, Function):
            callback, returned = callback_of(x, self.operands)
            self.returned.append(returned)
            return callback
        return super().pack(x)


@staged
def on_host(
    function: Callable[..., Any],
    args: Any,
    kwargs: Any,
    results: Any,
    texts: Any = None,
    constant: Any = (),
) -> Any:
    """Return the result of a library function that is called as it is.

    Args:
        function: What is called.
        args: Its arguments; those that are functions are given as `Function`.
        kwargs: Its keyword arguments.
        results: The type of the result: a type of numbers, a `Shape`, or a tuple of them; or a
            dict of them by names of the result's attributes, which are returned as a dict then.
        texts: For attributes that are texts, what they may be.
        constant: Positions or names of the results that derivatives take as constant, because the
            caller says what they are; by others there are none, which is an error to need.
    """
    call, values, returned = _prepared(function, args, kwargs)
    fields = tuple(results) if isinstance(results, dict) else ()
    wanted = results.values() if fields else results if isinstance(results, tuple) else (results,)
    forms = tuple(_form(form, returned) for form in wanted)
    kinds = tuple(None if isinstance(form, Shape) else form for form in forms)
    known = tuple((texts or {}).items())
    call = replace(call, unpacking=Unpacking(kinds, fields, known))
    operands = [x if isinstance(x, Value) else value_of(x) for x in values]
    smooth = [v for v in operands if v.dtype.kind in "fc"] if call.function is function else []
    held = [frozen(v) if v.dtype.kind in "fc" else v for v in operands]
    dtypes = [np.dtype(form.dtype if isinstance(form, Shape) else form) for form in forms]
    dims = [_dims(form) if isinstance(form, Shape) else () for form in forms]
    values = list(call_library(call, held, dtypes, dims))
    for k, name in enumerate(fields or range(len(values))):
        if smooth and name not in constant and values[k].dtype.kind in "fc":
            values[k] = _refused(values[k], smooth, public_name(function))
    found = _unpacked(forms, iter(values))
    if fields:
        made = {
            name: Definition.convert(_chosen)(texts[name], x) if form is str else x
            for name, form, x in zip(fields, results.values(), found, strict=True)
        }
        return tracer().mark_made(made)
    return found if isinstance(results, tuple) else found[0]


def _prepared(
    function: Callable[..., Any], args: Any, kwargs: Any
) -> tuple[LibraryCall, list[Any], list[Any]]:
    """Return a call, its operands, and what the functions among its arguments return."""
    try:
        with tracer().attempt():
            packing = _Packing(function)
            packed = tuple(map(packing.pack, args))
            named = tuple((key, packing.pack(x)) for key, x in kwargs.items())
    except ChangesAround:
        if tracer().order > 0 or is_taking_a_turn():
            raise
        talk = Talk(function, args, kwargs)
        call, operands = talk.run()
        return call, [*operands], talk.returned
    if is_taking_a_turn() and packing.returned:
        raise unsupported(
            f"{public_name(function)} in a function that {PASSED_ON} is not supported; let it "
            "return what it computes"
        )
    return LibraryCall(function, packed, named), packing.operands, packing.returned


PASSED_ON = "SciPy calls, and that changes what is around it,"


@staged
def on_host_as_tried(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Return the result of a library function that is called as it is, and was tried out before.

    Args:
        function: What is called.
        args: Its arguments; those that are functions are given as `Function`.
        kwargs: Its keyword arguments.
    """
    return call_packed(_Packing(function), args, kwargs)


def _refused(value: Value, operands: list[Value], name: str) -> Value:
    """Return a value that is an error to differentiate."""
    reason = f"this result of {name} has no derivative rule"
    (made,) = emit_custom([value], operands, (), reason)
    return made


def _chosen(texts: Any, number: Any) -> Any:
    return texts[number] if len(texts) > 1 else texts[0]


@staged
def library_object(module: str, name: str, attributes: Any) -> Any:
    """Return a new object of a library's class that is a dict of its attributes.

    What cannot be an attribute in a traced program is None; it is an error to use it.
    """
    kind = getattr(sys.modules[module], name)
    made = kind.__new__(kind)
    reason = f"is an attribute of {name} that is not supported"
    lost = Unjoined(reason, current_tracer().site)
    dict.update(made, {key: lost if x is Lost else x for key, x in attributes.items()})
    return tracer().mark_made(made)


class Lost:
    """Stands for an attribute that cannot be had in a traced program."""


def _form(form: Any, returned: list[Any]) -> Any:
    """Return the type of a part of a result."""
    if form is NUMBER:
        found = returned[0][0] if isinstance(returned[0], tuple) else returned[0]
        return float if found is None or isinstance(found, Shape) else found
    if form is RETURNED:
        if returned[0] is None or isinstance(returned[0], tuple):
            raise unsupported("the function must return one number or one array here")
        return returned[0]
    return int if form is str else form


def _dims(shape: Shape) -> Any:
    """Return the dims that a shape means."""
    given = (
        dim if dim is None or isinstance(dim, Affine) else dims_of((dim,))[0] for dim in shape.dims
    )
    return tuple(given)


def _unpacked(forms: Any, values: Iterator[Value]) -> tuple[Any, ...]:
    """Return what stands for the parts of a result."""
    found: list[Any] = []
    for form, value in zip(forms, values, strict=True):
        if isinstance(form, Shape):
            found.append(array(value))
        elif form in PYTHON:
            found.append(python_number(form, value))
        else:
            found.append(numpy_scalar(np.dtype(form), value))
    return tuple(found)
