"""Masks and integer arrays as indices, read and written."""

import numpy as np

from tests.programs.corpus import booleans, floats, integers, program, signed


@program(lambda n: (signed(n), integers(5, low=0, high=3)), sizes=(3, 6))
def repeated_positions(x, k):
    y = x.copy()
    y[k] += 1.0
    np.add.at(x, k, 1.0)
    x[k] = np.arange(5.0)
    return y, x[k[::-1]]


@program(lambda n: (signed(n, 3, 4), integers(2, low=-3, high=3)), sizes=(3, 4))
def separated_positions(a, k):
    return a[k, :, k], a[:, k, k], a[k, None, :, k], a[0, :, k], a[..., k, 1:3]


@program(lambda n: (signed(n, 4), integers(3, low=-2, high=2)), sizes=(2, 5))
def rows_and_columns(a, k):
    a[[0, 1]] = a[[1, 0]]
    a[:, k] *= 2.0
    a[np.ix_([0, 1], [1, 3])] = 7.0
    return a[k], a[:, [3, 0]]


@program(lambda n: (signed(n),), sizes=(0, 1, 9), host_calls=("numpy.",))
def elements_by_mask(x):
    positive = x[x > 0]
    return positive, len(positive), positive * 2.0, np.cumsum(positive), positive[::-1]


@program(lambda n: (signed(n), booleans(n, seed=1)), sizes=(1, 8), host_calls=("numpy.",))
def mask_and_its_negation(x, chosen):
    y = np.zeros_like(x)
    y[chosen] = np.sort(x[chosen])
    y[~chosen] = x[~chosen] ** 2
    return y


@program(lambda n: (signed(n, 3), booleans(n, seed=2)), sizes=(1, 6))
def rows_by_mask(a, keep):
    a[keep, 1] = 0.0
    kept = a[keep]
    a[~keep] *= -1.0
    return kept, a[:, a[0] > 0], kept.shape, a[keep].sum(axis=0)


@program(lambda n: (signed(n, 4),), sizes=(1, 5))
def positions_of_a_condition(a):
    rows, columns = np.nonzero(a > 0)
    flat = np.flatnonzero(a < -1)
    (first,) = np.where(a[:, 0] > 0)
    return a[rows, columns], flat, np.argwhere(a > 1), first, rows.size


@program(lambda n: (signed(n),), sizes=(1, 7))
def loop_over_selected(x):
    total = 0.0
    for v in x[x > 0]:
        total += v
    for k in np.where(x < 0)[0]:
        total -= k
    return total


@program(lambda n: (signed(n, 3), integers(n, low=0, high=3)), sizes=(1, 6), host_calls=("numpy.",))
def picked_in_each_row(a, labels):
    rows = np.arange(len(labels))
    picked = a[rows, labels]
    a[rows, labels] = -1.0
    return picked, np.take_along_axis(a, labels[:, None], axis=1)


@program(lambda n: (signed(n), signed(n, seed=3)), sizes=(2, 9), host_calls=("numpy.",))
def sorted_together(keys, values):
    order = np.argsort(keys, kind="stable")
    values[:] = values[order]
    keys[order] = np.arange(len(keys))
    return keys, values


@program(lambda n: (integers(n, low=0, high=4), floats(n)), sizes=(0, 1, 12))
def group_means(labels, x):
    totals, counts = np.zeros(4), np.zeros(4)
    np.add.at(totals, labels, x)
    np.add.at(counts, labels, 1)
    means = np.zeros(4)
    seen = counts > 0
    means[seen] = totals[seen] / counts[seen]
    return means


@program(lambda n: (signed(n), integers(4, low=0, high=3)), sizes=(3, 5), gradient=(0,))
def gradient_through_written_positions(x, k):
    y = x * x
    y[k] = 3.0 * x[:4][: len(k)][0] * np.ones(4)
    y[k[:2]] += x[1]
    return np.sum(y * x)


@program(lambda n: (signed(n),), sizes=(2, 7), gradient=(0,))
def gradient_through_selected(x):
    chosen = x[x > 0.1]
    y = np.zeros_like(x)
    y[x > 0.1] = chosen[::-1] * x[0]
    return np.sum(y * y) + np.sum(np.cos(chosen))


@program(lambda n: (signed(n), integers(3, low=-9, high=9)), sizes=(20,), layouts=())
def negative_positions(x, k):
    x[k] = x[-k - 1]
    return x


@program(lambda n: (signed(n), 1), lambda n: (signed(n), -1), sizes=(4, 9))
def selected_elements_changed(x, sign):
    chosen = x[x > 0]
    other = chosen
    chosen *= 2.0
    chosen[:1] = 7.0
    if sign > 0:
        chosen[-1:] -= 1.0
    x[x > 0] = chosen
    return other, chosen, x, chosen.sum()


@program(lambda n: (integers(n, low=-3, high=4),), sizes=(3, 7))
def integers_selected_and_scaled(k):
    k[k > 0] *= 3
    k[k < 0] += 1
    return k, np.array_equal(k, k[1:]), np.array_equal(k, np.abs(k))


@program(lambda n: (signed(n), np.arange(n)[::-1] // 2), sizes=(0, 1, 7))
def permuted_within_itself(x, at):
    x[at] = x
    for _ in range(2):
        np.add.at(x, at, x)
    y = x.copy()
    y[at] = y
    at[at] = at + 0
    np.add.at(y, at, x.copy())
    return y


@program(lambda n: (integers(n), signed(n)), sizes=(0, 1, 6), host_calls=("numpy.add.at",))
def sums_cast_one_by_one(counts, x):
    at = np.arange(len(x)) // 2
    np.add.at(counts, at, 1.7 * x)
    np.add.at(counts, at, 1.5)
    return counts
