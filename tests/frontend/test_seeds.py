"""How often bodies of loops are traced: what one trace has found, the next ones suppose."""

from __future__ import annotations

import numpy as np

from autograph.frontend import trace
from autograph.ir.graph import Graph


def root_of(parent, x):
    while parent[x] != x:
        x = parent[x]
    return x


def joined(parent, pairs):
    for row in pairs:
        for k in range(len(row) - 1):
            a, b = root_of(parent, row[k]), root_of(parent, row[k + 1])
            c = root_of(parent, min(a, b))
            parent[max(a, b)] = c
    return parent


def test_loop_of_a_function_called_in_loops_is_confirmed_by_one_trace():
    arguments = (np.arange(5), np.array([[0, 1, 2], [3, 4, 0]]))
    traced = trace(joined, arguments)
    # Three calls of the function, whose loop is met anew in each trace of the loops around it.
    assert traced.loop_traces <= 28


def runs_of_lists(x, n):
    total = 0.0
    for i in range(n):
        kept = []
        for v in x:
            if v > i:
                kept.append(v)
        for v in kept:
            total += v
    return total


def test_lists_made_in_a_loop_are_told_by_their_roles():
    traced = trace(runs_of_lists, (np.linspace(0.0, 3.0, 6), 3))
    assert traced.loop_traces <= 16


def counted(x):
    counts = {}
    for v in x:
        counts[int(v)] = 1
    return counts


def counted_again(x):
    found = {}
    for v in x:
        found[int(v) + 1] = 2
    return found


def test_programs_share_the_graphs_of_hash_tables():
    graphs = [trace(fn, (np.array([1, 2, 1]),)).graph for fn in (counted, counted_again)]
    names = [
        [node.regions[0].name for node in g.walk() if node.op.name == "recursion"] for g in graphs
    ]
    assert "find" in names[0]
    assert names[0] == names[1]
    sites = {n.site for g in graphs for n in _inner_nodes(g) if n.op.name == "check"}
    assert not any(site is None or site.filename == __file__ for site in sites)


def _inner_nodes(graph: Graph):
    for node in graph.walk():
        if node.op.name == "recursion":
            yield from node.regions[0].walk()
