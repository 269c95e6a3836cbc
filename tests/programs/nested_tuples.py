"""Tuples of tuples as deep as the data say: chains, trees, expressions, ways through a graph."""

from __future__ import annotations

from tests.programs.corpus import program, signed


def numbers(n):
    return signed(n), n


@program(numbers, sizes=(0, 1, 6), gradient=(0,))
def chain_of_pairs(x, n):
    node = None
    for i in range(n):
        node = (node, x[i])
    total = 0.0
    while node is not None:
        node, value = node
        total = total * 0.5 + value
    return total


@program(numbers, sizes=(0, 1, 6))
def chain_of_pairs_is_returned(x, n):
    node = ()
    for i in range(n):
        if x[i] > -0.5:
            node = (x[i], node)
    return node, len(node)


@program(numbers, sizes=(0, 1, 7), gradient=(0,))
def tree_of_triples(x, n):
    def build(low, high):
        if high == low:
            return None
        middle = (low + high) // 2
        return build(low, middle), x[middle], build(middle + 1, high)

    def weighed(tree):
        if tree is None:
            return 0.0
        left, value, right = tree
        return 0.5 * weighed(left) + value + weighed(right)

    return weighed(build(0, n))


@program(lambda n: (signed(n),), sizes=(1, 6))
def tree_of_triples_is_returned(x):
    def build(low, high):
        if high - low <= 1:
            return x[low], None, None
        middle = (low + high) // 2
        return x[middle], build(low, middle), build(middle, high)

    return build(0, len(x))


@program(numbers, sizes=(1, 5))
def best_way_with_its_steps(x, n):
    best = None
    waiting = [(0.0, 0, None)]
    while waiting:
        cost, k, way = waiting.pop(0)
        if k >= n:
            if best is None or cost < best[0]:
                best = (cost, way)
            continue
        waiting.append((cost + x[k], k + 1, (k, way)))
        if x[k] < 0:
            waiting.append((cost - x[k], k + 2, (-k, way)))
    steps = []
    way = best[1]
    while way is not None:
        steps.append(way[0])
        way = way[1]
    return best[0], steps


@program(numbers, sizes=(0, 6))
def ways_kept_in_a_list(x, n):
    way = None
    kept = []
    for i in range(n):
        way = (i, way)
        if x[i] > 0:
            kept.append(way)
    total = 0
    for end in kept:
        while end is not None:
            total += end[0]
            end = end[1]
    return total, len(kept)


@program(numbers, sizes=(0, 1, 6))
def expression_is_evaluated(x, n):
    node = ("leaf", 1.0)
    for i in range(n):
        node = ("sum", node, x[i]) if x[i] > 0 else ("negative", node, 0.0)

    def value(part):
        if part[0] == "leaf":
            return part[1]
        if part[0] == "negative":
            return -value(part[1])
        return value(part[1]) + part[2]

    return value(node)


@program(numbers, sizes=(1, 5))
def nested_tuples_are_looked_into(x, n):
    node = None
    for i in range(n):
        node = (node, i)
    first, number = node
    return node[0] is first, isinstance(node, tuple), number, len(node), number in node
