"""Statements and expressions of control flow in their less common forms."""

import functools

import numpy as np

from tests.programs.corpus import booleans, floats, integers, program, signed

counter = 0
history = 0.0


def bump(log, value):
    log[0] += 1
    return value


@program(lambda n: (1, 5, np.zeros(1)), lambda n: (1, 0, np.zeros(1)), sizes=(1,))
def middle_evaluated_once(a, b, log):
    return a < bump(log, b) < 10, a <= bump(log, b) == b, log


@program(lambda n: (0.0, 2.0), lambda n: (np.nan, 2.0), lambda n: (-1.0, 0.0), sizes=(1,))
def values_of_and_or(a, b):
    return a or b, a and b, not a, a or 0.0, (a and b) or 7.0


@program(lambda n: (np.array([0.0]),), lambda n: (np.array([2.0]),), sizes=(1,), layouts=())
def truth_of_one_element(x):
    return x or 5.0, not x


@program(lambda n: (signed(n),), sizes=(1, 2), layouts=(), raises=True)
def ambiguous_truth(x):
    if x:
        return 1
    return 2


@program(lambda n: (signed(n), 3), lambda n: (signed(n), -1), sizes=(2,), layouts=())
def guarded_element(x, i):
    n = len(x)
    return 0 <= i < n and x[i] > 0, i >= n or x[i] < 0


@program(lambda n: (np.zeros(1), n), sizes=(0, 1, 6))
def test_with_effect(log, n):
    i = 0
    while bump(log, i) < n:
        i += 2
    return i, log


@program(lambda n: (integers(n, low=0, high=9), 4), sizes=(0, 3, 12), layouts=())
def for_else(x, wanted):
    for i in range(len(x)):
        if x[i] == 8:
            continue
        if x[i] == wanted:
            break
    else:
        return -1
    return i


@program(lambda n: (integers(n, low=0, high=9), 4), sizes=(0, 3, 12), layouts=())
def nested_for_else(x, wanted):
    count = 0
    for i in range(len(x)):
        for j in range(i):
            if x[i] + x[j] == wanted:
                break
            if x[j] == 7:
                return count
        else:
            count += 1
            continue
        count += 100
    else:
        count += 1000
    return count


@program(lambda n: (17,), lambda n: (1,), lambda n: (91,), sizes=(1,))
def while_else(n):
    d = 2
    while d * d <= n:
        if n % d == 0:
            result = d
            break
        d += 1
    else:
        result = n
    return result


@program(lambda n: (floats(n), 1.3), lambda n: (floats(n), 9.0), sizes=(7,), layouts=())
def break_in_known_range(x, limit):
    total = 0.0
    for k in range(4):
        total += x[k]
        if total > limit:
            break
    return total, k


@program(lambda n: (0.5,), lambda n: (-4.0,), sizes=(1,))
def break_among_functions(a):
    for f in (np.sin, np.cos, lambda v: v * 2.0, abs):
        a = f(a) + 1.0
        if a > 1.5:
            break
    return a


@program(lambda n: (3, 4), lambda n: (0, 4), lambda n: (5, 0), sizes=(1,))
def return_from_three_loops(n, m):
    for i in range(n):
        for j in range(m):
            for k in range(i + j):
                if i * j * k == 4:
                    return i, j, k
    return None


@program(lambda n: (n,), sizes=(0, 5))
def index_reassigned(n):
    i = 100
    total = 0
    for i in range(n):
        i *= 2
        total += i
    return i, total


@program(lambda n: (n,), sizes=(0, 3), raises=True)
def zero_trips_then_read(n):
    for i in range(n):
        last = i * i
    return last


@program(lambda n: (3.0,), lambda n: (-3.0,), sizes=(1,))
def defined_and_deleted_under_one_test(a):
    b = 1.0
    if a > 0:
        c = a * 2
    else:
        del b
    if a > 0:
        return b + c
    return a


@program(lambda n: (3.0,), lambda n: (-3.0,), sizes=(1,), raises=True)
def deleted_and_bound_again(a):
    b = 1.0
    if a > 0:
        del b
    return b


@program(lambda n: (2.0,), sizes=(1,))
def late_and_early_binding(a):
    late = [lambda v: v + i for i in range(3)]
    early = [lambda v, i=i: v + i for i in range(3)]
    return [f(a) for f in late], [f(a) for f in early]


@program(lambda n: (n, 1.5), sizes=(0, 4))
def nonlocal_in_staged_loop(n, a):
    total = 0.0
    calls = 0

    def add(v):
        nonlocal total, calls
        calls += 1
        if v > 2:
            total += v

    for i in range(n):
        add(i * a)
    return total, calls


@program(lambda n: (1.0,), lambda n: (-1.0,), sizes=(1,))
def nonlocal_in_untaken_branch(a):
    state = 1

    def change():
        nonlocal state
        state = 2.5

    if a > 0:
        change()
    return state


def traced(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs) * 2.0

    return wrapper


@program(lambda n: (3.0,), sizes=(1,))
def decorated_inside(a):
    @traced
    def square(v):
        return v * v

    return square(a)


@program(lambda n: (3.0,), lambda n: (-3.0,), sizes=(1,))
def conditional_chain(a):
    return "big" if a > 2 else "small" if a > 0 else None


@program(lambda n: (booleans(n),), sizes=(0, 1, 9), layouts=())
def while_true_with_two_exits(flags):
    i = 0
    while True:
        if i == len(flags):
            return i, "end"
        if flags[i]:
            break
        i += 1
    return i, "flag"


@program(lambda n: (2,), lambda n: (5,), sizes=(1,))
def pass_and_ellipsis(n):
    if n > 3:
        pass
    else:
        ...
    x: float = n * 2.0
    return x


@program(lambda n: (5, 3), lambda n: (0, 3), sizes=(1,))
def loop_target_is_element(n, m):
    x = np.zeros(2)
    for x[0] in range(n):
        x[1] += x[0] * m
    return x


@program(lambda n: (3, 1.0), lambda n: (0, 1.0), sizes=(1,))
def bare_return_and_none(n, a):
    if n > 2:
        return
    return a if n else None


@program(lambda n: (signed(n),), sizes=(1, 5), layouts=())
def chained_assignment_targets(x):
    a = b = x[0] * 2
    c = d = np.zeros(2)
    c[0] = a
    (p, q), r = (a, b), d
    return p + q, r, c is d


@program(lambda n: (6,), lambda n: (0,), sizes=(1,))
def short_circuit_in_while(n):
    x = np.arange(6.0)
    i = 0
    while i < n and not x[i] > 3.5:
        i += 1
    return i
