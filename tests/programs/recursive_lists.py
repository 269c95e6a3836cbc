"""Recursion over what the program makes: lists, dicts, objects, arrays that share memory."""

import math

import numpy as np

from tests.programs.corpus import floats, program, signed


@program(lambda n: (n,), sizes=(1, 5), layouts=())
def all_ways_to_place_queens(n):
    def place(row, chosen):
        if row == n:
            return [chosen]
        found = []
        for column in range(n):
            safe = True
            for r in range(row):
                if chosen[r] == column or abs(chosen[r] - column) == row - r:
                    safe = False
            if safe:
                found += place(row + 1, chosen + [column])
        return found

    return place(0, [])


@program(lambda n: (signed(n),), sizes=(0, 1, 7), layouts=())
def quicksort_of_lists(x):
    def sort(a):
        if len(a) <= 1:
            return a
        first, rest = a[0], a[1:]
        smaller = sort([v for v in rest if v < first])
        return [*smaller, first, *sort([v for v in rest if v >= first])]

    return np.array(sort(list(x)))


@program(lambda n: (signed(n),), sizes=(0, 1, 6), layouts=())
def merge_sort_of_lists(x):
    def merged(a, b):
        out = []
        i = j = 0
        while i < len(a) and j < len(b):
            if a[i] <= b[j]:
                out.append(a[i])
                i += 1
            else:
                out.append(b[j])
                j += 1
        return out + a[i:] + b[j:]

    def sort(a):
        if len(a) < 2:
            return a
        return merged(sort(a[: len(a) // 2]), sort(a[len(a) // 2 :]))

    return sort(list(x))


@program(lambda n: (0.0, 2.0, 10.0**-n), sizes=(1, 6), rtol=1e-12, layouts=())
def nodes_of_adaptive_quadrature(a, b, tolerance):
    def f(x):
        return math.exp(-x * x) * math.sin(3 * x)

    def refined(low, high, tolerance):
        middle = (low + high) / 2
        coarse = (high - low) * f(middle)
        fine = (high - low) / 2 * (f((low + middle) / 2) + f((middle + high) / 2))
        if abs(fine - coarse) < tolerance:
            return [low, middle], fine
        left, first = refined(low, middle, tolerance / 2)
        right, second = refined(middle, high, tolerance / 2)
        return left + right, first + second

    nodes, total = refined(a, b, tolerance)
    return np.array([*nodes, b]), total


@program(lambda n: (n,), sizes=(0, 1, 4), layouts=())
def towers_of_three_lists(n):
    a, b, c = list(range(n, 0, -1)), [], []

    def move(k, source, target, spare):
        if k == 0:
            return 0
        moves = move(k - 1, source, spare, target)
        target.append(source.pop())
        return moves + 1 + move(k - 1, spare, target, source)

    return move(n, a, c, b), a, b, c


@program(lambda n: (n,), sizes=(0, 1, 4), layouts=())
def moves_between_named_towers(n):
    def move(k, source, target, spare):
        if k == 0:
            return []
        before, after = move(k - 1, source, spare, target), move(k - 1, spare, target, source)
        return before + [(k, source == "a", target == "c")] + after

    return move(n, "a", "c", "b")


@program(lambda n: (n,), sizes=(0, 1, 6), layouts=())
def row_of_pascal(n):
    if n == 0:
        return [1]
    before = row_of_pascal(n - 1)
    return [1, *(before[i] + before[i + 1] for i in range(len(before) - 1)), 1]


@program(lambda n: (n,), sizes=(0, 1, 5), layouts=())
def statistics_in_a_dict(n):
    def below(k):
        if k == 0:
            return {"sum": 0.0, "count": 0}
        found = below(k - 1)
        found["sum"] += k * 0.5
        return {"sum": found["sum"], "count": found["count"] + 1}

    return below(n)


@program(lambda n: (n,), sizes=(0, 1, 5), layouts=())
def pair_in_a_list(n):
    if n == 0:
        return [0.0, 1.0]
    a, b = pair_in_a_list(n - 1)
    return [b, a + b]


class Vector:
    """A plane vector; sums are new ones."""

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)


@program(lambda n: (n,), sizes=(0, 1, 5), layouts=())
def sum_of_objects(n):
    def total(k):
        return Vector(0.0, 0) if k == 0 else total(k - 1) + Vector(1.5 * k, 1)

    found = total(n)
    return found.x, found.y


class Tally:
    """An object that is handed on and changed on the way."""

    def __init__(self):
        self.sums = np.zeros(2)
        self.last = []


@program(lambda n: (signed(n),), sizes=(0, 1, 4), layouts=())
def object_handed_on(x):
    def go(k, tally):
        if k == len(x):
            return tally
        tally.sums[k % 2] += x[k]
        tally.last = [x[k], k]
        inner = Tally()
        inner.last = [0.0, k]
        go(len(x), inner)
        return go(k + 1, tally)

    tally = Tally()
    same = go(0, tally) is tally
    return tally.sums, tally.last, same


@program(lambda n: (n,), sizes=(0, 1, 3), layouts=())
def list_changed_on_the_way(n):
    def fill(k, items):
        if k == 0:
            return items
        items.append(k)
        fill(k - 1, [0])
        return fill(k - 1, items)

    items = [7]
    found = fill(n, items)
    found.append(-1)
    return items, found


@program(lambda n: (n,), sizes=(0, 1, 3), layouts=())
def arrays_in_a_tuple_changed(n):
    def go(k, pair):
        if k == 0:
            return pair[0].sum()
        pair[0][k] += 1.0
        a = np.zeros(5)
        found = go(k - 1, (a, 2.0))
        return found + a.sum() + pair[0][k]

    return go(n, (np.ones(5), 1.0))


@program(lambda n: (n,), sizes=(0, 1, 3), layouts=())
def arrays_change_places_in_a_tuple(n):
    pair = np.zeros(3), np.ones(3)

    def go(k, pair):
        if k == 0:
            return 0.0
        pair[0][0] += k
        return pair[1][0] + go(k - 1, (pair[1], pair[0]))

    return go(n, pair), pair


@program(lambda n: (n,), sizes=(0, 1, 3), layouts=())
def array_returned_under_two_names(n):
    def go(k):
        if k == 0:
            y = np.ones(4)
            return y, y, y[1:]
        a, b, c = go(k - 1)
        a[0] += 1
        c[0] += 1
        return b, a, c

    a, b, c = go(n)
    a[1] += 10
    return a, b, c, a is b


def smooth(u, f, h, sweeps):
    for _ in range(sweeps):
        u[1:-1] = 0.5 * (u[2:] + u[:-2] + h * h * f[1:-1])


@program(lambda n: (floats(2**n + 1), 2), sizes=(1, 4), layouts=(), rtol=1e-12)
def multigrid_that_returns(f, cycles):
    def cycle(u, f, h):
        if len(u) <= 3:
            u[1:-1] = 0.5 * h * h * f[1:-1]
            return u
        smooth(u, f, h, 2)
        residual = np.zeros_like(u)
        residual[1:-1] = f[1:-1] + (u[2:] - 2 * u[1:-1] + u[:-2]) / (h * h)
        coarse = residual[::2].copy()
        e = cycle(np.zeros_like(coarse), coarse, 2 * h)
        fine = np.zeros_like(u)
        fine[::2] = e
        fine[1::2] = 0.5 * (e[1:] + e[:-1])
        u += fine
        smooth(u, f, h, 2)
        return u

    u = np.zeros_like(f)
    for _ in range(cycles):
        u = cycle(u, f, 1 / (len(f) - 1))
    return u


@program(lambda n: (floats(2**n + 1), 2), sizes=(1, 4), layouts=(), rtol=1e-12)
def multigrid_in_place(f, cycles):
    u = np.zeros_like(f)

    def cycle(u, f, h):
        smooth(u, f, h, 2)
        if len(u) <= 3:
            return
        residual = np.zeros_like(u)
        residual[1:-1] = f[1:-1] + (u[2:] - 2 * u[1:-1] + u[:-2]) / (h * h)
        coarse = residual[::2].copy()
        e = np.zeros_like(coarse)
        cycle(e, coarse, 2 * h)
        u[::2] += e
        u[1::2] += 0.5 * (e[1:] + e[:-1])
        smooth(u, f, h, 2)

    for _ in range(cycles):
        cycle(u, f, 1 / (len(f) - 1))
    return u


@program(lambda n: (np.arange(n) + 3, 9), sizes=(0, 1, 5), layouts=())
def parts_that_sum_up(a, total):
    def look(k, rest, chosen):
        if rest == 0:
            return chosen
        if k == len(a) or rest < 0:
            return None
        found = look(k + 1, rest - a[k], [*chosen, a[k]])
        return look(k + 1, rest, chosen) if found is None else found

    return look(0, total, [])


class Node:
    """A node of a binary tree."""

    def __init__(self, value):
        self.value = value
        self.left = self.right = None


@program(lambda n: (signed(n),), sizes=(0, 5), layouts=())
def search_tree(x):
    def insert(node, value):
        if node is None:
            return Node(value)
        if value < node.value:
            node.left = insert(node.left, value)
        else:
            node.right = insert(node.right, value)
        return node

    def total(node, depth):
        if node is None:
            return 0.0
        return depth * node.value + total(node.left, depth + 1) + total(node.right, depth + 1)

    root = None
    for value in x:
        root = insert(root, value)
    return total(root, 1)


@program(lambda n: (n,), sizes=(0, 3), layouts=())
def tree_of_dicts(n):
    def build(k):
        if k == 0:
            return None
        return {"value": k * 1.0, "left": build(k - 1), "right": build(k - 2 if k > 1 else 0)}

    def total(tree):
        if tree is None:
            return 0.0
        return tree["value"] + total(tree["left"]) * 0.5 + total(tree["right"])

    return total(build(n))


@program(lambda n: (n,), sizes=(0, 3), layouts=())
def best_way_is_kept(n):
    best = []
    way = []

    def go(k):
        nonlocal best
        if k == 0:
            if len(way) > len(best):
                best = way[:]
            return
        way.append(k)
        go(k - 1)
        way.pop()
        go(k - 1)

    go(n)
    return best, way
