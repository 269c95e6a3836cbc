"""Numbers and arrays: Python's arithmetic, forms, refusals, broadcasting."""

from __future__ import annotations

import math
import operator

import numpy as np
import pytest

from autograph.errors import UnsupportedError
from autograph.frontend.language.values import get_attribute, inplace, length, truth
from autograph.frontend.symbols.symbolic import Array, Number
from autograph.ir.affine import Affine
from tests.frontend.fake_tracer import (
    NeedStatic,
    Program,
    check_fails,
    check_program,
    fake_tracing,
)

ARITHMETIC = ["add", "sub", "mul", "truediv", "floordiv", "mod"]
COMPARISONS = ["lt", "le", "gt", "ge", "eq", "ne"]
NUMBERS = [(7, 2), (-7, 2), (7, -2), (7.5, 2), (-7.5, 2.0), (7, -2.5), (True, 2), (2, True), (0, 3)]


# ---------------------------------------------------------------- Python numbers


@pytest.mark.parametrize("name", ARITHMETIC + COMPARISONS)
@pytest.mark.parametrize(("a", "b"), NUMBERS)
def test_arithmetic_of_python_numbers(name, a, b):
    op = getattr(operator, name)
    check_program(lambda np, a, b: op(a, b), a, b)
    check_program(lambda np, a: (op(a, 3), op(3.5, a + 10)), a)


@pytest.mark.parametrize("name", ["and_", "or_", "xor"])
def test_bitwise_operators(name):
    op = getattr(operator, name)
    check_program(lambda np, a, b: (op(a, b), op(a, 5)), 6, 3)
    check_program(lambda np, a, b: (op(a, b), op(a, True)), True, False)


def test_shifts():
    check_program(lambda np, a, b: (a << b, a >> b, a << 2, -a >> 1), 13, 2)
    check_fails(lambda np, a, b: a << b, 1, -1, error=ValueError)


def test_unary_operators():
    check_program(lambda np, a: (-a, +a, abs(a), ~a), -3)
    check_program(lambda np, a: (-a, +a, abs(a), ~(a + 0)), True)
    check_program(lambda np, a: (-a, +a, abs(a)), -3.5)


@pytest.mark.parametrize("name", ["truediv", "floordiv", "mod"])
@pytest.mark.parametrize(("a", "b"), [(1, 0), (1.0, 0.0), (1, 0.0), (False, False)])
def test_division_by_zero_fails_for_python_numbers(name, a, b):
    op = getattr(operator, name)
    check_fails(lambda np, a, b: op(a, b), a, b, error=ZeroDivisionError)
    check_fails(lambda np, a: op(a, 0), a, error=ZeroDivisionError)


def test_division_by_zero_of_numpy_scalars_gives_infinity():
    check_program(lambda np, a, b: (a / b, -a / b), np.float64(1), np.float64(0))


@pytest.mark.parametrize(
    ("a", "b"), [(2, 3), (-2, 3), (2, -3), (2.5, 2), (2.5, -1.5), (0, 0), (-8.0, 3.0), (0.0, 2.5)]
)
def test_powers(a, b):
    check_program(lambda np, a, b: a**b, a, b)
    check_program(lambda np, a: (a**2, a**0, a**1, a**3), a)


def test_powers_that_python_refuses():
    check_fails(lambda np, a, b: a**b, 0.0, -1.0, error=ZeroDivisionError)
    check_fails(lambda np, a: a**400, 10.0, error=OverflowError)
    program = Program(lambda np, a, b: a**b, (-8.0, 0.5))
    assert "a power of a negative number may be complex" in program.tracer.checks


def test_divmod_and_mixed_kinds():
    check_program(lambda np, a, b: divmod(a, b), 17, 5)
    check_program(lambda np, a, b: (a + b, a * b, b - a), 3, 0.5)


# ---------------------------------------------------------------- forms


def test_integers_stay_affine():
    program = check_program(lambda np, n, x: 3 * n - x.shape[0] + 2 - n * 2, 5, np.ones(3))
    assert program.ops == ["affine"]


