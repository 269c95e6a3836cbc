"""Dicts, sets, queues and heaps whose keys and items are known only when the program runs."""

import bisect
import functools
import heapq
import itertools
from collections import Counter, OrderedDict, defaultdict, deque

import numpy as np

from tests.programs.corpus import floats, integers, program, signed

PRICES = {1: 10.0, 2: 20.0, 5: 50.0}


def digits(n, seed=0):
    """Return integers, among which there are equal ones."""
    return integers(3 * n, seed=seed, low=-3, high=9)


def network(n):
    """Return lengths of edges; 0 means that there is none."""
    present = integers(n, n, seed=3, low=0, high=4) == 0
    return floats(n, n, seed=4) * present


# ---------------------------------------------------------------- dicts


@program(lambda n: (digits(n),), sizes=(0, 1, 9), layouts=())
def counted_by_get(x):
    counts = {}
    for v in x:
        k = int(v)
        counts[k] = counts.get(k, 0) + 1
    return counts


@program(lambda n: (digits(n), n), sizes=(0, 1, 9), layouts=())
def collatz_with_memory(x, n):
    cache = {}
    best = 0
    for i in range(1, 10 * n):
        k = i
        steps = 0
        while k != 1 and k not in cache:
            k = k // 2 if k % 2 == 0 else 3 * k + 1
            steps += 1
        cache[i] = steps + (cache[k] if k != 1 else 0)
        best = max(best, cache[i])
    return best, len(cache)


@program(lambda n: (n,), sizes=(0, 1, 6), layouts=())
def tridiagonal_as_dict(n):
    matrix = {}
    for i in range(n):
        matrix[i, i] = 2.0
        if i > 0:
            matrix[i, i - 1] = -1.0
        if i < n - 1:
            matrix[(i, i + 1)] = -1.0
    y = np.zeros(n)
    x = np.ones(n)
    for (i, j), v in matrix.items():
        y[i] += v * x[j]
    return y, matrix


@program(lambda n: (digits(n), 3), lambda n: (digits(n), 77), sizes=(7,), layouts=())
def missing_key_is_caught(x, k):
    table = {}
    for v in x:
        table[int(v)] = float(v)
    try:
        return table[k]
    except KeyError as error:
        return error.args


@program(lambda n: (digits(n), 77), sizes=(1, 7), layouts=(), raises=True)
def missing_key(x, k):
    table = {}
    for v in x:
        table[int(v)] = float(v)
    return table[k]


@program(lambda n: (digits(n),), sizes=(1, 30), layouts=())
def keys_come_and_go(x):
    table = {}
    for v in x:
        k = int(v)
        if k in table:
            del table[k]
        else:
            table[k] = k * 2
    popped = table.pop(1000, None)
    return table, popped, list(table), list(table.values())


@program(lambda n: (signed(1)[0],), lambda n: (-signed(1)[0],), sizes=(1,))
def keys_by_branch(x):
    table = {"a": 1.0}
    if x > 0:
        table["b"] = x
    return table, len(table), "b" in table


@program(lambda n: (np.array([1, 1, 2]),), sizes=(1,), layouts=())
def display_of_computed_keys(x):
    table = {int(x[0]): 1.0, int(x[1]): 2.0}
    return table, len({int(x[0]), int(x[1]), int(x[2])})


@program(lambda n: (signed(n),), sizes=(0, 5), layouts=())
def floats_as_keys(x):
    sums = defaultdict(float)
    for v in x:
        sums[v] += v
        sums[round(v)] += 1.0
    return sums, len(sums), sum(sums.values())


@program(lambda n: (digits(n),), sizes=(9,), layouts=())
def comprehension_of_computed_keys(x):
    squares = {int(v): int(v) ** 2 for v in x}
    return squares, max(squares.values()), sorted(squares)


@program(lambda n: (digits(n),), sizes=(1, 9), layouts=())
def counter_of_array(x):
    counts = Counter(x.tolist())
    best = None
    for k, v in counts.items():
        if best is None or v > counts[best]:
            best = k
    return counts, best, counts.most_common(2), counts[77], counts.total()


