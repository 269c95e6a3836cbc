"""Floats that are Python's or NumPy's, depending on a condition, but of one value either way.

`max(0.0, x[i])` is such a float. Where its type cannot make a difference nothing has to fork: the
value is computed once, and the condition says what type the result has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograph.frontend.symbols.condition import FALSE, TRUE, Condition, all_of, any_of
from autograph.frontend.symbols.floating_errors import without_certainty
from autograph.frontend.symbols.promotion import cast_to, kind_of, value_of
from autograph.frontend.symbols.symbolic import Array, Number
from autograph.frontend.symbols.union import Union, alternatives
from autograph.ir.graph import Value
from autograph.ops.elementwise import switch

PYTHON_KINDS: dict[Any, type] = {np.dtype(np.float64): float, np.dtype(np.bool_): bool}
"""Of NumPy's kinds that are represented as a Python kind is, and behave so: that kind."""

_COMPARING = {"lt", "le", "gt", "ge", "eq", "ne"}
_EITHER_WAY = {"add", "sub", "mul", "neg", "pos", "abs", *_COMPARING}
SPECIAL_METHODS = {f"__{prefix}{name}__" for name in _EITHER_WAY for prefix in ("", "r", "i")}
"""What gives the same value for a Python float and a float64."""

COMPARISONS = {f"__{name}__" for name in _COMPARING}
"""What gives the same value for a Python bool and NumPy's: the sum of two is no number there."""


def one_value(content: Any) -> Number | None:
    """Return the NumPy scalar of the value that all alternatives have, None if there is none."""
    if not isinstance(content, Union):
        return None
    found = [x for _, x in alternatives(content)]
    if not all(isinstance(x, Number) and x.dtype in PYTHON_KINDS for x in found):
        return None
    first = found[0].value()
    if any(x.value() is not first for x in found[1:]):
        return None
    return Number(first.dtype, first)


def either(python: Condition, value: Value) -> Any:
    """Return a number that is Python's where a condition holds, else NumPy's."""
    of_python, of_numpy = Number(PYTHON_KINDS[value.dtype], value), Number(value.dtype, value)
    if python.known is not None:
        return of_python if python.known else of_numpy
    return Union(((python, of_python), (~python, of_numpy)))


def is_python(content: Any) -> Condition:
    """Return the condition under which a number is Python's."""
    if isinstance(content, Union):
        return any_of(when for when, x in alternatives(content) if x.is_python)
    return TRUE if isinstance(kind_of(content), type) else FALSE


def applied(name: str, operation: Callable[..., Any], operands: Sequence[Any]) -> Any:
    """Return an operation on operands of which one is a float of either type.

    Returns:
        The result; `NotImplemented` if the type may make a difference.
    """
    numbers: list[Any] = [one_value(x) if isinstance(x, Union) else x for x in operands]
    if any(x is None for x in numbers):
        return NotImplemented
    others = [x for x, y in zip(operands, numbers, strict=True) if x is y]
    if any(_is_numpy(x) for x in others):
        doubles = all(not _is_numpy(x) or x.dtype.name in ("float64", "complex128") for x in others)
        return without_certainty(operation)(*numbers) if doubles else NotImplemented
    if name not in SPECIAL_METHODS or not all(map(_is_exact, others)):
        return NotImplemented
    of_either = [y for x, y in zip(operands, numbers, strict=True) if x is not y]
    if name not in COMPARISONS and any(x.dtype == np.bool_ for x in of_either):
        return NotImplemented
    result = without_certainty(operation)(*numbers)
    if not isinstance(result, Number) or result.dtype not in PYTHON_KINDS:
        return NotImplemented
    return either(all_of(map(is_python, operands)), result.value())


def _is_numpy(x: Any) -> bool:
    return isinstance(x, Array | np.generic) or (isinstance(x, Number) and not x.is_python)


def _is_exact(x: Any) -> bool:
    """Return whether a Python number is a float, or an integer that is one exactly."""
    if isinstance(x, Number):
        return x.kind is float
    return isinstance(x, bool | float) or (type(x) is int and abs(x) <= 2**53)


def chosen(condition: Value, a: Any, b: Any) -> Any:
    """Return `a` where the condition holds, else `b`, floats of which at least one is NumPy's.

    Returns:
        The float; `NotImplemented` if `a` and `b` are something else.
    """
    x, y = (one_value(v) if isinstance(v, Union) else v for v in (a, b))
    if x is None or y is None or not all(map(_is_double, (x, y))):
        return NotImplemented
    first = Condition(condition)
    python = any_of([all_of([first, is_python(a)]), all_of([~first, is_python(b)])])
    values = [cast_to(value_of(v), np.dtype(np.float64)) for v in (x, y)]
    return either(python, switch(condition, *values))


def _is_double(x: Any) -> bool:
    kind = kind_of(x)
    return kind is float or kind == np.dtype(np.float64)
