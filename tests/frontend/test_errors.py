"""What is refused, at decoration or while tracing: the message names the place and a way out."""

from __future__ import annotations

import linecache

import numpy as np
import pytest

import autograph as ag
from autograph.errors import NondifferentiableError, UnsupportedError, UnsupportedSyntaxError
from autograph.frontend import convert, trace
from tests.frontend.harness import Program

LIMIT = 2.0


def line_of(fn, text):
    """Return the number of the line of a function that contains a text."""
    start = fn.__code__.co_firstlineno
    lines = linecache.getlines(fn.__code__.co_filename)[start - 1 :]
    return start + next(k for k, line in enumerate(lines) if text in line)


def with_global_in_walrus(x):
    global LIMIT
    if (LIMIT := x) > 0:
        return x


def with_attribute_store(x):
    x.shape = (2, 2)


def with_walrus_in_lambda(x):
    return (lambda z: (y := z) + y)(x)


def with_class(x):
    class Local(x, total=False):
        pass

    return x


@pytest.mark.parametrize(
    ("fn", "text", "word"),
    [
        (with_global_in_walrus, "(LIMIT := x)", "binding 'LIMIT'"),
        (with_walrus_in_lambda, "y := z", "assignment expression"),
        (with_class, "class Local", "keyword of a class"),
    ],
)
def test_syntax_is_refused_at_decoration(fn, text, word):
    with pytest.raises(UnsupportedSyntaxError, match=word) as caught:
        convert(fn)
    assert caught.value.site.line == line_of(fn, text)
    assert f"{__file__.rsplit('/', 1)[-1]}:{line_of(fn, text)}" in str(caught.value)
    assert "^" in str(caught.value)


def compares_text(x):
    return f"{x}" == "1.5"


def looks_up_text(x):
    return {"1.5": 2}[str(x)]


def array_of_unlike_items(x, n):
    out = []
    for k in range(n):
        out.append(k if x[k] > 0 else None)
    return np.array(out)


def growing_while_gone_through(n):
    out = list(range(n))
    for k in out:
        if k > 2:
            out.append(k - 1)
    return out


def random_call(x):
    return x + np.random.vonmises(0.0, 1.0)


def unknown_function(x):
    return np.polynomial.polynomial.polyroots(x)


def deep_recursion(n):
    def digits(k, text):
        return text if k <= 0 else digits(k - 1, text + "1")

    return digits(n, "")


VECTOR = np.array([1.0, -2.0])


@pytest.mark.parametrize(
    ("fn", "args", "text", "word"),
    [
        (compares_text, (1.5,), 'f"{x}"', "compare or index the values"),
        (looks_up_text, (1.5,), "str(x)", "compare or index the values"),
        (with_attribute_store, (VECTOR,), "x.shape", "attribute"),
        (array_of_unlike_items, (VECTOR, 2), "np.array(out)", "convert each item"),
        (growing_while_gone_through, (6,), "for k in out", "items.copy"),
        (random_call, (1.0,), "np.random", "vonmises.*draw other"),
        (unknown_function, (VECTOR,), "np.polynomial.polynomial.polyroots", "polyroots"),
        (deep_recursion, (3,), "def digits", "calls itself"),
    ],
)
def test_unsupported_programs_say_where(fn, args, text, word):
    with pytest.raises(UnsupportedError, match=word) as caught:
        trace(fn, args)
    if text:
        assert caught.value.site.line == line_of(fn, text)
        assert caught.value.site.filename == __file__
    assert "^" in str(caught.value)


def test_arguments_that_overlap_in_no_common_layout_are_refused_if_written():
    def writes(x, y):
        x[0] = y[0]

    def reads(x, y):
        return x + y

    base = np.arange(4.0)
    trace(writes, (base[:-1], base[1:]))
    trace(reads, (base[:-1], base[1:]))
    words = base.view(np.int64)
    with pytest.raises(UnsupportedError, match=r"'x' and 'y' share memory.*pass a copy"):
        trace(writes, (base, words))
    trace(reads, (base, words))


def test_gradients_by_an_argument_that_shares_written_memory_are_refused():
    def f(x, y):
        y[0] = 2.0
        return np.sum(x * x)

    base = np.arange(4.0)
    with pytest.raises(NondifferentiableError, match=r"shares its memory.*pass a copy"):
        ag.grad(f)(base[1:], base[:-1])


def test_variable_of_inner_size_is_carried_only_when_used():
    def unused(x):
        total = 0.0
        for i in range(1, len(x)):
            part = x[:i] * 2
            total += part.sum()
        return total

    def used(x):
        for i in range(1, len(x)):
            part = x[:i] * 2
        return part

    x = np.arange(4.0)
    assert Program(unused)(x) == unused(x)
    assert "part" not in str(trace(unused, (x,)).graph)
    np.testing.assert_array_equal(Program(used)(x), used(x))


def test_error_in_a_helper_points_into_the_helper():
    def caller(x):
        return compares_text(x) + 1

    with pytest.raises(UnsupportedError) as caught:
        trace(caller, (VECTOR,))
    assert caught.value.site.line == line_of(compares_text, 'f"{x}"')


def test_read_only_argument_replays_numpy_error():
    def writes(x):
        x[0] = 1

    x = np.arange(3.0)
    x.flags.writeable = False
    program = Program(writes)
    with pytest.raises(ValueError, match="read-only"):
        program(x)
    assert program.replays == 1


def test_shape_mismatch_replays_numpy_error():
    def adds(x, y):
        return x + y

    program = Program(adds)
    with pytest.raises(ValueError, match="broadcast"):
        program(np.ones(2), np.ones(3))
    assert program.replays == 1


def test_missing_argument_replays_python_error():
    def helper(a, b):
        return a + b

    def caller(x):
        return helper(x)

    with pytest.raises(TypeError, match="missing"):
        Program(caller)(1.0)
