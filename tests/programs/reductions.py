"""Sums, products, extremes and matrix products."""

import numpy as np

from tests.programs.corpus import booleans, floats, integers, program, signed


@program(lambda n: (floats(n),), lambda n: (floats(n, dtype=np.float32),), rtol=1e-12)
def totals(x):
    return np.sum(x), x.sum(), np.prod(x)


@program(lambda n: (floats(n, 5),), sizes=(0, 1, 7))
def totals_by_axis(a):
    return np.sum(a, axis=0), a.sum(axis=1), np.sum(a, axis=-1, keepdims=True)


@program(lambda n: (signed(n, 5),), sizes=(1, 7), special=True)
def extremes(a):
    return np.max(a), a.min(), np.max(a, axis=1), np.min(a, axis=0, keepdims=True)


@program(lambda n: (floats(n, 5),), sizes=(1, 7))
def means(a):
    return np.mean(a), a.mean(axis=0), np.mean(a, axis=1)


@program(lambda n: (integers(n),), lambda n: (booleans(n),))
def integer_totals(x):
    return np.sum(x), np.prod(x)


@program(lambda n: (integers(n),), sizes=(1, 7))
def integer_extremes(x):
    return np.max(x), np.min(x), np.mean(x)


@program(lambda n: (signed(n),))
def logical_reductions(x):
    return np.all(x > 0), np.any(x > 0), np.sum(x > 0)


@program(lambda n: (floats(n, 3, 4),), rtol=1e-12)
def two_axes_at_once(a):
    return np.sum(a, axis=(0, 2)), np.sum(a, axis=(1, 2), keepdims=True)


@program(lambda n: (floats(n), floats(n, seed=1)), rtol=1e-12)
def inner_products(x, y):
    return x @ y, np.dot(x, x)


@program(
    lambda n: (floats(n, 4), floats(4, 3, seed=1), floats(4, seed=2)),
    lambda n: (
        floats(n, 4, dtype=np.float32),
        floats(4, 3, seed=1, dtype=np.float32),
        floats(4, seed=2, dtype=np.float32),
    ),
    rtol=1e-12,
)
def matrix_products(a, b, x):
    return a @ b, np.dot(a, x), x @ b, a.T @ a


@program(lambda n: (floats(n, 4),), sizes=(1, 7), rtol=1e-12)
def standardise(a):
    centred = a - np.mean(a, axis=0)
    spread = np.sqrt(np.mean(centred * centred, axis=0)) + 0.1
    return centred / spread


@program(lambda n: (signed(n, 6),), sizes=(1, 5), rtol=1e-12, gradient=(0,))
def log_of_row_sums(a):
    return np.sum(np.log(np.sum(np.exp(a), axis=1)))


@program(lambda n: (signed(n, 4),), sizes=(1, 5), gradient=(0,))
def gradient_of_extremes(a):
    return np.max(a) * 2.0 + np.sum(np.min(a, axis=0)) + np.mean(a)


@program(lambda n: (floats(n),), sizes=(1, 5), gradient=(0,))
def gradient_of_product(x):
    return np.prod(x) + np.mean(x) * np.sum(x)


@program(
    lambda n: (signed(n, 3), floats(3, 4, seed=1), floats(4, seed=2)),
    sizes=(1, 5),
    rtol=1e-12,
    gradient=(0, 1, 2),
)
def two_layers(x, weights, bias):
    hidden = np.tanh(x @ weights + bias)
    return np.sum(hidden * hidden) / x.shape[0] + bias @ bias


@program(lambda n: (floats(n), floats(n, seed=1)), sizes=(1, 6), gradient=(0, 1))
def cosine_similarity(x, y):
    return x @ y / (np.sqrt(x @ x) * np.sqrt(np.dot(y, y)))


@program(
    lambda n: (signed(3, seed=1), signed(n, 3), signed(n, seed=2), 0.1),
    lambda n: (signed(700, seed=1), signed(n, 700), signed(n, seed=2), 0.1),
    sizes=(1, 7, 21),
    special=True,
    rtol=1e-11,
)
def descended(weights, features, labels, rate):
    score = features @ weights
    slope = features.T @ (1.0 / (1.0 + np.exp(-score)) - labels)
    penalty = np.sum(np.abs(score)) + np.max(score)
    return weights - rate * slope, penalty, np.argmax(score)


@program(
    lambda n: (signed(n, 5), floats(n, 5, seed=1)),
    lambda n: (signed(n, 5).astype(np.float32), floats(n, 5, seed=1)),
    sizes=(0, 1, 7, 19),
    rtol=1e-6,
)
def softened(logits, targets):
    chances = np.exp(logits) / np.sum(np.exp(logits), axis=1, keepdims=True)
    errors = chances - targets
    return chances, errors, np.sum(errors * targets), errors.T @ np.arange(len(logits))


@program(lambda n: (signed(n, 4), 5), sizes=(1, 6), gradient=(0,), rtol=1e-11)
def power_iteration(a, steps):
    square = a.T @ a
    v = np.ones(4)
    for _ in range(steps):
        v = square @ v
        v = v / np.sqrt(v @ v)
    return v @ (a.T @ (a @ v))


@program(lambda n: (signed(2 * n).reshape(2, n), integers(n)), sizes=(0, 1, 5), layouts=())
def reductions_that_begin_with_a_value(a, counts):
    few = a > 0
    return (
        np.max(a, axis=0, initial=0.5),
        np.max(np.abs(a), initial=0),
        a.min(initial=0.0, where=few),
        np.sum(a, axis=1, where=few, initial=2.0),
        np.prod(a, axis=0, where=few, keepdims=True),
        np.max(counts, initial=9.5),
        np.sum(counts, initial=9.5, where=counts > 1),
    )


@program(
    lambda n: (np.arange(n, dtype=np.uint8), n - 4),
    lambda n: (np.arange(n, dtype=np.int32), 2**31 - n),
    lambda n: (integers(n), -0.5 * n),
    lambda n: (integers(n), np.inf),
    sizes=(3, 4),
    layouts=(),
    raises=True,
)
def first_value_that_may_not_fit(counts, first):
    largest = np.max(counts, initial=first)
    smallest = np.min(counts, initial=first)
    if largest == smallest:
        largest = np.max(counts, initial=np.inf)
    return largest, smallest, np.sum(counts, initial=first), np.prod(counts, initial=first)


@program(lambda n: (floats(n), floats(n, seed=1)), sizes=(0, 1, 7, 40))
def sums_over_triangles(x, y):
    n = len(x)
    below, above, largest, halves = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for i in range(n):
        total = 0.0
        for j in range(i):
            total += x[j] * y[i]
        below[i] = total
    for i in range(n - 1, -1, -1):
        total = y[i]
        for j in range(i + 1, n):
            total = 0.5 * total + x[j]
        above[i] += total
    for i in range(n):
        most = x[i]
        for j in range(i - 1, -1, -1):
            most = max(most, x[j])
        largest[i] = most
        total = 0.0
        for j in range(i // 2):
            total += x[j]
        halves[i] = total
    return below, above, largest, halves
