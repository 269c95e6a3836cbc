"""Programs that fail as NumPy and Python do, after the same partial writes."""

import numpy as np

from tests.programs.corpus import floats, integers, program, signed


@program(lambda n: (signed(n), 3), lambda n: (signed(n), -8), sizes=(2, 7))
def element_out_of_range(x, i):
    return x[i] * 2.0


@program(lambda n: (signed(n),), sizes=(3, 6))
def write_out_of_range(x):
    for i in range(5):
        x[i] = 1.0
    return x


@program(lambda n: (signed(n), integers(n, low=0, high=9)), sizes=(1, 8))
def index_from_data(x, k):
    total = 0.0
    for i in range(len(k)):
        x[0] += 1.0
        total += x[k[i]]
    return total


@program(lambda n: (signed(n), signed(3)), sizes=(1, 3, 5), layouts=())
def shapes_that_may_not_match(x, y):
    x *= 2.0
    return x + y


@program(lambda n: (signed(n), signed(4)), sizes=(1, 4, 6), layouts=())
def stored_shape_may_not_match(x, y):
    x[:] = y
    return x


@program(lambda n: (signed(n, 3), signed(4, 2)), lambda n: (signed(n, 3), signed(3, 2)), sizes=(2,))
def product_shapes(a, b):
    a[0] = 0.0
    return a @ b


@program(lambda n: (1.0, 0.0), lambda n: (1, 0), lambda n: (1.0, 2.0), sizes=(1,))
def python_zero_division(x, y):
    return x / y


@program(lambda n: (5, 0), lambda n: (5, 3), sizes=(1,))
def python_zero_modulo(x, y):
    return x // y, x % y


@program(lambda n: (floats(n),), sizes=(0, 3), layouts=())
def extreme_of_nothing(x):
    return np.max(x)


@program(lambda n: (signed(n), 2), sizes=(1, 6), layouts=())
def failure_in_while(x, i):
    while x[i] < 100.0:
        x[i] += 50.0
        i += 1
    return i


@program(lambda n: (integers(n), signed(n)), sizes=(3,), layouts=())
def float_into_integers(k, x):
    k += x
    return k


@program(lambda n: (np.zeros((n, n)), signed(n)), sizes=(2, 3), layouts=())
def singular_matrix_is_reported(a, b):
    b[0] = 7.0
    try_first = b.sum()
    return np.linalg.solve(a, b) + try_first


@program(lambda n: (signed(3), 7), lambda n: (signed(3), 1), sizes=(1,), layouts=())
def prints_then_fails(x, n):
    for i in range(3):
        print("i =", i, x[i])
    x[0] = 0.0
    return x[n]


@program(lambda n: (np.array([True, False]), np.bool_(True)), sizes=(1,), layouts=())
def bools_are_not_subtracted(a, b):
    return a - b


@program(lambda n: (np.arange(n), 0.5), lambda n: (np.arange(n), 1j), sizes=(3,), layouts=())
def a_float_is_not_added_to_integers_in_place(k, x):
    k += x
    return k


@program(lambda n: (integers(n, low=1, high=4),), sizes=(2,), layouts=())
def float_added_to_selected_integers(k):
    k[k > 0] += 0.5
    return k


@program(lambda n: (signed(n),), sizes=(0, 1, 3, 6), layouts=())
def largest_argument_of_those_found(x):
    found = [v for v in x if v > 0]
    return max(*found)


@program(lambda n: (signed(n), 3), lambda n: (signed(4), n - 3), sizes=(2, 4), layouts=())
def windows_longer_than_the_axis(x, size):
    x[0] = 1.0
    return np.lib.stride_tricks.sliding_window_view(x, size).sum(axis=1)


@program(lambda n: (signed(n),), sizes=(3, 6), layouts=())
def rows_found_of_unlike_length(x):
    x[0] = 2.0
    return np.array([[v for v in x if v > 0], [v for v in x if v < 0]])


@program(lambda n: (floats(n), np.arange(n), 0), lambda n: (floats(n), np.arange(n), 1), sizes=(4,))
def selection_of_one_of_two_dtypes_changed_in_place(x, counts, k):
    target = counts if k > 0 else x
    target[x > 0.3] *= 2
    target[x > 0.5] += 1.5
    return x, counts
