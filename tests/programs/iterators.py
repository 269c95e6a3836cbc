"""Iterators, which can be gone through once: `zip`, `enumerate`, `map`, generator expressions."""

import operator

import numpy as np

from tests.programs.corpus import floats, program, signed


@program(lambda n: (signed(n),), sizes=(0, 1, 5), layouts=())
def second_time_there_is_nothing(x):
    doubled = (v * 2 for v in x)
    pairs = zip(x, x, strict=False)
    numbered = enumerate(x)
    backwards = reversed(x)
    return (
        (sum(doubled), sum(doubled)),
        (len(list(pairs)), len(list(pairs))),
        (list(numbered), list(numbered)),
        (list(backwards), list(backwards)),
    )


@program(lambda n: (signed(n),), sizes=(0, 1, 9), layouts=())
def loop_goes_on_where_another_left(x):
    numbered = enumerate(x)
    first = -1
    for k, v in numbered:
        if v > 0:
            first = k
            break
    rest = 0.0
    for k, v in numbered:
        rest += k * v
    return first, rest


@program(lambda n: (signed(n), 0.0), sizes=(1, 6), layouts=())
def gone_through_in_a_branch(x, limit):
    items = (v - limit for v in x)
    total = 0.0
    if x[0] > limit:
        for v in items:
            total += v
    for v in items:
        total -= 3 * v
    return total


@program(lambda n: (signed(2), n), sizes=(0, 1, 3), layouts=())
def known_items_in_a_branch(x, n):
    pairs = zip([1.0, 2.0, 3.0], [4.0, 5.0, 6.0], strict=True)
    scaled = (x[k] * 10 for k in [0, 1])
    total = 0.0
    if x[0] > 0:
        for a, b in pairs:
            total += a * b
        total += sum(scaled)
    else:
        for a, b in list(pairs)[:n]:
            total -= a * b
        for v in scaled:
            total += v
    return total


@program(lambda n: (signed(n), 4), sizes=(0, 1, 3), layouts=())
def outer_iterator_in_a_loop(x, rounds):
    items = zip(x, x[::-1], strict=True)
    total, seen = 0.0, 0
    for k in range(rounds):
        for a, b in items:
            total += a * b + k
            seen += 1
            if seen == 2:
                break
    return total, seen


@program(lambda n: (floats(n), signed(n)), sizes=(0, 1, 6), layouts=())
def functions_over_items(x, y):
    def shifted(v):
        return v + 1 if v > 1 else v - 1

    products = list(map(operator.mul, x, y))
    kept = list(filter(lambda v: v > 0, y))
    return sum(map(abs, y)), list(map(shifted, x)), products, kept, sum(filter(None, y))


@program(lambda n: (signed(4), n), sizes=(0, 2), special=True)
def functions_of_operator(x, k):
    a, b, c, _ = x
    y = x.copy()
    operator.setitem(y, k, operator.neg(a))
    operator.iadd(y, 1.0)
    table = [3, 5, 7]
    return (
        (operator.add(a, b), operator.truediv(b, c), operator.pow(b, 2)),
        (operator.lt(a, b), operator.not_(a > b), operator.truth(a), operator.contains(x, b)),
        (operator.getitem(x, k), y, x.__getitem__(k), table.__getitem__(k)),
    )


@program(lambda n: (signed(n), 3.5), sizes=(0, 1, 4))
def lists_of_numbers(x, k):
    items = (x * k).tolist()
    total = 0.0
    for v in items:
        total += v
    return items, total, np.float64(k).tolist(), x.astype(int).tolist()


@program(lambda n: (signed(n),), sizes=(2,), layouts=(), raises=True)
def length_of_an_iterator(x):
    return len(zip(x, x, strict=True))


@program(lambda n: (signed(n),), sizes=(1, 4), layouts=())
def methods_as_values(x):
    total, highest = x.sum, x.max
    kept = []
    keep = kept.append
    for v in x:
        keep(v)
    return total(), highest(), kept, [method() for method in (x.min, x.mean)], 0.5 in x


@program(lambda n: (signed(n), floats(n)), sizes=(1, 4), layouts=())
def targets_within_targets(x, y):
    triples = [(k, (x[k], (y[k], 2.0 * x[k]))) for k in range(len(x))]
    weighted = [k + 10 * a + 100 * b - c for k, (a, (b, c)) in triples]
    by_number = {
        (k, 1): a - b for k, (a, (b, _)) in enumerate(zip(x, zip(y, x, strict=True), strict=True))
    }
    total = sum(k * a - b for k, (a, b) in enumerate(zip(x, y, strict=True)))
    return weighted, list(by_number.values()), total


@program(lambda n: (n, 2.0), sizes=(0, 3), layouts=())
def lists_of_iterators_of_known_length(n, x):
    items = [x, 2 * x, 3 * x]
    sums = list(items[k] + n for k in range(len(items) - 1))
    return sums, tuple(v * n for v in items), [*zip(items, sums, strict=False)]


@program(lambda n: (signed(n),), sizes=(0, 4), layouts=())
def lists_unpacked_in_displays(x):
    positive = [v for v in x if v > 0]
    both = [0.0, *positive, 1.0, *(2.0, 3.0), *x]
    same = [*positive]
    same.append(5.0)
    return both, same, positive, [*range(3), *(v * 2 for v in x)]


@program(lambda n: (signed(n), floats(n)), sizes=(0, 1, 2, 5), layouts=())
def numbered_items_of_one_of_two(x, y):
    first, second, found = x, y.copy(), []
    for _ in y:
        for k, value in enumerate(first):
            if k > 3:
                break
            found.append((k, value))
        for k, (a, b) in enumerate(zip(first, second)):
            found.append((k, a - b))
        first, second = second, first
    return found
