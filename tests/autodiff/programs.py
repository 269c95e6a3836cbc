"""The programs that derivatives are tested on, written by hand as graphs.

Each function returns an entry graph whose result 0 is the loss.
"""

from __future__ import annotations

import numpy as np

from autograph.ir.affine import Affine
from autograph.ir.graph import Graph
from autograph.ir.op import constant_of
from autograph.ops.structure import broadcast
from tests.autodiff.building import (
    N,
    array_param,
    branch,
    build,
    filled,
    loop,
    number,
    number_param,
    op,
)

IN = slice(1, -1)


def straight() -> Graph:
    x = array_param("x", "n")
    y = array_param("y", *x.dims)

    def f(x: N, y: N) -> N:
        s = op("sin", x)
        return (s * (y + x) + s).sum()

    return build([x, y], f)


def jacobi() -> Graph:
    """Linear, two buffers overwritten in turn."""
    a = array_param("a", "m", "n")
    b, steps = array_param("b", *a.dims), number_param("steps", "int64")

    def five(a: N) -> N:
        return a[IN, IN] + a[IN, :-2] + a[IN, 2:] + a[2:, IN] + a[:-2, IN]

    def f(a: N, b: N, steps: N) -> N:
        def body(t: N, a: N, b: N) -> list[N]:
            b = b.set((IN, IN), 0.2 * five(a))
            return [a.set((IN, IN), 0.2 * five(b)), b]

        a, b = loop(steps, [a, b], body)
        return (op("sin", a) + b).sum()

    return build([a, b, steps], f)


def burgers() -> Graph:
    """Nonlinear, overwritten in place."""
    u, k, steps = array_param("u", "n"), number_param("k"), number_param("steps", "int64")

    def f(u: N, k: N, steps: N) -> N:
        def body(t: N, u: N) -> N:
            c, w = u[1:], u[:-1]
            return u.set(slice(1, None), c - k * c * (c - w))

        (u,) = loop(steps, [u], body)
        return (u * u).sum()

    return build([u, k, steps], f)


def sweeps(nonlinear: bool) -> Graph:
    """Gauss-Seidel sweeps by elements; nonlinear ones undo writes through two inner loops."""
    a = array_param("a", "n", "n")
    a = array_param("a", a.dims[0], a.dims[0])
    steps = number_param("steps", "int64")

    def f(a: N, steps: N) -> N:
        n = a.dims[0]

        def element(i: N) -> object:
            def body(j: N, a: N) -> N:
                i1, j1 = i.form + 1, j.form + 1
                w, e = a[i1, j1 - 1], a[i1, j1 + 1]
                if nonlinear:
                    new = 0.3 * (w + e) + 0.1 * a[i1, j1] * w * a[i1 - 1, j1]
                else:
                    new = (w + e + a[i1, j1] + a[i1 - 1, j1] + a[i1 + 1, j1]) / 5.0
                return a.set((i1, j1), new)

            return body

        def row(i: N, a: N) -> list[N]:
            return loop(n - 2, [a], element(i))

        (a,) = loop(steps, [a], lambda t, a: loop(n - 2, [a], row))
        return (a * a).sum()

    return build([a, steps], f)


def triangular() -> Graph:
    """Forward substitution, the solution written by elements and read in an inner loop."""
    b = array_param("b", "n")
    matrix = array_param("L", b.dims[0], b.dims[0])

    def f(matrix: N, b: N) -> N:
        def row(i: N, x: N) -> N:
            (s,) = loop(i, [b[i]], lambda j, s: s - matrix[i, j] * x[j])
            return x.set(i, s / matrix[i, i])

        (x,) = loop(b.dims[0], [filled(0, b.dims[0])], row)
        return (x * x).sum()

    return build([matrix, b], f)


def newton() -> Graph:
    """Square roots, by a `while` for each element."""
    a = array_param("a", "n")

    def f(a: N) -> N:
        def element(i: N, s: N) -> N:
            ai = a[i]
            x, _ = loop(
                None,
                [ai],
                lambda k, x: 0.5 * (x + ai / x),
                condition=lambda x: op("absolute", x * x - ai) > 1e-12 * ai,
            )
            return s + x * x * x

        return loop(a.dims[0], [0.0], element)[0]

    return build([a], f)


def until_small() -> Graph:
    """A loop over vectors with a length and an early stop after the update."""
    x, limit = array_param("x", "n"), number_param("limit", "int64")

    def f(x: N, limit: N) -> N:
        def body(k: N, x: N) -> list[N]:
            x = op("tanh", x) * x
            return [x, x.sum() < 0.3]

        x, _ = loop(limit, [x], body, until=True)
        return x.sum() + (x * x).sum()

    return build([x, limit], f)


