"""Products with Jacobians, batches, and what is constant: `vjp`, `jvp`, `vmap` and their kin."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.errors import AutographError
from autograph.frontend import STAGED, Transform, batching, closures, definitions
from autograph.frontend import directions as staged
from autograph.linearized import LinearizedSpecialisation, LinearMap, flattened, structure_of
from autograph.pipeline import Options
from autograph.transformed import called_with, entry_of


def vjp(fn: Callable[..., Any], *args: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """Return the value of a function, and the function from cotangents to those of the arguments.

    That function takes what has the structure and the shapes of the value, and returns a tuple with
    a cotangent for each argument; None stands for what is no float. The value and its cotangents
    share one pass forward, of which the function keeps what it needs.

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
    point = copy.deepcopy(args)
    transform = Transform("vjp", staged.pulled_later, (has_aux,))
    value, aux, apply = _linearized(fn, transform, args)
    known = Known(apply, structure_of(value))
    pull = definitions.pulling(_pull_at, known, _smooth(fn, has_aux), point)
    return (value, pull, aux) if has_aux else (value, pull)


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
    entry = entry_of(fn, Transform("jvp", staged.pushed_at, (has_aux,)), _plain_at, Options())
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
    transform = Transform("linearize", staged.pushed_later, (has_aux,))
    value, aux, apply = _linearized(fn, transform, args)
    known = Known(apply, structure_of(args))
    push = definitions.pushing(_push_at, known, _smooth(fn, has_aux), point)
    return (value, push, aux) if has_aux else (value, push)


class Known(Struct, frozen=True):
    """What a call of a function has left for its derivatives.

    Attributes:
        apply: The linear map between directions, each a list of one for each float.
        structure: What directions must look like.
    """

    apply: LinearMap
    structure: Any


def _linearized(fn: Callable[..., Any], transform: Transform, args: tuple[Any, ...]) -> Any:
    """Return what a function returns, in two parts if it has more, and the linear map."""
    entry = entry_of(fn, transform, _plain, Options(), LinearizedSpecialisation)
    return entry(fn, args, {})


def _smooth(fn: Callable[..., Any], has_aux: bool) -> Callable[..., Any]:
    smooth: Callable[..., Any] = definitions.without_aux(fn) if has_aux else fn
    return smooth


def _pull_at(known: Known, fn: Any, point: tuple[Any, ...], cotangent: Any) -> Any:
    """Return cotangents of the arguments of a function, given that of its value."""
    found = known.apply(flattened(known.structure, cotangent, "the cotangent"))
    if found is not None:
        return found
    transform = Transform("vjp", staged.pulled)
    return entry_of(fn, transform, _plain_at_point, Options())(fn, (point, cotangent), {})


def _plain_at_point(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    fn(*args[0])


def _push_at(known: Known, fn: Any, point: tuple[Any, ...], tangents: Any) -> Any:
    """Return the tangent of the value of a function, given those of its arguments."""
    found = known.apply(flattened(known.structure, tangents, "the tangent"))
    return jvp(fn, point, tangents)[1] if found is None else found


def _plain(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    fn(*args, **kwargs)


def _plain_at(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Call a function at a point, given that and tangents; these must go with it."""
    point, tangents = args
    fn(*point)
    flattened(structure_of(point), tangents, "the tangent")


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
    transform = Transform("vmap", batching.vmap, (axes, out_axes), keeps_parameters=False)

    def plain(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        each = axes if isinstance(axes, tuple) else (axes,) * len(args)
        named = dict.fromkeys(kwargs, 0)
        sizes = {*_sizes(args, each), *_sizes(kwargs, named)}
        if len(sizes) > 1:
            raise ValueError(f"batches of unlike sizes cannot be broadcast: {sorted(sizes)}")
        for k in range(max(sizes, default=0)):
            fn(*_item(args, each, k), **_item(kwargs, named, k))

    return called_with(fn, transform, plain, Options())


def _sizes(tree: Any, axes: Any) -> list[int]:
    """Return the sizes of the axes that count the items of a batch."""
    if axes is None:
        return []
    if isinstance(tree, tuple | list | dict):
        places = tree if isinstance(tree, dict) else range(len(tree))
        return [
            size
            for k in places
            for size in _sizes(tree[k], axes if isinstance(axes, int) else axes[k])
        ]
    return [np.shape(tree)[axes]]


def _item(tree: Any, axes: Any, k: int) -> Any:
    """Return an item of a batch."""
    if axes is None:
        return tree
    if isinstance(tree, dict):
        return {
            name: _item(x, axes if isinstance(axes, int) else axes[name], k)
            for name, x in tree.items()
        }
    if isinstance(tree, tuple | list):
        parts = [
            _item(x, axes if isinstance(axes, int) else axes[n], k) for n, x in enumerate(tree)
        ]
        return tuple.__new__(type(tree), parts) if isinstance(tree, tuple) else parts
    return np.take(tree, k, axes)


def closed(fn: Callable[..., Any], *args: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """Return a function that takes what it reads around it as further arguments, and these.

    Outside of traced programs, nothing is told apart: the function itself, and no arguments.
    """
    return fn, ()


def is_differentiated() -> bool:
    """Return whether what a traced program does here will be differentiated."""
    return False


setattr(is_differentiated, STAGED, staged.is_differentiated)
for _public in (vjp, jvp, linearize, stop_gradient):
    setattr(_public, STAGED, getattr(staged, _public.__name__))
setattr(closed, STAGED, closures.closed)
setattr(_pull_at, STAGED, staged.pull_at)
setattr(_push_at, STAGED, staged.push_at)