@program(lambda n: (digits(n), n), sizes=(9,), layouts=())
def least_recently_used(x, n):
    recent = OrderedDict()
    misses = 0
    for v in x:
        k = int(v)
        if k in recent:
            recent.move_to_end(k)
        else:
            misses += 1
            recent[k] = misses
            if len(recent) > 4:
                recent.popitem(last=False)
    return misses, recent


# ---------------------------------------------------------------- dicts and others from outside


@program(lambda n: ({1: 2.0, 3: 4.0, -2: 5.0}, digits(n)), sizes=(0, 7), layouts=())
def looked_up_in_argument(table, x):
    total = 0.0
    for v in x:
        k = int(v)
        if k in table:
            total += table[k]
        total += PRICES.get(k, -1.0)
    return total


@program(lambda n: ({1: 2.0}, {1, 2}, digits(n)), sizes=(0, 5), layouts=())
def arguments_get_keys(table, seen, x):
    for v in x:
        table[int(v)] = float(v)
        seen.add(int(v))
    return len(table) + len(seen)


@program(lambda n: (deque([1.0, 2.0]), Counter([1, 2, 2]), signed(n)), sizes=(0, 5), layouts=())
def queue_and_counter_of_the_caller(queue, counts, x):
    for v in x:
        queue.append(v)
        if len(queue) > 3:
            queue.popleft()
        counts[int(v)] += 1
    return sum(queue)


@program(lambda n: ({"a": 1.0}, {1.0, 2.0}, 1.0), sizes=(1,), layouts=())
def known_keys_are_added(table, seen, x):
    if x > 0:
        table["b"] = x
    seen.add(3.0)
    return table


# ---------------------------------------------------------------- sets


@program(lambda n: (digits(n),), sizes=(0, 1, 9), layouts=())
def first_occurrences(x):
    seen = set()
    kept = []
    for v in x:
        k = int(v)
        if k not in seen:
            seen.add(k)
            kept.append(k)
    return kept, len(seen), seen


@program(lambda n: (1000 * digits(n),), lambda n: (digits(n),), sizes=(0, 1, 12), layouts=())
def order_of_a_set(x):
    found = []
    for v in set(x.tolist()):
        found.append(v)
    return found


# ---------------------------------------------------------------- queues, heaps, sorting


@program(lambda n: (network(n), 0), sizes=(1, 8), layouts=())
def breadth_first(weights, start):
    n = len(weights)
    distance = [-1] * n
    distance[start] = 0
    queue = deque([start])
    while queue:
        u = queue.popleft()
        for v in range(n):
            if weights[u, v] > 0 and distance[v] < 0:
                distance[v] = distance[u] + 1
                queue.append(v)
    return distance


@program(lambda n: (network(n), 0), sizes=(1, 8), layouts=())
def shortest_paths(weights, start):
    n = len(weights)
    distance = [float("inf")] * n
    distance[start] = 0.0
    heap = [(0.0, start)]
    while heap:
        d, u = heapq.heappop(heap)
        if d > distance[u]:
            continue
        for v in range(n):
            if weights[u, v] > 0 and d + weights[u, v] < distance[v]:
                distance[v] = d + weights[u, v]
                heapq.heappush(heap, (distance[v], v))
    return distance


@program(lambda n: (signed(n),), sizes=(1, 7), layouts=())
def moving_average_by_a_queue(x):
    window = deque(maxlen=3)
    means = []
    for v in x:
        window.append(v)
        means.append(sum(window) / len(window))
    window.rotate(1)
    return means, window, window[0]


@program(lambda n: (signed(n),), sizes=(0, 7), layouts=())
def sorted_by_keys(x):
    kept = [float(v) for v in x if v > -1]
    kept.sort(reverse=True)
    by_place = sorted(zip(x, range(len(x)), strict=True))
    return kept, sorted(kept, key=lambda v: abs(v - 1)), by_place


