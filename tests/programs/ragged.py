"""Arrays of several sizes in lists of unknown length: changed, held twice, handed back."""

from __future__ import annotations

import numpy as np

from tests.programs.corpus import floats, program


@program(lambda n: (floats(n),), sizes=(0, 1, 4), layouts=())
def changed_after_it_was_appended(x):
    kept = []
    for k in range(len(x)):
        part = x[:k] * 2
        kept.append(part)
        part += 1.0
    return kept


@program(lambda n: (floats(n),), sizes=(0, 4), layouts=())
def held_by_two_lists(x):
    kept, again = [], []
    for k in range(len(x)):
        part = x[:k] * 2
        kept.append(part)
        again.append(part)
        if k > 1:
            again[k - 1][0] = -1.0
    return kept, again


@program(lambda n: (np.array(n),), sizes=(0, 1, 6), layouts=())
def triangle_of_pascal(n):
    rows = []
    for i in range(int(n)):
        rows.append(np.ones(i + 1))
        if i > 0:
            rows[i][1:-1] = rows[i - 1][1:] + rows[i - 1][:-1]
    total = 0.0
    for row in rows:
        total += row.max()
    return rows, total


def coarser(g):
    c = g[::2].copy()
    c[1:-1] = 0.25 * g[1:-2:2] + 0.5 * g[2:-1:2] + 0.25 * g[3::2]
    return c


@program(lambda n: (floats(n),), sizes=(3, 17), layouts=(), gradient=(0,))
def energy_after_a_cycle_over_all_levels(f):
    grids, us = [f.copy()], [np.zeros(len(f))]
    while len(grids[-1]) > 3:
        grids.append(coarser(grids[-1]))
        us.append(np.zeros(len(grids[-1])))
    for k in range(len(grids) - 1, -1, -1):
        u, g = us[k], grids[k]
        for _ in range(3):
            u[1:-1] = 0.5 * (u[2:] + u[:-2] + g[1:-1])
        if k > 0:
            fine = us[k - 1]
            fine[::2] += u
            fine[1::2] += 0.5 * (u[1:] + u[:-1])
    return np.sum(us[0] ** 2)


@program(lambda n: (floats(n),), sizes=(17,), layouts=())
def levels_of_a_grid_are_changed(u):
    grids = [u]
    while len(grids[-1]) > 3:
        g = grids[-1]
        grids.append(0.25 * (g[:-2:2] + 2 * g[1:-1:2] + g[2::2]))
    for k in range(len(grids)):
        grids[k][0] = 0.0
        grids[k] *= 2.0
    return grids


@program(lambda n: (floats(n),), sizes=(2, 5), layouts=())
def blocks_of_several_shapes(x):
    blocks = []
    for k in range(len(x)):
        block = np.zeros((k + 1, len(x) - k))
        blocks.append((k, block))
        block[k] = x[k]
    total = 0.0
    for k, block in blocks:
        block[:, 0] += k
        total += block.sum()
    return blocks, total, blocks[0][1] is blocks[-1][1]


@program(lambda n: (floats(n),), sizes=(2, 6), layouts=())
def runs_are_joined(x):
    runs = []
    for k in range(len(x)):
        runs.append(x[: k + 1].copy())
    while len(runs) > 2:
        first, last = runs.pop(0), runs.pop()
        both = np.concatenate([last, first])
        both[0] = -1.0
        runs.append(both)
    return runs
