"""Generators and iterators that are gone through step by step: `next`, `send`, `throw`, `close`."""

import itertools

import numpy as np

from tests.programs.corpus import floats, integers, program, signed


def positives(x):
    for v in x:
        if v > 0:
            yield v


def three(a):
    yield a
    yield a * 2
    yield a * 3


@program(lambda n: (2.0,), sizes=(1,))
def taken_one_by_one(a):
    values = three(a)
    first = next(values)
    second = next(values)
    return first + 10 * second + 100 * next(values, -1.0) + next(values, 1000.0)


def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


@program(lambda n: (n,), sizes=(0, 1, 12))
def next_in_a_loop(n):
    numbers = fibonacci()
    total = 0
    for k in range(n):
        total += k * next(numbers)
    return total, next(numbers)


@program(lambda n: (signed(n), 1.5), sizes=(0, 1, 9), layouts=())
def taken_up_by_another_loop(x, limit):
    values = positives(x)
    total = 0.0
    for v in values:
        total += v
        if total > limit:
            break
    for v in values:
        total -= 2 * v
    return total, next(values, None)


def averages():
    total, count, average = 0.0, 0, None
    while True:
        v = yield average
        if v is None:
            break
        total += v
        count += 1
        average = total / count
    return total, count


@program(lambda n: (floats(n),), sizes=(0, 1, 6), layouts=())
def values_are_sent(x):
    running = averages()
    next(running)
    out = np.zeros(len(x))
    for i in range(len(x)):
        out[i] = running.send(x[i])
    try:
        running.send(None)
    except StopIteration as end:
        total, count = end.value
    return out, total, count


def reversible():
    total = 0.0
    while True:
        try:
            total += yield total
        except ValueError as error:
            total = -total
            yield error.args[0]


@program(lambda n: (signed(n),), sizes=(0, 1, 7), layouts=())
def exceptions_are_thrown_in(x):
    totals = reversible()
    result = next(totals)
    for v in x:
        if v > 0.5:
            result = result * 2 + totals.throw(ValueError(3.5))
            next(totals)
        else:
            result = result * 2 + totals.send(v)
    return result


def counted(log):
    try:
        for k in range(5):
            yield k * 1.0
        log[1] += 1
    except GeneratorExit:
        log[2] += 1
        raise
    finally:
        log[0] += 1


@program(lambda n: (np.zeros(4), n), sizes=(0, 1, 3, 6), raises=True)
def closed_in_the_middle(log, n):
    values = counted(log)
    for _ in range(n):
        log[3] += next(values)
    values.close()
    values.close()
    return log[3], next(values, -1.0)


def merged(a, b):
    x, y = next(a, None), next(b, None)
    while x is not None and y is not None:
        if x < y:
            yield x
            x = next(a, None)
        else:
            yield y
            y = next(b, None)
    while x is not None:
        yield x
        x = next(a, None)
    while y is not None:
        yield y
        y = next(b, None)


@program(lambda n: (signed(n), signed(7, seed=1)), sizes=(0, 1, 6), layouts=())
def two_iterators_are_merged(x, y):
    return list(merged(iter(np.sort(x)), iter(np.sort(y))))


@program(lambda n: (signed(n), signed(6, seed=1)), sizes=(0, 7), layouts=())
def zip_of_two_generators(x, y):
    a, b = positives(x), positives(y)
    total = 0.0
    for v, w in zip(a, b, strict=False):
        total = total * 2 + v * w
    return total, next(a, None), next(b, None)


@program(
    lambda n: (signed(n), signed(n)), lambda n: (signed(n), floats(n)), sizes=(6,), raises=True
)
def zip_of_generators_of_one_length(x, y):
    total = 0.0
    for v, w in zip(positives(x), positives(y), strict=True):
        total += v * w
    return total


@program(lambda n: (floats(n),), sizes=(0, 1, 5, 6), layouts=())
def zip_of_one_iterator_with_itself(x):
    values = iter(x)
    return [a * 10 + b for a, b in zip(values, values, strict=False)], next(values, None)


def below_the_diagonal(n):
    for i in range(n):
        for j in range(i):
            yield i * 10 + j


@program(lambda n: (n, 8), sizes=(0, 2, 5))
def nested_loops_step_by_step(n, count):
    cells = below_the_diagonal(n)
    total = 0
    for k in range(count):
        total += (k + 1) * next(cells, -1)
    return total


def counted_up(n):
    for i in range(n):
        yield i * 1.0
    return n + 0.5


def delegates(x, n):
    yield from positives(x)
    result = yield from counted_up(n)
    yield result * 100


@program(lambda n: (signed(n), 3), sizes=(0, 4), layouts=())
def delegates_step_by_step(x, n):
    values = delegates(x, n)
    total = 0.0
    for _ in range(8):
        total = total / 2 + next(values, 7.0)
    return total


@program(lambda n: (n,), sizes=(0, 4))
def end_has_a_value(n):
    values = counted_up(n)
    total = 0.0
    while True:
        try:
            total += next(values)
        except StopIteration as end:
            return total, end.value


