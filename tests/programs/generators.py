"""Generator functions, generator expressions and comprehensions."""

import contextlib

import numpy as np

from tests.programs.corpus import floats, program, signed


def positives(x):
    for i in range(len(x)):
        if x[i] > 0:
            yield x[i]


def pairs(n):
    for i in range(n):
        for j in range(i):
            yield i, j


def countdown(n):
    while n > 0:
        yield n
        n -= 1


def halvings(a):
    while True:
        yield a
        a = a / 2


def three(a):
    yield a
    yield a * 2
    yield a * 3


def chained(x, n):
    yield from positives(x)
    yield from range(n)
    yield -1.0


@program(lambda n: (signed(n),), sizes=(0, 7), layouts=())
def sum_of_generated(x):
    total = 0.0
    for v in positives(x):
        total += v * v
    return total


@program(lambda n: (n,), sizes=(0, 1, 5))
def generated_pairs(n):
    total = 0
    for i, j in pairs(n):
        if i + j == 5:
            continue
        if i * j > 6:
            break
        total += i * 10 + j
    else:
        total += 1000
    return total


@program(lambda n: (n,), sizes=(0, 5, 40))
def return_from_generated(n):
    for k in countdown(n):
        if k % 7 == 0:
            return k
    return -1


@program(lambda n: (100.0,), lambda n: (0.5,), sizes=(1,))
def endless_generator(a):
    steps = 0
    for h in halvings(a):
        if h < 1:
            break
        steps += 1
    return steps, h


@program(lambda n: (2.0,), sizes=(1,))
def unpacked_generator(a):
    p, q, r = three(a)
    _, *rest = three(p)
    return p + q + r, list(three(a)), tuple(rest), sum(three(a)), max(*three(a))


@program(lambda n: (signed(n), 3), sizes=(0, 5), layouts=())
def delegating_generator(x, n):
    total = 0.0
    for v in chained(x, n):
        total += v
    return total


@program(lambda n: (signed(n),), sizes=(1, 6), layouts=(), gradient=(0,))
def generator_expression_sum(x):
    return sum(v * v for v in x) + 0.5


@program(lambda n: (signed(n),), sizes=(0, 6), layouts=())
def any_and_all(x):
    return any(v > 1.5 for v in x), all(x[i] > -5 for i in range(len(x)))


@program(lambda n: (signed(n), 2), sizes=(1, 6), layouts=())
def extremes_of_generated(x, k):
    return max(v * k for v in x), min(abs(v) for v in x if v < 9)


@program(lambda n: (3.0, 4), sizes=(1,))
def static_comprehensions(a, b):
    squares = [a * k for k in range(4) if k % 2]
    table = {k: a + k for k in range(3)}
    kinds = {k % 2 for k in range(5)}
    grid = [[i * j * a for j in range(2)] for i in range(2)]
    return squares, table, len(kinds), grid, [k for row in grid for k in row]


@program(lambda n: (signed(n),), sizes=(0, 1, 6), layouts=())
def array_of_comprehension(x):
    return np.array([v * 2 + i for i, v in enumerate(x)])


@program(lambda n: (floats(n), n), sizes=(1, 6), layouts=())
def list_of_running_length(x, n):
    values = [x[i] * i for i in range(n)]
    total = 0.0
    for v in values:
        total += v
    return total, len(values)


@program(lambda n: (1.0,), lambda n: (-1.0,), sizes=(1,))
def closing_finally(a):
    log = np.zeros(3)

    def guarded():
        try:
            for k in range(4):
                yield k * a
        finally:
            log[0] += 1

    for v in guarded():
        if v > 1:
            log[1] = v
            break
    return log


@program(lambda n: (floats(n),), sizes=(0, 5), layouts=())
def generator_with_state(x):
    def running(values):
        total = 0.0
        for v in values:
            total += v
            yield total

    out = np.zeros(len(x))
    for i, t in enumerate(running(x)):
        out[i] = t
    return out


@program(lambda n: (floats(n),), sizes=(4,), layouts=())
def comprehension_hides_outer_name(x):
    i = 10.0
    values = [i * v for i, v in enumerate((x[0], x[1], x[2]))]
    return i, values


