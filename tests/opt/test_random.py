"""Random graphs of all families of ops evaluate the same before and after rewriting."""

from __future__ import annotations

import numpy as np
import pytest

from autograph.autodiff import value_and_gradient
from autograph.ir.affine import Affine
from autograph.ir.evaluate import evaluate
from autograph.ir.graph import At, Graph, Slice, Value, building, symbol
from autograph.ir.op import get_op
from autograph.ir.printer import to_text
from autograph.ir.types import array, scalar
from autograph.ir.verify import verify
from autograph.ops.control import make_ifelse, make_scan, tape_results
from autograph.ops.elementwise import add, greater, multiply, switch
from autograph.ops.reduction import keep_axes, max_, sum_
from autograph.ops.structure import broadcast, get, inc, set_, transpose
from autograph.opt import optimize

UNARY = [
    "negative",
    "absolute",
    "exp",
    "log",
    "sqrt",
    "square",
    "sin",
    "tanh",
    "sigmoid",
    "log1p",
    "expm1",
    "reciprocal",
]
BINARY = ["add", "subtract", "multiply", "divide", "maximum", "minimum"]
NUMBERS = [0.0, 1.0, -1.0, 2.0, 0.5]


class Grower:
    """Emits random ops on scalars, vectors of one size and integers."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.n = symbol("n")

    def choice(self, items):
        return items[int(self.rng.integers(len(items)))]

    def value(self, pool: list[Value], ndim: int | None = None) -> Value:
        fitting = [v for v in pool if ndim is None or v.ndim == ndim]
        return self.choice(fitting)

    def grow(self, pool: list[Value], count: int, depth: int) -> None:
        for _ in range(count):
            kinds = ["unary", "binary", "binary", "literal", "index", "update", "reduce", "view"]
            kinds += ["select", "scan", "ifelse"] if depth < 2 else ["select"]
            getattr(self, self.choice(kinds))(pool, depth)

    def unary(self, pool: list[Value], depth: int) -> None:
        pool.append(get_op(self.choice(UNARY))(self.value(pool)))

    def binary(self, pool: list[Value], depth: int) -> None:
        pool.append(get_op(self.choice(BINARY))(self.value(pool), self.value(pool)))

    def literal(self, pool: list[Value], depth: int) -> None:
        operands = [self.value(pool), self.choice(NUMBERS)]
        if self.rng.random() < 0.5:
            operands.reverse()
        pool.append(get_op(self.choice(BINARY))(*operands))

    def index(self, pool: list[Value], depth: int) -> None:
        x, position = self.value(pool, 1), Affine(int(self.rng.integers(5)))
        pool.append(get(x, index=(At(position),)))

    def part(self) -> Slice:
        step = self.choice([1, 1, 2, -1])
        return Slice(Affine(int(self.rng.integers(2))) if step > 0 else Affine(3), Affine(2), step)

    def update(self, pool: list[Value], depth: int) -> None:
        op, x = self.choice([set_, inc]), self.value(pool, 1)
        if self.rng.random() < 0.4:
            item = At(Affine(int(self.rng.integers(5))))
            pool.append(op(x, self.value(pool, 0), index=(item,)))
        else:
            source = get(self.value(pool, 1), index=(self.part(),))
            pool.append(op(x, source, index=(self.part(),)))

    def reduce(self, pool: list[Value], depth: int) -> None:
        x = self.value(pool, 1)
        reduced = self.choice([sum_, max_])(x, axes=(0,))
        pool.append(reduced if self.rng.random() < 0.5 else keep_axes(reduced, x, (0,)))

    def view(self, pool: list[Value], depth: int) -> None:
        x = self.value(pool, 1)
        matrix = broadcast(x, dims=(Affine(2), *x.dims), axes=(1,))
        matrix = multiply(transpose(matrix, permutation=(1, 0)), self.value(pool, 0))
        whole = Slice(Affine(0), x.dims[0], 1)
        pool.append(get(matrix, index=(whole, At(Affine(1)))))

    def select(self, pool: list[Value], depth: int) -> None:
        a, b = self.value(pool, 0), self.value(pool, 0)
        pool.append(switch(greater(a, b), self.value(pool), self.value(pool, 0)))

    def ifelse(self, pool: list[Value], depth: int) -> None:
        def arm() -> list[Value]:
            inner = list(pool)
            self.grow(inner, 3, depth + 1)
            return [self.value(inner, 0), self.value(inner, 1)]

        condition = greater(self.value(pool, 0), self.choice(NUMBERS))
        pool.extend(make_ifelse(condition, arm, arm))

    def scan(self, pool: list[Value], depth: int) -> None:
        inits = [self.value(pool, 0), self.value(pool, 0), self.value(pool, 1)]
        inits.append(self.choice(inits))
        push, until = self.rng.random() < 0.4, self.rng.random() < 0.2

        def body(i: Value, *carries: Value) -> list[Value]:
            inner = [*pool, *carries, *carries]
            self.grow(inner, 4, depth + 1)
            following = [self.value(inner, c.ndim) for c in carries]
            if self.rng.random() < 0.4:
                following[0] = carries[0]
            if self.rng.random() < 0.4:
                following[1] = add(carries[1], 1.0)
            pushed = [self.value(inner, 0)] if push else []
            stop = [greater(self.value(inner, 0), 3.0)] if until else []
            return [*following, *pushed, *stop]

        length = Affine(int(self.rng.integers(4)))
        results = make_scan(length, inits, body, until=until, reverse=self.rng.random() < 0.3)
        pool.extend(results[: len(inits)])
        tapes = tape_results(results[0].node)
        if tapes and not until:
            pool.append(make_scan(length, [0.0], lambda i, t, e: [add(t, e)], tapes=tapes)[0])


def random_graph(seed: int) -> Graph:
    grower = Grower(seed)
    params = [
        Value(array("f8", [grower.n]), None, "x"),
        Value(array("f8", [grower.n]), None, "y"),
        Value(scalar("f8"), None, "a"),
    ]
    graph = Graph("random", list(params))
    with building(graph):
        pool = list(params)
        grower.grow(pool, 12, 0)
        graph.results = [grower.value(pool, 0), grower.value(pool, 1), pool[-1]]
    return verify(graph)


def inputs_for(seed: int):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(6), rng.random(6) + 0.5, np.float64(rng.standard_normal())]


@pytest.mark.parametrize("block", range(10))
def test_random_graphs_keep_their_values_exactly(block):
    for seed in range(block * 30, block * 30 + 30):
        graph = random_graph(seed)
        after = optimize(graph, claims=frozenset({"exact"}), verify_each=True)
        for x, y in zip(*(evaluate(g, inputs_for(seed)) for g in (graph, after)), strict=True):
            np.testing.assert_array_equal(x, y, err_msg=f"seed {seed}\n{to_text(graph)}")


@pytest.mark.parametrize("block", range(10))
def test_random_graphs_keep_or_gain_values_with_stabler_rules(block):
    for seed in range(block * 30, block * 30 + 30):
        graph = random_graph(seed)
        after = optimize(graph, verify_each=True)
        for x, y in zip(*(evaluate(g, inputs_for(seed)) for g in (graph, after)), strict=True):
            usual = np.isfinite(x) & (np.abs(x) > 1e-6) & (np.abs(x) < 1e6)
            np.testing.assert_allclose(
                np.asarray(y)[usual], np.asarray(x)[usual], rtol=1e-6, err_msg=f"seed {seed}"
            )


@pytest.mark.parametrize("block", range(4))
def test_random_graphs_keep_their_gradients(block):
    """Whether rewritten before differentiation, or after."""
    exact = frozenset({"exact"})
    for seed in range(block * 30, block * 30 + 30):
        graph = random_graph(seed)
        graph.results = graph.results[:1]
        plain = value_and_gradient(graph, (0, 1, 2))
        before = value_and_gradient(optimize(graph, claims=exact), (0, 1, 2))
        after = optimize(plain, claims=exact, verify_each=True)
        expected = evaluate(plain, inputs_for(seed))
        for other in (before, after):
            for x, y in zip(expected, evaluate(other, inputs_for(seed)), strict=True):
                usual = np.isfinite(x)
                np.testing.assert_allclose(
                    np.asarray(y)[usual], np.asarray(x)[usual], 1e-9, 1e-9, err_msg=f"seed {seed}"
                )


def test_rewriting_ends_and_repeats_itself():
    for seed in range(60):
        graph, names = random_graph(seed), []
        first = optimize(graph, log=names)
        assert len(names) < 200 + 20 * sum(1 for _ in graph.walk())
        assert to_text(first) == to_text(optimize(graph))
        again: list[str] = []
        assert to_text(optimize(first, log=again)) == to_text(first)
        assert again == []