@program(lambda n: (signed(n),), sizes=(0, 2, 9), layouts=())
def slices_of_one_generator(x):
    values = positives(x)
    first = list(itertools.islice(values, 2))
    second = sum(itertools.islice(values, 1))
    return first, second, list(values)


def of_all_kinds(x, y):
    for k, (v, w) in enumerate(zip(x, y, strict=True), 1):
        yield k * v * w
    for v in reversed(x):
        yield v
    for v in map(abs, y):
        yield v
    for v in [1.0, 2.0]:
        yield v


@program(lambda n: (signed(n), floats(n), 6), sizes=(0, 2, 3), layouts=())
def loops_over_iterators_in_a_generator(x, y, count):
    values = of_all_kinds(x, y)
    total = 0.0
    for _ in range(count):
        total = total / 2 + next(values, -1.0)
    return total


@program(lambda n: (2.5,), lambda n: (0.5,), sizes=(1,))
def iterators_of_lists(limit):
    values = iter([1.0, 2.0, 3.0, 4.0])
    total = next(values)
    for v in values:
        total = total * 2 + v
        if v > limit:
            break
    for v in values:
        total -= v
    return total, next(values, None), list(iter((1, 2))), sum(iter(range(5)))


def primes():
    found = []
    k = 2
    while True:
        if all(k % p for p in found):
            found.append(k)
            yield k
        k += 1


@program(lambda n: (n,), sizes=(0, 1, 9))
def sieve_that_remembers(n):
    numbers = primes()
    total = 0
    for _ in range(n):
        total += next(numbers)
    return total, next(numbers)


def asks():
    answer = 1.0 + (yield "first") * 2
    scaled = [answer, (yield answer), 10 * (yield 2.0)]
    while (more := (yield sum(scaled))) > 0:
        scaled.append(more)
    return max((yield -1.0), answer)


@program(lambda n: (3.0, 4.0), sizes=(1,))
def yields_within_expressions(a, b):
    questions = asks()
    seen = [next(questions) == "first"]
    seen.append(questions.send(a))
    for v in (a, b, b, a, -1.0):
        seen.append(questions.send(v))
    try:
        questions.send(b)
    except StopIteration as end:
        seen.append(end.value)
    return seen


def announcing(n):
    print("begins")
    for k in range(n):
        print("before", k)
        yield k
        print("after", k)
    print("ends")


@program(lambda n: (n,), sizes=(0, 1, 3))
def laziness_is_seen(n):
    steps = announcing(3)
    print("made")
    for k in range(n):
        print("item", k, next(steps))
    print("last", next(steps, None))


def careless(x):
    values = iter(x)
    while True:
        yield next(values) + next(values)


@program(lambda n: (floats(n),), sizes=(4,), layouts=())
def end_in_a_generator_is_an_error(x):
    total = 0.0
    try:
        for v in careless(x):
            total += v
    except RuntimeError as error:
        return total, str(error)
    return total


@program(lambda n: (1.0,), sizes=(1,), raises=True)
def nothing_is_left(a):
    values = three(a)
    for _ in range(3):
        a += next(values)
    return a + next(values)


@program(lambda n: (1.0,), sizes=(1,))
def sends_too_early(a):
    values = three(a)
    try:
        values.send(a)
    except TypeError as error:
        return str(error), next(values)


def itself(holder):
    yield next(holder[0])


@program(lambda n: (1.0,), sizes=(1,))
def runs_while_it_runs(a):
    holder = []
    holder.append(itself(holder))
    try:
        return next(holder[0])
    except ValueError as error:
        return str(error), next(holder[0], a)


class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n


class Readings:
    def __init__(self, values):
        self.values = positives(values)
        self.last = 0.0

    def read(self):
        self.last = next(self.values, self.last)
        return self.last


@program(lambda n: (signed(n), 6), sizes=(0, 3, 8), layouts=())
def generator_in_an_object_is_read(x, count):
    readings = Readings(x)
    total = 0.0
    for k in range(count):
        total += k * readings.read()
    return total, readings.last


@program(lambda n: (n,), sizes=(0, 1, 3))
def objects_are_iterators(n):
    down = Countdown(n)
    first = next(down, -1)
    total = 0
    for k in iter(down):
        total = total * 10 + k
    return first, total, next(down, -1)


@program(lambda n: (signed(n), 1.0), lambda n: (signed(n), -1.0), sizes=(1, 5), layouts=())
def generator_chosen_by_data(x, a):
    values = positives(x) if a > 0 else positives(-x)
    total = next(values, 0.5)
    for _ in range(3):
        total = total * 2 + next(values, 0.25)
    return total


def walk(start, step):
    position = start
    while True:
        yield position
        position += step


@program(lambda n: (0.5, n), sizes=(0, 1, 7))
def generators_take_turns(a, n):
    walks = [walk(k * a, k + 1.0) for k in range(3)]
    out = np.zeros(n)
    for i in range(n):
        for w in walks:
            out[i] = out[i] * 2 + next(w)
    return out


