"""Generated from the op table: reverse against forward against differences, to second order.

Graphs are run by the reference evaluator, so that every case costs milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest

from autograph.autodiff import differentiate
from autograph.ir.affine import Affine
from autograph.ir.evaluate import evaluate
from autograph.ir.graph import At, Graph, Slice, Value, building
from autograph.ir.op import Nondifferentiable, Op, all_ops, get_op
from autograph.ir.types import array, scalar
from autograph.ir.verify import verify
from autograph.ops import linear_algebra
from autograph.ops.complex_parts import imag, make_complex, real
from autograph.ops.define import derivatives
from autograph.ops.derivative import emit_derivative, new_variable, pullback, pushforward
from autograph.ops.elementwise import cast
from autograph.ops.structure import broadcast, get, inc, reshape, set_, transpose

Emit = Callable[..., Sequence[Value]]

DOMAINS = {  # where a function is smooth
    **dict.fromkeys(["log", "log2", "log10", "sqrt", "cbrt", "reciprocal"], (0.4, 3.0)),
    **dict.fromkeys(["arcsin", "arccos", "arctanh", "log1p", "erfinv"], (-0.7, 0.7)),
    **dict.fromkeys(["power", "remainder", "fmod", "divide"], (0.6, 2.5)),
    "arccosh": (1.3, 4.0),
    "absolute": (0.3, 2.0),
}
SHAPES = {
    "numbers": ((), ()),
    "vectors": ((3,), (3,)),
    "row and column": ((1, 3), (2, 1)),
    "number and matrix": ((), (2, 3)),
    "row behind": ((2, 3), (3,)),
    "empty": ((0, 3), (0, 3)),
}


def is_smooth(op: Op) -> bool:
    if op.kind != "elementwise" or op.load_ufunc is None:
        return False
    return any(not isinstance(d, Nondifferentiable) for d in derivatives(op))


def param(shape: Sequence[int], dtype: Any, name: str) -> Value:
    dims = [Affine(n) for n in shape]
    return Value(array(dtype, dims) if shape else scalar(dtype), None, name)


def directions_for(values: Sequence[Value], name: str) -> list[Value]:
    return [Value(v.type, None, f"{name}{k}") for k, v in enumerate(values)]


def identity(graph: Graph) -> Graph:
    return verify(graph)


class Derivatives:
    """Graphs of a function, of its products with directions, and of those of its gradient."""

    def __init__(self, emit: Emit, shapes: Sequence[Sequence[int]], dtype: Any) -> None:
        self.params = [param(s, dtype, f"x{k}") for k, s in enumerate(shapes)]
        self.value = Graph("value", list(self.params))
        with building(self.value):
            self.value.results = list(emit(*self.params))
        outputs = self.value.results
        self.cotangents = directions_for(outputs, "c")
        self.tangents = directions_for(self.params, "t")
        self.forward = Graph("forward", [*self.params, *self.tangents])
        with building(self.forward):
            variables = [new_variable(p) for p in self.params]
            made = list(emit(*variables))
            found = emit_derivative(pushforward, made, variables, self.tangents)
            self.forward.results = list(found[len(made) :])
        self.reverse = Graph("reverse", [*self.params, *self.cotangents])
        with building(self.reverse):
            self.reverse.results = self._pulled(emit, self.params)
        self.second = Graph("second", [*self.params, *self.cotangents, *self.tangents])
        with building(self.second):
            outer = [new_variable(p) for p in self.params]
            gradients = self._pulled(emit, outer)
            found = emit_derivative(pushforward, gradients, outer, self.tangents)
            self.second.results = list(found[len(gradients) :])

    def _pulled(self, emit: Emit, at: Sequence[Value]) -> list[Value]:
        variables = [new_variable(p) for p in at]
        return list(emit_derivative(pullback, list(emit(*variables)), variables, self.cotangents))

    def check(self, inputs: list[Any], rng: np.random.Generator) -> None:
        def like(values: Sequence[Value], shapes: Sequence[Any]) -> list[Any]:
            pairs = zip(values, shapes, strict=True)
            return [drawn(rng.normal, np.shape(s), v.dtype, rng) for v, s in pairs]

        single = np.finfo(self.params[0].dtype).dtype == np.float32
        tolerance, step = (3e-2, 4e-3) if single else (2e-6, 1e-5)
        tangents = like(self.tangents, inputs)
        cotangents = like(self.cotangents, evaluate(self.value, inputs))
        forward, reverse, second = (
            differentiate(g, identity) for g in (self.forward, self.reverse, self.second)
        )
        change = evaluate(forward, [*inputs, *tangents])
        close(change, differences(self.value, inputs, tangents, [], step), tolerance)
        gradients = evaluate(reverse, [*inputs, *cotangents])
        left = sum(np.sum(a * b).real for a, b in zip(gradients, tangents, strict=True))
        right = sum(np.sum(a * b).real for a, b in zip(cotangents, change, strict=True))
        close([left], [right], 1e-4 if single else 1e-10)
        curvature = evaluate(second, [*inputs, *cotangents, *tangents])
        close(curvature, differences(reverse, inputs, tangents, cotangents, step), tolerance)


def drawn(draw: Any, shape: Any, dtype: Any, rng: Any) -> Any:
    """Random numbers of a dtype; complex ones in both directions of the plane."""
    found = draw(size=shape)
    if np.dtype(dtype).kind == "c":
        found = found + 1j * rng.uniform(-0.7, 0.7, shape)
    return np.asarray(found).astype(dtype)[()]


def differences(
    graph: Graph, inputs: list[Any], tangents: list[Any], others: list[Any], step: float
) -> list[Any]:
    found = []
    for sign in (1, -1):
        moved = [
            (x + x.dtype.type(sign * step) * t)[()] for x, t in zip(inputs, tangents, strict=True)
        ]
        found.append(evaluate(graph, [*moved, *others]))
    return [(a - b) / (2 * step) for a, b in zip(*found, strict=True)]


def close(found: Sequence[Any], expected: Sequence[Any], tolerance: float) -> None:
    for a, b in zip(found, expected, strict=True):
        scale = max(1.0, float(np.max(np.abs(b), initial=0.0)))
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * scale)


def inputs_for(name: str, shapes: Sequence[Any], dtype: Any, rng: Any) -> list[Any]:
    low, high = DOMAINS.get(name, (-1.7, 1.9))
    draw = partial(rng.uniform, low, high)
    return [drawn(draw, s, dtype, rng) for s in shapes]


@pytest.mark.parametrize("op", [op for op in all_ops() if is_smooth(op)], ids=lambda op: op.name)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_elementwise(op, dtype):
    rng = np.random.default_rng(3)
    for shapes in SHAPES.values():
        given = shapes[: op.ufunc.nin]
        program = Derivatives(lambda *xs: [op(*xs)], given, np.dtype(dtype))
        program.check(inputs_for(op.name, given, dtype, rng), rng)


HOLOMORPHIC_OR_NOT = [
    op
    for op in all_ops()
    if (is_smooth(op) or op.name == "sign")
    and "D" in {x for types in op.ufunc.types for x in types}
    and op.name not in ("maximum", "minimum", "fmax", "fmin")
]


@pytest.mark.parametrize("op", HOLOMORPHIC_OR_NOT, ids=lambda op: op.name)
@pytest.mark.parametrize("dtype", ["c8", "c16"])
def test_elementwise_of_complex(op, dtype):
    rng = np.random.default_rng(3)
    for shapes in SHAPES.values():
        given = shapes[: op.ufunc.nin]
        program = Derivatives(lambda *xs: [op(*xs)], given, np.dtype(dtype))
        program.check(inputs_for(op.name, given, dtype, rng), rng)


PARTS: dict[str, tuple[Emit, str, int]] = {
    "real": (lambda z: [real(z)], "c16", 1),
    "imag": (lambda z: [imag(z)], "c16", 1),
    "make_complex": (lambda a, b: [make_complex(a, b)], "f8", 2),
    "cast to complex": (lambda x: [cast(x, dtype=np.dtype("c16"))], "f8", 1),
    "cast of complex": (lambda x: [cast(x, dtype=np.dtype("c16"))], "c8", 1),
}


@pytest.mark.parametrize("name", PARTS)
def test_parts_of_complex(name):
    emit, dtype, count = PARTS[name]
    rng = np.random.default_rng(3)
    for shapes in SHAPES.values():
        program = Derivatives(emit, shapes[:count], np.dtype(dtype))
        program.check(inputs_for(name, shapes[:count], dtype, rng), rng)


def test_size_of_complex_zero_has_slope_zero():
    size = get_op("absolute")
    program = Derivatives(lambda z: [size(z)], [(2,)], np.dtype("c16"))
    reverse = differentiate(program.reverse, identity)
    (slope,) = evaluate(reverse, [np.array([0j, 3 + 4j]), np.ones(2)])
    np.testing.assert_allclose(slope, [0, 0.6 - 0.8j])


REDUCTIONS = ["sum", "max", "min", "prod", "logsumexp", "softmax", "log_softmax"]


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_reductions(name, dtype):
    rng = np.random.default_rng(4)
    for axes in ((0,), (1,), (0, 2), (0, 1, 2)):
        program = Derivatives(
            lambda x, axes=axes: [get_op(name)(x, axes=axes)], [(2, 3, 2)], np.dtype(dtype)
        )
        program.check(inputs_for(name, [(2, 3, 2)], dtype, rng), rng)


def part(x: Value) -> tuple[Any, ...]:
    return (At(Affine(1)), *(Slice(Affine(0), d) for d in x.dims[1:]))


STRUCTURE: dict[str, tuple[Emit, tuple[tuple[int, ...], ...]]] = {
    "transpose": (lambda x: [transpose(x, permutation=(1, 0))], ((2, 3),)),
    "reshape": (lambda x: [reshape(x, dims=(Affine(6),))], ((2, 3),)),
    "broadcast": (
        lambda x: [broadcast(x, dims=(Affine(2), Affine(3), Affine(3)), axes=(1, 2))],
        ((3, 1),),
    ),
    "get": (lambda x: [get(x, index=part(x))], ((2, 3),)),
    "set": (lambda x, v: [set_(x, v, index=part(x))], ((2, 3), (3,))),
    "set of a number": (lambda x, v: [set_(x, v, index=part(x))], ((2, 3), ())),
    "inc": (lambda x, v: [inc(x, v, index=part(x))], ((2, 3), (3,))),
    "dot of matrices": (lambda a, b: [get_op("dot")(a, b)], ((2, 3), (3, 4))),
    "dot of vectors": (lambda a, b: [get_op("dot")(a, b)], ((3,), (3,))),
    "dot with a vector": (lambda a, b: [get_op("dot")(a, b)], ((2, 3), (3,))),
    "dot of a vector": (lambda a, b: [get_op("dot")(a, b)], ((2,), (2, 3))),
    "sort": (lambda x: [get_op("sort")(x, axis=1, kind=None)], ((2, 4),)),
    "sylvester": (
        lambda a, b, q: [linear_algebra.sylvester(a, b, q)],
        ((3, 3), (2, 2), (3, 2)),
    ),
    "two results": (
        lambda x, z: [get_op("multiply")(x, z), get_op("sin")(x)],
        ((3,), (3,)),
    ),
    "singular values": (
        lambda a: [linear_algebra.singular_values(a, rank=Affine(3))[0]],
        ((3, 4),),
    ),
}


@pytest.mark.parametrize("name", STRUCTURE)
@pytest.mark.parametrize("dtype", ["f8", "c16"])
def test_structure(name, dtype):
    if dtype == "c16" and name == "singular values":
        pytest.skip("complex ones are tested in test_complex_matrices.py")
    emit, shapes = STRUCTURE[name]
    rng = np.random.default_rng(5)
    Derivatives(emit, shapes, np.dtype(dtype)).check(inputs_for(name, shapes, dtype, rng), rng)


def test_every_op_has_a_derivative_or_says_why_not():
    for op in all_ops():
        if op.kind == "elementwise" and op.name not in ("cast", "switch", "barrier"):
            assert op.derivative is not None, op.name