def warping() -> Graph:
    """A dynamic program by elements: the least of three neighbours, and a branch on the data."""
    x, y = array_param("x", "m"), array_param("y", "n")

    def f(x: N, y: N) -> N:
        m, n = x.dims[0], y.dims[0]

        def cell(i: N) -> object:
            def body(j: N, d: N) -> N:
                cost = (x[i] - y[j]) * (x[i] - y[j])
                i1, j1 = i.form + 1, j.form + 1
                least = op("minimum", op("minimum", d[i, j], d[i, j1]), d[i1, j])
                smooth = op("log", op("exp", -d[i, j]) + op("exp", -d[i, j1]))
                return d.set((i1, j1), cost + least - 0.1 * smooth)

            return body

        d = filled(0.5, m + 1, n + 1)
        (d,) = loop(m, [d], lambda i, d: loop(n, [d], cell(i)))
        return d[m, n] + 0.0

    return build([x, y], f)


def distance() -> Graph:
    """Like edit distance: each arm of a branch writes one element of the table."""
    x, y = array_param("x", "m"), array_param("y", "n")

    def f(x: N, y: N) -> N:
        m, n = x.dims[0], y.dims[0]

        def cell(i: N) -> object:
            def body(j: N, d: N) -> list[N]:
                i1, j1 = i.form + 1, j.form + 1

                def near() -> N:
                    return d.set((i1, j1), d[i, j] * d[i, j1] * x[i])

                def far() -> N:
                    least = op("minimum", d[i, j1] * y[j], d[i1, j])
                    return d.set((i1, j1), 1.1 * least + x[i] * y[j])

                return branch(op("absolute", x[i] - y[j]) < 0.3, near, far)

            return body

        (d,) = loop(m, [filled(0.7, m + 1, n + 1)], lambda i, d: loop(n, [d], cell(i)))
        return d[m, n] * d[m, n]

    return build([x, y], f)


def uneven() -> Graph:
    """A branch in a loop whose arms write different pieces of a carried array, one none."""
    a, steps = array_param("a", "n"), number_param("steps", "int64")

    def f(a: N, steps: N) -> N:
        n = a.dims[0]

        def body(t: N, a: N) -> list[N]:
            def small() -> N:
                b = a.set(slice(1, None), a[1:] * a[:-1])
                return b.set(0, b[0] * b[n - 1])

            def large() -> list[N]:
                return branch(a[0] > 1.1, lambda: a.set(n - 1, a[0] * a[n - 1]), lambda: a)

            return branch(a.sum() < 3.0, small, large)

        (a,) = loop(steps, [a], body)
        return (a * a).sum()

    return build([a, steps], f)


def logistic() -> Graph:
    y, w, bias = array_param("y", "m"), array_param("w", "n"), number_param("bias")
    x = array_param("X", y.dims[0], w.dims[0])

    def f(w: N, bias: N, x: N, y: N) -> N:
        z = y * (op("dot", x, w) + bias)
        loss = op("log1p", op("exp", -op("absolute", z))) + op("maximum", -z, 0.0)
        return loss.sum() + 0.05 * (w * w).sum()

    return build([w, bias, x, y], f)


def branchy() -> Graph:
    """Scalar branches in a loop; the running value is carried and captured by both arms."""
    a = array_param("a", "n")

    def f(a: N) -> N:
        def body(i: N, s: N) -> N:
            x = a[i]
            (y,) = branch(x > 0.5, lambda: op("exp", x) * x * s, lambda: x * x)
            return s + y * s

        return loop(a.dims[0], [1.0], body)[0]

    return build([a], f)


def forbidden() -> Graph:
    """The arm not taken holds the log of a negative number."""
    a = array_param("a", "n")

    def f(a: N) -> N:
        def body(i: N, s: N) -> N:
            x = a[i]
            (y,) = branch(x > 0.0, lambda: op("log", x), lambda: x * 2.0)
            return s + y

        return loop(a.dims[0], [0.0], body)[0]

    return build([a], f)


def choice() -> Graph:
    """A branch at the top level with array results, and a loop inside an arm."""
    a, which = array_param("a", "n"), number_param("which")

    def f(a: N, which: N) -> N:
        squares = a * a

        def then() -> list[N]:
            (b,) = loop(3, [a], lambda t, b: b.set(slice(1, None), b[1:] * b[:-1] + squares[1:]))
            return [b, which * b[0]]

        def orelse() -> list[N]:
            return [op("sin", squares), number(1.0) * squares[0]]

        b, s = branch(which > 0.0, then, orelse)
        return (b * squares).sum() * s

    return build([a, which], f)


def replaced() -> Graph:
    """The carried array is a new one in each iteration, and captured ones are read with it."""
    x, w = array_param("x", "n"), array_param("w", "n")
    w = array_param("w", x.dims[0], x.dims[0])
    steps = number_param("steps", "int64")

    def f(x: N, w: N, steps: N) -> N:
        (x,) = loop(steps, [x], lambda t, h: op("tanh", op("dot", w, h) + x))
        return (x * x).sum()

    return build([x, w, steps], f)


def swapped() -> Graph:
    """Two buffers that change places."""
    a = array_param("a", "n")
    b, steps = array_param("b", *a.dims), number_param("steps", "int64")

    def f(a: N, b: N, steps: N) -> N:
        def body(t: N, a: N, b: N) -> list[N]:
            return [b.set(IN, a[:-2] * a[2:] + b[IN]), a]

        a, b = loop(steps, [a, b], body)
        return (a * b).sum()

    return build([a, b, steps], f)


