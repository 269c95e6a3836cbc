"""Graphs built by hand: the kernels that the scheduler's tests run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.ir.graph import At, Graph, Index, Slice, Value
from autograph.ops import control
from autograph.ops import elementwise as ew
from autograph.ops import reduction as red
from autograph.ops import structure as st
from tests.backends.harness import Affine, building, entry, param

INT = np.int64
INNER, BEFORE, AFTER = slice(1, -1), slice(None, -2), slice(2, None)


def index(a: Value, *keys: Any) -> Index:
    """NumPy-like index of an array: ints from the end if negative, slices with constant steps."""
    items: list[Any] = []
    for axis, d in enumerate(a.dims):
        key = keys[axis] if axis < len(keys) else slice(None)
        if not isinstance(key, slice):
            items.append(At(d + key if isinstance(key, int) and key < 0 else Affine.of(key)))
            continue
        begin = _end(key.start, d, Affine(0))
        stop = _end(key.stop, d, d)
        items.append(Slice(begin, stop - begin))
    return tuple(items)


def _end(key: Any, dim: Affine, default: Affine) -> Affine:
    if key is None:
        return default
    return dim + key if isinstance(key, int) and key < 0 else Affine.of(key)


def get(a: Value, *keys: Any) -> Value:
    return st.get(a, index=index(a, *keys))


def set_(a: Value, v: Any, *keys: Any) -> Value:
    return st.set_(a, v, index=index(a, *keys))


def inc(a: Value, v: Any, *keys: Any) -> Value:
    return st.inc(a, v, index=index(a, *keys))


def zeros(*dims: Any, dtype: Any = np.float64) -> Value:
    from autograph.ops import constant_of

    return st.broadcast(constant_of(0, dtype), dims=tuple(map(Affine.of, dims)), axes=())


def total(x: Value) -> Value:
    return red.sum_(x, axes=tuple(range(x.ndim)))


def add(*xs: Any) -> Value:
    result = xs[0]
    for x in xs[1:]:
        result = ew.add(result, x)
    return result


def mul(*xs: Any) -> Value:
    result = xs[0]
    for x in xs[1:]:
        result = ew.multiply(result, x)
    return result


sub, div = ew.subtract, ew.divide


def graph(*params: Value, name: str = "f", writes: dict[int, int] | None = None) -> Any:
    """Decorate a function of values that returns results: a graph with these params."""

    def build(body: Callable[..., Any]) -> Graph:
        g = entry(name, *params)
        with building(g):
            results = body(*params)
        g.results = list(results) if isinstance(results, tuple | list) else [results]
        g.writes = writes or {}
        return g

    return build


def five(a: Value) -> Value:
    return add(
        get(a, INNER, INNER),
        get(a, INNER, BEFORE),
        get(a, INNER, AFTER),
        get(a, AFTER, INNER),
        get(a, BEFORE, INNER),
    )


def heat() -> Graph:
    u, steps, k = param("u", 2), param("steps", dtype=INT), param("k")

    @graph(u, steps, k, name="heat", writes={0: 0})
    def g(u: Value, steps: Value, k: Value) -> Any:
        def body(t: Value, a: Value) -> Any:
            c = get(a, INNER, INNER)
            around = add(
                get(a, AFTER, INNER),
                get(a, BEFORE, INNER),
                get(a, INNER, AFTER),
                get(a, INNER, BEFORE),
            )
            return [set_(a, add(c, mul(k, sub(around, mul(4.0, c)))), INNER, INNER)]

        return control.make_scan(Affine.of(steps), [u], body)

    return g


def jacobi() -> Graph:
    a, steps = param("A", 2), param("T", dtype=INT)
    b = param("B", dims=a.dims)

    @graph(a, b, steps, name="jacobi")
    def g(a: Value, b: Value, steps: Value) -> Any:
        def body(t: Value, a: Value, b: Value) -> Any:
            b = set_(b, mul(0.2, five(a)), INNER, INNER)
            a = set_(a, mul(0.2, five(b)), INNER, INNER)
            return a, b

        a, b = control.make_scan(Affine.of(steps), [a, b], body)
        return total(mul(a, a)), a

    return g


def burgers() -> Graph:
    u, k, steps = param("u", 1), param("k"), param("T", dtype=INT)

    @graph(u, k, steps, name="burgers", writes={0: 0})
    def g(u: Value, k: Value, steps: Value) -> Any:
        def body(t: Value, u: Value) -> Any:
            c, w = get(u, slice(1, None)), get(u, slice(None, -1))
            return [set_(u, sub(c, mul(k, c, sub(c, w))), slice(1, None))]

        return control.make_scan(Affine.of(steps), [u], body)

    return g


def seidel() -> Graph:
    a, steps = param("A", 2), param("T", dtype=INT)
    n, m = a.dims

    @graph(a, steps, name="seidel", writes={1: 0})
    def g(a: Value, steps: Value) -> Any:
        def cell(i: Value) -> Any:
            def body(j: Value, a: Value) -> Any:
                i1, j1 = Affine.of(i) + 1, Affine.of(j) + 1
                s = add(*(get(a, i1 + p, j1 + q) for p in (-1, 0, 1) for q in (-1, 0, 1)))
                return [set_(a, div(s, 9.0), i1, j1)]

            return body

        def row(i: Value, a: Value) -> Any:
            return control.make_scan(m - 2, [a], cell(i))

        def sweep(t: Value, a: Value) -> Any:
            return control.make_scan(n - 2, [a], row)

        (a,) = control.make_scan(Affine.of(steps), [a], sweep)
        return total(mul(a, a)), a

    return g


def trisolv() -> Graph:
    b = param("b", 1)
    low = param("L", dims=(b.dims[0], b.dims[0]))

    @graph(low, b, name="trisolv")
    def g(low: Value, b: Value) -> Any:
        n = b.dims[0]

        def body(i: Value, x: Value) -> Any:
            (s,) = control.make_scan(
                Affine.of(i), [get(b, i)], lambda j, s: [sub(s, mul(get(low, i, j), get(x, j)))]
            )
            return [set_(x, div(s, get(low, i, i)), i)]

        (x,) = control.make_scan(n, [zeros(n)], body)
        return x, total(mul(x, x))

    return g


def newton() -> Graph:
    a = param("a", 1)

    @graph(a, name="newton")
    def g(a: Value) -> Any:
        def body(i: Value, s: Value) -> Any:
            ai = get(a, i)
            x, count = control.make_scan(
                None,
                [ai],
                lambda k, x: [mul(0.5, add(x, div(ai, x)))],
                condition=lambda x: ew.greater(ew.absolute(sub(mul(x, x), ai)), mul(1e-12, ai)),
            )
            return [add(s, mul(x, x, x), ew.cast(count, dtype=np.dtype(np.float64)))]

        return control.make_scan(a.dims[0], [np.float64(0.0)], body)

    return g


def newton_array() -> Graph:
    a = param("a", 1)

    @graph(a, name="newton_array")
    def g(a: Value) -> Any:
        def far(x: Value) -> Value:
            return ew.greater(red.max_(ew.absolute(sub(mul(x, x), a)), axes=(0,)), 1e-10)

        return control.make_scan(
            None, [a], lambda k, x: [mul(0.5, add(x, div(a, x)))], condition=far
        )

    return g


def logreg() -> Graph:
    w, b, y, lam = param("w", 1), param("b"), param("y", 1), param("lam")
    x = param("X", dims=(y.dims[0], w.dims[0]))

    @graph(w, b, x, y, lam, name="logreg")
    def g(w: Value, b: Value, x: Value, y: Value, lam: Value) -> Any:
        z = mul(y, add(red.dot(x, w), b))
        loss = add(ew.log1p(ew.exp(ew.negative(ew.absolute(z)))), ew.maximum(ew.negative(z), 0.0))
        slope = ew.negative(mul(y, ew.sigmoid(ew.negative(z))))
        gradient = add(red.dot(st.transpose(x, permutation=(1, 0)), slope), mul(lam, w))
        return add(total(loss), mul(0.5, lam, total(mul(w, w)))), gradient, total(slope)

    return g


def branchy() -> Graph:
    a = param("a", 1)

    @graph(a, name="branchy")
    def g(a: Value) -> Any:
        def body(i: Value, s: Value) -> Any:
            x = get(a, i)
            y = control.make_ifelse(
                ew.greater(x, 0.5), lambda: [mul(ew.exp(x), x)], lambda: [mul(x, x)]
            )[0]
            return [add(s, mul(y, s))]

        return control.make_scan(a.dims[0], [np.float64(1.0)], body)

    return g


def nlseidel() -> Graph:
    a, steps = param("A", 2), param("T", dtype=INT)
    n, m = a.dims

    @graph(a, steps, name="nlseidel")
    def g(a: Value, steps: Value) -> Any:
        def cell(i: Value) -> Any:
            def body(j: Value, a: Value) -> Any:
                i1, j1 = Affine.of(i) + 1, Affine.of(j) + 1
                c, w, e = get(a, i1, j1), get(a, i1, j1 - 1), get(a, i1, j1 + 1)
                north = get(a, i1 - 1, j1)
                return [set_(a, add(mul(0.3, add(w, e)), mul(0.1, c, w, north)), i1, j1)]

            return body

        def sweep(t: Value, a: Value) -> Any:
            return control.make_scan(
                n - 2, [a], lambda i, a: control.make_scan(m - 2, [a], cell(i))
            )

        (a,) = control.make_scan(Affine.of(steps), [a], sweep)
        return total(mul(a, a)), a

    return g


def shifts(a: Any, b: Any, c: Any, d: Any, loop: bool = True) -> Graph:
    """x[a:b] = 2 x[c:d] + x[a:b] in place, which may need a temporary."""
    x = param("x", 1)

    @graph(x, name="shifts", writes={0: 0})
    def g(x: Value) -> Any:
        def body(t: Value, x: Value) -> Any:
            s = slice(a, b)
            return [set_(x, add(mul(2.0, get(x, slice(c, d))), get(x, s)), s)]

        return control.make_scan(Affine(2), [x], body) if loop else body(x, x)

    return g


def edit_distance() -> Graph:
    a, b = param("a", 1, INT), param("b", 1, INT)
    m, n = a.dims[0], b.dims[0]

    @graph(a, b, name="edit_distance")
    def g(a: Value, b: Value) -> Any:
        d = zeros(m + 1, n + 1, dtype=INT)
        (d,) = control.make_scan(m + 1, [d], lambda i, d: [set_(d, i, i, 0)])
        (d,) = control.make_scan(n + 1, [d], lambda j, d: [set_(d, j, 0, j)])

        def row(i: Value, d: Value) -> Any:
            def cell(j: Value, d: Value) -> Any:
                i1, j1 = Affine.of(i) + 1, Affine.of(j) + 1
                (cost,) = control.make_ifelse(
                    ew.equal(get(a, i), get(b, j)), lambda: [np.int64(0)], lambda: [np.int64(1)]
                )
                best = ew.minimum(add(get(d, i, j1), 1), add(get(d, i1, j), 1))
                return [set_(d, ew.minimum(best, add(get(d, i, j), cost)), i1, j1)]

            return control.make_scan(n, [d], cell)

        (d,) = control.make_scan(m, [d], row)
        return get(d, m, n)

    return g


def softmax_loss() -> Graph:
    x, y = param("x", 2), param("y", 1, INT)

    @graph(x, y, name="softmax_loss")
    def g(x: Value, y: Value) -> Any:
        p = red.softmax(x, axes=(1,))
        lse = red.logsumexp(x, axes=(1,))
        picked = st.take(x, st.iota(length=x.dims[0]), st.assume_dims(y, dims=(x.dims[0],)))
        return total(sub(lse, picked)), p

    return g


def nbody() -> Graph:
    x, v, steps, dt = param("x", 2), None, param("T", dtype=INT), param("dt")
    v = param("v", dims=x.dims)
    m = param("m", dims=x.dims[:1])

    @graph(x, v, m, steps, dt, name="nbody", writes={1: 0, 2: 1})
    def g(x: Value, v: Value, m: Value, steps: Value, dt: Value) -> Any:
        n, d = x.dims

        def force(x: Value) -> Value:
            a = st.broadcast(x, dims=(n, n, d), axes=(0, 2))
            b = st.broadcast(x, dims=(n, n, d), axes=(1, 2))
            delta = sub(b, a)
            r2 = add(red.sum_(mul(delta, delta), axes=(2,)), 0.01)
            w = div(st.broadcast(m, dims=(n, n), axes=(1,)), mul(r2, ew.sqrt(r2)))
            wide = st.broadcast(w, dims=(n, n, d), axes=(0, 1))
            return red.sum_(mul(wide, delta), axes=(1,))

        def body(t: Value, x: Value, v: Value) -> Any:
            v = add(v, mul(dt, force(x)))
            return add(x, mul(dt, v)), v

        x, v = control.make_scan(Affine.of(steps), [x, v], body)
        speed = red.sum_(mul(v, v), axes=(1,))
        return total(mul(0.5, m, speed)), x, v

    return g
