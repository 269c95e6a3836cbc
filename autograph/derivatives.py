"""Derivatives of plain NumPy functions: `grad`, `value_and_grad` and their kin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograph.errors import AutographError
from autograph.frontend import Transform, gradients, jacobians
from autograph.pipeline import Options
from autograph.transformed import called_with, transformed

Argnums = int | str | Sequence[int | str]
"""Which arguments to differentiate by: positions or names, one or several."""


def grad(
    fn: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    holomorphic: bool = False,
    memory: int | None = None,
    debug: bool = False,
) -> Callable[..., Any]:
    """Return the function that computes the gradient of a scalar function.

    By a complex number x + iy the gradient is dL/dx + i dL/dy, the direction in which L grows the
    most, so that `z -= rate * gradient` descends. (This is the conjugate of what JAX returns.) The
    gradient is with respect to the values on entry; the caller's arguments are left as they
    are, whatever the function writes into them.

    Args:
        fn: A plain, compiled or transformed function that returns a real number.
        argnums: Position or name of the argument to differentiate by, or several: then the
            gradients come as a tuple. An argument may be an array `(m, n, ...)`, a number, or a
            tuple, list, dict or object that holds them: its gradient has the same structure.
        has_aux: Whether `fn` returns `(value, aux)`; then the result is `(gradient, aux)`.
        holomorphic: Whether `fn` has a complex derivative by its complex arguments, which is to be
            returned. It cannot be told whether that is so.
        memory: About how many bytes a loop may keep for its derivative. A loop that would keep
            more keeps only some of its states, and runs forward a second time from each of them.
            By default a loop does so where that is faster.
        debug: Whether to verify every stage.

    Raises:
        NondifferentiableError: At the call, if an argument is no float, or the result is not
            a real one.

    Example:
        >>> import autograph as ag
        >>> ag.grad(lambda x: x**3)(2.0)
        12.0
    """
    return _of(
        fn,
        "grad",
        gradients.gradient,
        argnums,
        (has_aux, holomorphic),
        Options(debug=debug, memory=memory),
    )


def value_and_grad(
    fn: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    holomorphic: bool = False,
    memory: int | None = None,
    debug: bool = False,
) -> Callable[..., Any]:
    """Return the function that computes the value of a scalar function and its gradient.

    Args:
        fn: A plain, compiled or transformed function that returns a real number.
        argnums: As for `grad`.
        has_aux: Whether `fn` returns `(value, aux)`; then the result is `((value, aux), gradient)`.
        holomorphic: As for `grad`.
        memory: As for `grad`.
        debug: Whether to verify every stage.

    Raises:
        NondifferentiableError: At the call, if an argument is no float, or the result is not
            a real one.
    """
    return _of(
        fn,
        "value_and_grad",
        gradients.value_and_gradient,
        argnums,
        (has_aux, holomorphic),
        Options(debug=debug, memory=memory),
    )


def jacobian(
    fn: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    holomorphic: bool = False,
    debug: bool = False,
) -> Callable[..., Any]:
    """Return the function that computes the Jacobian of a function.

    For a result of shape `(m, ...)` and an argument of shape `(n, ...)` it has the shape
    `(m, ..., n, ...)`. Results in containers give the same containers of blocks; so do arguments,
    inside of these. It is made by columns (`jacfwd`) or by rows (`jacrev`), whichever are fewer.
    Of real results by a complex x + iy it is df/dx + i df/dy, as for `grad`.

    Args:
        fn: A plain, compiled or transformed function of floats.
        argnums: As for `grad`.
        has_aux: Whether `fn` returns `(result, aux)`; then this returns `(jacobian, aux)`.
        holomorphic: As for `grad`.
        debug: Whether to verify every stage.

    Raises:
        NondifferentiableError: At the call, if an argument is no float.

    Example:
        >>> import numpy as np
        >>> import autograph as ag
        >>> ag.jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
        array([[2., 0.],
               [0., 4.]])
    """
    rule, given = jacobians.jacobian, (has_aux, holomorphic)
    return _of(fn, "jacobian", rule, argnums, given, Options(debug=debug))


def jacfwd(
    fn: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    holomorphic: bool = False,
    debug: bool = False,
) -> Callable[..., Any]:
    """Return `jacobian(fn)` made by columns, in forward mode: for few inputs.

    Args:
        fn: A plain, compiled or transformed function of floats.
        argnums: As for `grad`.
        has_aux: As for `jacobian`.
        holomorphic: As for `grad`.
        debug: Whether to verify every stage.
    """
    rule, given = jacobians.jacfwd, (has_aux, holomorphic)
    return _of(fn, "jacfwd", rule, argnums, given, Options(debug=debug))


def jacrev(
    fn: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    holomorphic: bool = False,
    debug: bool = False,
) -> Callable[..., Any]:
    """Return `jacobian(fn)` made by rows, in reverse mode: for few outputs.

    Args:
        fn: A plain, compiled or transformed function of floats.
        argnums: As for `grad`.
        has_aux: As for `jacobian`.
        holomorphic: As for `grad`.
        debug: Whether to verify every stage.
    """
    rule, given = jacobians.jacrev, (has_aux, holomorphic)
    return _of(fn, "jacrev", rule, argnums, given, Options(debug=debug))


def hessian(
    fn: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    holomorphic: bool = False,
    debug: bool = False,
) -> Callable[..., Any]:
    """Return the function that computes the second derivatives, forward over reverse.

    By one argument of shape `(n, ...)`, that of a scalar function has shape `(n, ..., n, ...)`.

    Args:
        fn: A plain, compiled or transformed function of floats.
        argnums: As for `grad`; several arguments give blocks as a tuple of tuples.
        has_aux: As for `jacobian`.
        holomorphic: As for `grad`.
        debug: Whether to verify every stage.

    Example:
        >>> import autograph as ag
        >>> ag.hessian(lambda x: x**3)(2.0)
        12.0
    """
    rule, given = jacobians.hessian, (has_aux, holomorphic)
    return _of(fn, "hessian", rule, argnums, given, Options(debug=debug))


def hvp(
    fn: Callable[..., Any], argnums: int | Sequence[int] = 0, *, debug: bool = False
) -> Callable[..., Any]:
    """Return the function that multiplies the Hessian of a scalar function by a vector.

    It takes the arguments of `fn` and, right behind the one that it differentiates by, the vector:
    `hvp(f)(x, v, *others)`, as `scipy.optimize.minimize(hessp=...)` calls it. It costs a small
    multiple of a gradient, whatever the size of x.

    Args:
        fn: A plain, compiled or transformed function that returns a real number.
        argnums: Position of the argument to differentiate by. For several, the vector is a tuple
            and follows the last one.
        debug: Whether to verify every stage.

    Example:
        >>> import numpy as np
        >>> import autograph as ag
        >>> ag.hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
        array([6., 0.])
    """
    chosen = _checked(argnums)
    places = chosen if isinstance(chosen, tuple) else (chosen,)
    if not all(isinstance(k, int) and k >= 0 for k in places):
        raise AutographError(f"argnums of hvp is a position or several, got {argnums!r}")
    last = max(k for k in places if isinstance(k, int))

    def plain(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        fn(*args[: last + 1], *args[last + 2 :], **kwargs)

    transform = Transform("hvp", jacobians.hvp, (chosen,), keeps_parameters=False)
    return called_with(fn, transform, plain, Options(debug=debug))


def _of(
    fn: Callable[..., Any],
    name: str,
    rule: Callable[..., Any],
    argnums: Argnums,
    arguments: tuple[Any, ...],
    options: Options,
) -> Callable[..., Any]:
    """Return a function transformed by a rule that takes argnums first."""
    chosen = _checked(argnums)

    def transform(bound: int) -> Transform:
        return Transform(name, rule, (_shifted(chosen, bound), *arguments))

    return transformed(fn, transform, options)


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
