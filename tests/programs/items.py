"""Builtins and operators over all that can be gone through: lists, views, iterators, ranges."""

from __future__ import annotations

import collections
import functools
import heapq
import itertools
import math
import operator
import statistics

import numpy as np

from tests.programs.corpus import program


def numbers(n):
    return ([3, 1, 2, 5, 4][:n],)


def vector(n):
    return (np.array([3.0, 1.0, 2.0, -1.0, 0.5])[:n],)


@program(vector, sizes=(3,))
def lists_beside_arrays(x):
    step = [1, 2.5, -1]
    y = x + step
    y -= (1, 1, 2)
    y *= [x[0], 2, 3]
    less = x < [2.0, 2.0, 2.0]
    return (
        y,
        [2, 2, 2] - x,
        x @ step,
        step * x,
        less & [True, False, True],
        x ** [2, 1, 0],
        -step[2],
    )


@program(vector, sizes=(3,))
def arrays_equal_lists(x):
    same = x == [3.0, 1.0, 5.0]
    other = (3, 1, 5) != x
    return same, other, x[0] == [3.0, 4.0], x == None, x != "x", same.all()  # noqa: E711


@program(vector, sizes=(0, 3, 5))
def ranges_beside_arrays(x):
    n = len(x)
    y = x * range(n) + range(1, n + 1)
    return y, np.sum(range(n)), np.dot(range(n), range(n)), x == range(n), np.array(range(n))


@program(vector, sizes=(1, 5))
def extremes_of_ranges(x):
    n = len(x)
    return np.argmax(range(n)), np.mean(range(0, 2 * n, 2)), x[range(n)], range(n)


@program(vector, sizes=(2, 5))
def arrays_extend_no_lists(x):
    start = [1.0] * len(x)
    start += x
    return start


@program(numbers, sizes=(3, 5))
def methods_of_lists_of_numbers(items):
    at = items.index(2)
    several = items.count(items[0])
    items.remove(1)
    return (
        at,
        several,
        items,
        (items[0], 7).index(7),
        all(items),
        sum(items, 10),
        type(items) is list,
    )


@program(numbers, sizes=(3, 5))
def lists_of_numbers_compared(items):
    nested = [items, [items[0]]]
    return (
        items == [3, 1, 2],
        items != [3, 1, 2],
        items < [3, 2],
        items >= [3, 1],
        nested == [[3, 1, 2], [3]],
        [items[0], items[1]] == [items[0], items[1]],
    )


@program(numbers, sizes=(3, 5))
def values_of_a_dict_gone_through(items):
    table = {k: 2 * x for k, x in enumerate(items)}
    values = table.values()
    return (
        (min(values), max(values), any(v > 9 for v in values), all(values), 4 in values),
        max(table.items(), key=lambda item: item[1]),
        (math.fsum(values), statistics.mean(values), sorted(values), 10 not in values),
        (heapq.nlargest(2, values), list(itertools.takewhile(lambda v: v > 2, values))),
    )


@program(numbers, sizes=(3, 5))
def iterators_are_looked_into(items):
    doubled = (2 * x for x in items)
    return (
        math.fsum(map(float, items)),
        statistics.mean(x * 1.5 for x in items),
        6 in doubled,
        list(itertools.takewhile(lambda v: v > 2, iter(items))),
        heapq.nlargest(2, (x for x in items)),
        np.fromiter((x for x in items), float),
        list(itertools.dropwhile(lambda v: v > 2, reversed(items))),
    )


@program(numbers, sizes=(3, 5))
def maps_of_what_is_made_on_the_way(items):
    few = set(items)
    return (
        list(map(operator.neg, filter(lambda v: v > 1, items))),
        "-".join(map(str, {x: 1 for x in items})),
        ", ".join(f"{x:03d}" for x in items),
        sum((x * 2 for x in items), 1),
        sum(few, 10),
        sorted(map(abs, few)),
    )


@program(numbers, sizes=(3,))
def sets_and_dicts_are_unpacked(items):
    first, *others = {x: 1 for x in items}
    a, b, c = set(items)
    return first, others, a, b, c


@program(numbers, sizes=(0, 1, 4))
def containers_are_shown(items):
    table = {x: 0.5 * x for x in items}
    lists = collections.defaultdict(list)
    ordered = collections.OrderedDict()
    queue = collections.deque(items, maxlen=2)
    for x in items:
        lists[x % 2].append(x)
        ordered[x] = -x
    print(set(items), table, lists, collections.Counter(x % 3 for x in items), sep="; ")
    print(f"{ordered} and {queue!r}, {table.keys()}, {table.values()}", range(len(items)))
    return str(table.items()), str({k: x for k, x in enumerate(items)}.values())


@program(lambda n: ({3 * k - 3: 0.5 * k for k in range(n)},), sizes=(1, 3))
def keys_of_a_dict_gone_through(table):
    return (
        (any(table), all(table), sum(table), math.prod(table), math.fsum(table)),
        functools.reduce(lambda a, b: 2 * a + b, table),
        list(itertools.accumulate(table)),
        list(itertools.combinations(table, 2)),
        heapq.nlargest(1, table),
        table[0] if 0 in table else None,
    )


@program(vector, sizes=(3, 5))
def chosen_two_at_a_time(x):
    pairs = [a * b for a, b in itertools.combinations(x, 2)]
    others = [a - b for a, b in itertools.product(x, repeat=2)]
    return pairs, sum(others), len(list(itertools.permutations(x[:3])))


@program(lambda n: (n,), sizes=(3, 12))
def ranges_have_ends(n):
    try:
        return range(n)[10], len(range(n)[2:])
    except IndexError as error:
        return str(error)


@program(vector, sizes=(2,))
def classes_of_values(x):
    return (
        x.__class__.__name__,
        type(x[0]).__name__,
        type([x[0]]) is list,
        type({"a": x[0]}) is dict,
    )


@program(lambda n: (*vector(n), n % 2), sizes=(3, 4))
def list_changes_while_others_go_through(x, choice):
    rows = [x, 2.0 * x]
    total = 0.0
    for k in range(len(x)):
        for at, row in enumerate(rows):
            x[0] = at
            total += k * np.sum(row)
        if choice == k:
            rows[0] = 0.0
    return total, x, rows[0]