@contextlib.contextmanager
def doubled(x):
    x *= 2.0
    try:
        yield x[0]
    finally:
        x /= 2.0


@program(
    lambda n: (signed(3), 1.0),
    lambda n: (signed(3), 0.0),
    lambda n: (signed(3), -1.0),
    sizes=(1,),
    layouts=(),
)
def context_from_generator(x, a):
    count = 0
    try:
        with doubled(x) as first:
            if a < 0:
                return x.sum(), first
            x[1] = 1.0 / a
            count += 1
    except ZeroDivisionError:
        count += 10
    return count, first


@contextlib.contextmanager
def forgiving(log):
    log[0] += 1
    try:
        yield log
    except ZeroDivisionError:
        log[1] += 1
    else:
        log[2] += 1
    log[3] += 1


@program(lambda n: (n, np.zeros(4), 1), lambda n: (n, np.zeros(4), 0), sizes=(0, 4), layouts=())
def manager_that_handles(n, log, d):
    total = 0
    for i in range(n):
        with forgiving(log) as counts:
            if i == 3:
                break
            if i == 1:
                continue
            total += 10 // (i * d + d) + int(counts[0])
    return total, log


def careful(x, log):
    for v in x:
        try:
            yield v
        except ValueError:
            log[0] += 1
        finally:
            log[1] += 1


@program(lambda n: (signed(n), np.zeros(2)), sizes=(0, 5), layouts=())
def failure_of_consumer_is_not_the_generators(x, log):
    total = 0.0
    try:
        for v in careful(x, log):
            if v < -1:
                raise ValueError("below", v)
            total += v
    except ValueError as e:
        total = e.args[1]
    return total, log


def stages(a):
    if a > 0:
        yield a
        if a > 1:
            yield a - 1
            return
    else:
        yield -a
    yield 10.0


@program(lambda n: (2.0,), lambda n: (0.5,), lambda n: (-3.0,), sizes=(1,))
def yields_in_branches(a):
    total = 0.0
    count = 0
    for v in stages(a):
        total = total * 3 + v
        count += 1
    return total, count


def tree(depth, a):
    if depth:
        yield from tree(depth - 1, a * 2)
        yield a
        yield from tree(depth - 1, a + 1)


@program(lambda n: (1.5,), sizes=(1,))
def recursive_generator(a):
    total = 0.0
    for k, v in enumerate(tree(3, a), 1):
        total += v * k
    return total


def evens(values):
    for v in values:
        if v % 2 == 0:
            yield v


def halves(values):
    for v in evens(values):
        if v > 6:
            return
        yield v // 2


@program(lambda n: (n,), sizes=(0, 3, 12))
def generators_of_generators(n):
    total = 0
    for h in halves(range(n)):
        for k in (e for e in evens(range(h)) if e != 2):
            total += h * k
            if total > 50:
                return total, h
    return total, -1


def failing(x):
    for i in range(6):
        yield x[i]


@program(lambda n: (floats(n),), sizes=(0, 4, 8), layouts=())
def generator_raises(x):
    total = 0.0
    try:
        for v in failing(x):
            total += v
    except IndexError:
        return -total
    return total


def finding(values, wanted):
    for i, v in enumerate(values):
        if v == wanted:
            return i
        yield v
    return -1


@program(lambda n: (np.arange(float(n)), 3.0), sizes=(0, 3, 9), layouts=())
def value_of_yield_from(x, wanted):
    def outer():
        found = yield from finding(x, wanted)
        yield found * 100.0

    total = 0.0
    for v in outer():
        total += v
    return total


@program(lambda n: (signed(n),), sizes=(0, 5), layouts=())
def sum_over_generator(x):
    return sum(v * v for v in positives(x)), len(list(positives(x)))


@program(lambda n: (floats(n), n - 2), sizes=(2, 6), layouts=())
def comprehension_in_try(x, i):
    try:
        return sum([x[k + i] for k in range(len(x) - 1)])
    except IndexError:
        return -1.0
