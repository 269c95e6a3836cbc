"""Derivatives that the program itself gives, and computations to be repeated when reversed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograph.errors import UnsupportedError
from autograph.frontend.flow.control import run_block, value_if
from autograph.frontend.numpy_api.defined import Definition
from autograph.frontend.symbols.completion import NORMAL
from autograph.frontend.symbols.condition import Condition
from autograph.frontend.symbols.leaves import leaf_value
from autograph.frontend.symbols.promotion import value_of
from autograph.frontend.symbols.staged import staged
from autograph.frontend.symbols.symbolic import Array, constant
from autograph.frontend.tracing.tracer import tracer
from autograph.frontend.transforms.arguments import (
    applied,
    conjugated,
    content_like,
    differentiated,
    number_like,
)
from autograph.frontend.transforms.directions import Outputs, directions_of, stop_gradient
from autograph.frontend.transforms.trees import mapped, refused
from autograph.ir.graph import Graph, Value
from autograph.ops.derivative import barrier, emit_custom

Rule = Callable[..., Any] | None


def custom_gradient(
    fn: Any, args: Sequence[Any], kwargs: Mapping[str, Any], vjp: Rule, jvp: Rule
) -> Any:
    """Return the result of a function whose derivatives are given by rules.

    Rules are traced where something is differentiated only. They may call functions that have rules
    in turn, without end: what they do is differentiated once less.
    """
    if kwargs:
        raise refused("a function with a rule for its derivative takes positional arguments only")
    args = tuple(args)
    outputs = Outputs(applied(fn, args, {}))
    inputs = Outputs(args)
    if not outputs.values or not inputs.values:
        return outputs.tree
    rules: list[Graph] = []
    if tracer().order:
        # A rule alone is differentiated by its direction for the other one, too.
        with differentiated(0 if vjp is None or jvp is None else -1):
            if vjp is not None:
                rules.append(_reverse_rule(vjp, args, inputs, outputs))
            if jvp is not None:
                rules.append(_forward_rule(jvp, args, inputs, outputs))
    return outputs.replaced(emit_custom(outputs.values, inputs.values, rules))


def _with_tangent(fn: Any, args: Sequence[Any], tangent: Rule) -> Any:
    """Do what `with_tangent` says; what computes the result may have no derivatives itself."""

    @staged
    def constant_of(*args: Any) -> Any:
        return applied(fn, stop_gradient(args), {})

    return custom_gradient(constant_of, args, {}, None, tangent)


Definition.with_tangent = staticmethod(_with_tangent)


def _reverse_rule(vjp: Any, args: tuple[Any, ...], inputs: Outputs, outputs: Outputs) -> Graph:
    """Trace the region from cotangents of the outputs, and these, to those of the inputs."""

    def rule(cotangents: list[Value], results: list[Value]) -> list[Value]:
        cotangent = outputs.filled([conjugated(g) for g in cotangents])
        found = applied(vjp, (cotangent, outputs.replaced(results), *args), {})
        if len(args) == 1 and not (isinstance(found, tuple) and len(found) == 1):
            found = (found,)
        directions = directions_of(inputs.tree, found, "what the vjp rule returns")
        return [conjugated(d) for d in directions]

    return _region("vjp", outputs.values, outputs.values, rule)


def _forward_rule(jvp: Any, args: tuple[Any, ...], inputs: Outputs, outputs: Outputs) -> Graph:
    """Trace the region from tangents of the inputs, and the outputs, to those of the outputs."""

    def rule(params: list[Value], results: list[Value]) -> list[Value]:
        tangents, y = inputs.filled(params), outputs.replaced(results)
        found = applied(jvp, (*tangents, y, *args), {})
        return directions_of(outputs.tree, found, "what the jvp rule returns")

    return _region("jvp", inputs.values, outputs.values, rule)


def _region(
    name: str,
    directions: Sequence[Value],
    outputs: Sequence[Value],
    rule: Callable[[list[Value], list[Value]], list[Value]],
) -> Graph:
    """Trace a rule as a region with params like directions and outputs.

    The outputs are those of the node: unlike what the function computed, they are differentiated by
    the rule again.
    """
    trace = tracer()
    activations = trace.activations
    # A rule may call what it is the rule of: that is no recursion of the program.
    trace.activations = activations[: trace.routines[-1].start if trace.routines else 0]
    try:
        return traced_apart(
            f"the {name} rule of a function",
            [*directions, *outputs],
            lambda params: rule(params[: len(directions)], params[len(directions) :]),
            name,
        )
    finally:
        trace.activations = activations


class ChangesAround(UnsupportedError):
    """A function that was traced apart changes what is around it, or prints."""


def traced_apart(
    what: str, like: Sequence[Value], make: Callable[[list[Value]], list[Value]], name: str
) -> Graph:
    """Trace something as a region with params like some values.

    Args:
        what: What messages call it.
        like: What the params are like.
        make: Given the params, returns the results.
        name: Name of the region.
    """
    trace = tracer()
    handlers, trace.handlers = trace.handlers, []
    scope = trace.push(name)
    scope.graph.params = [Value(v.type, None, None) for v in like]

    def block() -> int:
        scope.graph.results = make(list(scope.graph.params))
        return NORMAL

    completion = run_block(block)
    changes = trace.pop(scope)
    trace.handlers = handlers
    if completion.only != NORMAL:
        raise refused(f"{what} always raises")
    if changes:
        places = [place for place, _ in changes.values()]
        if any(getattr(place, "owner", None) is trace.printed for place in places):
            message = f"{what} prints, which is not supported; print what it returned"
            raise ChangesAround(message, trace.site)
        names = ", ".join(f"a {p.name}" if p.name == "list" else p.name for p in places)
        message = f"{what} changes {names} around it, which is not supported"
        raise ChangesAround(f"{message}; return what it computes", trace.site)
    return scope.graph


# ---------------------------------------------------------------- checkpoints


def checkpoint(fn: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return the result of a function that runs again where it is reversed.

    It is the arm of a branch that is always taken; the reverse of a branch keeps nothing but what
    its arm starts from.
    """
    always = Condition(barrier(constant(True, np.bool_)))
    made: list[Any] = []

    def then() -> Any:
        made.append(applied(fn, args, kwargs))
        return made[-1]

    return value_if(always, then, lambda: mapped(made[-1], _blank))


def _blank(x: Any, name: str) -> Any:
    """Return what nobody looks at, of the type of an array or number."""
    value = value_of(x)
    if not isinstance(x, Array):
        return number_like(x, constant(0, value.dtype))
    return content_like(x, leaf_value(value.array_type))
