"""Traces what a library calls back: once for each way in which the library may call it.

Enters: a function of the program, and what the library passes to it. Leaves: a `Callback`, and the
values that its graphs take from around them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.frontend.arrays.masked import with_elements
from autograph.frontend.arrays.one_value import either, is_python, one_value
from autograph.frontend.numpy_api.numpy_create import dims_of
from autograph.frontend.symbols.condition import Condition
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.promotion import kind_of, value_of
from autograph.frontend.symbols.staged import staged
from autograph.frontend.symbols.symbolic import (
    Array,
    Number,
    array,
    numpy_scalar,
    python_number,
)
from autograph.frontend.symbols.union import Union, narrow
from autograph.frontend.tracing.routine_graph import closed_routine
from autograph.frontend.tracing.tracer import tracer
from autograph.frontend.transforms.arguments import (
    applied,
    differentiated,
    parameter_names,
)
from autograph.frontend.transforms.rules import ChangesAround, traced_apart
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType, scalar
from autograph.ops.callback import Callback, Parameter, Returned, Variant
from autograph.ops.recursion import recurse

Kinds = tuple[type, ...]
"""Types of a number that a library passes."""

FLOAT: Kinds = (float,)
DOUBLE: Kinds = (np.float64,)
EITHER: Kinds = (float, np.float64)
INTEGER: Kinds = (int,)
LONG: Kinds = (np.int64,)
RETURNED = "returned"
"""Stands for the type of what the first function among the arguments returns."""

NUMBER = "number"
"""Likewise, but a Python float for an array of one element, and the first of a tuple."""

_DTYPES: dict[type, Any] = {float: np.float64, int: np.int64}


def numeric_dtype(kinds: Kinds) -> Any:
    """Return the dtype of a number that a library passes."""
    return _DTYPES.get(kinds[0], kinds[0])


class Shape(Struct, frozen=True):
    """Says that a library passes or returns an array.

    Attributes:
        dims: Its extents: integers, also run-time ones; None for what only the call tells.
        dtype: Its dtype.
    """

    dims: Any
    dtype: Any = np.float64


class Function(Struct, frozen=True):
    """A function of the program, to be passed to a library.

    Attributes:
        fn: What is called.
        ways: What the library passes, for each way in which it calls the function: the usual one
            first.
        label: What messages call it.
        attributes: What the library finds as its attributes.
    """

    fn: Any
    ways: tuple[tuple[Any, ...], ...]
    label: str = "the function"
    attributes: tuple[tuple[str, Any], ...] = ()


@staged
def shaped(dims: Any, dtype: Any = np.float64) -> Shape:
    """Return what says that a library passes or returns an array."""
    return Shape(dims, dtype)


@staged
def called_as(fn: Any, ways: Any, label: str = "the function", attributes: Any = ()) -> Function:
    """Return a function of the program as an argument of a library function."""
    return Function(fn, ways, label, tuple(attributes))


@staged
def has_effects(fn: Any, ways: Any) -> bool:
    """Return whether a function changes what is around it, or its arguments, or prints."""
    try:
        with tracer().attempt():
            callback_of(Function(fn, ways), [])
    except ChangesAround:
        return True
    return False


@staged
def names_of_parameters(fn: Any) -> Any:
    """Return the names of the positional arguments that a function takes."""
    return tuple(parameter_names(fn))


@staged
def parameter_count(fn: Any) -> int:
    """Return how many positional arguments a function takes."""
    return len(parameter_names(fn))


def callback_of(function: Function, operands: list[Any]) -> tuple[Callback, Any]:
    """Return what stands for a function among the arguments of a call, and what it returns.

    What it returns is a `Shape`, a type of numbers or a tuple of them, else None.

    Args:
        function: The function.
        operands: The operands of the call; those that the function needs are added.
    """
    numbers: dict[Value, int] = {}
    variants: list[Variant] = []
    returned: list[Any] = []
    with differentiated(-tracer().order):  # what the library calls has no derivatives
        for way in function.ways:
            parts = [_Parameter(x) for x in way]
            variants.append(_traced(function, parts, operands, numbers, returned))
    return Callback(_name(function.fn), tuple(variants), function.attributes), returned[0]


def _name(fn: Any) -> str:
    while not hasattr(fn, "__name__") and hasattr(fn, "func"):
        fn = fn.func
    return getattr(fn, "__name__", type(fn).__name__)


class _Parameter:
    """A parameter of a function that is traced: the params of its graph, and what it sees."""

    def __init__(self, form: Any) -> None:
        self.form = form
        if isinstance(form, Shape):
            dims = tuple(dims_of(tuple(form.dims)))
            self.values = [Value(ArrayType(np.dtype(form.dtype), dims))]
        else:
            self.values = [Value(scalar(_DTYPES.get(form[0], form[0])))]
            if len(form) > 1:
                self.values.append(Value(scalar(np.bool_)))

    def content(self, params: Sequence[Value]) -> Any:
        """Return what the function sees."""
        if isinstance(self.form, Shape):
            return array(params[0])
        if len(self.form) > 1:
            return either(Condition(params[1]), params[0])
        kind = self.form[0]
        made = python_number if kind in _DTYPES else numpy_scalar
        return made(kind if kind in _DTYPES else np.dtype(kind), params[0])


def _traced(
    function: Function,
    parts: Sequence[_Parameter],
    operands: list[Any],
    numbers: dict[Value, int],
    returned: list[Any],
) -> Variant:
    """Trace a function for one way of being called, and note what it returns."""
    template: list[Any] = []

    def body(params: list[Value]) -> list[Value]:
        rest = list(params)
        contents = []
        for part in parts:
            contents.append(part.content(rest[: len(part.values)]))
            del rest[: len(part.values)]
        results: list[Value] = []
        template.append(_packed(applied(function.fn, contents, {}), results, function.label))
        for content in contents:
            if isinstance(content, Array) and content.cell.value not in params:
                raise ChangesAround(
                    f"{function.label} writes into its argument, which is not supported; "
                    "let it write into a copy: x = x.copy()",
                    tracer().site,
                )
        return results

    like = [value for part in parts for value in part.values]
    region = traced_apart(function.label, like, body, _name(function.fn))
    if any(node.op is recurse for node in region.walk()):
        raise unsupported(f"{function.label} calls the function around it, which is not supported")
    is_usual = not returned
    returned.append(_type_of(template[0], region.results))
    graph, captured = closed_routine(region)
    own = graph.params[len(captured) :]
    parameters = []
    for part in parts:
        first, own = own[0], own[len(part.values) :]
        is_array = isinstance(part.form, Shape)
        made = Parameter((), first.dtype, first.dims) if is_array else Parameter(part.form)
        parameters.append(made)
    return Variant(
        tuple(parameters),
        tuple(_number(value, operands, numbers) for value in captured),
        graph,
        template[0],
        is_usual,
    )


def _type_of(result: Any, values: Sequence[Value]) -> Any:
    """Return the type of what a function returns, None if it is neither array nor number."""
    if isinstance(result, tuple):
        return tuple(_type_of(x, values) for x in result)
    if not isinstance(result, Returned):
        return type(result) if isinstance(result, int | float | np.generic) else None
    value = values[result.position]
    return Shape(value.dims, value.dtype) if result.kind is None else result.kind


def _number(value: Value, operands: list[Any], numbers: dict[Value, int]) -> int:
    """Return the number of a value among the operands, which it is added to."""
    if value not in numbers:
        numbers[value] = len(operands)
        operands.append(value)
    return numbers[value]


def _packed(content: Any, results: list[Value], label: str) -> Any:
    """Return how to make what a function returns, and note the values that it takes."""
    content = with_elements(narrow(content))
    if isinstance(content, np.ndarray):
        content = tracer().lift(content)
    if isinstance(content, tuple | list) and type(content) in (tuple, list):
        return type(content)(_packed(x, results, label) for x in content)
    if isinstance(content, Array):
        results.append(content.read())
        return Returned(len(results) - 1, None)
    if isinstance(content, Number):
        results.append(content.value())
        kind = content.kind if isinstance(content.kind, type) else np.dtype(kind_of(content)).type
        return Returned(len(results) - 1, kind)
    number = one_value(content) if isinstance(content, Union) else None
    if number is not None:
        results += [value_of(number), is_python(content).value()]
        return Returned(len(results) - 2, float, len(results) - 1)
    if content is None or isinstance(content, bool | int | float | np.generic):
        return content
    raise unsupported(
        f"{label} returns {_described(content)}, which cannot be handed to a library; return "
        "numbers and arrays"
    )


def _described(content: Any) -> str:
    if isinstance(content, Union):
        return "values of several types, as the data say"
    return f"a {type(content).__name__}"
