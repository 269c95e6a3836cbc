"""Updates in place: augmented assignment, overlapping slices, buffers reused in loops."""

import numpy as np

from tests.programs.corpus import floats, integers, program, signed


@program(lambda n: (signed(n),), layouts=("strided", "reversed"))
def shift_right(x):
    x[1:] = x[:-1]


@program(lambda n: (signed(n),), layouts=("strided", "reversed"))
def shift_left_scaled(x):
    x[:-1] = 2.0 * x[1:] + x[:-1]


@program(lambda n: (signed(n),))
def reverse_in_place(x):
    x[:] = x[::-1]


@program(lambda n: (signed(n, n),), sizes=(0, 1, 5))
def transpose_added_in_place(a):
    a += a.T


@program(lambda n: (signed(n), 3), sizes=(1, 2, 9))
def smooth(x, steps):
    for _ in range(steps):
        x[1:-1] = (x[:-2] + x[1:-1] + x[2:]) / 3.0
    return x


@program(lambda n: (signed(n, n + 1), 3), sizes=(1, 3, 6))
def two_buffers_swapped(a, steps):
    b = a.copy()
    for _ in range(steps):
        b[1:-1, 1:-1] = 0.25 * (a[2:, 1:-1] + a[:-2, 1:-1] + a[1:-1, 2:] + a[1:-1, :-2])
        a, b = b, a
    return a


@program(lambda n: (floats(n, n),), sizes=(1, 5), rtol=1e-12)
def lower_upper(a):
    n = len(a)
    for k in range(n):
        a[k + 1 :, k] /= a[k, k] + n
        a[k + 1 :, k + 1 :] -= a[k + 1 :, k, None] * a[None, k, k + 1 :]
    return a


@program(lambda n: (signed(n, 4),))
def fill_borders(a):
    a[:, 0] = 1
    a[:, -1] = a[:, 1]
    if len(a) > 0:
        a[0] = 0.0
        a[-1, :] += 1.0


@program(lambda n: (integers(n),))
def integer_updates(x):
    x += 3
    x *= x
    x[::2] -= 1
    x //= 2
    return x


@program(lambda n: (signed(n),))
def clip_in_place(x):
    for i in range(len(x)):
        if x[i] > 1.0:
            x[i] = 1.0
        elif x[i] < -1.0:
            x[i] = -1.0


@program(lambda n: (signed(n), 4), sizes=(1, 6))
def in_place_or_not(x, steps):
    y = x
    for i in range(steps):
        if i % 2 == 0:
            y += 1.0
        else:
            y = y * 0.5
    return y


@program(lambda n: (n,), sizes=(0, 1, 6))
def build_table(n):
    table = np.zeros((n, n))
    for i in range(n):
        table[i, :] = np.arange(n) * i
        table[i, i] = -1.0
    return table


@program(lambda n: (signed(n), 3), sizes=(2, 7), gradient=(0,))
def gradient_of_nonlinear_update(x, steps):
    y = x.copy()
    for _ in range(steps):
        y[1:] -= 0.1 * y[1:] * (y[1:] - y[:-1])
    return np.sum(y * y)


@program(lambda n: (signed(n),), sizes=(1, 7), gradient=(0,))
def gradient_of_overwriting(x):
    y = np.zeros(len(x) + 1)
    y[:-1] = x * x
    y[1:] = np.sin(y[:-1])
    y[0] = 3.0
    y[-1] *= x[0]
    return np.sum(y)


@program(lambda n: (signed(n),), sizes=(1, 7), rtol=1e-12, gradient=(0,))
def gradient_of_prefix_products(x):
    y = np.empty(len(x) + 1)
    y[0] = 1.0
    for i in range(len(x)):
        y[i + 1] = y[i] * x[i] + 0.5
    return np.sum(y)


@program(lambda n: (signed(n, n), floats(n)), sizes=(1, 5), rtol=1e-12, gradient=(0, 1))
def gradient_of_triangular_solve(a, b):
    x = np.zeros(len(b))
    for i in range(len(b)):
        total = b[i]
        for j in range(i):
            total -= a[i, j] * x[j]
        x[i] = total / (2.0 + a[i, i] * a[i, i])
    return np.sum(x * x)


@program(lambda n: (floats(n, 3), 4), sizes=(2,), layouts=(), gradient=(0,))
def sum_that_starts_as_a_number(x, steps):
    total = 0.0
    for k in range(steps):
        total += np.sum(np.tanh(x * (k + 1.0)), axis=1)
    return np.mean(total)


@program(lambda n: (floats(3), n), sizes=(0, 1, 3), layouts=())
def first_sum_has_another_name(x, n):
    total, kept = 0.0, None
    for k in range(n):
        total += x * (k + 1.0)
        if k == 0:
            kept = total
    return total, kept is total, kept


@program(lambda n: (floats(3), n), sizes=(1, 2, 3), layouts=())
def number_or_argument_is_scaled(x, n):
    t = x if n > 1 else 2
    t *= 3.0
    if n > 2:
        t -= x
    return t, x
