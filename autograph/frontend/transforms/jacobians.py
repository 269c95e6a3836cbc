"""Whole Jacobians and Hessians: a product with the Jacobian for each column, or for each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograph.frontend.numpy_api.numpy_reduce import product_of
from autograph.frontend.symbols.staged import Transform, Transformed
from autograph.frontend.symbols.symbolic import constant, form_of, wrap
from autograph.frontend.tracing.tracer import tracer
from autograph.frontend.transforms.arguments import (
    Argnums,
    Differentiated,
    conjugated,
    pulled_back,
    pushed_forward,
)
from autograph.frontend.transforms.batching import stacked
from autograph.frontend.transforms.directions import Outputs, outputs_of, pushed, zeros_like
from autograph.frontend.transforms.gradients import gradient, require_complex
from autograph.frontend.transforms.trees import refused
from autograph.ir.affine import Affine
from autograph.ir.graph import At, Value, captured_values
from autograph.ops.complex_parts import make_complex
from autograph.ops.elementwise import multiply
from autograph.ops.structure import broadcast, reshape, set_, transpose

Product = Callable[[Value], list[Value]]
Args = Sequence[Any]
Kwargs = Mapping[str, Any]


def jacobian(
    fn: Any, args: Args, kwargs: Kwargs, argnums: Argnums, has_aux: bool, holomorphic: bool
) -> Any:
    """Return the Jacobian by columns or by rows, whichever are fewer in the traced call."""
    arguments, outputs, aux = _called(fn, args, kwargs, argnums, has_aux, holomorphic)
    columns, rows = _elements(arguments.variables), _elements(outputs.values)
    by_columns = columns is not None and rows is not None and columns <= rows
    made = _by_columns if by_columns else _by_rows
    return _with_aux(made(arguments, outputs, holomorphic), aux, has_aux)


def jacfwd(
    fn: Any, args: Args, kwargs: Kwargs, argnums: Argnums, has_aux: bool, holomorphic: bool
) -> Any:
    """Return the Jacobian by columns."""
    arguments, outputs, aux = _called(fn, args, kwargs, argnums, has_aux, holomorphic)
    return _with_aux(_by_columns(arguments, outputs, holomorphic), aux, has_aux)


def jacrev(
    fn: Any, args: Args, kwargs: Kwargs, argnums: Argnums, has_aux: bool, holomorphic: bool
) -> Any:
    """Return the Jacobian by rows."""
    arguments, outputs, aux = _called(fn, args, kwargs, argnums, has_aux, holomorphic)
    return _with_aux(_by_rows(arguments, outputs, holomorphic), aux, has_aux)


def hessian(
    fn: Any, args: Args, kwargs: Kwargs, argnums: Argnums, has_aux: bool, holomorphic: bool
) -> Any:
    """Return the columns of the Jacobian of the gradient."""
    inner = Transformed(fn, Transform("jacrev", jacrev, (argnums, has_aux, holomorphic)))
    return jacfwd(inner, args, kwargs, argnums, has_aux, holomorphic)


def hvp(fn: Any, args: Args, kwargs: Kwargs, argnums: Argnums) -> Any:
    """Return the product of the Hessian with a vector, which follows the arguments it is by."""
    chosen = argnums if isinstance(argnums, tuple) else (argnums,)
    at = 1 + max(k for k in chosen if isinstance(k, int))
    vector, rest = args[at], [*args[:at], *args[at + 1 :]]
    inner = Transformed(fn, Transform("grad", gradient, (argnums, False)))
    arguments = Differentiated(fn, rest, kwargs, argnums)
    return pushed(arguments, Outputs(arguments.call(inner)), vector)[1]


def _called(
    fn: Any,
    args: Args,
    kwargs: Kwargs,
    argnums: Argnums,
    has_aux: bool,
    holomorphic: bool,
) -> tuple[Differentiated, Outputs, Any]:
    arguments = Differentiated(fn, args, kwargs, argnums)
    outputs, aux = outputs_of(arguments, fn, has_aux)
    _require_settled_sizes(outputs.values, arguments.variables)
    if holomorphic:
        require_complex(arguments.variables, "arguments")
        require_complex(outputs.values, "results")
    elif any(map(_is_complex, arguments.variables)) and any(map(_is_complex, outputs.values)):
        raise refused(
            "complex numbers by complex numbers have a Jacobian if the function has a complex "
            "derivative: say so by holomorphic=True; of others, differentiate the parts: "
            "lambda x, y: f(x + 1j * y), by x and by y"
        )
    return arguments, outputs, aux


def _require_settled_sizes(results: Sequence[Value], variables: Sequence[Value]) -> None:
    """Refuse results that have as many elements as the data differentiated by say.

    Raises:
        NondifferentiableError: If there are such.
    """
    todo = [symbol for value in results for dim in value.dims for symbol in dim.symbols]
    seen: set[Value] = set()
    while todo:
        value = todo.pop()
        if value in variables:
            raise refused(
                "how many elements the result has depends on the data, so its Jacobian has no "
                "shape; differentiate a sum of it, or use ag.vjp or ag.jvp"
            )
        if value not in seen and value.node is not None:
            seen.add(value)
            todo += captured_values(value.node)


def _is_complex(value: Value) -> bool:
    return value.dtype.kind == "c"


def _with_aux(found: Any, aux: Any, has_aux: bool) -> Any:
    return (found, aux) if has_aux else found


def _elements(values: Sequence[Value]) -> int | None:
    """Return how many elements values have in the traced call, if that can be told."""
    counts = [tracer().facts.hint(_count(v)) for v in values]
    parts = [1 + _is_complex(v) for v in values]
    if None in counts:
        return None
    return sum(n * k for n, k in zip(counts, parts, strict=True) if n is not None)


def _count(value: Value) -> Affine:
    return product_of(value.dims)


# ---------------------------------------------------------------- columns and rows


def _by_columns(arguments: Differentiated, outputs: Outputs, holomorphic: bool) -> Any:
    """Return blocks made of the tangents of all outputs, for each element of a variable."""
    blocks: list[list[Value]] = [[] for _ in outputs.values]
    for position, variable in enumerate(arguments.variables):

        def column(direction: Value, position: int = position) -> list[Value]:
            tangents = _only(arguments.variables, position, direction)
            found = pushed_forward(outputs.values, arguments.variables, tangents)
            return list(found[len(outputs.values) :])

        in_parts = _is_complex(variable) and not holomorphic
        columns = _products(variable, _of_parts(column) if in_parts else column)
        for block, made in zip(blocks, columns, strict=True):
            lead = variable.ndim
            order = (*range(lead, made.ndim), *range(lead))
            block.append(transpose(made, permutation=order) if made.ndim > lead > 0 else made)
    return outputs.filled_with([arguments.filled(block) for block in blocks])


def _by_rows(arguments: Differentiated, outputs: Outputs, holomorphic: bool) -> Any:
    """Return blocks made of the cotangents of all variables, for each element of an output."""
    blocks = []
    for position, output in enumerate(outputs.values):

        def row(direction: Value, position: int = position) -> list[Value]:
            cotangents = _only(outputs.values, position, direction)
            found = pulled_back(outputs.values, arguments.variables, cotangents)
            return [conjugated(v) for v in found] if holomorphic else list(found)

        in_parts = _is_complex(output) and not holomorphic
        rows = _products(output, _of_parts(row) if in_parts else row)
        blocks.append(arguments.filled(rows))
    return outputs.filled_with(blocks)


def _of_parts(product: Product) -> Product:
    """Return products with the real and with the imaginary direction, as complex numbers."""

    def both(direction: Value) -> list[Value]:
        turned = multiply(direction, constant(1j, direction.dtype))
        pairs = zip(product(direction), product(turned), strict=True)
        return [make_complex(a, b) for a, b in pairs]

    return both


def _only(values: Sequence[Value], position: int, direction: Value) -> list[Value]:
    """Return a direction in which only one of several values changes."""
    return [direction if k == position else zeros_like(v) for k, v in enumerate(values)]


def _products(value: Value, product: Any) -> list[Value]:
    """Return, stacked along the axes of a value, products with each of its unit directions."""
    if not value.ndim:
        return list(product(constant(1, value.dtype)))
    count = _count(value)

    def make(k: Any) -> list[Any]:
        return [wrap(v) for v in product(_unit(value, count, k))]

    found: list[Value] = []
    for made in stacked(count, make):
        x = made.read()
        if value.ndim > 1:
            x = reshape(x, dims=(*value.dims, *x.dims[1:]))
        found.append(x)
    return found


def _unit(value: Value, count: Affine, k: Any) -> Value:
    """Return zeros like a value, but for a one at the position k of its elements in order."""
    zeros = broadcast(constant(0, value.dtype), dims=(count,), axes=())
    position = form_of(k)
    assert position is not None
    unit: Value = set_(zeros, constant(1, value.dtype), index=(At(position),))
    return reshape(unit, dims=value.dims) if value.ndim > 1 else unit
