"""Sets whose items are known only when the program runs: algebra, comparisons, order."""

from collections import Counter

import numpy as np

from tests.programs.corpus import integers, program

GLIDER = [(0, 1), (1, 2), (2, 0), (2, 1), (2, 2)]


def digits(n, seed=0):
    """Return integers, among which there are equal ones, and -1 and -2, whose hash is one."""
    return integers(3 * n, seed=seed, low=-3, high=9)


@program(lambda n: (digits(n), digits(n, 1)), sizes=(0, 6), layouts=())
def union_and_difference(x, y):
    a = {int(v) for v in x}
    b = {int(v) for v in y}
    return a | b, a - b


@program(lambda n: (digits(n), digits(2, 1)), sizes=(0, 6), layouts=())
def common_and_toggled(x, y):
    a = {int(v) for v in x}
    b = set(y.tolist())
    common = a & b
    a ^= b
    return common, a, [v for v in a]


@program(
    lambda n: (digits(n), digits(n, 1)), lambda n: (digits(2), digits(n)), sizes=(6,), layouts=()
)
def sets_are_compared(x, y):
    a = set(x.tolist())
    b = set(y.tolist())
    return a <= b, a < b, a == b, a.isdisjoint(b), b.issuperset(a)


@program(lambda n: (GLIDER, n), sizes=(3,), layouts=())
def game_of_life_on_cells(cells, steps):
    alive = set(cells)
    for _ in range(steps):
        counts = Counter()
        for i, j in alive:
            for di in (-1, 0, 1):
                for dj in (-1, 0, 1):
                    if di or dj:
                        counts[(i + di, j + dj)] += 1
        following = set()
        for cell, count in counts.items():
            if count == 3 or (count == 2 and cell in alive):
                following.add(cell)
        alive = following
    return sorted(alive)


@program(
    lambda n: (np.array([0.5, 2.25, -1.0, 1e300, 7.0, 0.1, 0.5, -0.0, np.inf, 5e-324])[:n],),
    sizes=(0, 10),
    layouts=(),
)
def order_of_a_set_of_floats(x):
    return list({float(v) for v in x})


@program(lambda n: (digits(n), digits(n, 1)), sizes=(6,), layouts=())
def order_of_a_set_of_pairs(x, y):
    pairs = set()
    for i in range(len(x)):
        pairs.add((int(x[i]), float(y[i])))
    return [a * b for a, b in pairs]


@program(lambda n: (np.array([1.0, np.nan, 2.0, np.nan]),), sizes=(1,), layouts=(), replays=True)
def nan_is_a_key_by_its_identity(x):
    counts = {}
    for v in x:
        counts[v] = counts.get(v, 0) + 1
    return list(counts.values())


@program(lambda n: (n,), sizes=(2, 30), layouts=())
def sieve_by_a_set(n):
    composite = set()
    primes = []
    for i in range(2, n):
        if i not in composite:
            primes.append(i)
            composite.update(range(i * i, n, i))
    return primes, len(composite)


@program(lambda n: (integers(6, low=0, high=9), 3), sizes=(6,), layouts=())
def sets_change_each_other_in_a_loop(x, steps):
    reached = set(x.tolist())
    for k in range(steps):
        following = {int(v) + k for v in x}
        reached = reached | following
        reached -= {k}
    return reached, [v for v in reached]


@program(lambda n: ([3, 1, 3, 2, 8, 1, 16], 4), sizes=(6,), layouts=())
def set_of_a_list_argument(items, k):
    seen = set(items)
    return k in seen, len(seen), sum(seen)


@program(lambda n: (digits(n), digits(2, 1)), sizes=(0, 3), layouts=())
def frozensets_of_items(x, y):
    a = frozenset(x.tolist())
    b = frozenset(int(v) for v in y)
    return a | {1, 20}, a == b, hash(b), 3 in a, a.copy() is a


@program(lambda n: (np.array([[1, 2], [2, 1], [3, 4]]),), sizes=(1,), layouts=())
def undirected_edges(edges):
    seen = set()
    for u, v in edges:
        seen.add(frozenset((int(u), int(v))))
    return len(seen), frozenset((4, 3)) in seen


@program(
    lambda n: (np.array([10, 29, 41, 9, 33, 60, 2, 3, 4])[:n], np.array([60, 8])),
    sizes=(5, 6, 9),
    layouts=(),
)
def frozensets_of_sets(x, y):
    kept = {int(v) for v in x}
    for v in y:
        kept.discard(int(v))
    frozen = frozenset(kept)
    others = frozenset(int(v) for v in y)
    return [v for v in frozen], frozen ^ others, others ^ frozen, frozenset(frozen) is frozen


@program(lambda n: (["a", "bc", "d"], digits(n)), sizes=(3,), layouts=())
def sets_of_names_are_sorted(names, x):
    seen, large = set(), set()
    for v in x:
        seen.add(names[abs(int(v)) % 3])
        if v > 2:
            large.add(names[int(v) % 2])
    return sorted(seen & large), sorted(seen, reverse=True)


@program(lambda n: (digits(n),), sizes=(2,), layouts=())
def union_of_so_many_sets(x):
    return set().union(*[{int(v), int(v) + 1} for v in x[:2]])


@program(lambda n: (digits(n), digits(n, 1)), sizes=(2,), layouts=())
def pairs_in_common(x, y):
    first, second = set(), set()
    for v in x:
        first.add(frozenset((int(v), 1)))
    for v in y:
        second.add(frozenset((int(v), 1)))
    return len(first & second), len(first - second), first <= second
