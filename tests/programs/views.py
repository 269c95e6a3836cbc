"""Slices, transposes and views that share memory with what they were taken from."""

import numpy as np

from tests.programs.corpus import floats, program, signed


@program(lambda n: (signed(n),), layouts=("strided", "reversed"))
def differences(x):
    return x[1:] - x[:-1]


@program(lambda n: (signed(n),), layouts=("strided", "reversed"))
def reversed_view(x):
    return x[::-1]


@program(lambda n: (signed(n),))
def every_second(x):
    return x[::2] + 0.0, x[1::2]


@program(lambda n: (signed(n), 2, 5), lambda n: (signed(n), -3, 100), sizes=(0, 1, 9))
def slice_by_arguments(x, start, stop):
    return x[start:stop] * 2.0


@program(lambda n: (signed(n, 3),))
def returned_transpose(a):
    return a.T


@program(lambda n: (signed(n, 4),))
def row_and_column(a):
    return a[:, 1] + 1.0, a[:, -1], a.shape


@program(lambda n: (signed(n),))
def write_through_slice(x):
    y = x[1:]
    y *= 2.0
    return y


@program(lambda n: (signed(n, 5),))
def write_through_transpose(a):
    b = a.T
    b[0] += 1.0
    b[1:3, :] = 0.0
    return np.sum(b)


@program(lambda n: (signed(n, 6),), sizes=(2, 5))
def view_of_view(a):
    inner = a[1:, 1:-1]
    row = inner[0]
    row[::2] = 7.0
    inner[:, 0] -= 1.0
    return row


@program(lambda n: (signed(n, 3), floats(3)))
def broadcast_rows(a, weights):
    return a * weights, weights[None, :] + a, a[:, None, :] - a[None, :, :]


@program(lambda n: (signed(n), signed(4, seed=1)))
def outer_by_axes(x, y):
    return x[:, None] * y[None, :]


@program(lambda n: (signed(n),))
def argument_returned_as_itself(x):
    x += 1.0
    return x


@program(lambda n: (signed(n),))
def argument_rebound(x):
    x = x + 1.0
    x *= 2.0
    return x


@program(lambda n: (signed(n), signed(n, seed=1)))
def argument_and_copy(x, y):
    z = x
    z[:] = y
    w = y.copy()
    w[:] = 0.0
    return z, w


@program(lambda n: (signed(n), signed(n)))
def tuple_of_views(x, y):
    x[1:] = y[:-1]
    return x[1:], y[:-1], x


def same_twice(n):
    base = signed(n)
    return base, base


@program(same_twice, layouts=())
def one_array_twice(x, y):
    x[:] = 2.0 * y
    return np.sum(y)


@program(lambda n: (signed(n, n + 1),), sizes=(1, 5))
def symmetric_part(a):
    square = a[:, :-1]
    return 0.5 * (square + square.T)


@program(lambda n: (signed(n, 3, 2),))
def three_axes(a):
    return a[:, 1:, 0] * 2.0, a[..., 1], np.sum(a, axis=2)


@program(lambda n: (signed(n),), sizes=(3, 8), gradient=(0,))
def gradient_through_views(x):
    y = x.copy()
    left = y[:-1]
    right = y[1:]
    left *= 2.0
    right += left * left
    return np.sum(y * y[::-1])


@program(lambda n: (signed(n, 4),), sizes=(1, 5), gradient=(0,))
def gradient_through_transpose(a):
    b = a.T
    return np.sum(b[1:] * b[:-1]) + np.sum(b * a.T)


@program(lambda n: (signed(n, 4),), sizes=(0, 1, 5, 2))
def transposed_and_flattened(a):
    return a.T.ravel(), a[:, :2].reshape(-1), a[::-1].T.ravel() * 2


@program(lambda n: (signed(5), n), sizes=(0, 2, 5, 6))
def views_that_end_beyond_the_axis(x, k):
    return x[::-1][k:], x[k::-1], x[: -k or None], x[::-1][:k], x[1:][::-1][k:]


@program(lambda n: (signed(n), 3), sizes=(3, 8), layouts=("strided",))
def windows_that_slide(x, size):
    windows = np.lib.stride_tricks.sliding_window_view(x, size)
    smoothed = windows.mean(axis=1)
    x[0] = 9.0
    return smoothed, windows, windows[::2, 1:], windows.max(axis=1)


@program(lambda n: (signed(n, 5), 2), sizes=(3, 4), layouts=("fortran",))
def windows_over_two_axes(a, size):
    blocks = np.lib.stride_tricks.sliding_window_view(a, (3, size))
    columns = np.lib.stride_tricks.sliding_window_view(a, size, axis=1)
    return blocks.sum(axis=(2, 3)), blocks[0, 1], columns[:, 0].T


@program(lambda n: (signed(n + 4), signed(3)), sizes=(0, 5), gradient=(0, 1))
def windows_times_weights(x, weights):
    windows = np.lib.stride_tricks.sliding_window_view(x, len(weights))
    return np.sum(np.tanh(windows @ weights) ** 2)
