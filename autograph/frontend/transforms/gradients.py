"""Derivatives of calls: gradients, products with Jacobians from the left and from the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.leaves import is_number
from autograph.frontend.symbols.promotion import value_of
from autograph.frontend.symbols.symbolic import (
    Array,
    Number,
    constant,
)
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.transforms.arguments import (
    Argnums,
    Differentiated,
    conjugated,
    pulled_back,
)
from autograph.frontend.transforms.trees import dtype_of, one_float, refused
from autograph.ir.graph import Value


def value_and_gradient(
    fn: Any,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    argnums: Argnums,
    has_aux: bool,
    holomorphic: bool,
) -> tuple[Any, Any]:
    """Return what a function returns, its loss as a float, and the gradient."""
    arguments = Differentiated(fn, args, kwargs, argnums)
    result = arguments.call(fn)
    loss, aux = _with_aux(result) if has_aux else (result, None)
    loss = _as_complex(loss) if holomorphic else _as_float(loss)
    value = value_of(loss)
    seed = constant(1, value.dtype)
    gradients = pulled_back([value], arguments.variables, [seed])
    if holomorphic:
        require_complex(arguments.variables, "arguments")
        gradients = tuple(map(conjugated, gradients))
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

    Raises:
        NondifferentiableError: If it is none.
    """
    parts = [x for _, x in alternatives(loss)] if isinstance(loss, Union) else [loss]
    kinds = [dtype_of(x).kind if is_number(x) else "" for x in parts]
    if "" in kinds or "c" in kinds or "f" not in kinds:
        raise refused(
            "a gradient needs a function that returns one real float; this one returns "
            + " or ".join(map(described, parts))
            + (COMPLEX_LOSS if "c" in kinds else "")
        )
    return loss if len(parts) == 1 else one_float(loss)


COMPLEX_LOSS = (
    ": take its real part or its absolute value, or pass holomorphic=True for the complex "
    "derivative of a function that has one"
)


def _as_complex(loss: Any) -> Any:
    """Return the result of a holomorphic function, one complex number.

    Raises:
        NondifferentiableError: If it is none.
    """
    if not is_number(loss) or dtype_of(loss).kind != "c":
        raise refused(
            "with holomorphic=True, the function returns one complex number; this one returns "
            + described(loss)
        )
    return loss


def require_complex(values: Sequence[Value], name: str) -> None:
    """Refuse what is not complex among the arguments or results of a holomorphic function."""
    if any(v.dtype.kind != "c" for v in values):
        raise refused(
            f"with holomorphic=True, all {name} are complex; leave holomorphic out to "
            "differentiate by real arguments, or pass them as complex numbers"
        )


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
    fn: Any,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    argnums: Argnums,
    has_aux: bool,
    holomorphic: bool = False,
) -> Any:
    """Return the gradient alone, with what the function returns besides its loss."""
    value, found = value_and_gradient(fn, args, kwargs, argnums, has_aux, holomorphic)
    return (found, value[1]) if has_aux else found
