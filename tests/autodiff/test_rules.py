"""The derivative of each op: reverse, forward and differences, to second order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from autograph.autodiff import value_and_gradient
from autograph.ir.evaluate import evaluate
from autograph.ir.graph import Graph
from autograph.ir.op import Nondifferentiable, Op, all_ops
from autograph.ops.define import derivatives
from tests.autodiff.building import N, array_param, build, number_param, op
from tests.autodiff.cases import random
from tests.autodiff.checking import check_forward, check_gradient, check_second_order

RANGES = {
    "arcsin": (-0.8, 0.8),
    "arccos": (-0.8, 0.8),
    "arctanh": (-0.8, 0.8),
    "arccosh": (1.2, 3.0),
}
DEFAULT_RANGE = (0.3, 2.1)


def smooth_elementwise() -> list[Op]:
    return [
        o
        for o in all_ops()
        if o.kind == "elementwise"
        and o.ufunc is not None
        and any(not isinstance(rule, Nondifferentiable) for rule in derivatives(o))
    ]


def values(o: Op, *shape: int, seed: int) -> np.ndarray:
    low, high = RANGES.get(o.name, DEFAULT_RANGE)
    return np.random.default_rng(seed).uniform(low, high, shape)


def check_all(graph: Graph, inputs: list[object], wrt: tuple[int, ...]) -> None:
    check_gradient(graph, inputs, wrt)
    check_forward(graph, inputs, wrt)
    check_second_order(graph, inputs, wrt)


@pytest.mark.parametrize("o", smooth_elementwise(), ids=lambda o: o.name)
def test_elementwise(o: Op) -> None:
    assert o.ufunc is not None
    params = [array_param("x", "n")]
    params += [array_param(name, *params[0].dims) for name in "yz"[: o.ufunc.nin - 1]]
    rules = derivatives(o)
    wrt = tuple(k for k, r in enumerate(rules) if not isinstance(r, Nondifferentiable))
    graph = build(params, lambda *xs: (op(o.name, *xs) * np.float64(1.5)).sum())
    check_all(graph, [values(o, 4, seed=k) for k in range(len(params))], wrt)


def test_broadcasting_sums_over_repeated_axes() -> None:
    a, b = array_param("a", "m", "n"), array_param("b", 1)
    row, s = array_param("row", a.dims[1]), number_param("s")
    column = array_param("column", a.dims[0], 1)

    def f(a: N, b: N, row: N, column: N, s: N) -> N:
        return (op("sin", a * row + column * b) * s / column).sum()

    graph = build([a, b, row, column, s], f)
    inputs = [random(3, 2), random(1), random(2), random(3, 1), 0.7]
    check_all(graph, inputs, (0, 1, 2, 3, 4))


def unary(f: Callable[[N], N]) -> Graph:
    return build([array_param("x", "m", "n")], f)


VIEWS: dict[str, Callable[[N], N]] = {
    "transpose": lambda x: op("transpose", x, permutation=(1, 0)) * x[0, 0],
    "reshape": lambda x: op("reshape", x, dims=(x.dims[1], x.dims[0])) * 2.0,
    "assume_dims": lambda x: op("assume_dims", x, dims=(x.dims[1], x.dims[1])) * 2.0,
    "broadcast": lambda x: op("broadcast", x[0], dims=(*x.dims, x.dims[0]), axes=(1,)),
    "get": lambda x: x[1:, 0] * x[:-1, 1],
    "set": lambda x: x.set((slice(None), 0), x[0, 1]) * x,
    "set zeros": lambda x: (x * x).set((0, slice(None)), np.float64(0)),
    "inc": lambda x: x.inc((slice(1, None), 0), x[0, 1] * x[1:, 1]),
    "switch": lambda x: op("switch", x > 0.6, x * x, op("sin", x)),
    "cast": lambda x: op("cast", op("cast", x, dtype=np.dtype("f4")), dtype=np.dtype("f8")),
}


@pytest.mark.parametrize("name", [n for n in VIEWS if n != "cast"])
def test_views_and_writes(name: str) -> None:
    graph = unary(lambda x: op("sin", VIEWS[name](x)).sum())
    check_all(graph, [random(3, 3)], (0,))


def test_cast_passes_between_float_dtypes() -> None:
    x = array_param("x", "n", dtype="float32")
    graph = build([x], lambda x: op("square", op("cast", x, dtype=np.dtype("f8"))).sum())
    value = np.array([1.5, -2.0], np.float32)
    gradient = evaluate(value_and_gradient(graph, (0,)), [value])[1]
    assert gradient.dtype == np.float32
    np.testing.assert_array_equal(gradient, [3.0, -4.0])


def test_cast_to_integers_stops_the_gradient() -> None:
    graph = unary(
        lambda x: (x * op("cast", op("cast", x, dtype=np.dtype("i8")), dtype=np.dtype("f8"))).sum()
    )
    gradient = evaluate(value_and_gradient(graph, (0,)), [np.array([[2.5, 3.5]])])[1]
    np.testing.assert_array_equal(gradient, [[2.0, 3.0]])


def test_single_precision_stays_single() -> None:
    x = array_param("x", "n", dtype="float32")
    for o in smooth_elementwise():
        assert o.ufunc is not None
        operands = o.ufunc.nin
        graph = build([x], lambda x, o=o, operands=operands: op(o.name, *[x] * operands).sum())
        value = values(o, 3, seed=0).astype(np.float32)
        for result in evaluate(value_and_gradient(graph, (0,)), [value]):
            assert result.dtype == np.float32, o.name


AXES = [(0,), (1,), (0, 1)]


@pytest.mark.parametrize("axes", AXES, ids=str)
@pytest.mark.parametrize(
    "name", ["sum", "prod", "max", "min", "logsumexp", "softmax", "log_softmax"]
)
def test_reductions(name: str, axes: tuple[int, ...]) -> None:
    graph = unary(lambda x: op("sin", op(name, x, axes=axes)).sum())
    check_all(graph, [random(3, 2)], (0,))


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min"])
def test_reductions_over_no_axis(name: str) -> None:
    check_all(unary(lambda x: op("sin", op(name, x, axes=())).sum()), [random(3, 2)], (0,))


@pytest.mark.parametrize("zeros", [[], [1], [0, 2]])
def test_product_with_zeros(zeros: list[int]) -> None:
    x = array_param("x", "n")
    graph = build([x], lambda x: op("prod", x, axes=(0,)) * np.float64(2.0))
    value = random(4)
    value[zeros] = 0.0
    check_all(graph, [value], (0,))


def test_ties_share_the_derivative() -> None:
    x = array_param("x", "n")
    value = np.array([3.0, 1.0, 3.0, 2.0])
    for name, expected in [("max", [0.5, 0, 0.5, 0]), ("min", [0, 1, 0, 0])]:
        graph = build([x], lambda x, name=name: op(name, x, axes=(0,)) + 0.0)
        gradient = evaluate(value_and_gradient(graph, (0,)), [value])[1]
        np.testing.assert_array_equal(gradient, expected)


def test_argmax_has_no_derivative_but_its_position_may_be_read() -> None:
    x = array_param("x", "n")
    graph = build([x], lambda x: x[op("argmax", x, axes=(0,))] * x[0])
    check_all(graph, [np.array([2.0, 1.0, 3.0])], (0,))


@pytest.mark.parametrize("left", [1, 2])
@pytest.mark.parametrize("right", [1, 2])
def test_dot(left: int, right: int) -> None:
    inner = array_param("k", "k").dims[0]
    a = array_param("a", *["m"][: left - 1], inner)
    b = array_param("b", inner, *["n"][: right - 1])

    def f(a: N, b: N) -> N:
        product = op("sin", op("dot", a, b))
        return product.sum() if product.dims else product

    graph = build([a, b], f)
    inputs = [random(*(3, 2)[2 - left :]), random(*(2, 4)[:right])]
    check_all(graph, inputs, (0, 1))


def test_take_accumulates_repeated_positions() -> None:
    x, i = array_param("x", "m", "n"), array_param("i", "k", dtype="int64")
    j = array_param("j", *i.dims, dtype="int64")
    graph = build([x, i, j], lambda x, i, j: op("sin", x.take(i, j)).sum())
    check_all(graph, [random(3, 2), np.array([0, 2, 0, 0]), np.array([1, 1, 1, 0])], (0,))


def test_put_add() -> None:
    x, i = array_param("x", "n"), array_param("i", "k", dtype="int64")
    v = array_param("v", *i.dims)
    graph = build([x, v, i], lambda x, v, i: op("sin", x.put_add(v, i)).sum())
    check_all(graph, [random(4), random(3), np.array([1, 1, 3])], (0, 1))


def test_repeated_operand() -> None:
    graph = unary(lambda x: (x * x * x + op("power", x, x) - x / x).sum())
    check_all(graph, [random(2, 2)], (0,))
