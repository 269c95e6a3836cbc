"""Derivatives of calls: gradients, products with Jacobians from the left and from the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograph.frontend.flow.control import fork
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.leaves import is_number
from autograph.frontend.symbols.promotion import kind_of, value_of
from autograph.frontend.symbols.symbolic import (
    Array,
    Number,
    constant,
    numpy_scalar,
    python_number,
)
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.transforms.arguments import (
    Argnums,
    Differentiated,
    pulled_back,
)
from autograph.frontend.transforms.trees import dtype_of, refused


def value_and_gradient(
    fn: Any, args: Sequence[Any], kwargs: Mapping[str, Any], argnums: Argnums, has_aux: bool
) -> tuple[Any, Any]:
    """Return what a function returns, its loss as a float, and the gradient."""
    arguments = Differentiated(fn, args, kwargs, argnums)
    result = arguments.call(fn)
    loss, aux = _with_aux(result) if has_aux else (result, None)
    loss = _as_float(loss)
    value = value_of(loss)
    seed = constant(1, value.dtype)
    gradients = pulled_back([value], arguments.variables, [seed])
    return ((loss, aux) if has_aux else loss), arguments.filled(gradients)


def _with_aux(result: Any) -> tuple[Any, Any]:
    if not isinstance(result, tuple) or len(result) != 2:
        raise refused(
            "with has_aux=True, the function returns a tuple of its value and something else; "
            f"this one returns {described(result)}"
        )
    return narrow(result[0]), result[1]


def _as_float(loss: Any) -> Any:
    """Return a loss as one real float.

    A function that adds to an int in a loop returns an int if the loop never runs; its loss is the
    float that this int amounts to.

    Raises:
        NondifferentiableError: If it is none.
    """
    parts = [x for _, x in alternatives(loss)] if isinstance(loss, Union) else [loss]
    kinds = [dtype_of(x).kind if is_number(x) else "" for x in parts]
    if "" in kinds or "c" in kinds or "f" not in kinds:
        raise refused(
            "a gradient needs a function that returns one real float; this one returns "
            + " or ".join(map(described, parts))
        )
    if len(parts) == 1:
        return loss
    dtype = np.result_type(*(dtype_of(x) for x in parts if dtype_of(x).kind == "f"))
    is_python = any(kind_of(x) is float for x in parts)

    def as_float(x: Any) -> Any:
        value = value_of(x, dtype)
        return python_number(float, value) if is_python else numpy_scalar(dtype, value)

    return narrow(fork(loss, as_float))


def described(x: Any) -> str:
    """Return in words what a function returns."""
    if isinstance(x, Array | np.ndarray):
        return "an array: sum it, or pick an element"
    if isinstance(x, Number):
        kind = x.kind
        return f"a {kind.__name__}" if isinstance(kind, type) else f"a NumPy scalar of dtype {kind}"
    if growing_of(x) is not None:
        return "a list"
    if isinstance(x, tuple | list):
        return f"a {type(x).__name__} of {len(x)} items"
    return repr(x) if x is None or isinstance(x, bool | int | str) else f"a {type(x).__name__}"


def gradient(
    fn: Any, args: Sequence[Any], kwargs: Mapping[str, Any], argnums: Argnums, has_aux: bool
) -> Any:
    """Return the gradient alone, with what the function returns besides its loss."""
    value, found = value_and_gradient(fn, args, kwargs, argnums, has_aux)
    return (found, value[1]) if has_aux else found
