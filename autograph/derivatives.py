"""Derivatives of plain NumPy functions: `grad`, `value_and_grad` and their kin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograph.errors import AutographError
from autograph.frontend import Transform, gradients
from autograph.pipeline import Options
from autograph.transformed import transformed

Argnums = int | str | Sequence[int | str]
"""Which arguments to differentiate by: positions or names, one or several."""


def grad(
    fn: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    debug: bool = False,
) -> Callable[..., Any]:
    """Return the function that computes the gradient of a scalar function.

    The gradient is with respect to the values on entry; the caller's arguments are left as they
    are, whatever the function writes into them.

    Args:
        fn: A plain, compiled or transformed function that returns a real number.
        argnums: Position or name of the argument to differentiate by, or several: then the
            gradients come as a tuple. An argument may be an array `(m, n, ...)`, a number, or a
            tuple, list, dict or object that holds them: its gradient has the same structure.
        has_aux: Whether `fn` returns `(value, aux)`; then the result is `(gradient, aux)`.
        debug: Whether to verify every stage.

    Raises:
        NondifferentiableError: At the call, if an argument or the result is not a real float.

    Example:
        >>> import autograph as ag
        >>> ag.grad(lambda x: x**3)(2.0)
        12.0
    """
    return _of(fn, "grad", gradients.gradient, argnums, (has_aux,), debug)


def value_and_grad(
    fn: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    debug: bool = False,
) -> Callable[..., Any]:
    """Return the function that computes the value of a scalar function and its gradient.

    Args:
        fn: A plain, compiled or transformed function that returns a real number.
        argnums: As for `grad`.
        has_aux: Whether `fn` returns `(value, aux)`; then the result is `((value, aux), gradient)`.
        debug: Whether to verify every stage.

    Raises:
        NondifferentiableError: At the call, if an argument or the result is not a real float.
    """
    return _of(fn, "value_and_grad", gradients.value_and_gradient, argnums, (has_aux,), debug)


def _of(
    fn: Callable[..., Any],
    name: str,
    rule: Callable[..., Any],
    argnums: Argnums,
    options: tuple[Any, ...],
    debug: bool,
) -> Callable[..., Any]:
    """Return a function transformed by a rule that takes argnums first."""
    chosen = _checked(argnums)

    def transform(bound: int) -> Transform:
        return Transform(name, rule, (_shifted(chosen, bound), *options))

    return transformed(fn, transform, Options(debug=debug))


def _checked(argnums: Argnums) -> int | str | tuple[int | str, ...]:
    if isinstance(argnums, int | str):
        return argnums
    several = tuple(argnums)
    if not several or not all(isinstance(k, int | str) for k in several):
        raise AutographError(
            f"argnums is a position, a name or a sequence of them, got {argnums!r}"
        )
    return several


def _shifted(
    argnums: int | str | tuple[int | str, ...], bound: int
) -> int | str | tuple[int | str, ...]:
    """Return argnums of a function that takes so many arguments before the user's."""
    if isinstance(argnums, tuple):
        return tuple(k if isinstance(k, str) or k < 0 else k + bound for k in argnums)
    return argnums if isinstance(argnums, str) or argnums < 0 else argnums + bound
