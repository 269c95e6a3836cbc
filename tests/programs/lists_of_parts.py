"""Lists of unknown length that hold arrays of different shapes."""

import numpy as np

from tests.programs.corpus import floats, integers, program


@program(lambda n: (floats(5), n), sizes=(0, 4), layouts=("strided",))
def beginnings(x, n):
    parts = []
    for k in range(n):
        parts.append(x[:k] * 2)
    return parts


@program(lambda n: (floats(n * n).reshape(n, n),), sizes=(1, 4), layouts=("fortran",))
def all_levels_of_a_pyramid(img):
    levels = [img * 1.0]
    while levels[-1].shape[0] > 1:
        p = levels[-1]
        levels.append(0.25 * (p[::2, ::2] + p[1::2, ::2] + p[::2, 1::2] + p[1::2, 1::2]))
    return levels


@program(lambda n: (floats(n),), sizes=(0, 8), layouts=(), gradient=(0,))
def levels_are_summed(x):
    levels = []
    while len(x) > 1:
        levels.append(x)
        x = 0.5 * (x[::2] * x[1::2])
    total = 0.0
    for level in levels:
        total += level.sum() * len(level)
    return total


@program(lambda n: (floats(n), 3), sizes=(1, 7), layouts=())
def chunks_are_joined_again(x, size):
    chunks = []
    for start in range(0, len(x), size):
        chunks.append(x[start : start + size])
    return np.concatenate(chunks), len(chunks), [chunk.sum() for chunk in chunks]


@program(lambda n: (floats(n), integers(n) % 3), sizes=(0, 7), layouts=())
def groups_by_label(x, labels):
    groups = []
    for k in range(3 + len(x)):
        groups.append(x[labels == k])
    return [group.mean() for group in groups if len(group) > 0], groups


@program(lambda n: (n,), sizes=(0, 5), layouts=())
def rows_of_pascals_triangle(n):
    rows = [np.array([1])]
    for _ in range(n):
        row = rows[-1]
        rows.append(np.concatenate(([1], row[1:] + row[:-1], [1])))
    return rows


@program(lambda n: (floats(6), n), sizes=(0, 3), layouts=())
def windows_of_one_size(x, n):
    windows = []
    for k in range(n):
        windows.append(x[k : k + 2])
    return np.array(windows)


@program(lambda n: (floats(6), n), sizes=(1, 3), layouts=(), raises=True)
def stacks_unlike_shapes(x, n):
    rows = []
    for k in range(n):
        rows.append(x[k:])
    return np.stack(rows)


@program(lambda n: (np.arange(n) * 1.5, floats(n), 0.7), sizes=(1, 5), layouts=(), gradient=(1,))
def table_of_neville(x, y, t):
    table = [y]
    k = 1
    while len(table[-1]) > 1:
        p = table[-1]
        table.append(((t - x[k:]) * p[:-1] + (x[:-k] - t) * p[1:]) / (x[:-k] - x[k:]))
        k += 1
    return table[-1][0]


@program(lambda n: (floats(3), n), sizes=(0, 3), layouts=())
def parts_are_replaced(x, n):
    parts = [x]
    for k in range(n):
        parts.append(x[:k])
    parts[0] = x[:1]
    for k in range(len(parts)):
        parts[k] = np.append(parts[k], 5.0)
    return parts


@program(lambda n: (floats(n),), sizes=(0, 9), layouts=())
def stack_of_halves(x):
    stack = [x]
    total = 0.0
    while len(stack) > 0:
        part = stack.pop()
        if len(part) <= 2:
            total += part.sum() * len(part)
        else:
            middle = len(part) // 2
            stack.append(part[:middle])
            stack.append(part[middle:])
    return total


@program(lambda n: (floats(5), n), sizes=(0, 4), layouts=())
def numbered_parts(x, n):
    parts = []
    for k in range(n):
        parts.append((k, x[:k] * 2))
    weighted = 0.0
    for k, part in parts:
        weighted += k * part.sum()
    return weighted, parts


@program(lambda n: (n,), sizes=(2, 5), layouts=())
def blocks_side_by_side(n):
    blocks = []
    for k in range(1, n):
        blocks.append(np.full((2, k), float(k)))
    return np.hstack(blocks)
