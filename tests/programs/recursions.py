"""Recursion as deep as run-time values say: numbers, arrays changed in place, state outside."""

import functools
import math

import numpy as np

from tests.programs.corpus import floats, integers, program, signed


@program(lambda n: (n,), sizes=(0, 1, 15))
def fibonacci_by_recursion(n):
    return n if n < 2 else fibonacci_by_recursion(n - 1) + fibonacci_by_recursion(n - 2)


@program(lambda n: (n, 12), lambda n: (18, n), sizes=(0, 1, 27))
def common_divisor(a, b):
    if b == 0:
        return a
    return common_divisor(b, a % b)


@program(lambda n: (n, 3), lambda n: (2, n), sizes=(0, 1, 2))
def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


@program(lambda n: (1.5, n), sizes=(0, 1, 13))
def power_by_squaring(x, n):
    if n == 0:
        return 1.0
    half = power_by_squaring(x, n // 2)
    return half * half if n % 2 == 0 else half * half * x


def sort_between(a, low, high):
    if low < high:
        pivot = a[high]
        i = low
        for j in range(low, high):
            if a[j] < pivot:
                a[i], a[j] = a[j], a[i]
                i += 1
        a[i], a[high] = a[high], a[i]
        sort_between(a, low, i - 1)
        sort_between(a, i + 1, high)


@program(lambda n: (signed(n),), sizes=(0, 1, 17), layouts=("strided", "reversed"))
def quicksort_between(a):
    sort_between(a, 0, len(a) - 1)
    return a


@program(lambda n: (signed(n),), lambda n: (integers(n),), sizes=(0, 1, 17))
def quicksort_of_views(a):
    if len(a) <= 1:
        return
    pivot = a[-1]
    i = 0
    for j in range(len(a) - 1):
        if a[j] < pivot:
            a[i], a[j] = a[j], a[i]
            i += 1
    a[i], a[-1] = a[-1], a[i]
    quicksort_of_views(a[:i])
    quicksort_of_views(a[i + 1 :])


@program(lambda n: (signed(n),), sizes=(0, 1, 13))
def merge_sort_in_place(a):
    def sort(a):
        if len(a) < 2:
            return
        middle = len(a) // 2
        left, right = a[:middle].copy(), a[middle:].copy()
        sort(left)
        sort(right)
        i = j = 0
        for k in range(len(a)):
            if j >= len(right) or (i < len(left) and left[i] <= right[j]):
                a[k] = left[i]
                i += 1
            else:
                a[k] = right[j]
                j += 1

    sort(a)


@program(lambda n: (np.sort(integers(n, high=40)), 7), lambda n: (np.arange(n), 2), sizes=(0, 1, 9))
def binary_search_by_recursion(a, x):
    def between(low, high):
        if low >= high:
            return -1
        middle = (low + high) // 2
        if a[middle] == x:
            return middle
        if a[middle] < x:
            return between(middle + 1, high)
        return between(low, middle)

    return between(0, len(a))


@program(lambda n: (0.0, 2.0, 10.0**-n), lambda n: (0, 2, 0.1), sizes=(1, 9), rtol=1e-12)
def adaptive_quadrature(a, b, tolerance):
    def f(x):
        return math.exp(-x * x) * math.sin(3 * x)

    def simpson(low, high):
        return (high - low) / 6 * (f(low) + 4 * f((low + high) / 2) + f(high))

    def refined(low, high, whole, tolerance):
        middle = (low + high) / 2
        left, right = simpson(low, middle), simpson(middle, high)
        error = left + right - whole
        if abs(error) < 15 * tolerance:
            return left + right + error / 15
        first = refined(low, middle, left, tolerance / 2)
        return first + refined(middle, high, right, tolerance / 2)

    return refined(a, b, simpson(a, b), tolerance)


@program(lambda n: (integers(n, n, low=0, high=2), 0, 0), sizes=(0, 1, 7), layouts=("fortran",))
def flood_fill(grid, i, j):
    if i < 0 or j < 0 or i >= grid.shape[0] or j >= grid.shape[1] or grid[i, j] != 0:
        return 0
    grid[i, j] = 2
    count = 1
    for di, dj in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        count += flood_fill(grid, i + di, j + dj)
    return count


@program(lambda n: (n,), sizes=(0, 1, 6))
def queens_on_a_board(n):
    board = np.zeros(n, dtype=np.int64)

    def placed(row):
        if row == n:
            return 1
        total = 0
        for column in range(n):
            safe = True
            for r in range(row):
                if board[r] == column or abs(board[r] - column) == row - r:
                    safe = False
                    break
            if safe:
                board[row] = column
                total += placed(row + 1)
        return total

    return placed(0)


@program(lambda n: (n,), sizes=(0, 1, 5))
def towers_of_hanoi(n):
    moves = 0
    heights = np.array([n, 0, 0])

    def move(k, source, target, spare):
        nonlocal moves
        if k == 0:
            return
        move(k - 1, source, spare, target)
        moves += 1
        heights[source] -= 1
        heights[target] += 1
        move(k - 1, spare, target, source)

    move(n, 0, 2, 1)
    return moves, heights


@program(lambda n: (n,), sizes=(0, 1, 8))
def even_by_way_of_odd(n):
    def even(k):
        return True if k == 0 else odd(k - 1)

    def odd(k):
        return False if k == 0 else even(k - 1)

    return even(n), odd(n)


@program(lambda n: (np.arange(1, 2 * n, 2), np.arange(2, 2 * n + 1, 2), floats(n)), sizes=(0, 1, 7))
def sum_over_a_tree(left, right, weights):
    def below(node):
        if node >= len(weights):
            return 0.0, 0
        a, depth_a = below(left[node])
        b, depth_b = below(right[node])
        return weights[node] + a + b, 1 + max(depth_a, depth_b)

    return below(0)


@program(lambda n: (integers(n, low=1, high=6), 9), sizes=(0, 1, 8))
def subset_sums(a, total):
    def ways(k, rest):
        if rest == 0:
            return 1
        if k == len(a) or rest < 0:
            return 0
        return ways(k + 1, rest) + ways(k + 1, rest - a[k])

    return ways(0, total)


class Body:
    """A recursive structure's owner: a method that calls itself and counts its calls."""

    def __init__(self, x):
        self.x = x
        self.calls = 0

    def total(self, low, high):
        self.calls += 1
        if high - low <= 1:
            return self.x[low] if high > low else 0.0
        middle = (low + high) // 2
        return self.total(low, middle) + self.total(middle, high)


@program(lambda n: (floats(n),), sizes=(0, 1, 9))
def pairwise_sum_by_a_method(x):
    body = Body(x)
    return body.total(0, len(x)), body.calls


@program(lambda n: (n, 0), sizes=(0, 1, 27), layouts=())
def collatz_by_recursion(n, steps=0):
    if n <= 1:
        return steps
    if n % 2:
        return collatz_by_recursion(3 * n + 1, steps + 1)
    return collatz_by_recursion(n // 2, steps + 1)


@program(lambda n: (signed(n),), sizes=(0, 1, 6))
def permutations_counted(a):
    a = a.copy()
    best = -np.inf
    seen = 0

    def permute(k):
        nonlocal best, seen
        if k == len(a):
            seen += 1
            value = 0.0
            for i in range(len(a)):
                value += (i + 1) * a[i]
            best = max(best, value)
            return
        for i in range(k, len(a)):
            a[k], a[i] = a[i], a[k]
            permute(k + 1)
            a[k], a[i] = a[i], a[k]

    permute(0)
    return best, seen, a


@program(lambda n: (signed(n), n - 2), sizes=(0, 1, 5), raises=True)
def raises_far_below(x, stop):
    def down(k):
        if k == stop:
            raise ValueError("stopped", k)
        if k >= len(x):
            return 0.0
        x[k] += 1
        return x[k] + down(k + 1)

    return down(0)


@program(lambda n: (n, 1.0), sizes=(0, 1, 5))
def depth_tells_the_type(n, x):
    if n == 0:
        return 0
    if n == 1:
        return x / 2
    return depth_tells_the_type(n - 2, x) + n


@program(lambda n: (n, 2), sizes=(0, 1, 4))
def nested_recursions(n, m):
    def inner(k):
        return 1 if k <= 0 else k + inner(k - 2)

    def outer(k):
        total = inner(k)
        for i in range(k):
            total += outer(i) * m
        return total

    return outer(n)


@program(
    lambda n: (signed(n, n),), sizes=(1, 2, 4), layouts=("fortran",), gradient=(0,), rtol=1e-12
)
def determinant_by_minors(a):
    n = a.shape[0]
    if n == 1:
        return a[0, 0]
    total = 0.0
    for j in range(n):
        minor = np.concatenate((a[1:, :j], a[1:, j + 1 :]), axis=1)
        total += (-1) ** j * a[0, j] * determinant_by_minors(minor)
    return total


@program(lambda n: (floats(n), n), sizes=(0, 1, 7), gradient=(0,), layouts=())
def tree_of_tanh(weights, n):
    def below(k, slope):
        if k >= n:
            return slope
        inner = below(2 * k + 1, 0.5 * slope) * below(2 * k + 2, slope - weights[k])
        return math.tanh(inner + weights[k] * slope)

    return below(0, 1.0) * 2.0


@program(lambda n: (signed(n),), sizes=(0, 1, 9), gradient=(0,), layouts=("strided",))
def weighted_order(x):
    a = x.copy()

    def sort(low, high):
        if low >= high:
            return
        i = low
        for j in range(low, high):
            if a[j] < a[high]:
                a[i], a[j] = a[j], a[i]
                i += 1
        a[i], a[high] = a[high], a[i]
        sort(low, i - 1)
        sort(i + 1, high)

    sort(0, len(a) - 1)
    return np.sum(np.arange(len(a)) * a**2)


@program(lambda n: (signed(n), 3), sizes=(0, 1, 5), gradient=(0,), layouts=())
def relaxed_by_levels(x, levels):
    def relax(y, level, rate):
        if level == 0:
            return np.sum(y * y)
        z = y.copy()
        z[1:] += rate * np.sin(y[:-1])
        coarse = relax(z, level - 1, rate / 2)
        return coarse + relax(z * rate, level - 1, rate) * np.sum(z)

    return relax(x, levels, 0.7)


@program(lambda n: (integers(n, low=0, high=3), n), sizes=(0, 1, 9))
def depth_of_nesting(kinds, n):
    depth = deepest = 0
    path = np.zeros(n + 1)

    def visit(k):
        nonlocal depth, deepest
        if k >= n:
            return 0.0
        depth += 1
        path[depth] += kinds[k]
        deepest = max(deepest, depth)
        found = path[depth] * depth + visit(k + 1 + kinds[k])
        found += visit(2 * k + 2)
        path[depth] -= kinds[k]
        depth -= 1
        return found

    total = visit(0)
    return total, depth, deepest, path


@program(lambda n: (np.arange(n) + 1.0,), sizes=(0, 1, 4))
def permutations_in_a_list(a):
    found = []
    chosen = []
    used = np.zeros(len(a), dtype=bool)

    def extend():
        if len(chosen) == len(a):
            value = 0.0
            for x in chosen:
                value = value * 10 + x
            found.append(value)
            return
        for k in range(len(a)):
            if not used[k]:
                used[k] = True
                chosen.append(a[k])
                extend()
                chosen.pop()
                used[k] = False

    extend()
    return found, used


@program(lambda n: (signed(2**n) + 1j * floats(2**n),), sizes=(0, 1, 4), layouts=(), rtol=1e-12)
def recursive_fft(x):
    n = len(x)
    if n == 1:
        return x
    even, odd = recursive_fft(x[::2]), recursive_fft(x[1::2])
    turned = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd
    return np.concatenate([even + turned, even - turned])


@program(lambda n: (signed(n),), sizes=(0, 1, 11), layouts=("strided",))
def merge_sort_of_new_arrays(a):
    if len(a) <= 1:
        return a.copy()
    left = merge_sort_of_new_arrays(a[: len(a) // 2])
    right = merge_sort_of_new_arrays(a[len(a) // 2 :])
    out = np.empty(len(a))
    i = j = 0
    for k in range(len(a)):
        if j >= len(right) or (i < len(left) and left[i] <= right[j]):
            out[k] = left[i]
            i += 1
        else:
            out[k] = right[j]
            j += 1
    return out


@program(lambda n: (signed(2**n, 2**n), floats(2**n, 2**n)), sizes=(0, 2), rtol=1e-12)
def product_by_blocks(a, b):
    def product(a, b):
        n = a.shape[0]
        if n == 1:
            return a * b
        h = n // 2
        rows = []
        for low, high in ((0, h), (h, n)):
            left = product(a[low:high, :h], b[:h, :h]) + product(a[low:high, h:], b[h:, :h])
            right = product(a[low:high, :h], b[:h, h:]) + product(a[low:high, h:], b[h:, h:])
            rows.append(np.concatenate((left, right), axis=1))
        return np.concatenate(rows)

    return product(a, b)


@program(lambda n: (signed(n),), sizes=(0, 1, 7), layouts=())
def quicksort_by_masks(a):
    if len(a) <= 1:
        return a
    rest = a[1:]
    smaller, larger = rest[rest < a[0]], rest[rest >= a[0]]
    return np.concatenate((quicksort_by_masks(smaller), a[:1], quicksort_by_masks(larger)))


@program(lambda n: (3 * n,), sizes=(0, 4, 9), layouts=())
def fibonacci_by_a_default(n, memory={}):
    if n < 2:
        return n
    if n not in memory:
        memory[n] = fibonacci_by_a_default(n - 1) + fibonacci_by_a_default(n - 2)
    return memory[n]


@program(lambda n: (integers(n, high=2), integers(n + 1, seed=1, high=2)), sizes=(0, 1, 6))
def common_subsequence_by_memory(a, b):
    memory = np.full((len(a) + 1, len(b) + 1), -1)

    def longest(i, j):
        if i == len(a) or j == len(b):
            return 0
        if memory[i, j] >= 0:
            return memory[i, j]
        if a[i] == b[j]:
            found = 1 + longest(i + 1, j + 1)
        else:
            found = max(longest(i + 1, j), longest(i, j + 1))
        memory[i, j] = found
        return found

    return longest(0, 0), memory


@program(lambda n: (signed(2**n), n, 0, True), sizes=(0, 1, 4), layouts=())
def minimax(values, depth, index, maximizing):
    if depth == 0:
        return values[index]
    best = -np.inf if maximizing else np.inf
    for branch in range(2):
        value = minimax(values, depth - 1, 2 * index + branch, not maximizing)
        best = max(best, value) if maximizing else min(best, value)
    return best


class Found(Exception):
    """Tells where something is."""

    def __init__(self, where):
        self.where = where


@program(lambda n: (np.arange(n) + 1.0, 3.0), sizes=(0, 2, 6), layouts=())
def search_that_ends_by_an_exception(x, wanted):
    def look(low, high):
        if low == high:
            return
        middle = (low + high) // 2
        if x[middle] == wanted:
            raise Found(middle)
        look(low, middle)
        look(middle + 1, high)

    try:
        look(0, len(x))
    except Found as found:
        return found.where
    return -1


@program(
    lambda n: (np.where(np.arange(n) == 3, -1.0, 2.0), n), lambda n: (np.ones(3), n), sizes=(2, 5)
)
def handled_on_the_way_up(x, n):
    handled = 0

    def down(k):
        nonlocal handled
        if k == n:
            return 0.0
        if x[k] < 0:
            raise ValueError(k)
        try:
            return x[k] + down(k + 1)
        except ValueError as error:
            handled += 1
            return -5.0 - error.args[0]
        finally:
            x[k] += 1

    try:
        return down(0), handled
    except IndexError:
        return -1.0, handled


@program(lambda n: (floats(3), n), sizes=(1, 4), layouts=())
def expression_that_may_raise(x, n):
    def item(k):
        return x[k] * 2

    try:
        return x[0] + (item(n) if n < 5 else 0.0), n > 0 and item(n) > 0
    except IndexError:
        return -1.0, False


@functools.cache
def remembered_fibonacci(n):
    return n if n < 2 else remembered_fibonacci(n - 1) + remembered_fibonacci(n - 2)


@program(lambda n: (n,), sizes=(1, 80), layouts=())
def fibonacci_by_a_cache(n):
    return remembered_fibonacci(n)


@program(lambda n: (floats(2), n), sizes=(1, 30), layouts=())
def cached_functions_made_in_a_loop(x, n):
    total = 0.0
    for i in range(len(x)):

        @functools.cache
        def term(k):
            return x[i] if k < 2 else term(k - 1) + 0.5 * term(k - 2)

        total += term(n + i)
    return total
