"""Dicts with computed keys in lists and in other dicts: graphs, sparse rows, tables of counts."""

import heapq
from collections import Counter, defaultdict, deque
from itertools import pairwise

import numpy as np

from tests.programs.corpus import floats, integers, program


def edges(n):
    return integers(2 * n, seed=3).reshape(n, 2), floats(n)


@program(lambda n: (*edges(n), 1), sizes=(1, 12), layouts=())
def shortest_ways_in_a_dict_of_dicts(ends, lengths, source):
    graph = {}
    for (u, v), length in zip(ends, lengths):
        graph.setdefault(int(u), {})[int(v)] = length
        graph.setdefault(int(v), {})[int(u)] = length
    distances = {source: 0.0}
    todo = [(0.0, source)]
    while todo:
        distance, u = heapq.heappop(todo)
        if distance > distances[u]:
            continue
        for v, length in graph.get(u, {}).items():
            if v not in distances or distance + length < distances[v]:
                distances[v] = distance + length
                heapq.heappush(todo, (distances[v], v))
    return graph, distances


@program(lambda n: (np.arange(n) % 4, np.arange(n) * 3 % 5, floats(n)), sizes=(0, 9), layouts=())
def sparse_matrix_times_itself(rows, columns, values):
    matrix = [{} for _ in range(5)]
    for i, j, x in zip(rows, columns, values):
        matrix[i][j] = matrix[i].get(j, 0.0) + x
    product = []
    for row in matrix:
        sums = {}
        for k, x in row.items():
            for j, y in matrix[k].items():
                sums[j] = sums.get(j, 0.0) + x * y
        product.append(sums)
    return matrix, product


@program(lambda n: (floats(n),), sizes=(7,), layouts=())
def counts_and_sums_by_two_keys(x):
    sums = defaultdict(lambda: defaultdict(float))
    counts = defaultdict(Counter)
    for k, v in enumerate(x):
        sums[k % 3][int(v * 4)] += v
        counts[k % 2][int(v * 4)] += 1
    most = [(key, count.most_common(1)) for key, count in counts.items()]
    return {key: dict(row) for key, row in sums.items()}, most


@program(lambda n: (floats(n),), sizes=(2, 7), layouts=())
def containers_of_many_kinds_side_by_side(x):
    positions = [{} for _ in range(2)]
    values = {}
    tenths = [set() for _ in range(2)]
    queues = [deque() for _ in x]
    for k, v in enumerate(x):
        positions[k % 2][k] = k
        values.setdefault(k % 3, {})[k] = v
        tenths[k % 2].add(int(10 * v))
        queues[k // 2].append(v)
    last = positions[-1]
    last[99] = 7
    return positions, values, tenths, queues, last


@program(lambda n: (integers(n) % 4,), sizes=(1, 20), layouts=())
def transitions_counted(states):
    table = {}
    for before, after in pairwise(states):
        row = table.setdefault(int(before), {})
        row[int(after)] = row.get(int(after), 0) + 1
    for row in table.values():
        total = sum(row.values())
        for state in row:
            row[state] /= total
    return table


@program(lambda n: ([[1, 2], [1, 3], [2]],), sizes=(1,), layouts=())
def tree_of_letters(words):
    root = {}
    for word in words:
        node = root
        for letter in word:
            node = node.setdefault(int(letter), {})

    def count(node):
        return 1 + sum(count(inner) for inner in node.values())

    return root, count(root)
