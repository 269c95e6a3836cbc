"""Lists of unknown length that hold lists: rows that grow, tables, buckets, graphs."""

import numpy as np

from tests.programs.corpus import floats, integers, program, signed


def ring(n):
    nodes = np.arange(n)
    return np.stack([nodes, (nodes + 1) % max(n, 1)], axis=1)


@program(lambda n: (n,), sizes=(0, 4), layouts=())
def rows_of_a_triangle(n):
    rows = []
    for k in range(n):
        row = []
        for j in range(k):
            row.append(j * k)
        rows.append(row)
    return rows


@program(lambda n: (signed(n),), sizes=(0, 5), layouts=())
def pairs_of_positives(x):
    pairs = []
    for value in x:
        if value > 0:
            pairs.append([value, value * value])
    total = 0.0
    for a, b in pairs:
        total += a * b
    return total, pairs


@program(lambda n: (n, ring(n)), sizes=(1, 5), layouts=())
def neighbours_of_each_node(n, edges):
    neighbours = [[] for _ in range(n)]
    for u, v in edges:
        neighbours[u].append(v)
        neighbours[v].append(u)
    return [len(nodes) for nodes in neighbours], neighbours


@program(lambda n: (n, ring(n)), sizes=(1, 6), layouts=())
def breadth_first_distances(n, edges):
    neighbours = [[] for _ in range(n)]
    for u, v in edges:
        neighbours[u].append(v)
        neighbours[v].append(u)
    distances = -np.ones(n, dtype=int)
    distances[0] = 0
    queue = [0]
    while queue:
        u = queue.pop(0)
        for v in neighbours[u]:
            if distances[v] < 0:
                distances[v] = distances[u] + 1
                queue.append(v)
    return distances


@program(lambda n: (0.0, 1.0, n), sizes=(1, 4), layouts=())
def table_of_romberg(a, b, n):
    table = []
    h = b - a
    table.append([0.5 * h * (np.sin(a) + np.sin(b))])
    for i in range(1, n):
        h *= 0.5
        s = 0.0
        for k in range(1, 2**i, 2):
            s += np.sin(a + k * h)
        row = [0.5 * table[i - 1][0] + h * s]
        for j in range(1, i + 1):
            row.append(row[j - 1] + (row[j - 1] - table[i - 1][j - 1]) / (4.0**j - 1))
        table.append(row)
    return table[-1][-1]


@program(lambda n: (integers(n) % 3, integers(n + 1) % 3), sizes=(0, 6), layouts=())
def longest_common_subsequence(a, b):
    table = []
    for _ in range(len(a) + 1):
        table.append([0] * (len(b) + 1))
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            if a[i - 1] == b[j - 1]:
                table[i][j] = table[i - 1][j - 1] + 1
            else:
                table[i][j] = max(table[i - 1][j], table[i][j - 1])
    return table[len(a)][len(b)]


@program(lambda n: (n,), sizes=(1, 6), layouts=())
def list_of_pascals_rows(n):
    rows = [[1]]
    for i in range(1, n):
        before = rows[-1]
        row = [1]
        for j in range(1, i):
            row.append(before[j - 1] + before[j])
        row.append(1)
        rows.append(row)
    return rows


@program(lambda n: (np.abs(np.sin(np.arange(n) * 1.7)) * 0.99, 4), sizes=(0, 9), layouts=())
def values_in_buckets(x, n):
    buckets = [[] for _ in range(n)]
    for value in x:
        buckets[int(value * n)].append(value)
    ordered = []
    for bucket in buckets:
        for value in bucket:
            ordered.append(value)
    return ordered, [len(bucket) for bucket in buckets]


@program(lambda n: (n,), sizes=(1, 5), layouts=())
def paths_on_a_stack(n):
    stack = [[0]]
    count = 0
    longest = 0
    while stack:
        path = stack.pop()
        count += 1
        longest = max(longest, len(path))
        if len(path) < n:
            stack.append([*path, path[-1] + 1] if n < 0 else path + [path[-1] + 1])
            if path[-1] % 2 == 0:
                stack.append(path + [path[-1] + 3])
    return count, longest


@program(lambda n: (n,), sizes=(2, 3), layouts=())
def rows_are_doubled(n):
    table = [[k, k + 1] for k in range(n)]
    total = 0
    for row in table:
        for value in row:
            total += value
    for i in range(n):
        for j in range(2):
            table[i][j] *= 2
    for row in table:
        total += sum(row)
    return total, table


@program(lambda n: (n,), sizes=(1, 3), layouts=())
def rows_changed_while_gone_through(n):
    table = [[k, k + 1] for k in range(n)]
    for row in table:
        row[0] = 7
    return table


@program(lambda n: (n,), sizes=(1, 5), layouts=())
def row_is_carried_on(n):
    rows = []
    row = [1]
    for k in range(n):
        rows.append(row)
        row = [k] + row
        if k > 2:
            row.append(5)
    return rows, row


@program(lambda n: (floats(n),), sizes=(0, 4), layouts=(), gradient=(0,))
def array_of_pairs(x):
    pairs = []
    for value in x:
        pairs.append([value, value * value])
    return np.array(pairs)


@program(lambda n: (n,), sizes=(2,), layouts=())
def lists_three_deep(n):
    table = [[[] for _ in range(n)] for _ in range(n)]
    for i in range(n):
        for j in range(n):
            table[i][j].append(i * j)
    return table


@program(lambda n: (n,), sizes=(1, 3), layouts=(), raises=True)
def item_out_of_range(n):
    table = [[] for _ in range(n)]
    table[-1].append(4)
    if n > 2:
        table[n].append(5)
    return table


@program(lambda n: (n,), sizes=(1, 3), layouts=())
def copies_of_items(n):
    table = [[1] for _ in range(n)]
    a = table[0].copy()
    b = list(table[0])
    c = table[0][:]
    a.append(2)
    b.append(3)
    c.append(4)
    table[0].append(5)
    return table, a, b, c


@program(lambda n: (floats(n),), sizes=(1, 3, 12))
def comprehensions_of_containers(x):
    table = [[v * w for w in x if v < w] for v in x]
    near = [{k, k + 1} for k in range(len(x))]
    near[0].add(7)
    arrays = [np.zeros(3) for _ in x]
    for k, v in enumerate(x):
        arrays[k % 2 if len(x) > 1 else 0][k % 3] += v
    return table, near, [[a, a] for a in arrays], [tuple(w for w in x if w < v) for v in x]
