"""Functions whose dependence on what is around them is made explicit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograph.frontend.symbols.staged import staged
from autograph.frontend.symbols.symbolic import wrap
from autograph.frontend.transforms.arguments import applied
from autograph.frontend.transforms.directions import Outputs, directions_of
from autograph.frontend.transforms.rules import traced_apart
from autograph.ir.graph import Copier, Value, free_values
from autograph.ir.op import constant
from autograph.ir.types import ArrayType


@staged
def closed(fn: Any, *args: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """Return a function as one of what it reads around it, too, and what that is.

    The function is traced once; the returned one repeats the trace. It takes what has the structure
    and the shapes of `args`, then as many arrays and numbers as the second result has: all floats
    that the function does not compute from `args`.
    """
    inputs = Outputs(tuple(args))
    found: list[Outputs] = []

    def body(params: list[Value]) -> list[Value]:
        found.append(Outputs(applied(fn, inputs.replaced(params), {})))
        return found[0].values

    graph = traced_apart("the function", inputs.values, body, "closed")
    outer = [v for v in free_values(graph) if _varies(v)]
    around = tuple(map(wrap, outer))

    @staged
    def call(*given: Any) -> Any:
        count = len(args)
        values = directions_of(inputs.tree, tuple(given[:count]), "the arguments")
        others = directions_of(around, tuple(given[count:]), "what is read around the function")
        copier = Copier(dict(zip([*graph.params, *outer], [*values, *others], strict=True)))
        for node in graph.nodes:
            copier.node(node)
        return found[0].replaced([copier.value(v) for v in graph.results])

    return call, around


def _varies(value: Value) -> bool:
    """Return whether a value is floats that are not known while tracing."""
    if not isinstance(value.type, ArrayType) or value.dtype.kind not in "fc":
        return False
    return value.node is None or value.node.op is not constant
