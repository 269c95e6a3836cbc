"""Products with Jacobians, batches, and what is constant: `vjp`, `jvp`, `vmap` and their kin."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from autograph.errors import AutographError
from autograph.frontend import STAGED, Transform, batching
from autograph.frontend import directions as staged
from autograph.pipeline import Options
from autograph.transformed import called_with, entry_of


def vjp(fn: Callable[..., Any], *args: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """Return the value of a function, and the function from cotangents to those of the arguments.

    That function takes what has the structure and the shapes of the value, and returns a tuple with
    a cotangent for each argument; None stands for what is no float. In a compiled function, the
    value and its cotangents share one pass forward; outside, each call runs it again.

    Args:
        fn: A plain, compiled or transformed function.
        *args: Its arguments: floats to differentiate by, and others.
        has_aux: Whether `fn` returns `(value, aux)`; then aux follows as a third item.

    Example:
        >>> import autograph as ag
        >>> value, pull = ag.vjp(lambda x, y: x * y, 2.0, 3.0)
        >>> value, pull(1.0)
        (6.0, (3.0, 2.0))
    """
    options = Options()
    point = copy.deepcopy(args)
    value = entry_of(fn, Transform("call", staged.called), _all, options)(fn, args, {})
    transform = Transform("vjp", staged.pulled, (has_aux,))

    def pull(cotangent: Any) -> Any:
        entry = entry_of(fn, transform, _first, options)
        return entry(fn, (point, cotangent), {})

    return (value[0], pull, value[1]) if has_aux else (value, pull)


def jvp(fn: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool = False) -> Any:
    """Return the value of a function, and how it changes in a direction.

    Args:
        fn: A plain, compiled or transformed function.
        primals: A tuple of its arguments.
        tangents: The direction: the same structure and shapes; None stands for zeros.
        has_aux: Whether `fn` returns `(value, aux)`; then aux follows as a third item.

    Returns:
        The value, and its tangent in the same structure; None stands for what is no float.

    Example:
        >>> import autograph as ag
        >>> ag.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
        (6.0, 3.0)
    """
    entry = entry_of(fn, Transform("jvp", staged.pushed_at, (has_aux,)), _first, Options())
    return entry(fn, (tuple(primals), tuple(tangents)), {})


def linearize(fn: Callable[..., Any], *args: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """Return the value of a function, and its best linear approximation at the arguments.

    Args:
        fn: A plain, compiled or transformed function.
        *args: Its arguments.
        has_aux: As for `jvp`.

    Returns:
        The value, and a function from tangents, one for each argument, to that of the value.

    Example:
        >>> import autograph as ag
        >>> value, change = ag.linearize(lambda x: x * x, 3.0)
        >>> value, change(0.5)
        (9.0, 3.0)
    """
    point = copy.deepcopy(args)
    value = entry_of(fn, Transform("call", staged.called), _all, Options())(fn, args, {})

    def push(*tangents: Any) -> Any:
        return jvp(fn, point, tangents, has_aux)[1]

    return (value[0], push, value[1]) if has_aux else (value, push)


def _all(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return args


def _first(args: tuple[Any, ...]) -> tuple[Any, ...]:
    first: tuple[Any, ...] = args[0]
    return first


def stop_gradient(x: Any) -> Any:
    """Return the same values, which derivatives take as constant.

    Args:
        x: Arrays and numbers, also in containers.

    Example:
        >>> import autograph as ag
        >>> ag.grad(lambda x: x * ag.stop_gradient(x))(3.0)
        3.0
    """
    return x


def vmap(fn: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0) -> Callable[..., Any]:
    """Return the function that does for whole batches what `fn` does for one item.

    It is a loop over the items, compiled with what is around it; so `fn` may have loops and
    branches that depend on the item.

    Args:
        fn: A plain, compiled or transformed function.
        in_axes: Which axis of each argument counts the items: an int for all arguments, or a tuple
            with an item for each; None passes an argument whole to every item. For an argument in
            containers: an int, or the same containers. Keyword arguments are mapped by axis 0.
        out_axes: Where the axis of the items goes in the results.

    Raises:
        AutographError: At the call, if the axes do not go with the arguments.

    Example:
        >>> import numpy as np
        >>> import autograph as ag
        >>> ag.vmap(np.dot)(np.ones((4, 3)), np.ones((4, 3)))
        array([3., 3., 3., 3.])
    """
    axes = tuple(in_axes) if isinstance(in_axes, list) else in_axes
    if not isinstance(axes, int | tuple):
        raise AutographError(f"in_axes is an axis or a tuple of them, got {in_axes!r}")
    return called_with(fn, Transform("vmap", batching.vmap, (axes, out_axes)), _all, Options())


for _public in (vjp, jvp, linearize, stop_gradient):
    setattr(_public, STAGED, getattr(staged, _public.__name__))
