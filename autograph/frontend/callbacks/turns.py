"""Library functions that call back functions which change what is around them.

Enters: a call of a library function with such functions among its arguments. Leaves: a loop of the
program, which takes turns with the library function (see `ops.conversation`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograph.frontend.arrays.masked import with_elements
from autograph.frontend.arrays.one_value import either, one_value
from autograph.frontend.callbacks.functions import Function, Shape, numeric_dtype
from autograph.frontend.numpy_api.defined import Definition
from autograph.frontend.numpy_api.library_calls import Packing
from autograph.frontend.numpy_api.library_objects import OfLibrary
from autograph.frontend.numpy_api.numpy_create import dims_of
from autograph.frontend.symbols.condition import Condition
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.promotion import kind_of, value_of
from autograph.frontend.symbols.staged import staged
from autograph.frontend.symbols.symbolic import Array, Number, array, numpy_scalar, python_number
from autograph.frontend.symbols.union import Union, narrow
from autograph.frontend.tracing.tracer import tracer
from autograph.frontend.transforms.arguments import applied
from autograph.ir.graph import Value
from autograph.ops.conversation import Proxy, Start, Wait, answered, outcome
from autograph.ops.library import HeldObject, LibraryCall, Operand, call_library

_FLOAT64 = np.dtype(np.float64)
_BOOL = np.dtype(np.bool_)
_taking: ContextVar[bool] = ContextVar("taking", default=False)


def is_taking_a_turn() -> bool:
    """Return whether what is traced answers a library function that waits for it."""
    return _taking.get()


class Talk(Packing):
    """A call of a library function that takes turns with the program.

    Attributes:
        ways: The functions, for each way in which they are called.
        returned: What each function returns.
        contents: For each way, the arguments of the function in this turn.
        ticket: Of the conversation.
    """

    def __init__(self, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
        super().__init__(function)
        self.ways: list[tuple[Function, tuple[Any, ...]]] = []
        self.functions: list[Function] = []
        self.returned: list[Any] = []
        self.contents: list[list[Any]] = []
        packed = tuple(map(self.pack, args))
        named = tuple((key, self.pack(x)) for key, x in kwargs.items())
        values = [x if isinstance(x, Value) else value_of(x) for x in self.operands]
        call = LibraryCall(Start(function), packed, named, scope=len(values), each_counts=True)
        (self.ticket,) = call_library(call, [*values, OfLibrary.scope()], [_FLOAT64], [()])

    def pack(self, x: Any) -> Any:
        """Return what stands for an argument in a call."""
        if not isinstance(x, Function):
            return super().pack(x)
        first = len(self.ways)
        self.ways += [(x, way) for way in x.ways]
        self.functions.append(x)
        kinds = tuple(
            tuple(None if isinstance(form, Shape) else form for form in way) for way in x.ways
        )
        return Proxy(first, kinds, x.attributes)

    def run(self) -> tuple[LibraryCall, list[Value]]:
        """Emit the loop; return the call that returns what the library function did."""
        last = Definition.convert(_running)(self, tuple(range(len(self.ways))))
        call = LibraryCall(outcome, (Operand(0, HeldObject), Operand(1)), each_counts=True)
        return call, [self.ticket, value_of(last)]


def _running(talk: Any, ways: Any) -> Any:
    number = 0
    while number >= 0:
        number = wait_for(talk)
        for k in ways:
            if number == k:
                take_turn(talk, k)
    return number


@staged
def wait_for(talk: Talk) -> Any:
    """Return which function is called now in which way; -1 at the end."""
    forms, dtypes, shapes = [], [], []
    types: list[tuple[Any, Any]] = []
    packing = Packing(outcome)
    packing.operands.append(talk.ticket)
    for _, way in talk.ways:
        forms.append(tuple(None if isinstance(f, Shape) else len(f) > 1 for f in way))
        kinds = [f.dtype if isinstance(f, Shape) else numeric_dtype(f) for f in way]
        dtypes.append(tuple(map(np.dtype, kinds)))
        shapes.append(tuple(tuple(f.dims) if isinstance(f, Shape) else () for f in way))
        for form, dtype in zip(way, dtypes[-1], strict=True):
            dims = tuple(dims_of(tuple(form.dims))) if isinstance(form, Shape) else ()
            types.append((dtype, dims))
            if _is_either(form):
                types.append((_BOOL, ()))
    packed = packing.pack(tuple(shapes))
    given_to = (Operand(0, HeldObject), packed)
    call = LibraryCall(Wait(tuple(forms), tuple(dtypes)), given_to, each_counts=True)
    values = [x if isinstance(x, Value) else value_of(x) for x in packing.operands]
    given = [np.dtype(np.int64), *(dtype for dtype, _ in types)]
    number, *rest = call_library(call, values, given, [(), *(dims for _, dims in types)])
    left = iter(rest)
    talk.contents = [[_content(form, left) for form in way] for _, way in talk.ways]
    return python_number(int, number)


def _is_either(form: Any) -> bool:
    return not isinstance(form, Shape) and len(form) > 1


def _content(form: Any, left: Iterator[Value]) -> Any:
    """Return what a function sees as an argument."""
    if isinstance(form, Shape):
        return array(next(left))
    value = next(left)
    if len(form) > 1:
        return either(Condition(next(left)), value)
    if form[0] in (int, float):
        return python_number(form[0], value)
    return numpy_scalar(np.dtype(form[0]), value)


@staged
def take_turn(talk: Talk, way: int) -> None:
    """Call a function as the library function asks for it, and answer."""
    function, _ = talk.ways[way]
    contents, scope = talk.contents[way], tracer().top
    before = [x.cell.value if isinstance(x, Array) else None for x in contents]
    with _turn():
        result = with_elements(narrow(applied(function.fn, contents, {})))
    if isinstance(result, np.ndarray):
        result = tracer().lift(result)
    if function is talk.functions[0] and not talk.returned:
        talk.returned.append(_type_of(result))
    changed = tuple(
        x if isinstance(x, Array) and x.cell.value is not value else None
        for x, value in zip(contents, before, strict=True)
    )
    key = 0
    if isinstance(result, Array) and not result.cell.birth.within(scope):
        if result.view.derived:
            raise unsupported(
                f"{function.label} returns a part of an array around it, which is not supported; "
                "return a copy"
            )
        key = id(result.cell)
    packing = Packing(function.fn)
    packing.operands.append(talk.ticket)
    given = (packing.pack(_known_number(result)), packing.pack(changed), key)
    values = [x if isinstance(x, Value) else value_of(x) for x in packing.operands]
    call = LibraryCall(answered, (Operand(0, HeldObject), *given), each_counts=True)
    call_library(call, values, [np.dtype(np.int64)], [()])


@contextmanager
def _turn() -> Iterator[None]:
    token = _taking.set(True)
    try:
        yield
    finally:
        _taking.reset(token)


def _known_number(result: Any) -> Any:
    number = one_value(result) if isinstance(result, Union) else None
    return result if number is None else number


def _type_of(result: Any) -> Any:
    """Return the type of what a function returns, None if it is neither array nor number."""
    if isinstance(result, tuple):
        return tuple(map(_type_of, result))
    if isinstance(result, Array):
        return Shape(result.dims, result.dtype)
    if isinstance(result, Number):
        return result.kind if isinstance(result.kind, type) else np.dtype(kind_of(result)).type
    return type(result) if isinstance(result, int | float | np.generic) else None


__all__: Sequence[str] = ("Talk", "is_taking_a_turn")
