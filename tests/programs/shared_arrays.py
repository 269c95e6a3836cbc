"""Arrays that lists of unknown length hold and somebody else has, too: they share memory."""

import numpy as np

from tests.programs.corpus import program, signed


class Holder:
    def __init__(self, x):
        self.x = x


def square(n):
    return np.arange(4.0 * n * n).reshape(2 * n, 2 * n)


@program(lambda n: (square(4), n), sizes=(0, 3))
def rows_in_a_comprehension(a, n):
    return [a[i] for i in range(n)]


@program(lambda n: (square(3), n), sizes=(0, 2))
def windows_of_a_vector(a, n):
    windows = []
    for i in range(n):
        row = a[i]
        for j in range(0, len(row) - 2, 2):
            windows.append(row[j : j + 2 + i])
    return windows


@program(lambda n: (square(3), signed(4), n), sizes=(0, 3), layouts=())
def views_of_two_arguments_and_new_ones(a, b, n):
    kept = [b]
    for i in range(n):
        if i % 2:
            kept.append(a[:, i])
        else:
            kept.append(a[i] * 2.0)
    kept.append(b[::-1])
    return kept


@program(lambda n: (signed(3), n), sizes=(0, 1, 4))
def argument_many_times(x, n):
    return [x] * n, [x for _ in range(n)]


@program(lambda n: (square(2), n), sizes=(0, 3), layouts=())
def held_in_tuples_dicts_and_objects(a, n):
    pairs, tables, holders, lists = [], [], [], []
    for i in range(n):
        pairs.append((i, a[i]))
        tables.append({"row": a[i], "column": a[:, i]})
        holders.append(Holder(a[i, 1:]))
        lists.append([a[i]])
    return pairs, tables, holders, lists


@program(lambda n: (square(2), n), sizes=(0, 3), layouts=())
def rows_by_computed_keys(a, n):
    by_sum = {}
    for i in range(n):
        by_sum[float(np.sum(a[i]))] = a[i]
    return by_sum


@program(lambda n: (square(3), n), sizes=(0, 3), layouts=())
def list_of_the_rows(a, n):
    rows = list(a)
    rows.append(a[0])
    for row in rows:
        row += n
    return rows


@program(lambda n: (square(3), n), sizes=(0, 3), layouts=())
def written_through_a_list(a, n):
    rows = []
    for i in range(n):
        rows.append(a[i])
    for row in rows:
        row[0] = -1.0
    a[:, 1] = 7.0
    total = 0.0
    for row in rows:
        total += row[0] + row[1]
    return total, rows[1:]


@program(lambda n: (signed(3), n), sizes=(0, 4), layouts=())
def changes_an_appended_array(x, n):
    collected = []
    y = x.copy()
    for _ in range(n):
        y += 1.0
        collected.append(y)
    return collected


@program(lambda n: (signed(n),), sizes=(2,), layouts=(), gradient=(0,))
def changes_an_array_that_two_objects_hold(x):
    holders = []
    shared = x * 2
    for _ in range(len(x)):
        holders.append(Holder(shared))
    holders[0].x += 1
    return np.sum(holders[1].x * x)


@program(lambda n: (square(3), n), sizes=(1, 3), layouts=())
def item_returned_alone(a, n):
    rows = []
    for i in range(n):
        rows.append(a[i])
    return rows[n // 2], rows[-1][1:3]


@program(lambda n: (square(3), n, [signed(2)]), sizes=(0, 2), layouts=())
def list_of_the_caller_gets_views(a, n, given):
    for i in range(n):
        given.append(a[i])
    return len(given)


@program(lambda n: (square(3), n), sizes=(0, 3), layouts=(), gradient=(0,))
def views_changed_and_differentiated(a, n):
    rows = []
    for i in range(n):
        rows.append(a[i])
    for row in rows:
        row *= row
    a *= 2.0
    return np.sum(np.sin(np.stack(rows))) if n else np.sum(a)


@program(lambda n: (square(2)[:n],), sizes=(0, 3), layouts=())
def diagonals_and_transposes(a):
    found = []
    for i in range(len(a)):
        found.append(a.T[i:])
        found.append(a[i:].reshape(-1))
        found.append(np.diagonal(a, i))
    return found


# ---------------------------------------------------------------- arrays made in loops


@program(lambda n: (signed(3), n), sizes=(0, 4), layouts=())
def changes_a_new_array_that_was_appended(x, n):
    collected = []
    for k in range(n):
        y = x + k
        collected.append(y)
        y += 1.0
    return collected


@program(lambda n: (signed(n),), sizes=(3,), layouts=(), gradient=(0,))
def changes_a_new_array_that_two_objects_hold(x):
    holders = []
    for k in range(len(x)):
        shared = x * k
        holders.append(Holder(shared))
        holders.append(Holder(shared))
    holders[2].x += x
    return np.sum(holders[3].x * x)


@program(lambda n: (signed(n),), sizes=(3,), layouts=())
def array_used_after_it_changed_in_a_list(x):
    holders = []
    for k in range(len(x)):
        holders.append(Holder(x * k))
    before = holders[0].x
    holders[0].x += 1
    return before[0], holders, before


@program(lambda n: (signed(3), n), sizes=(0, 5), layouts=())
def snapshots_and_the_last_state(x, n):
    snapshots = []
    for k in range(n):
        x = x + 0.1 * np.sin(x)
        if k % 2 == 0:
            snapshots.append(x)
    return snapshots, x


@program(lambda n: (signed(3), n), sizes=(0, 5), layouts=())
def states_that_stay_or_change(x, n):
    states = []
    for k in range(n):
        states.append(x)
        if k % 3 == 0:
            x = x * 2.0
    return states, x


@program(lambda n: (signed(3), n), sizes=(1, 5), layouts=())
def best_of_a_history(x, n):
    best, history = None, []
    for k in range(n):
        y = np.cos(x * k)
        history.append(y)
        if best is None or y[0] < best[0]:
            best = y
    best[1] = 100.0
    return history, best, best is history[0]


@program(lambda n: (signed(3), n), sizes=(0, 4), layouts=())
def filtered_and_sorted(x, n):
    vectors = [x * k for k in range(n)]
    chosen = [v for v in vectors if v[0] != 0.0]
    chosen.sort(key=lambda v: -abs(v[1]))
    for v in chosen[1:]:
        v *= 10.0
    return vectors, chosen, vectors[::-1]


@program(lambda n: (signed(4), n), sizes=(0, 3), layouts=())
def halves_of_new_arrays(x, n):
    halves = []
    for k in range(n):
        whole = x * (k + 1.0)
        halves.append((whole[:2], whole[2:], whole))
        whole[1:3] = 0.0
    return halves


@program(lambda n: (signed(3), n), sizes=(0, 3), layouts=())
def held_by_lists_dicts_and_objects(x, n):
    arrays, records, holders, nested = [], [], [], []
    for k in range(n):
        y = x - k
        arrays.append(y)
        records.append({"y": y, "k": k})
        holders.append(Holder(y))
        nested.append([y, y[1:]])
    for y in arrays:
        y[0] = 7.0
    return arrays, records, holders, nested