@program(lambda n: (signed(n), 0.3), sizes=(1, 7), layouts=())
def kept_sorted(x, limit):
    items = []
    for v in x:
        bisect.insort(items, float(v))
    return items, bisect.bisect_left(items, limit), bisect.bisect_right(items, items[0])


@program(lambda n: (n,), sizes=(1, 5))
def combined(n):
    total = 0
    for a, b in itertools.product(range(n), range(n)):
        total += a * b
    for a, b, c in itertools.combinations(range(n), 3):
        total += a * b * c
    for p, q in itertools.permutations(range(n), 2):
        total += p - 2 * q
    sums = list(itertools.accumulate([i * i for i in range(n)]))
    return total, sums, functools.reduce(lambda a, b: a + b, [i for i in range(n)], 0)


@program(lambda n: (digits(n),), sizes=(0, 7), layouts=())
def groups_and_pairs(x):
    groups = []
    for key, group in itertools.groupby(sorted(x.tolist())):
        groups.append((key, len(list(group))))
    steps = [b - a for a, b in itertools.pairwise(x)]
    return groups, steps, list(itertools.chain(range(len(x)), x))


# ---------------------------------------------------------------- dicts of lists and arrays


@program(lambda n: (digits(n), floats(3 * n)), sizes=(0, 6), layouts=())
def means_of_groups(keys, values):
    groups = defaultdict(list)
    for k, v in zip(keys, values, strict=True):
        groups[int(k)].append(float(v))
    return {k: sum(g) / len(g) for k, g in groups.items()}


@program(lambda n: ("to be or not to be that is the question", digits(n)), sizes=(3,), layouts=())
def words_of_a_known_text(text, x):
    counts = Counter(text.split())
    words = list(counts)
    for v in x:
        counts[words[abs(int(v)) % 3]] += 1
    return counts, counts["be"], counts["none"], Counter("aab").most_common(1)


@program(lambda n: (signed(n),), sizes=(0, 6), layouts=())
def lists_under_known_names(x):
    sorted_out = defaultdict(list)
    large = {}
    for v in x:
        if v < 0:
            sorted_out["negative"].append(v)
        else:
            sorted_out["others"].append(v)
            if v > 1:
                large.setdefault("large", []).append(v)
    return sorted_out, large


@program(lambda n: (integers(2 * n, 2, low=0, high=n + 1), n + 1), sizes=(5,), layouts=())
def sizes_of_components(edges, n):
    neighbours = defaultdict(list)
    for a, b in edges.tolist():
        neighbours[a].append(b)
        neighbours[b].append(a)
    seen = set()
    sizes = []
    for start in range(n):
        if start in seen:
            continue
        stack = [start]
        seen.add(start)
        size = 0
        while stack:
            u = stack.pop()
            size += 1
            for v in neighbours[u]:
                if v not in seen:
                    seen.add(v)
                    stack.append(v)
        sizes.append(size)
    return sizes


@program(lambda n: (digits(n), floats(3 * n, 2)), sizes=(6,), layouts=())
def sums_of_rows_by_key(keys, rows):
    sums = {}
    for k in range(len(keys)):
        c = int(keys[k])
        if c not in sums:
            sums[c] = np.zeros(2)
        sums[c] = sums[c] + rows[k]
    return sums


@program(lambda n: (signed(n), 3), sizes=(0, 1, 8), layouts=(), rtol=1e-12)
def filter_over_a_ring(x, order):
    weights = np.zeros(order)
    recent = deque([0.0] * order, maxlen=order)
    errors = np.zeros(len(x))
    for k, sample in enumerate(x):
        window = np.array(recent)
        errors[k] = sample - weights @ window
        weights += 0.1 * errors[k] * window / (1.0 + window @ window)
        recent.appendleft(sample)
    return errors, weights, np.mean(recent)


@program(lambda n: (integers(n, low=0, high=4),), sizes=(7,), layouts=())
def most_common_and_recently_used(x):
    counts = Counter(x.tolist())
    recent = OrderedDict()
    for v in x:
        if int(v) in recent:
            recent.move_to_end(int(v))
        else:
            recent[int(v)] = counts[int(v)]
    return counts.most_common(2), list(recent.items())
