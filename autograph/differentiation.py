"""What `grad` and `value_and_grad` ask of a traced function, and what they return.

Enters: a traced function. Leaves: a graph whose only result is the loss, and the value and the
gradients in the form that the user gets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograph.autodiff import value_and_gradient
from autograph.errors import NondifferentiableError
from autograph.frontend import Choice, Fresh, Given, Items, Known, Mapped, Scalar, Traced, Viewed
from autograph.ir.graph import Graph, Value, building, copy_entry
from autograph.ir.op import constant_of
from autograph.ops.elementwise import cast, switch

Conversion = Callable[[Any], Any] | None
"""What makes a result of the user's type of a NumPy one, None where it is that already."""


@dataclass(frozen=True)
class Differentiation:
    """Which derivative a compiled function computes.

    Attributes:
        argnums: Position of the argument, or of several.
        with_value: Whether the value is returned too.
    """

    argnums: int | tuple[int, ...]
    with_value: bool

    @property
    def name(self) -> str:
        """The name of the transformation."""
        return "value_and_grad" if self.with_value else "grad"

    @property
    def positions(self) -> tuple[int, ...]:
        """The positions of the arguments."""
        return (self.argnums,) if isinstance(self.argnums, int) else self.argnums

    def shifted(self, count: int) -> Differentiation:
        """Return the same for a function that takes so many arguments before the others."""
        if isinstance(self.argnums, int):
            return replace(self, argnums=self.argnums + count)
        return replace(self, argnums=tuple(k + count for k in self.argnums))

    def transform(self, graph: Graph, wrt: Sequence[int]) -> Graph:
        """Return the graph of what is wanted: the value, where it is, and the gradients."""
        gradient = value_and_gradient(graph, wrt)
        if not self.with_value:
            del gradient.results[0]
        return gradient

    def build(self, types: Sequence[Conversion], results: Sequence[Any], values: Any) -> Any:
        """Return what the transformed function returns, from the results of its graph."""
        wanted = types if self.with_value else types[1:]
        parts = [f(x) if f else x for f, x in zip(wanted, results, strict=True)]
        gradients = parts[1:] if self.with_value else parts
        gradient = gradients[0] if isinstance(self.argnums, int) else tuple(gradients)
        return (parts[0], gradient) if self.with_value else gradient


def loss_graph(traced: Traced) -> tuple[Graph, Conversion]:
    """Return the graph with the loss as its only result, and what converts the loss.

    A function that adds to an int in a loop returns an int if the loop never runs; its loss is the
    float that this int amounts to.

    Raises:
        NondifferentiableError: If the function does not return one real float.
    """
    graph, template = copy_entry(traced.graph), traced.output.template
    graph.writes = {}
    flags, parts = (
        (template.flags, template.parts) if isinstance(template, Choice) else ((), (template,))
    )
    with building(graph):
        values = [_scalar(part, graph) for part in parts]
    scalars = [value for value in values if value is not None]
    dtypes = [graph.results[p.result].dtype for p in parts if isinstance(p, Scalar)]
    if len(scalars) < len(parts) or not any(dtype.kind == "f" for dtype in dtypes):
        raise NondifferentiableError(
            "a gradient needs a function that returns one real float; "
            f"this one returns {_describe(template)}"
        )
    dtype = np.result_type(*(d for d in dtypes if d.kind == "f"))
    with building(graph):
        losses = [_as_float(value, dtype) for value in scalars]
        loss = losses[-1]
        for flag, other in list(zip(flags, losses, strict=False))[::-1]:
            loss = switch(graph.results[flag], other, loss)
    graph.results = [loss]
    is_python = any(isinstance(part, Scalar) and part.kind is float for part in parts)
    return graph, float if is_python else None


def _scalar(part: Any, graph: Graph) -> Value | None:
    """Return the value of a part of what a function returns, None if it is no scalar."""
    if isinstance(part, Known) and isinstance(part.content, int | float):
        made: Value = constant_of(np.asarray(part.content)[()], np.asarray(part.content).dtype)
        return made
    return graph.results[part.result] if isinstance(part, Scalar) else None


def _as_float(value: Value, dtype: Any) -> Value:
    if value.dtype.kind == "c":
        raise NondifferentiableError("the gradient of a complex result is not supported")
    result: Value = value if value.dtype == dtype else cast(value, dtype=dtype)
    return result


def _describe(template: Any) -> str:
    """Return in words what a function returns."""
    match template:
        case Scalar(_, kind):
            return f"a {kind.__name__}" if kind is not None else "a NumPy scalar of another type"
        case Fresh() | Given() | Viewed():
            return "an array: sum it, or pick an element"
        case Items(kind, parts):
            return f"a {kind.__name__} of {len(parts)} items"
        case Mapped():
            return "a dict"
        case Known(content):
            return repr(content)
        case Choice(_, parts):
            return " or ".join(map(_describe, parts))
    return type(template).__name__