def test_multiples_divide_exactly():
    program = check_program(lambda np, n: ((4 * n + 6) // 2, (6 * n + 4) % 3), 5)
    assert program.ops == ["affine"]


@pytest.mark.parametrize("n", [-7, 0, 7])
def test_products_and_quotients(n):
    def f(np, n, m):
        return n * m, n // m, n % m, n // 3, n % 3, (2 * n + m) // 2, min_of(n, m)

    def min_of(a, b):
        return abs(a - b)

    check_program(f, n, 4, others=[(n + 1, 5)])


def test_comparisons_that_are_known_are_plain_bools():
    with fake_tracing() as tracer:
        x = tracer.param("x", np.ones(4))
        n = get_attribute(x, "shape")[0]
        assert (n >= 0) is True
        assert (n < 0) is False
        assert (n + 1 > n) is True
        assert (n == n) is True
        assert isinstance(n > 2, Number)
        assert (n - n) == 0
        assert type(n - n) is int


def test_bounds_of_computed_integers_are_known():
    with fake_tracing() as tracer:
        n = tracer.param("n", 10)
        assert (n % 5 < 5) is True
        assert (n % 5 >= 0) is True
        assert (abs(n) >= 0) is True
        assert ((n // 3) * 3 <= n) is True


def test_same_integer_operation_is_one_value():
    program = check_program(lambda np, n, m: (n * m) - (m * n) + n // m + n // m, 5, 3)
    assert program.ops.count("multiply") <= 1
    assert program.ops.count("floor_divide") == 1


def test_numpy_integers_have_forms():
    program = check_program(lambda np, n: np.add(n, 2) * 3, 5)
    assert program.ops == ["affine"]
    check_program(lambda np, n: (n + 1, -n, n // 2, n * n), np.int64(5))


# ---------------------------------------------------------------- refusals


def test_symbolic_values_refuse_what_needs_their_value():
    with fake_tracing() as tracer:
        x, n = tracer.param("x", 1.5), tracer.param("n", 3)
        a = tracer.param("a", np.ones(4))
        for value in (x, n, a):
            with pytest.raises(UnsupportedError):
                bool(value)
        for convert in (int, operator.index, range):
            with pytest.raises(NeedStatic):
                convert(n)
        with pytest.raises(NeedStatic):
            float(x)
        with pytest.raises(UnsupportedError):
            f"{n}"
        with pytest.raises(UnsupportedError):
            np.asarray(a)
        with pytest.raises(TypeError):
            operator.index(x)
        with pytest.raises(NeedStatic):
            len(a)
        assert len({a, x, n}) == 3


def test_nothing_works_without_a_tracer():
    with fake_tracing() as tracer:
        a = tracer.param("a", np.ones(4))
    with pytest.raises(LookupError):
        _ = a + 1


def test_unknown_attributes():
    with fake_tracing() as tracer:
        a, x = tracer.param("a", np.ones(4)), tracer.param("x", 1.5)
        with pytest.raises(AttributeError):
            _ = a.no_such_thing
        with pytest.raises(UnsupportedError, match="strides"):
            get_attribute(a, "strides")
        with pytest.raises(AttributeError):
            _ = x.shape
        with pytest.raises(AttributeError):
            get_attribute(a, "cell")


def test_operators_refuse_unknown_operands():
    with fake_tracing() as tracer:
        a = tracer.param("a", np.ones(4))
        with pytest.raises(UnsupportedError):
            _ = a + "text"
        with pytest.raises(UnsupportedError):
            _ = a + {}
        assert (a == None).dims == (a != "text").dims == a.dims  # noqa: E711


def test_ufuncs_without_a_form_are_refused():
    with fake_tracing() as tracer:
        a = tracer.param("a", np.ones(4))
        with pytest.raises(UnsupportedError, match="order"):
            np.sin(a, order="F")


# ---------------------------------------------------------------- truth, length, rebinding


def test_truth():
    check_program(lambda np, x: truth(x) if not isinstance(x, float) else bool(x), 0.5)
    check_program(lambda np, x: truth(x) if not isinstance(x, int) else bool(x), 3)
    check_program(lambda np, x: truth(x) if isinstance(x, Array) else bool(x), np.array([0.0]))
    with fake_tracing() as tracer:
        assert truth(tracer.param("x", np.ones((2, 3))).shape[0] + 1) is True
        assert truth([1]) is True


def test_truth_of_several_elements_fails():
    check_fails(
        lambda np, x: truth(x) if isinstance(x, Array) else bool(x), np.ones(3), error=ValueError
    )


def test_length():
    with fake_tracing() as tracer:
        assert isinstance(length(tracer.param("x", np.ones(3))), Number)
        assert length([1, 2]) == 2
        made = np.zeros_like(tracer.param("y", np.ones(3)), shape=(4, 2))
        assert length(made) == 4
        assert len(made) == 4
        assert len(list(made)) == 4


def test_inplace_writes_arrays_and_rebinds_numbers():
    with fake_tracing() as tracer:
        a, n = tracer.param("a", np.ones(3)), tracer.param("n", 3)
        assert inplace("add", a, 1) is a
        assert inplace("add", n, 1) is not n
        assert inplace("add", [1], [2]) == [1, 2]
        assert inplace("and_", {1, 2}, {2}) == {2}


def test_augmented_assignment_of_aliases():
    def f(np, x):
        y = x
        y *= 3
        z = x[1:]
        z -= x[:-1]
        z **= 2
        return y

    check_program(f, np.arange(5.0))


# ---------------------------------------------------------------- broadcasting


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((3,), (3,)),
        ((1,), (3,)),
        ((3,), (1,)),
        ((1,), (1,)),
        ((2, 3), (3,)),
        ((2, 1), (1, 3)),
        ((), (2,)),
    ],
)
def test_broadcasting(a, b):
    x, y = np.arange(math.prod(a)) + 1.0, np.arange(math.prod(b)) + 2.0
    program = check_program(lambda np, x, y: x * y + x, x.reshape(a), y.reshape(b))
    assert "check" not in program.ops


def test_equal_sizes_are_guarded_and_substituted():
    program = check_program(lambda np, x, y: x + y, np.ones(4), np.ones(4))
    assert [str(g) for g in program.graph.guards] == ["x1_0 - x0_0 == 0"]
    ((symbol, form),) = program.tracer.facts.substitution.items()
    assert (symbol.name, str(form)) == ("x1_0", "x0_0")


def test_mismatch_fails():
    check_fails(lambda np, x, y: x + y, np.ones(4), np.ones(3), error=ValueError)


def test_refused_equality_is_checked_at_run_time():
    def f(np, x, y):
        return x + y + y

    program = check_program(
        f, np.ones(4), np.ones(4), others=[(np.ones(5), np.ones(5))], refused={"x1_0 - x0_0 == 0"}
    )
    # a size of 1 would be stretched instead, so such calls are left to another trace
    assert [str(g) for g in program.graph.guards] == ["x0_0 - 1 != 0", "x1_0 - 1 != 0"]
    assert program.ops.count("check") == 1


def test_arrays_keep_working_after_their_sizes_are_found_equal():
    def f(np, x, y):
        z = x[1:]
        w = y[1:]
        w += z
        y[0] = (x + y)[-1]
        return w * z, y

    check_program(f, np.arange(4.0), np.arange(4.0) + 1)


# ---------------------------------------------------------------- attributes


def test_array_attributes():
    def f(np, x):
        return (
            x.shape,
            x.ndim,
            x.size,
            x.T,
            x.sum(),
            x.mean(axis=0),
            x.max(1),
            x.min(),
            x.prod(),
            x.any(),
            x.all(axis=1),
            x.argmax(),
            x.argmin(axis=0),
            x.std(),
            x.var(0),
            x.reshape(-1),
            x.reshape(3, 2),
            x.ravel(),
            x.flatten(),
            x.transpose(1, 0),
            x.astype(np.float32),
            x.copy(),
            x.dot(x.T),
            x.clip(1, 3),
            x[0, 1].item(),
            x.real,
            x.round(),
            x.itemsize,
        )

    check_program(f, np.arange(6.0).reshape(2, 3), others=[(np.ones((2, 3)),)])


def test_scalar_attributes():
    def f(np, x):
        return x.shape, x.ndim, x.sum(), x.item(), x.real, x.astype(np.float32), x.max(), x.T

    check_program(f, np.float64(2.5))
    check_program(f, np.int64(2))
    check_program(lambda np, x: (x.real, x.imag, x.is_integer(), x.conjugate()), 2.5)


def test_fill_writes_the_array():
    def f(np, x):
        x[1:].fill(3)
        return x

    check_program(f, np.arange(4.0))


def test_constants_fold():
    with fake_tracing() as tracer:
        x = tracer.param("x", np.ones((2, 3)))
        made = np.zeros_like(x, shape=(2, 3))
        assert made.shape == (2, 3)
        assert made.size == 6
        assert made.dims == (Affine(2), Affine(3))
