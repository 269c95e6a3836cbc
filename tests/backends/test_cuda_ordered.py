"""Nests and loops that must keep their order, and those that need not: by hand, in loop form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import autograph.ops  # noqa: F401
from autograph.backends import loops as lp
from autograph.backends.cuda.emit import emit
from autograph.backends.cuda.execute import CudaFunction, run_on_copies
from autograph.backends.cuda.module import Shape
from autograph.backends.cuda.ordered import as_two_nests
from autograph.backends.cuda.writer import begins
from autograph.ir.affine import Affine
from autograph.ir.graph import Value, symbol
from autograph.ir.op import get_op
from autograph.ir.types import array, scalar
from tests.cuda_emulator.devices import EmulatedDevice, has_compiler

FLOAT = np.dtype(np.float64)
needs_compiler = pytest.mark.skipif(not has_compiler(), reason="no g++")


def apply(name: str, *args: lp.Expr) -> lp.Expr:
    return lp.Apply(get_op(name), args, args[-1].dtype)


class Vector:
    """A function of one vector `x` of length `n`, written in place."""

    def __init__(self) -> None:
        self.n, self.i = symbol("n"), symbol("i")
        self.param = Value(array(FLOAT, [self.n]), None, "x")
        self.x = lp.Buffer("x", FLOAT, self.param.dims, 0)
        self.here = Affine.of(self.i)

    def load(self, offset: int = 0) -> lp.Expr:
        return lp.Load(self.x, (self.here + offset,))

    def store(self, expr: lp.Expr, offset: int = 0) -> lp.Store:
        return lp.Store(self.x, (self.here + offset,), expr)

    def nest(self, *body: lp.Stmt, down: bool = False) -> lp.Nest:
        box = ((Affine(1),), (Affine.of(self.n) - 1,))
        return lp.Nest((self.i,), *box, list(body), reverse=(down,), ordered=True)

    def function(self, *body: lp.Stmt) -> lp.LoopFunction:
        dims = {self.n: (0, 0)}
        return lp.LoopFunction(
            "f", [self.param], {0: self.x}, [], dims, list(body), [self.x], {0: 0}
        )


def run(function: lp.LoopFunction, x: np.ndarray) -> tuple[list[Shape], np.ndarray]:
    compiled = CudaFunction(emit(function), EmulatedDevice())
    found = x.copy()
    assert run_on_copies(compiled, [found]).status == 0
    return [kernel.shape for kernel in compiled.module.kernels], found


def forwards(x: np.ndarray, step: Callable[[np.ndarray, int], None]) -> np.ndarray:
    expected = x.copy()
    for i in range(1, len(x) - 1):
        step(expected, i)
    return expected


@needs_compiler
def test_reads_ahead_of_the_writes_become_parallel() -> None:
    v = Vector()
    shapes, found = run(
        v.function(v.nest(v.store(apply("add", v.load(), v.load(1))))), np.arange(9.0)
    )
    assert shapes == [Shape.POINTS, Shape.POINTS]

    def step(x: np.ndarray, i: int) -> None:
        x[i] = x[i] + x[i + 1]

    np.testing.assert_array_equal(found, forwards(np.arange(9.0), step))


@needs_compiler
def test_reads_of_what_was_written_stay_in_order() -> None:
    v = Vector()
    shapes, found = run(v.function(v.nest(v.store(apply("add", v.load(), v.load(-1))))), np.ones(9))
    assert shapes == [Shape.SINGLE]

    def step(x: np.ndarray, i: int) -> None:
        x[i] = x[i] + x[i - 1]

    np.testing.assert_array_equal(found, forwards(np.ones(9), step))


def test_direction_decides() -> None:
    v = Vector()
    ahead, behind = v.store(v.load(1)), v.store(v.load(-1))
    assert as_two_nests(v.nest(ahead)) is not None
    assert as_two_nests(v.nest(behind)) is None
    assert as_two_nests(v.nest(ahead, down=True)) is None
    assert as_two_nests(v.nest(behind, down=True)) is not None


def test_two_iterations_that_write_one_element_stay_in_order() -> None:
    v = Vector()
    assert as_two_nests(v.nest(v.store(v.load(1)), v.store(v.load(1), 1))) is None
    last = lp.Store(v.x, (Affine(0),), v.load(1))
    assert as_two_nests(v.nest(last)) is None


def test_a_conditional_write_stays_in_order() -> None:
    v = Vector()
    condition = lp.Apply(get_op("greater"), (v.load(), v.load(1)), np.dtype(np.bool_))
    assert as_two_nests(v.nest(lp.If(condition, [v.store(v.load(1))]))) is None


@needs_compiler
def test_an_element_is_loaded_again_after_it_was_stored() -> None:
    v = Vector()
    twice = lp.For(v.i, Affine.of(v.n), [
        v.store(apply("add", v.load(), v.load())),
        v.store(apply("multiply", v.load(), v.load())),
    ])  # fmt: skip
    _, found = run(v.function(twice), np.arange(40.0))
    np.testing.assert_array_equal(found, (2 * np.arange(40.0)) ** 2)


@needs_compiler
def test_a_variable_is_read_again_after_it_was_assigned() -> None:
    v = Vector()
    s = Value(scalar(FLOAT), None, "s")
    half = apply("add", lp.Read(s), lp.Read(s))
    double = apply("multiply", lp.Constant(np.float64(1)), half)
    loop = lp.For(v.i, Affine.of(v.n), [
        lp.Assign(s, v.load()),
        v.store(double),
        lp.Assign(s, double),
        v.store(double),
    ])  # fmt: skip
    shapes, found = run(v.function(loop), np.arange(40.0))
    assert shapes == [Shape.POINTS]
    np.testing.assert_array_equal(found, 4 * np.arange(40.0))


def test_where_a_variable_begins() -> None:
    v = Vector()
    s = Value(scalar(FLOAT), None, "s")
    condition = lp.Constant(np.True_)
    assign, use = lp.Assign(s, lp.Constant(np.float64(1))), v.store(lp.Read(s))
    assert begins([assign, use], s)
    assert not begins([use, assign], s)
    assert not begins([lp.Assign(s, lp.Read(s))], s)
    assert begins([lp.If(condition, [assign], [assign]), use], s)
    assert not begins([lp.If(condition, [assign]), use], s)
    assert begins([lp.If(condition, [assign, use])], s)
    assert not begins([lp.For(v.i, Affine.of(v.n), [assign]), use], s)


@needs_compiler
def test_a_variable_that_outlives_an_iteration_keeps_the_order() -> None:
    """It is assigned in some iterations only."""
    v = Vector()
    s = Value(scalar(FLOAT), None, "s")
    positive = lp.Apply(
        get_op("greater"), (v.load(), lp.Constant(np.float64(0))), np.dtype(np.bool_)
    )
    loop = lp.For(v.i, Affine.of(v.n), [
        lp.If(positive, [lp.Assign(s, v.load())]),
        v.store(lp.Read(s)),
    ])  # fmt: skip
    start = lp.Assign(s, lp.Constant(np.float64(7)))
    x = np.array([-1.0, 3.0, -1.0, -1.0, 5.0, -1.0] * 8)
    shapes, found = run(v.function(start, loop), x)
    assert shapes == [Shape.SINGLE]
    np.testing.assert_array_equal(found[:6], [7.0, 3.0, 3.0, 3.0, 5.0, 5.0])


@needs_compiler
def test_a_loop_bound_is_fixed_when_the_loop_begins() -> None:
    v = Vector()
    top, j = Value(scalar(np.int64), None, "top"), symbol("j")
    first = lp.Load(v.x, (Affine(0),))
    inner = lp.For(j, Affine.of(top), [
        lp.Assign(top, lp.Form(Affine.of(top) - 1)),
        lp.Store(v.x, (Affine(0),), apply("add", first, lp.Constant(np.float64(1)))),
    ])  # fmt: skip
    body = (lp.Assign(top, lp.Form(Affine.of(v.n))), inner)
    _, found = run(v.function(*body), np.zeros(6))
    assert found[0] == 6.0


@needs_compiler
def test_loops_run_down() -> None:
    v = Vector()
    loop = lp.For(
        v.i, Affine.of(v.n) - 1, [v.store(apply("add", v.load(), v.load(1)))], reverse=True
    )
    shapes, found = run(v.function(loop), np.ones(6))
    assert shapes == [Shape.SINGLE]
    np.testing.assert_array_equal(found, [6, 5, 4, 3, 2, 1])
