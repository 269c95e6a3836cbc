# ruff: noqa: B007, B023, B905, SIM108 - the programs are written the way their users write them.
"""Programs under tracing against plain Python: values, types, mutation of arguments, exceptions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.frontend.harness import compare, graph_text

SCALE = 3.0
TABLE = np.array([1.0, 2.0, 4.0])


def vector(*values):
    return np.array(values, dtype=float)


# ---------------------------------------------------------------- branches


def sign_of(x):
    if x > 0:
        return 1
    elif x < 0:
        return -1
    return 0


def one_arm_writes(x, c):
    if c > 0:
        x[0] = c
    x[-1] += 1
    return x


def arms_of_unlike_numbers(c):
    y = 1 if c > 0 else 0.5
    return y, y * 2


def nested_returns(a, b):
    if a > 0:
        if b > 0:
            return "both"
        return a
    if b > 0:
        return b, a
    return None


def bound_in_one_arm(c):
    if c > 0:
        y = c * 2
    return y


def chain_evaluates_once(x, i):
    calls = 0

    def middle():
        nonlocal calls
        calls += 1
        return x[i]

    inside = 0 < middle() < 2
    return inside, calls


def values_of_and_or(a, b):
    return a or b, a and b, not a, a > 0 and b > 0 and a > b, a > 5 or b


def guarded_read(x, i):
    if i < len(x) and x[i] > 0:
        return x[i]
    return -1.0


def view_by_branch(x, c):
    v = x[1:] if c > 0 else x[:-1]
    v *= 10
    return v


def aliases_by_branch(x, y, c):
    if c > 0:
        a = b = x
    else:
        a, b = x, y
    a += 1
    b *= 3
    return a is b


def tuple_by_branch(c):
    pair = (c, 1) if c > 0 else (0.0, 2)
    left, right = pair
    return left + right


def assertion(x):
    assert x[0] > 0, "first must be positive"
    x[0] = 0
    return x


def raising_helper(v):
    if v < 0:
        raise ValueError(f"negative: {v}")
    return v**0.5


def raise_after_write(x):
    x[0] = 7
    x[1] = raising_helper(x[1])
    return x


BRANCHES = [
    (sign_of, [(2,), (-3,), (0,)]),
    (one_arm_writes, [(vector(1, 2), 5.0), (vector(1, 2), -5.0)]),
    (arms_of_unlike_numbers, [(1.0,), (-1.0,)]),
    (nested_returns, [(1.0, 2.0), (1.0, -2.0), (-1.0, 2.0), (-1.0, -2.0)]),
    (bound_in_one_arm, [(1.0,), (-1.0,)]),
    (chain_evaluates_once, [(vector(1, 5), 0), (vector(1, 5), 1)]),
    (values_of_and_or, [(1.0, 2.0), (0.0, 2.0), (0.0, 0.0), (9.0, 3.0)]),
    (guarded_read, [(vector(1, -2), 0), (vector(1, -2), 1), (vector(1, -2), 5)]),
    (view_by_branch, [(vector(1, 2, 3), 1.0), (vector(1, 2, 3), -1.0)]),
    (aliases_by_branch, [(vector(1, 2), vector(3, 4), 1), (vector(1, 2), vector(3, 4), -1)]),
    (tuple_by_branch, [(1.0,), (-1.0,)]),
    (assertion, [(vector(1, 2),), (vector(-1, 2),)]),
    (raise_after_write, [(vector(1, 4),), (vector(1, -4),)]),
]


# ---------------------------------------------------------------- loops


def int_that_becomes_float(n):
    s = 0
    for i in range(n):
        s = s + 0.5 * i
    return s


def int_that_becomes_float_deep(n, m):
    s = 0
    for i in range(n):
        for j in range(m):
            for k in range(j):
                s = s + 0.5 * (i + j + k)
    return s


def sum_of_elements(x):
    s = 0
    for v in x:
        s += v
    return s


def float_that_may_become_numpy(x):
    best = -1.0
    for v in x:
        if v > best:
            best = v
    return best


def last_index(n):
    i = -1
    for i in range(n):
        pass
    return i


def index_unbound_without_iterations(n):
    for i in range(n):
        double = i * 2
    return i, double


def stepped(n):
    total = 0
    for i in range(n, -1, -2):
        total = total * 3 + i
    for i in range(1, n, 3):
        total = total * 3 + i
    return total, i


def triangular(n):
    total = 0
    for i in range(n):
        for j in range(i, n):
            total += i * j
    return total


def none_then_number(x):
    best = None
    for v in x:
        if best is None or v < best:
            best = v
    return best


def first_negative(x):
    for i in range(len(x)):
        if x[i] < 0:
            return i
        x[i] = 0
    return None


def search_two(n, m, limit):
    k = 0
    for i in range(n):
        for j in range(m):
            k += i * j
            if k > limit:
                return i, j
        if k == 7:
            break
    else:
        k += 1000
    return k


def break_continue_else(x):
    out = 0
    for v in x:
        if v < 0:
            out = 1
            break
        if v > 100:
            continue
        out += 10
    else:
        out += 5
    return out


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def while_true(x):
    i = 0
    while True:
        if i >= len(x) or x[i] > 5:
            break
        x[i] += 100
        i += 1
    return i


def while_with_else(x, limit):
    i = 0
    while i < len(x):
        if x[i] > limit:
            break
        i += 1
    else:
        return -1
    return i


def swap_buffers(a, b, n):
    for _ in range(n):
        b[:] = a * 2 + 1
        a, b = b, a
    return a, b


def rotate(a, b, c, n):
    for k in range(n):
        a, b, c = b, c, a
        a += k
    return a, b, c


def rebind(u, n):
    for _ in range(n):
        u = u + 0.5 * u
    return u


def rebind_then_write(x, limit):
    y = x
    while y.sum() < limit:
        y = y * 2
    y += 1
    return y


def bubble_sort(x):
    for i in range(len(x)):
        for j in range(len(x) - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]


def rows(a):
    for i, row in enumerate(a):
        row *= 2
        row[0] += i
    return a.T


def zipped(x, y):
    total = 0.0
    for a, b in zip(x, y):
        total += a * b
    for v in reversed(x):
        total = total * 0.5 + v
    return total


def unrolled_layers(x):
    layers = [np.sin, np.cos]
    out = 0.0
    for k in range(2):
        out += layers[k](x).sum()
    return out


def static_items(x):
    out = []
    for name, power in [("a", 1), ("b", 2)]:
        out.append((name, x**power))
    return out


def jump_out_of_static_loop(x):
    for limit in (1.0, 2.0, 3.0):
        if x < limit:
            return limit
        x = x * 0.9
    return x


def temporaries(x):
    total = 0.0
    for i in range(1, len(x)):
        d = x[i] - x[i - 1]
        q = d * d
        total += q
    return total


def inner_view(x, n):
    for i in range(n):
        part = x[i : i + 2]
        part += i
    return x


def alternating_type(x, n):
    y = 1
    for i in range(n):
        if x[i] > 0:
            y = y + x[i]
        else:
            y = 0
    return y


LOOPS = [
    (int_that_becomes_float, [(5,), (0,), (1,)]),
    (int_that_becomes_float_deep, [(3, 4), (0, 4), (2, 1), (2, 2)]),
    (sum_of_elements, [(vector(1, 2, 3),), (vector(),), (np.arange(4),)]),
    (float_that_may_become_numpy, [(vector(1, 5, 3),), (vector(-3, -2),), (vector(),)]),
    (last_index, [(4,), (0,)]),
    (index_unbound_without_iterations, [(3,), (0,)]),
    (stepped, [(7,), (4,), (0,)]),
    (triangular, [(5,), (0,)]),
    (none_then_number, [(vector(3, 1, 2),), (vector(),)]),
    (first_negative, [(vector(3, 1, -2, 4),), (vector(2, 5),), (vector(-1),), (vector(),)]),
    (search_two, [(3, 4, 5), (3, 0, 5), (6, 6, 1000), (2, 9, 6)]),
    (break_continue_else, [(vector(3, 1, -2),), (vector(2, 5),), (vector(9, 200, 3),)]),
    (collatz, [(27,), (1,)]),
    (while_true, [(vector(1, 2, 8),), (vector(9, 1),), (vector(),)]),
    (while_with_else, [(vector(1, 2, 8), 5.0), (vector(1, 2), 5.0), (vector(), 1.0)]),
    (swap_buffers, [(vector(1, 2), vector(3, 4), n) for n in (3, 4, 0)]),
    (rotate, [(vector(1), vector(2), vector(3), n) for n in (4, 0)]),
    (rebind, [(vector(1, 2), 3), (vector(1, 2), 0)]),
    (rebind_then_write, [(vector(1, 2), 5.0), (vector(1, 2), 1.0)]),
    (bubble_sort, [(vector(4, 3, 2, 1),), (vector(2, 1),), (vector(),)]),
    (rows, [(np.arange(6.0).reshape(2, 3),), (np.arange(2.0).reshape(2, 1),)]),
    (zipped, [(vector(1, 2, 3), vector(4, 5)), (vector(1), vector(4, 5))]),
    (unrolled_layers, [(vector(1, 2),)]),
    (static_items, [(2.0,)]),
    (jump_out_of_static_loop, [(0.5,), (1.5,), (9.0,)]),
    (temporaries, [(vector(1, 3, 6),), (vector(1),)]),
    (inner_view, [(vector(1, 2, 3, 4), 3), (vector(1, 2), 0)]),
    (alternating_type, [(vector(1, -1, 2), 3), (vector(1, -1), 2), (vector(1.0), 0)]),
]


# ---------------------------------------------------------------- functions


def default_argument(v, factor=2.0, *rest, shift=1):
    return v * factor + shift + sum(rest)


def calls_helpers(x):
    return default_argument(x), default_argument(x, 3.0, 4, 5, shift=0)


def late_binding(n):
    late, early = [], []
    for i in range(3):
        late.append(lambda: i)
        early.append(lambda i=i: i)
    return [f() * n for f in late], [f() * n for f in early]


def counts_calls(c):
    count = 0

    def bump(k):
        nonlocal count
        count += k

    if c > 0:
        bump(2)
    for i in range(4):
        if c * i > 2:
            bump(i)
    return count


def chosen_function(c):
    f = np.sin if c > 0 else np.cos
    g = (lambda v: v + 1) if c > 1 else (lambda v: v * 5)
    return f(c) + g(c)


def static_recursion(n):
    def factorial(k):
        return 1 if k <= 1 else k * factorial(k - 1)

    return factorial(4) * n


def closure_in_loop(n, c):
    t = 0
    for i in range(n):

        def add(k):
            nonlocal t
            if c > 0:
                t += k * i
            return t

        add(2)
    return t


def reads_globals(x):
    return x * SCALE + TABLE[: len(x)]


FUNCTIONS = [
    (calls_helpers, [(2.0,)]),
    (late_binding, [(3,), (0,)]),
    (counts_calls, [(3.0,), (0.5,), (-1.0,)]),
    (chosen_function, [(0.5,), (2.0,), (-1.0,)]),
    (static_recursion, [(10,)]),
    (closure_in_loop, [(3, 2.0), (3, -2.0), (0, 1.0)]),
    (reads_globals, [(vector(1, 2),), (vector(1, 2, 3),)]),
]


# ---------------------------------------------------------------- containers, outputs, exceptions


def returned_arguments(x, y):
    x += 1
    return x, (x, y), {"view": x[1:], "none": None, "text": "t"}


def two_names_of_one_array(x):
    y = x * 2
    z = y
    z[0] = 0
    return y, z


def kinds_of_scalars(i, f, a):
    return i + 1, f * 2, a[0], i > 2, a[0] > 0, len(a), np.float32(f), True


def lists_of_arrays(a, b, n):
    buffers = [a, b]
    for i in range(n):
        buffers[0], buffers[1] = buffers[1], buffers[0]
        buffers[0] += i
    return buffers[0], buffers[1]


def items_of_a_dict(x, n):
    state = {"x": x, "count": 0}
    for _ in range(n):
        state["x"] = state["x"] * 2
        state["count"] += 1
    return state


def argument_containers(pair, params):
    a, b = pair
    return params["w"] * a + params["b"][0] * b


def comprehension(xs):
    return [x * 2 for x in xs if x is not None], sum(x for x in xs[:2])


def out_of_range(x, i):
    x[0] = 9
    x[i] = 1
    return x


def division_by_zero(a, b):
    return a / b


def star_unpacking(x):
    first, *middle, last = (x, x + 1, x + 2, x + 3)
    (p, q), r = (first, last), middle
    return p, q, r


def deleted(c):
    y = 1
    if c > 0:
        del y
    return y


OTHERS = [
    (returned_arguments, [(vector(1, 2), vector(3))]),
    (two_names_of_one_array, [(vector(1, 2),)]),
    (kinds_of_scalars, [(1, 2.5, vector(1)), (5, 0.5, vector(-1, 2))]),
    (lists_of_arrays, [(vector(1, 2), vector(3, 4), n) for n in (3, 2, 0)]),
    (items_of_a_dict, [(vector(1, 2), 3), (vector(1, 2), 0)]),
    (argument_containers, [((1.0, 2), {"w": vector(1, 2), "b": [3]})]),
    (comprehension, [([1.0, 2, 3.5],)]),
    (out_of_range, [(vector(1, 2, 3), 1), (vector(1, 2, 3), -2), (vector(1, 2, 3), 7)]),
    (division_by_zero, [(1.0, 2.0), (1.0, 0.0), (1, 0)]),
    (star_unpacking, [(2.0,)]),
    (deleted, [(3.0,), (-3.0,)]),
]

ALL = [*BRANCHES, *LOOPS, *FUNCTIONS, *OTHERS]


@pytest.mark.parametrize(("fn", "runs"), ALL, ids=[fn.__name__ for fn, _ in ALL])
def test_same_as_python(fn, runs):
    compare(fn, *runs)


def test_loop_over_array_has_a_simple_graph():
    text = graph_text(temporaries, vector(1, 2, 3))
    assert "carries=1" in text
    assert not any(word in text for word in ("ifelse", "switch", "bool", "check"))


def test_type_change_at_first_iteration_costs_nothing():
    for fn, args in ((sum_of_elements, (vector(1, 2),)), (int_that_becomes_float, (3,))):
        text = graph_text(fn, *args)
        assert "carries=1" in text
        assert "ifelse" not in text
        assert "greater" not in text


def test_nested_type_change_costs_nothing():
    def nested(x):
        s = 0
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                s += x[i, j]
        return s

    text = graph_text(nested, np.ones((2, 3)))
    assert text.count("carries=1") == 2
    assert "ifelse" not in text


def test_break_condition_is_the_stop_flag():
    def until_large(x):
        s = np.float64(0.0)
        for v in x:
            if s > 10.0:
                break
            s = s + v * 1.0
        return s

    text = graph_text(until_large, vector(1, 2))
    assert "until=True" in text
    assert "equal" not in text
    assert "logical" not in text


def test_while_has_a_condition_region():
    def newton(a, tol):
        x = a
        while abs(x * x - a) > tol:
            x = 0.5 * (x + a / x)
        return x

    text = graph_text(newton, np.float64(2.0), 1e-9)
    assert "while(" in text
    assert "until=False" in text
    assert "ifelse" not in text


def test_trace_does_not_grow_with_trip_count():
    def loop(x):
        for _ in range(10):
            x = x * 0.5
        return x

    def long_loop(x):
        for _ in range(10**6):
            x = x * 0.5
        return x

    short, long = graph_text(loop, 1.0), graph_text(long_loop, 1.0)
    assert short.count("\n") == long.count("\n")


def test_inner_loops_are_not_traced_exponentially():
    def deep(n):
        s = 0
        for a in range(n):
            for b in range(n):
                for c in range(n):
                    for d in range(n):
                        s = s + 0.5 * (a + b + c + d)
        return s

    program = compare(deep, (2,), (0,))
    assert program.traces[0].loop_traces <= 16


def test_returned_arguments_are_the_same_objects():
    program = compare(returned_arguments, (vector(1, 2), vector(3)))
    x, y = vector(1, 2), vector(3)
    got, (first, second), views = program(x, y)
    assert got is x
    assert first is x
    assert second is y
    assert np.shares_memory(views["view"], x)


def test_two_names_stay_one_array():
    y, z = compare(two_names_of_one_array, (vector(1, 2),))(vector(1, 2))
    assert y is z


# ---------------------------------------------------------------- comprehensions


def table_of_products(x):
    return [[a * b for b in x] for a in x]


def totals_so_far(x):
    total = 0.0
    return [total := total + v for v in x]


def sets_and_dicts(x):
    return [{k} for k in range(len(x))], [{"value": v} for v in x]


@pytest.mark.parametrize("fn", [table_of_products, totals_so_far, sets_and_dicts])
def test_comprehensions_are_loops(fn):
    assert graph_text(fn, np.ones(12)) == graph_text(fn, np.ones(40))
