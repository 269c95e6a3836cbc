"""`check_grads`: are the derivatives of a function those of its values?"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograph.directions import jvp, vjp
from autograph.frontend import definitions

MODES = ("forward", "reverse")


def check_grads(
    fn: Callable[..., Any],
    args: Sequence[Any],
    *,
    order: int = 2,
    modes: Sequence[str] = MODES,
    rtol: float | None = None,
    atol: float | None = None,
    step: float | None = None,
    seed: int = 0,
) -> None:
    """Compare the derivatives of a function along random directions with differences of its values.

    Forward mode is compared with central differences, and reverse mode with forward mode. Functions
    that are not smooth at the arguments fail, as they should. Complex numbers move in both
    directions of the plane.

    Args:
        fn: A plain, compiled or transformed function.
        args: Its arguments; they are differentiated by all floats among them.
        order: Up to which order: 2 checks the derivatives of the reverse mode as well.
        modes: `forward`, `reverse` or both.
        rtol: Relative tolerance; by default it goes with the precision of the arguments.
        atol: Absolute tolerance, likewise.
        step: The step of the differences; likewise.
        seed: Chooses the directions.

    Raises:
        AssertionError: If they differ; the message says in which mode and order.

    Example:
        >>> import numpy as np
        >>> import autograph as ag
        >>> ag.check_grads(lambda x: np.sum(np.sin(x)), (np.ones(3),))
    """
    args = tuple(args)
    random = np.random.default_rng(seed)
    precision = max((np.finfo(x.dtype).eps for x in _floats(args)), default=np.finfo(float).eps)
    step = float(precision) ** (1 / 3) if step is None else step
    rtol = 20 * float(precision) ** 0.5 if rtol is None else rtol
    atol = 20 * float(precision) ** 0.5 if atol is None else atol
    for k in range(1, order + 1):
        tangents = _directions(args, random)
        change = _differences(fn, args, tangents, step)
        label = f"of order {k} along a random direction"
        _, forward = jvp(fn, args, tangents)
        if "forward" in modes:
            pairs = zip(_floats(forward), change, strict=True)
            for found, expected in pairs:
                _require_close(found, expected, rtol, atol, "forward mode", label)
        value, pull = vjp(fn, *args)
        cotangent = _directions(value, random)
        if "reverse" in modes:
            found = _dot(pull(cotangent), tangents)
            pairs = zip(_floats(cotangent), change, strict=True)
            expected = sum(float(np.vdot(a, b).real) for a, b in pairs)
            scale = max(1.0, _size(cotangent) * max((_norm(x) for x in change), default=0.0))
            _require_close(found, expected, rtol, atol * scale, "reverse mode", label)
        fn = definitions.gradient_along(vjp, fn, cotangent)


def _norm(x: Any) -> float:
    return float(np.sqrt(np.sum(np.square(np.abs(x)))))


def _size(tree: Any) -> float:
    return max((_norm(x) for x in _floats(tree)), default=0.0)


def _dot(a: Any, b: Any) -> float:
    pairs = zip(_floats(a), _floats(b), strict=True)
    return sum(float(np.vdot(x, y).real) for x, y in pairs)


def _require_close(
    found: Any, expected: Any, rtol: float, atol: float, mode: str, label: str
) -> None:
    np.testing.assert_allclose(
        found,
        expected,
        rtol=rtol,
        atol=atol * max(1.0, float(np.max(np.abs(expected), initial=0.0))),
        err_msg=f"the derivative {label}: {mode} against central differences",
    )


def _differences(
    fn: Callable[..., Any], args: tuple[Any, ...], tangents: Any, step: float
) -> list[Any]:
    """Return the central differences of the floats in a result."""
    ahead = _floats(fn(*_moved(args, tangents, step)))
    behind = _floats(fn(*_moved(args, tangents, -step)))
    return [(a - b) / (2 * step) for a, b in zip(ahead, behind, strict=True)]


# ---------------------------------------------------------------- containers


def _map(tree: Any, leaf: Callable[[Any], Any], other: Callable[[Any], Any]) -> Any:
    """Return a structure with something else in the place of each float, and of what is none."""
    if isinstance(tree, tuple):
        return tuple.__new__(type(tree), [_map(x, leaf, other) for x in tree])
    if isinstance(tree, list):
        return [_map(x, leaf, other) for x in tree]
    if isinstance(tree, dict):
        return {k: _map(x, leaf, other) for k, x in tree.items()}
    numeric = isinstance(tree, np.ndarray | np.generic | float | complex)
    if numeric and np.asarray(tree).dtype.kind in "fc":
        return leaf(tree)
    if hasattr(tree, "__dict__") and not callable(tree):
        made = copy.copy(tree)
        for name, x in vars(tree).items():
            object.__setattr__(made, name, _map(x, leaf, other))
        return made
    return other(tree)


def _nothing(x: Any) -> None:
    """Stand for what is no float."""
    return None


def _floats(tree: Any) -> list[Any]:
    found: list[Any] = []
    _map(tree, lambda x: found.append(np.asarray(x)), _nothing)
    return found


def _like(x: Any, new: Any) -> Any:
    """Return an array or a number of the type of another one."""
    made = np.asarray(new).astype(np.asarray(x).dtype)
    return made if isinstance(x, np.ndarray) else type(x)(made[()])


def _directions(tree: Any, random: np.random.Generator) -> Any:
    def direction(x: Any) -> Any:
        drawn = random.normal(size=np.shape(x))
        if np.iscomplexobj(x):
            drawn = drawn + 1j * random.normal(size=np.shape(x))
        return _like(x, drawn)

    return _map(tree, direction, _nothing)


def _moved(args: tuple[Any, ...], tangents: Any, step: float) -> Any:
    """Return new arguments at some distance from others."""
    rest = iter(_floats(tangents))
    return _map(args, lambda x: _like(x, x + step * next(rest)), copy.deepcopy)
