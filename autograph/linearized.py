"""Linear maps of functions at a point: the forward program has run, the map can be applied again.

Enters: a traced program whose directions are given later. Leaves: its value, and what applies the
rest of the program to directions. The two parts are compiled apart; between them lie arrays that
the first has returned and nobody else knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from autograph.autodiff import split
from autograph.compiled import compiling
from autograph.device_arrays import is_device_array
from autograph.errors import InternalError, NondifferentiableError
from autograph.frontend import (
    Fresh,
    Instance,
    Items,
    Known,
    Mapped,
    Output,
    Scalar,
    Shared,
    is_object,
)
from autograph.pipeline import Stages
from autograph.specialise import OK, Specialisation
from autograph.target import Entry


class LinearizedSpecialisation(Specialisation):
    """A specialisation of a program that returns a value, more, and what is linear in directions.

    Its calls return the value, what comes with it, and a `LinearMap`.
    """

    is_apart = True

    def _compile(self, arguments: tuple[Any, ...]) -> None:
        whole, template = self.stages, self.traced.output.template
        if not isinstance(template, Items):  # the program always raises an exception
            super()._compile(arguments)
            return
        *first, second = template.parts
        self._later = _positions(second)
        halves = split(whole.optimized, self._later)
        self._directions = halves.directions
        self._second = Stages(halves.second, whole.options)
        self._applied: Entry | None = None
        self._output = replace(self.traced.output, template=Items(tuple, tuple(first)))
        self._linear = Output(second)
        self.stages = Stages(halves.first, whole.options)
        super()._compile(arguments)
        self.stages = whole

    def _finish(self, results: Sequence[Any], values: Sequence[Any]) -> Any:
        converted = self._converted(results)
        count = len(self.stages.graph.results)
        made = self._target.deliver(self._output.build(converted[:count], values))
        return *made, LinearMap(self, converted[count:])

    def apply(self, directions: Sequence[Any], kept: Sequence[Any]) -> Any:
        """Return what the second part makes of directions; None if a check in it fails."""
        given = [*(directions[k] for k in self._directions), *kept]
        with compiling:
            if self._applied is None:
                self._applied = self._target.compile(self._second, given)
        entry = self._applied
        results = entry.run(*given)
        if results[0] != OK:
            return None
        found: list[Any] = [None] * len(self.stages.graph.results)
        for k, x, name in zip(self._later, results[1:], entry.interface.scalars, strict=False):
            found[k] = np.dtype(name).type(x) if name else x
        return self._target.deliver(self._linear.build(found, ()))


def _positions(template: Any) -> list[int]:
    """Return which results of a graph a part of what it returns is made of.

    Raises:
        InternalError: If it is made of anything but arrays and numbers in containers.
    """
    if isinstance(template, Fresh | Scalar):
        return [template.result]
    if isinstance(template, Known):
        return []
    if isinstance(template, Shared):
        return _positions(template.of)
    if isinstance(template, Items | Mapped | Instance):
        return list(dict.fromkeys(k for part in template.parts for k in _positions(part)))
    raise InternalError(f"derivatives come as {type(template).__name__}")


class LinearMap:
    """A linear map: the second part of a program, with what the first has left for it.

    Args:
        specialisation: What is compiled.
        kept: What the first part has left.
    """

    def __init__(self, specialisation: LinearizedSpecialisation, kept: Sequence[Any]) -> None:
        self._specialisation = specialisation
        self._kept = kept

    def __call__(self, directions: Sequence[Any]) -> Any:
        """Return what the map makes of directions, one for each float; None if a check fails."""
        return self._specialisation.apply(directions, self._kept)

    def __reduce__(self) -> Any:
        """Refuse to be pickled: it holds machine code."""
        raise TypeError(
            "what vjp and linearize return holds machine code and cannot be pickled: pickle the "
            "function and its arguments, and call vjp or linearize again"
        )


# ---------------------------------------------------------------- directions


class Leaf(Struct, frozen=True):
    """A float array or number that a direction belongs to."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def structure_of(tree: Any) -> Any:
    """Return leaves in the place of the floats of a structure, by name; None for what is none."""
    if isinstance(tree, tuple | list):
        return {f"[{k}]": structure_of(x) for k, x in enumerate(tree)}
    if isinstance(tree, dict):
        return {f"[{k!r}]": structure_of(x) for k, x in tree.items()}
    if isinstance(tree, np.ndarray | np.generic | float | complex) or is_device_array(tree):
        dtype = tree.dtype if hasattr(tree, "dtype") else np.dtype(type(tree))
        return Leaf(np.shape(tree), dtype) if dtype.kind in "fc" else None
    if is_object(tree):
        return {f".{k}": structure_of(x) for k, x in vars(tree).items()}
    return None


def flattened(structure: Any, directions: Any, name: str) -> list[Any]:
    """Return the direction for each float of a structure; None stands for zeros.

    Raises:
        NondifferentiableError: If the structures or dtypes differ.
        ValueError: If shapes differ.
    """
    if structure is None:
        return []
    if isinstance(structure, Leaf):
        return [_direction(structure, directions, name)]
    parts = dict.fromkeys(structure) if directions is None else _parts(directions)
    if parts.keys() != structure.keys():
        wanted = ", ".join(f"{name}{k}" for k in structure)
        raise NondifferentiableError(
            f"{name} must have the structure of what it belongs to: {wanted}"
        )
    return [y for k, x in structure.items() for y in flattened(x, parts[k], f"{name}{k}")]


def _parts(tree: Any) -> dict[str, Any]:
    if isinstance(tree, tuple | list):
        return {f"[{k}]": x for k, x in enumerate(tree)}
    if isinstance(tree, dict):
        return {f"[{k!r}]": x for k, x in tree.items()}
    return {f".{k}": x for k, x in vars(tree).items()} if is_object(tree) else {}


def _direction(leaf: Leaf, given: Any, name: str) -> Any:
    if given is None:
        given = np.zeros(leaf.shape)
    if not is_device_array(given):
        given = np.asarray(given)
    if given.dtype.kind not in ("fciub" if leaf.dtype.kind == "c" else "fiub"):
        raise NondifferentiableError(
            f"{name} has dtype {given.dtype}; the direction of a real array or number is real: "
            f"pass {name}.real"
        )
    if given.shape != leaf.shape:
        raise ValueError(
            f"{name} cannot be broadcast to what it belongs to: its shape {given.shape} must be "
            f"{leaf.shape}"
        )
    if not leaf.shape:
        number = leaf.dtype.type(given)
        return number.item() if leaf.dtype in (np.float64, np.complex128) else number
    return given.astype(leaf.dtype, order="C", copy=False)
