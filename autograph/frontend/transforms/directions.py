"""Products with Jacobians: from the left (`vjp`), from the right (`jvp`), and linear maps of them.

All float arrays and numbers among the arguments are differentiated by; integers, texts and the like
may stand beside them, and have no derivatives: None stands for those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograph.frontend.arrays.elementwise import as_operand
from autograph.frontend.arrays.masked import with_elements
from autograph.frontend.symbols.broadcasting import require_equal
from autograph.frontend.symbols.promotion import cast_to, value_of
from autograph.frontend.symbols.staged import staged
from autograph.frontend.symbols.symbolic import constant, under_dims
from autograph.frontend.tracing.tracer import tracer
from autograph.frontend.transforms.arguments import (
    Differentiated,
    content_like,
    pulled_back,
    pushed_forward,
)
from autograph.frontend.transforms.trees import (
    children,
    dtype_of,
    is_inexact,
    mapped,
    refused,
    settled,
)
from autograph.ir.graph import Value
from autograph.ops.derivative import (
    emit_derivative,
    frozen,
    given_later,
    new_variable,
    pullback,
)
from autograph.ops.structure import broadcast


class Outputs:
    """What a differentiated function returned.

    Attributes:
        tree: The arrays and numbers, in containers.
        values: The graph values of the floats among them.
    """

    def __init__(self, tree: Any) -> None:
        self.values: list[Value] = []
        self._leaves: list[Any] = []
        self.tree = mapped(with_elements(tree), self._note, "the result")

    def _note(self, x: Any, name: str) -> Any:
        if is_inexact(x):
            self.values.append(value_of(x))
            self._leaves.append(x)
        return x

    def filled(self, values: Sequence[Value | None]) -> Any:
        """Return the structure with other values for the floats, None for everything else."""
        rest = iter(values)

        def leaf(x: Any, name: str) -> Any:
            value = next(rest) if is_inexact(x) else None
            return None if value is None else content_like(x, value)

        return mapped(self.tree, leaf, "", lambda x, name: None)

    def filled_with(self, contents: Sequence[Any]) -> Any:
        """Return the structure with other contents for the floats, None for everything else."""
        rest = iter(contents)
        return mapped(
            self.tree,
            lambda x, name: next(rest) if is_inexact(x) else None,
            "",
            lambda x, name: None,
        )

    def replaced(self, values: Sequence[Value]) -> Any:
        """Return the structure with other values for the floats, and the rest as it is."""
        rest = iter(values)

        def leaf(x: Any, name: str) -> Any:
            return content_like(x, next(rest)) if is_inexact(x) else x

        return mapped(self.tree, leaf)


def directions_of(tree: Any, directions: Any, name: str) -> list[Value]:
    """Return the value of a direction for each float of a structure.

    Args:
        tree: The structure.
        directions: The same structure; None stands for zeros.
        name: What messages call the directions.

    Raises:
        NondifferentiableError: If the structures or the axes differ.
    """
    found: list[Value] = []
    _walk(tree, directions, name, found)
    return found


def _walk(tree: Any, direction: Any, name: str, found: list[Value]) -> None:
    parts = children(tree)
    if parts is None:
        _leaf(tree, direction, name, found)
        return
    given = dict.fromkeys(parts) if direction is None else children(direction)
    if given is None or given.keys() != parts.keys():
        wanted = ", ".join(f"{name}{k}" for k in parts)
        raise refused(f"{name} must have the structure of what it belongs to: {wanted}")
    for k, x in parts.items():
        _walk(x, given[k], f"{name}{k}", found)


def _leaf(x: Any, direction: Any, name: str, found: list[Value]) -> None:
    if not is_inexact(x):
        return
    value = value_of(x)
    if direction is None:
        found.append(zeros_like(value))
        return
    given = as_operand(settled(direction))
    if dtype_of(given).kind not in ("fciub" if value.dtype.kind == "c" else "fiub"):
        raise refused(
            f"{name} has dtype {dtype_of(given)}; the direction of a real array or number is real: "
            f"pass {name}.real"
        )
    made = cast_to(value_of(given), value.dtype)
    if made.ndim != value.ndim:
        raise refused(
            f"{name} has {made.ndim} axes, but what it belongs to has {value.ndim}; their shapes "
            "must be the same"
        )
    for own, wanted in zip(made.dims, value.dims, strict=True):
        require_equal(own, wanted)
    found.append(under_dims(made, value.dims))


def zeros_like(value: Value) -> Value:
    """Return zeros of the type of a value."""
    zero = constant(0, value.dtype)
    return broadcast(zero, dims=value.dims, axes=()) if value.ndim else zero


# ---------------------------------------------------------------- what users call


def _differentiated(fn: Any, args: Sequence[Any]) -> Differentiated:
    return Differentiated(fn, args, {}, tuple(range(len(args))), lenient=True)


def outputs_of(arguments: Differentiated, fn: Any, has_aux: bool) -> tuple[Outputs, Any]:
    """Call a function; return its outputs, and what it returns besides."""
    result = arguments.call(fn)
    if not has_aux:
        return Outputs(result), None
    if not isinstance(result, tuple) or len(result) != 2:
        raise refused("with has_aux=True, the function returns a tuple of its value and more")
    return Outputs(result[0]), result[1]


@staged
def vjp(fn: Any, *args: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """Return the value of a function, and the function from cotangents to those of arguments."""
    arguments = _differentiated(fn, args)
    outputs, aux = outputs_of(arguments, fn, has_aux)

    @staged
    def pull(cotangent: Any) -> Any:
        given = directions_of(outputs.tree, cotangent, "the cotangent")
        found = pulled_back(outputs.values, arguments.variables, given)
        return arguments.filled(found)

    return (outputs.tree, pull, aux) if has_aux else (outputs.tree, pull)


@staged
def jvp(fn: Any, primals: Any, tangents: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """Return the value of a function and its change in the direction of tangents."""
    arguments = _differentiated(fn, primals)
    outputs, aux = outputs_of(arguments, fn, has_aux)
    value, change = pushed(arguments, outputs, tangents)
    return (value, change, aux) if has_aux else (value, change)


def pushed(arguments: Differentiated, outputs: Outputs, tangents: Any) -> tuple[Any, Any]:
    """Return the outputs and their tangents, given those of the arguments."""
    given = directions_of(arguments.tree(), tangents, "the tangent")
    found = pushed_forward(outputs.values, arguments.variables, given)
    count = len(outputs.values)
    return outputs.replaced(found[:count]), outputs.filled(found[count:])


@staged
def linearize(fn: Any, *args: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """Return the value of a function, and its linear approximation: tangents to tangents."""
    arguments = _differentiated(fn, args)
    outputs, aux = outputs_of(arguments, fn, has_aux)

    @staged
    def push(*tangents: Any) -> Any:
        return pushed(arguments, outputs, tangents)[1]

    return (outputs.tree, push, aux) if has_aux else (outputs.tree, push)


# ---------------------------------------------------------------- in two parts, outside of programs


def pulled_later(fn: Any, args: Any, kwargs: Any, has_aux: bool) -> tuple[Any, ...]:
    """Return a value, what comes with it, and the cotangents for cotangents that come later."""
    arguments = _differentiated(fn, args)
    outputs, aux = outputs_of(arguments, fn, has_aux)
    given = given_later(outputs.values)
    found = pulled_back(outputs.values, arguments.variables, given)
    return outputs.tree, aux, arguments.filled(found)


def pushed_later(fn: Any, args: Any, kwargs: Any, has_aux: bool) -> tuple[Any, ...]:
    """Return a value, what comes with it, and the tangents for tangents that come later.

    They are the transpose of what is pulled back, which is linear in the cotangent: a program that
    computes tangents beside the values could not be run after these.
    """
    arguments = _differentiated(fn, args)
    outputs, aux = outputs_of(arguments, fn, has_aux)
    cotangents = [new_variable(zeros_like(v)) for v in outputs.values]
    pulled = emit_derivative(pullback, outputs.values, arguments.variables, cotangents)
    given = given_later(arguments.variables)
    found = emit_derivative(pullback, pulled, cotangents, given)
    return outputs.tree, aux, outputs.filled(found)


def pulled(fn: Any, args: Any, kwargs: Any) -> Any:
    """Return cotangents of arguments, given (arguments, cotangent of the result)."""
    return pull_at(None, fn, *args)


def pull_at(known: Any, fn: Any, point: Any, cotangent: Any) -> Any:
    """Return cotangents of the arguments of a function in a traced program."""
    return vjp(fn, *point)[1](cotangent)


def push_at(known: Any, fn: Any, point: Any, tangents: Any) -> Any:
    """Return the tangent of the value of a function in a traced program."""
    return jvp(fn, point, tangents)[1]


def pushed_at(fn: Any, args: Any, kwargs: Any, has_aux: bool) -> Any:
    """Return what `jvp` returns, given (arguments, tangents)."""
    return jvp(fn, *args, has_aux=has_aux)


@staged
def stop_gradient(x: Any) -> Any:
    """Return the same arrays and numbers, which do not vary as far as derivatives go."""
    return mapped(x, _frozen)


@staged
def is_differentiated() -> bool:
    """Return whether what is traced now will be differentiated."""
    return tracer().order > 0


def _frozen(x: Any, name: str) -> Any:
    return content_like(x, frozen(value_of(x))) if is_inexact(x) else x
