"""Fusion, inlining, names and text of the loop form."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograph as ag
from autograph.backends import loops as lp
from autograph.backends.effects import effects
from autograph.backends.fuse import fuse
from autograph.backends.loop_printer import to_text
from autograph.backends.naming import Names
from autograph.ir.affine import Affine
from autograph.ir.graph import Value, symbol
from autograph.ir.op import get_op
from autograph.ir.types import scalar
from autograph.ops import elementwise as ew

F8 = np.dtype(np.float64)
N = symbol("n")
n = Affine.of(N)
X, Y = (lp.Buffer(name, F8, (n,), param=k) for k, name in enumerate("xy"))
T = lp.Buffer("t", F8, (n,))


def apply(op: Any, *args: lp.Expr) -> lp.Apply:
    return lp.Apply(op, args, F8)


def nest(make: Any, lower: Any = 0, upper: Any = None) -> lp.Nest:
    index = symbol("i")
    body = make(Affine.of(index))
    return lp.Nest((index,), (Affine.of(lower),), (n if upper is None else upper,), body)


def function(*body: lp.Stmt) -> lp.LoopFunction:
    params = [Value(scalar(F8), None, "x"), Value(scalar(F8), None, "y")]
    made = lp.LoopFunction("f", params, {0: X, 1: Y}, [], {N: (0, 0)}, [], [X, Y], {0: 0, 1: 1})
    made.body = fuse(body, made)
    return made


def copy(to: lp.Buffer, source: lp.Buffer, shift: int = 0) -> Any:
    return lambda i: [lp.Store(to, (i,), apply(ew.exp, lp.Load(source, (i + shift,))))]


def test_producer_and_consumer_become_one_nest_without_the_buffer() -> None:
    f = function(lp.Alloc(T), nest(copy(T, X)), nest(copy(Y, T)))
    assert to_text(f) == (
        "loops f(x: f64[n], y: f64[n])\n"
        "  n = dim 0 of x\n"
        "  nest 0 <= i < n\n"
        "    y[i] = exp(exp(x[i]))\n"
        "  return x in x, y in y\n"
    )


def test_nests_over_shifted_boxes_of_one_size_fuse() -> None:
    shifted = nest(lambda i: [lp.Store(Y, (i,), lp.Load(T, (i - 1,)))], 1, n + 1)
    f = function(lp.Alloc(T), nest(copy(T, X)), shifted)
    (only,) = f.body
    assert isinstance(only, lp.Nest)
    (store,) = only.body
    assert isinstance(store, lp.Store)
    assert store.index == (Affine.of(only.indices[0]) + 1,)


def test_neighbours_keep_nests_apart() -> None:
    f = function(lp.Alloc(T), nest(copy(T, X)), nest(copy(Y, T, 1), 0, n))
    assert len([s for s in f.body if isinstance(s, lp.Nest)]) == 2
    f = function(nest(copy(Y, X, 1), 0, n), nest(copy(X, Y)))
    assert len(f.body) == 2


def test_nothing_moves_across_what_it_depends_on() -> None:
    total = Value(scalar(F8), None, "s")
    start = lp.Assign(total, lp.Constant(np.float64(0)))
    add = nest(lambda i: [lp.Reduce(total, get_op("add"), lp.Load(X, (i,)))])
    scale = nest(
        lambda i: [lp.Store(X, (i,), apply(ew.multiply, lp.Read(total), lp.Load(X, (i,))))]
    )
    f = function(start, add, scale)
    assert [type(s) for s in f.body] == [lp.Assign, lp.Nest, lp.Nest]


def test_independent_statements_in_between_do_not_hinder() -> None:
    totals = [Value(scalar(F8), None, name) for name in "st"]
    body: list[lp.Stmt] = []
    for total in totals:
        body.append(lp.Assign(total, lp.Constant(np.float64(0))))
        body.append(nest(lambda i, t=total: [lp.Reduce(t, get_op("add"), lp.Load(X, (i,)))]))
    f = function(*body)
    assert [type(s) for s in f.body] == [lp.Assign, lp.Assign, lp.Nest]


def test_names_are_inlined_unless_something_changes_in_between() -> None:
    a, b = (Value(scalar(F8), None, name) for name in "ab")

    def body(i: Affine) -> list[lp.Stmt]:
        return [
            lp.Let(a, lp.Load(X, (i,))),
            lp.Let(b, lp.Load(Y, (i,))),
            lp.Store(X, (i,), lp.Constant(np.float64(0))),
            lp.Store(Y, (i,), apply(ew.add, lp.Read(a), lp.Read(b))),
        ]

    f = function(nest(body))
    (only,) = f.body
    assert isinstance(only, lp.Nest)
    assert [type(s) for s in only.body] == [lp.Let, lp.Store, lp.Store]
    assert only.body[0].value is a  # type: ignore[union-attr]


def test_effects_of_compound_statements() -> None:
    found = effects(lp.For(symbol("k"), n, [nest(copy(Y, X)), lp.Swap(X, T)]))
    assert {X, N} <= found.reads | found.writes
    assert {Y, X, T} <= found.writes
    assert effects(lp.While([lp.Break()])).leaves


def test_names() -> None:
    names = Names({"u"})
    buffers = [lp.Buffer(name, F8, ()) for name in ("u", "u", "for", "x1", "x1", "_a b", "int")]
    found = [names.of(b) for b in buffers]
    assert found == ["u1", "u2", "for1", "x1", "x1_1", "a_b", "int1"]
    assert names.of(buffers[0]) == "u1"
    index = symbol("i")
    assert names.of(index) == "i"
    names.release([index])
    assert names.of(symbol("i")) == "i"


def peaks(u, steps):
    found = 0
    for _ in range(steps):
        found = 10 * found + np.argmax(u) + 0 * np.sum(u[1:-1])
        u[1:-1] = u[1:-1] * 0.5
    return found


def test_the_first_of_equal_elements_is_found() -> None:
    u = np.array([0.5, 1.0, 0.0, 1.0, 0.0, 0.5])
    assert ag.compile(peaks)(u.copy(), 3) == peaks(u.copy(), 3)
