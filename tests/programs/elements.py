"""Loops over elements, as compiled languages write them."""

import numpy as np

from tests.programs.corpus import floats, integers, program, signed


@program(lambda n: (floats(n),), rtol=1e-12, gradient=(0,))
def sum_of_squares(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i]
    return total


@program(lambda n: (signed(n),))
def prefix_sums(x):
    y = np.empty_like(x)
    total = 0.0
    for i in range(len(x)):
        total += x[i]
        y[i] = total
    return y


@program(lambda n: (integers(n, low=0, high=8),), sizes=(0, 1, 30))
def histogram(x):
    counts = np.zeros(8, dtype=np.int64)
    for i in range(len(x)):
        counts[x[i]] += 1
    return counts


@program(lambda n: (signed(n),))
def insertion_sort(x):
    for i in range(1, len(x)):
        value = x[i]
        j = i - 1
        while j >= 0 and x[j] > value:
            x[j + 1] = x[j]
            j -= 1
        x[j + 1] = value
    return x


@program(lambda n: (signed(n), signed(4, seed=1)), rtol=1e-12)
def polynomial_by_horner(x, coefficients):
    y = np.zeros(len(x))
    for i in range(len(x)):
        value = 0.0
        for k in range(len(coefficients)):
            value = value * x[i] + coefficients[k]
        y[i] = value
    return y


@program(lambda n: (floats(n, 4), floats(4, 3, seed=1)), rtol=1e-12)
def matrix_product_by_loops(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
    return c


@program(lambda n: (signed(n), 0.3))
def negative_indices(x, value):
    if len(x) > 0:
        x[-1] = value
        for i in range(1, len(x)):
            x[-i] += x[-i - 1]
    return x


@program(lambda n: (50,), lambda n: (1,), sizes=(1,))
def count_primes(n):
    composite = np.zeros(n + 1, dtype=np.bool_)
    count = 0
    for i in range(2, n + 1):
        if not composite[i]:
            count += 1
            for j in range(i * i, n + 1, i):
                composite[j] = True
    return count


@program(lambda n: (integers(n, low=1, high=6), integers(n, seed=1), 10), sizes=(0, 1, 6))
def knapsack(weights, values, capacity):
    best = np.zeros(capacity + 1, dtype=np.int64)
    for i in range(len(weights)):
        for room in range(capacity, weights[i] - 1, -1):
            best[room] = max(best[room], best[room - weights[i]] + values[i])
    return best[capacity]


@program(lambda n: (signed(n), 1.3), sizes=(1, 9))
def binary_search(x, value):
    low = 0
    high = len(x)
    while low < high:
        middle = (low + high) // 2
        if x[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@program(lambda n: (np.array([1.0, 0.0, -1.0, 2.0]), np.array([0.0, 0.0, 0.0, 4.0])), sizes=(1,))
def element_division_by_zero(x, y):
    z = np.zeros(4)
    for i in range(4):
        z[i] = x[i] / y[i]
    return z


@program(lambda n: (1.0, 0.5, n), sizes=(0, 1, 40), rtol=1e-12, gradient=(0, 1))
def predator_prey(u, v, steps):
    for _ in range(steps):
        next_u = u + 0.01 * (u - u * v)
        v = v + 0.01 * (u * v - v)
        u = next_u
    return u * u + v


@program(lambda n: (signed(n, 2), 0.7), sizes=(2, 5), rtol=1e-12, gradient=(0, 1))
def smallest_path(costs, gap):
    m, n = costs.shape
    total = np.zeros((m + 1, n + 1))
    for i in range(m):
        total[i + 1, 0] = total[i, 0] + gap
    for i in range(m):
        for j in range(n):
            total[i + 1, j + 1] = min(total[i, j] + costs[i, j] ** 2, total[i, j + 1] + gap)
    return total[m, n] + total[m, 0]


@program(lambda n: (floats(n), floats(n, seed=1)), sizes=(1, 4), rtol=1e-11, gradient=(0, 1))
def soft_alignment(x, y):
    n = len(x)
    total = np.zeros((n + 1, n + 1))
    for i in range(1, n + 1):
        for j in range(1, n + 1):
            a = np.exp(-total[i - 1, j])
            b = np.exp(-total[i, j - 1])
            c = np.exp(-total[i - 1, j - 1])
            total[i, j] = (x[i - 1] - y[j - 1]) ** 2 - np.log(a + b + c)
    return total[n, n]


@program(lambda n: (n,), sizes=(1, 2, 30), layouts=())
def sieve_of_eratosthenes(n):
    is_prime = np.ones(n + 1, dtype=bool)
    is_prime[:2] = False
    for i in range(2, int(n**0.5) + 1):
        if is_prime[i]:
            is_prime[i * i :: i] = False
    return is_prime, np.nonzero(is_prime)[0]


@program(
    lambda n: (signed(n, 4), signed(4), 2), lambda n: (signed(n, 4), signed(4), 9), sizes=(0, 1, 7)
)
def rows_with_step_from_data(a, row, k):
    for s in range(1, k):
        a[s : len(a) - 1 : s] = row * s
    return a