@program(lambda n: (0.5, n), sizes=(0, 1, 7))
def begun_again_now_and_then(a, n):
    steps = walk(a, 1.0)
    total = 0.0
    for i in range(n):
        if i % 3 == 2:
            steps = walk(-a, total)
        total += next(steps)
    return total


@program(lambda n: (floats(n), 0.5), sizes=(1, 6), layouts=(), gradient=(0, 1))
def differentiated_step_by_step(x, a):
    factors = walk(a, a * a)
    total = 0.0
    for i in range(len(x)):
        total += x[i] * next(factors) ** 2
    return total


def scaled_inside(x, k):
    def scaled(v):
        return v * k

    for v in x:
        yield scaled(v)
        k += 1


@program(lambda n: (floats(n), 2.0), sizes=(0, 1, 5), layouts=())
def function_within_a_generator(x, k):
    values = scaled_inside(x, k)
    total = 0.0
    for _ in range(4):
        total = total * 3 + next(values, -1.0)
    return total


@program(lambda n: (signed(n), 0.5), sizes=(2, 6), layouts=())
def functions_kept_outside_of_a_generator(x, scale):
    kept = []

    def items():
        k = scale

        def distance(v):
            return abs(v - k)

        while True:
            kept.append(lambda v: v * k)
            nearest = sorted(x, key=lambda v: abs(v - k))[0] + min(x, key=distance)
            within = kept[-1](nearest) + sum(v * k for v in x)
            kept[-1] = lambda v, k=k: v * k
            yield within
            k += 1.0

    values = items()
    first, second = next(values), next(values)
    return first, second, kept[0](x[0]), kept[1](x[0])


@program(lambda n: (integers(n, low=0, high=4),), sizes=(1, 9), layouts=())
def function_until_it_returns_something(x):
    place = [0]

    def read():
        place[0] += 1
        return x[place[0] - 1] if place[0] <= len(x) else 3

    return sum(iter(read, 3)), place[0]


class Level:
    def __init__(self):
        self.depth = 0

    def __enter__(self):
        self.depth += 1
        return self.depth

    def __exit__(self, kind, error, traceback):
        self.depth -= 1


def within_a_level(level, n):
    for k in range(n):
        with level as depth:
            yield k * 10 + depth
        yield level.depth


@program(lambda n: (n,), sizes=(0, 1, 3))
def yields_in_a_with(n):
    level = Level()
    steps = within_a_level(level, n)
    seen = 0
    for _ in range(2 * n):
        seen = seen * 3 + next(steps) + 100 * level.depth
    return seen, next(steps, -1), level.depth


def in_turn(values):
    for v in values:  # noqa: UP028 - a loop that is taken up
        yield v


@program(lambda n: (3,), sizes=(1,))
def list_grows_while_it_is_gone_through(n):
    items = [1, 2, n]
    values = in_turn(items)
    total = next(values)
    items.append(10)
    for v in values:
        total = total * 2 + v
    items.append(7)
    return total, next(values, None)


@program(lambda n: (signed(n),), sizes=(3, 5), layouts=())
def generators_share_a_variable(x):
    count = 0

    def scaled(s):
        nonlocal count
        for v in x:
            count += 1
            yield v * s

    a, b = scaled(1.0), scaled(2.0)
    total = 0.0
    for _ in range(3):
        total += next(a) - next(b)
    return total, count


@program(lambda n: (signed(n),), sizes=(1, 6), layouts=())
def goes_on_after_an_exception_of_its_user(x):
    values = in_turn(x)
    total = next(values)
    try:
        for v in values:
            if v > 0.5:
                raise ValueError(v)
            total += v
    except ValueError as error:
        total += 100 * error.args[0]
    return total, next(values, None)


@program(lambda n: (n,), sizes=(0, 3, 6))
def membership_uses_items_up(n):
    values = in_turn(range(n))
    return 2 in values, next(values, -1), 9 in values, next(values, -1)


@program(lambda n: (signed(n),), sizes=(0, 1, 4), layouts=())
def generators_within_a_generator(x):
    rows = ((v * w for w in x) for v in x)
    total = 0.0
    for row in rows:
        total = total * 0.5 + next(row) + sum(row)
    return total


@program(lambda n: (signed(n), floats(3)), sizes=(0, 1, 4), layouts=())
def endless_iterators_and_chains(x, y):
    numbers, signs, both = (
        itertools.count(10),
        itertools.cycle([1.0, -1.0, 2.0]),
        itertools.chain(x, y),
    )
    total = next(both)
    for v in x:
        total += next(numbers) * next(signs) * v
    orders = itertools.permutations(range(3))
    first = next(orders)
    return total, next(numbers), sum(both), next(both, None), first, next(orders)


@program(lambda n: (signed(n),), sizes=(0, 2, 6), layouts=())
def variables_are_looked_up_late(x):
    k = 2.0
    scaled = (v * k for v in x if v > -5)
    first = next(scaled, 0.0)
    k = 10.0
    return first, next(scaled, 0.0), sum(scaled)
