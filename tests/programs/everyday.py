"""Programs with what scientists write every day: grids, pieces, assertions, iteration."""

from __future__ import annotations

import cmath
import math
import statistics

import numpy as np

from tests.programs.corpus import program


def vector(n):
    return (np.array([3.0, -1.5, 2.25, 0.5, 7.125, -4.0, 1.0])[:n],)


def matrix(n):
    return (np.arange(4.0 * n).reshape(n, 4) - 3.0,)


@program(lambda n: (n, 0.5), sizes=(1, 4))
def grids_in_brackets(n, h):
    a, b = np.mgrid[0:n, -1:2]
    x, y = np.ogrid[0:n, 0 : 1 + h : h]
    a += 1
    return a, b, x * y, np.mgrid[-1:1:5j], np.mgrid[0 : n * h : h], np.mgrid[0:1:3j, 0:n]


@program(vector, sizes=(3, 7))
def pieces_in_brackets(x):
    joined = np.r_[x[:2], 5, x[2:], 0.0]
    return joined, np.r_[1 : len(x)], np.c_[x, 2 * x], np.c_[np.outer(x, x), x], np.r_[0:1:3j]


@program(lambda n: (n,), sizes=(0, 3))
def table_from_function(n):
    return np.fromfunction(lambda i, j: 2 * i + j, (n, 3)), np.fromfunction(
        lambda i, j: i == j, (3, 3), dtype=int
    )


@program(matrix, sizes=(0, 3))
def positions_gone_through(x):
    total = 0.0
    for (i, j), value in np.ndenumerate(x):
        total += value * (i + 2 * j)
    for i, j in np.ndindex(x.shape):
        if i != j:
            total -= x[i, j]
    for position in np.ndindex(1, 2):
        total += position[1]
    return total


@program(vector, sizes=(1, 7), raises=True)
def asserted_by_numpy(x):
    np.testing.assert_allclose(x * (1 + 1e-12), x)
    np.testing.assert_array_equal(x, x.copy())
    np.testing.assert_almost_equal(x[0], 3.00000001)
    np.testing.assert_equal(len(x) < 5, True)
    return x.sum()


@program(lambda n: (vector(n)[0] + 1j * vector(n)[0][::-1],), sizes=(1, 7))
def extremes_of_complex(z):
    return z.max(), z.min(), np.argmax(z), z.argmin(), z.var(), np.std(z), np.max(-z.conj())


@program(lambda n: (0.5 * n + 0.25, 1.5 - n), sizes=(0, 2), host_calls=("cmath",))
def complex_functions(a, b):
    z = complex(a, b)
    return cmath.log(z), cmath.sin(z), cmath.tanh(z), cmath.acos(z), cmath.exp(z), cmath.phase(z)


@program(vector, sizes=(2, 7), special=True, layouts=(), raises=True)
def lengths_and_exact_sums(x):
    mantissa, exponent = math.frexp(x[0])
    near = math.isclose(math.hypot(*x[:2]), math.dist(x[:1], [x[1]]))
    return math.fsum(x), math.prod(x), math.ldexp(mantissa, exponent - 1), near


@program(vector, sizes=(1, 7), layouts=(), raises=True)
def standard_scores(x):
    return (x - statistics.mean(x)) / statistics.stdev(x), statistics.fmean(x)