def ragged() -> Graph:
    """Slices whose length changes with the iteration, through ops that are not cheap."""
    x = array_param("x", "n")

    def f(x: N) -> N:
        def body(i: N, s: N) -> N:
            part = op("exp", x[: i.form + 1]) * s
            (inner,) = loop(i.form + 1, [part], lambda j, p: op("sin", p) * p)
            return s + 0.1 * (inner * part).sum()

        return loop(x.dims[0], [1.0], body)[0]

    return build([x], f)


def orbit() -> Graph:
    """Four scalars carried through a Runge-Kutta step."""
    start, rates = array_param("start", "two"), array_param("rates", "four")
    steps = number_param("steps", "int64")

    def f(start: N, rates: N, steps: N) -> N:
        a, b, c, d = (rates[k] for k in range(4))

        def slope(x: N, y: N) -> tuple[N, N]:
            return a * x - b * x * y, c * x * y - d * y

        def body(t: N, x: N, y: N) -> list[N]:
            h = 0.05
            k1x, k1y = slope(x, y)
            k2x, k2y = slope(x + 0.5 * h * k1x, y + 0.5 * h * k1y)
            k3x, k3y = slope(x + 0.5 * h * k2x, y + 0.5 * h * k2y)
            k4x, k4y = slope(x + h * k3x, y + h * k3y)
            return [
                x + (h / 6) * (k1x + 2.0 * k2x + 2.0 * k3x + k4x),
                y + (h / 6) * (k1y + 2.0 * k2y + 2.0 * k3y + k4y),
            ]

        x, y = loop(steps, [start[0], start[1]], body)
        return x * x + x * y

    return build([start, rates, steps], f)


def observations() -> Graph:
    """Independent iterations over data, scattered reads of parameters by integer arrays."""
    p, at = array_param("p", "n"), array_param("at", "m", dtype="int64")
    q = array_param("q", *at.dims)

    def f(p: N, q: N, at: N) -> N:
        def body(i: N, s: N) -> N:
            r = op("exp", p[at[i]] * q[i]) * p[at[i]]
            return s + r * r

        return loop(q.dims[0], [0.0], body)[0]

    return build([p, q, at], f)


def fork() -> Graph:
    """An old version of an array is read after it has been overwritten."""
    a = array_param("a", "n")

    def f(a: N) -> N:
        def body(i: N, a: N) -> N:
            b = a.set(i, a[i] * a[0])
            return b.inc(0, a[i] * b[i])

        (a,) = loop(a.dims[0], [a], body)
        return (a * a).sum()

    return build([a], f)


def upward() -> Graph:
    """A loop that runs down and stops early; its reverse runs up."""
    a = array_param("a", "n")

    def f(a: N) -> N:
        def body(i: N, s: N) -> list[N]:
            s = s * a[i] + op("sin", a[i])
            return [s, s > 2.0]

        s, _ = loop(a.dims[0], [0.5], body, until=True, reverse=True)
        return s * s

    return build([a], f)


def old_version() -> Graph:
    """An array is read after an inner loop has overwritten it."""
    a, steps = array_param("a", "n"), number_param("steps", "int64")

    def f(a: N, steps: N) -> N:
        n = a.dims[0]

        def body(t: N, a: N, s: N) -> list[N]:
            (b,) = loop(n, [a], lambda i, b: b.set(i, 0.5 * b[i] * b[0]))
            return [b, s + (op("sin", a) * a).sum()]

        a, s = loop(steps, [a, 0.0], body)
        return (a * a).sum() * s

    return build([a, steps], f)


def mapped() -> Graph:
    """Each iteration writes its own element."""
    a = array_param("a", "n")

    def f(a: N) -> N:
        n = a.dims[0]
        (b,) = loop(n, [filled(0, n)], lambda i, b: b.set(i, op("exp", a[i]) * a[i]))
        return (b * 2.0).sum()

    return build([a], f)


def carried_and_captured() -> Graph:
    """An array enters a loop as a carry and is read from around it as well."""
    a = array_param("a", "n")

    def f(a: N) -> N:
        (b,) = loop(a.dims[0], [a], lambda i, b: b.set(i, b[i] * a[0] + b[0] * a[i]))
        return (a * b * b).sum()

    return build([a], f)


def counts() -> Graph:
    """An integer array computed in the loop says which elements to read."""
    a, steps = array_param("a", "n"), number_param("steps", "int64")

    def f(a: N, steps: N) -> N:
        n = a.dims[0]

        def body(t: N, at: N, s: N) -> list[N]:
            here = at[0]
            (there,) = branch(
                here < n - 1,
                lambda: op("add", here, np.int64(1)),
                lambda: op("multiply", here, np.int64(0)),
            )
            return [at.set(0, there), s * a[here] + a[there]]

        zero = N(broadcast(constant_of(0, np.int64), dims=(Affine(1),), axes=()))
        _, s = loop(steps, [zero, number(1.0)], body)
        return s

    return build([a, steps], f)
