"""Dicts and lists of lists from outside whose items the data choose: graphs, tables, groups."""

import heapq
import math
from collections import defaultdict, deque

import numpy as np

from tests.programs.corpus import program

ROADS = {0: [(1, 4.0), (2, 1.0)], 1: [(3, 1.0)], 2: [(1, 2.0), (3, 5.0)], 3: []}
LINKS = {5: [6], 6: [5, 7, 8], 7: [], 8: [9], 9: [5]}
DISTANCES = {"a": {"b": 1.0, "c": 4.0}, "b": {"c": 2.0}, "c": {}}


def copied(graph):
    if isinstance(graph, dict):
        return {k: copied(v) for k, v in graph.items()}
    return [copied(v) for v in graph] if isinstance(graph, list) else graph


@program(lambda _: (ROADS, 0), lambda _: ({7: [(7, 1.0)]}, 7), sizes=(0,), layouts=())
def shortest_roads(graph, start):
    dist = {start: 0.0}
    queue = [(0.0, start)]
    while queue:
        d, u = heapq.heappop(queue)
        if d > dist.get(u, math.inf):
            continue
        for v, w in graph[u]:
            if d + w < dist.get(v, math.inf):
                dist[v] = d + w
                heapq.heappush(queue, (d + w, v))
    return dist


@program(lambda _: (LINKS, 5), lambda _: ({1: [2, 3, 4]}, 1), sizes=(0,), layouts=())
def linked_pages(links, start):
    seen = {start}
    queue = deque([start])
    while queue:
        for v in links.get(queue.popleft(), []):
            if v not in seen:
                seen.add(v)
                queue.append(v)
    return sorted(seen)


@program(lambda _: (DISTANCES, "a", 3), sizes=(0,), layouts=())
def sum_of_distances_by_name(graph, start, steps):
    total = 0.0
    name = start
    for _ in range(steps):
        for other, d in graph[name].items():
            total += d
            name = other
    return total, name


@program(lambda _: ([[1, 2], [2], [3], [0]], 9), lambda _: ([[0]], 2), sizes=(0,), layouts=())
def walk_that_turns_links(links, steps):
    u = 0
    for _ in range(steps):
        links[u].append(links[u].pop(0))
        u = links[u][0]
    return links[u], u


@program(
    lambda _: (copied(LINKS), np.array([[5, 9], [1, 5], [1, 6]])),
    lambda _: ({}, np.array([[1, 2]])),
    sizes=(0,),
    layouts=(),
)
def links_are_added(links, new):
    for a, b in new:
        links.setdefault(int(a), []).append(int(b))
    return sum(len(v) for v in links.values())


@program(
    lambda _: (defaultdict(list, {1: [2.0]}), np.array([1, 1, 3]), np.ones(3)),
    sizes=(0,),
    layouts=(),
)
def values_join_their_groups(groups, keys, values):
    for k, v in zip(keys, values, strict=True):
        groups[int(k)].append(float(v))
    return len(groups)


@program(lambda _: ({0: {1: 2.0}, 1: {0: 3.0, 2: 0.5}, 2: {}}, 6), sizes=(0,), layouts=())
def weights_of_links_change(graph, steps):
    u = 0
    for k in range(steps):
        for v in graph[u]:
            graph[u][v] *= 0.5
        graph[u][k] = 0.25 * k
        u = (u + 1) % 3
    return len(graph[u])


@program(lambda _: ({0: {1, 2}, 1: {2}, 2: set()}, 2), sizes=(0,), layouts=())
def neighbours_in_sets(graph, most):
    for u in range(most):
        for v in range(most + 1):
            if v in graph[u]:
                graph[v].add(u)
    return sum(len(graph[u]) for u in range(most + 1))


def one_list_twice():
    shared = [1, 2]
    return {0: shared, 1: shared, 2: [0]}, 4


@program(lambda _: one_list_twice(), sizes=(0,), layouts=())
def list_under_two_keys(groups, count):
    for k in range(count):
        groups[k % 3].append(k)
    return len(groups[0])


class Network:
    def __init__(self, links):
        self.links = links


@program(
    lambda _: (Network({0: ([1, 2], 0.5), 1: ([0], 2.0), 2: ([], 1.0)}), 5), sizes=(0,), layouts=()
)
def network_is_walked(network, steps):
    u, cost = 0, 0.0
    for k in range(steps):
        others, w = network.links[u]
        cost += w
        u = others[k % len(others)] if others else 0
    return cost, u


@program(lambda _: ({0: [1]}, 5), raises=True, sizes=(0,), layouts=())
def link_that_is_missing(links, start):
    u = start
    for _ in range(start):
        u = links[u][0]
    return u


@program(lambda _: ([1.0], [2.0]), lambda _: 2 * ([1.0],), sizes=(0,), layouts=())
def list_under_two_names(a, b):
    a.append(3.0)
    return len(b)


@program(
    lambda _: ({"w": [np.ones(2), np.ones(3)], "b": [np.zeros(2)]}, np.array([0, 1, 1])),
    sizes=(0,),
    layouts=(),
)
def arrays_in_lists_by_name(parameters, choices):
    total = 0.0
    for k in choices:
        name = "w" if k else "b"
        total += parameters[name][0].sum()
    return total
