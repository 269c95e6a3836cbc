"""Promotion among float64, float32, int64, bool and Python's numbers; elementwise functions."""

import numpy as np

from tests.programs.corpus import booleans, floats, integers, program, signed


@program(
    lambda n: (signed(n), signed(n, seed=1)),
    lambda n: (signed(n, dtype=np.float32), signed(n, seed=1)),
    lambda n: (signed(n, dtype=np.float32), integers(n)),
    lambda n: (integers(n), booleans(n)),
    lambda n: (booleans(n), signed(n, dtype=np.float32)),
    sizes=(5,),
    layouts=(),
)
def promoted_sums(x, y):
    return x + y, x * y


@program(
    lambda n: (signed(n, dtype=np.float32),),
    lambda n: (integers(n),),
    lambda n: (booleans(n),),
    sizes=(0, 5),
    layouts=(),
)
def python_numbers_are_weak(x):
    return x + 1, x * 2.5, x + True, 3 - x


@program(lambda n: (integers(n), integers(n, seed=1, low=1)), sizes=(0, 9))
def integer_division(x, y):
    return x / y, x // y, x % y, -x // y, -x % 3


@program(lambda n: (signed(n), floats(n, seed=1)), sizes=(0, 9), special=True)
def float_division(x, y):
    return x / y, x // y, x % y, x % -0.75


@program(lambda n: (7, -2), lambda n: (-7, 2), lambda n: (7.5, -2), sizes=(1,))
def python_division(a, b):
    return a / b, a // b, a % b, -a // b


@program(lambda n: (3, 4), lambda n: (2.0, 3), sizes=(1,))
def python_arithmetic(a, b):
    return a + b, a - b, a * b, abs(b - 9), min(a, b), max(a, b), a > b, not a


@program(
    lambda n: (signed(n),), lambda n: (signed(n, dtype=np.float32),), sizes=(0, 9), special=True
)
def exact_functions(x):
    return -x, abs(x), np.abs(x), x * x, np.floor(x), np.ceil(x), np.sign(x)


@program(
    lambda n: (floats(n),), lambda n: (floats(n, dtype=np.float32),), sizes=(0, 9), special=True
)
def transcendental_functions(x):
    return np.sqrt(x), np.exp(x), np.log(x), np.sin(x), np.cos(x), np.tanh(x)


@program(lambda n: (floats(n, low=-0.9, high=0.9),), sizes=(9,), special=True)
def more_functions(x):
    return np.tan(x), np.arctan(x), np.expm1(x), np.log1p(x), np.sinh(x), np.cosh(x), np.arcsin(x)


@program(lambda n: (floats(n),), lambda n: (floats(n, dtype=np.float32),), sizes=(9,), rtol=1e-13)
def powers(x):
    return x**2, x**3, x**0.5, x**-1, 2.0**x, x**x


@program(lambda n: (signed(n), signed(n, seed=1)), sizes=(9,), special=True)
def comparisons(x, y):
    return x < y, x <= y, x == y, x != y, x > 0, np.isnan(x), np.isfinite(x)


@program(lambda n: (booleans(n), booleans(n, seed=1)), sizes=(0, 9))
def logic(x, y):
    return x & y, x | y, ~x, x ^ y, np.logical_and(x, y), np.logical_not(x)


@program(lambda n: (signed(n), signed(n, seed=1)), sizes=(9,), special=True)
def selections(x, y):
    return np.maximum(x, y), np.minimum(x, 0.5), np.where(x > y, x, y), np.where(x > 0, 1, 0)


@program(lambda n: (signed(n), integers(n)), sizes=(5,), layouts=())
def selections_promote(x, k):
    return np.where(x > 0, x, k), np.where(x > 0, k, 0), np.maximum(k, 2), np.where(x > 0, 1.5, k)


@program(lambda n: (signed(n),), sizes=(0, 5), layouts=())
def casts(x):
    return x.astype(np.float32), x.astype(np.int64), (x > 0).astype(float), (x > 0) * 2


@program(lambda n: (integers(n), signed(n, dtype=np.float32)), sizes=(4,), layouts=())
def stored_values_are_cast(k, x):
    x[:2] = k[:2]
    x += 1
    x[2] = 2.5
    k[0] = 3
    k[1:] += k[:-1]
    return x, k


@program(lambda n: (n,), sizes=(0, 1, 5))
def creations(n):
    return (
        np.zeros(n),
        np.ones((n, 2)),
        np.full(n, 2),
        np.full((2, n), 0.5),
        np.arange(n),
        np.arange(1, n + 1),
        np.zeros(n, dtype=np.int64),
        np.arange(n) * 0.5,
    )


@program(lambda n: (signed(n, dtype=np.float32), integers(n, 2)), sizes=(0, 5))
def creations_like(x, k):
    return np.zeros_like(x), np.ones_like(k), np.zeros(k.shape), np.empty_like(x).shape


@program(lambda n: (signed(n), integers(n)), sizes=(3,))
def element_types(x, k):
    return x[0], k[1], x[0] + 1, k[0] * 2, k[0] / 2, x[1] > 0, float(x[2]), int(k[2])


@program(lambda n: (np.float64(1.5), np.float32(2.5), np.int64(3)), sizes=(1,))
def numpy_scalars(a, b, k):
    return a + 1, b * 2, k - 1, a * b, k / 2, b + 0.1, k * a


@program(lambda n: (n, 0.1 * n), sizes=(0, 3))
def constants_pass_through(n, x):
    return 1, 2.5, True, None, n, x, (n, x)


@program(lambda n: (np.array([0.0, -0.0, 1.0, -1.0]),), sizes=(1,), layouts=())
def zeros_keep_their_sign(x):
    return 1.0 / (x * 1.0), 1.0 / (x + 0.0), 1.0 / -x, 1.0 / (0.0 - x)


@program(lambda n: (np.float64(2.0), np.float64(0.0)), lambda n: (2.0, 4.0), sizes=(1,))
def scalar_ratio(x, y):
    return x / y


@program(lambda n: (floats(n), floats(n, seed=1)), sizes=(1, 6), rtol=1e-12, gradient=(0, 1))
def gradient_of_elementwise_chain(x, y):
    z = np.exp(-x) * np.sin(y) + np.sqrt(x * y) - np.log(x + y) / np.tanh(y)
    return np.sum(z * np.cos(x) + x**3 + x**y + np.arctan(x / y))


@program(lambda n: (signed(n), signed(n, seed=1)), sizes=(1, 6), gradient=(0, 1))
def gradient_of_selections(x, y):
    return np.sum(np.maximum(x, y) * 2.0 + np.where(x > 0, x * y, y**2) + np.abs(x))
