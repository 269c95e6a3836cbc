"""Functions of NumPy, `math` and the builtins against themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from autograph.errors import UnsupportedError
from autograph.frontend.language.numpy_calls import call_numpy
from autograph.frontend.symbols.symbolic import Array
from tests.frontend.fake_tracer import (
    Program,
    StagedFunction,
    StagedNumpy,
    call,
    check_fails,
    check_program,
    fake_tracing,
)

X = np.array([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]])
V = np.array([0.5, 2.0, 1.0, 4.0])
INTS = np.array([[3, 1, 2], [-1, 5, 0]])
BOOLS = np.array([[True, False, True], [True, True, True]])


# ---------------------------------------------------------------- reductions

REDUCTIONS = ["sum", "prod", "max", "min", "mean", "var", "std", "any", "all", "ptp", "amax"]


@pytest.mark.parametrize("name", [*REDUCTIONS, "argmax", "argmin", "count_nonzero"])
@pytest.mark.parametrize("x", [X, INTS, BOOLS, X.astype(np.float32), INTS.astype(np.int32)])
def test_reductions(name, x):
    if name == "ptp" and x.dtype == bool:
        pytest.skip("NumPy refuses to subtract bools")

    def f(np, x):
        reduce = getattr(np, name)
        return (
            reduce(x),
            reduce(x, 0),
            reduce(x, axis=-1),
            reduce(x, axis=1, keepdims=True),
            reduce(x, axis=None, keepdims=True),
        )

    program = check_program(f, x, others=[(np.concatenate([x, x]),)])
    assert "check" not in program.ops
    if name not in ("argmax", "argmin"):
        check_program(lambda np, x: getattr(np, name)(x, axis=(0, 1)), x)


def test_reductions_of_scalars_and_lists():
    check_program(lambda np, x: (np.sum(x), np.max(x), np.mean(x), np.any(x)), 2.5)
    check_program(lambda np, x: (np.sum([x, 1, 2]), np.max([x, 3.5])), 2)
    check_program(lambda np, x: np.sum(x, dtype=np.float32), INTS)


def test_sum_of_small_integers_is_wide():
    check_program(lambda np, x: (np.sum(x), np.prod(x)), np.array([100, 100], np.int8))
    check_program(lambda np, x: (np.sum(x), np.prod(x)), np.array([100, 100], np.uint8))


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_reductions_of_nothing_fail(name):
    check_fails(lambda np, x: getattr(np, name)(x), np.zeros(0), error=ValueError)
    check_fails(lambda np, x: getattr(np, name)(x, axis=1), np.zeros((2, 0)), error=ValueError)
    check_program(lambda np, x: getattr(np, name)(x, axis=1), np.zeros((0, 2)))


def test_empty_sums():
    check_program(lambda np, x: (np.sum(x), np.prod(x), np.any(x), np.all(x)), np.zeros(0))


def test_variance_with_degrees_of_freedom():
    check_program(lambda np, x: (np.var(x, ddof=1), np.std(x, axis=0, ddof=1)), X)


def test_reductions_into_out():
    def f(np, x, out):
        np.sum(x, axis=0, out=out)
        np.add(out, 1, out=out)
        return out

    check_program(f, X, np.zeros(3))


def test_axis_out_of_range_fails():
    check_fails(lambda np, x: np.sum(x, axis=2), X, error=np.exceptions.AxisError)


def test_reduce_of_ufuncs():
    def f(np, x):
        return (
            np.add.reduce(x),
            np.maximum.reduce(x, axis=1),
            np.logical_and.reduce(x > -3, axis=None),
        )

    check_program(f, X)


def test_logsumexp_and_softmax():
    check_program(
        lambda np, x: either(np, special.logsumexp)(x, axis=1) + either(np, special.logsumexp)(x), X
    )
    check_program(lambda np, x: either(np, special.softmax)(x, axis=1), X)


# ---------------------------------------------------------------- creation


def test_creation():
    def f(np, x, n):
        m = x.shape[1]
        return (
            np.zeros(n),
            np.zeros((n, 2), dtype=int),
            np.ones((m, n), np.float32),
            np.full((2, m), 7),
            np.full(n, 1.5, dtype="f4"),
            np.full(3, x[0, 0]),
            np.zeros_like(x),
            np.ones_like(x, dtype=bool),
            np.full_like(x, 3),
            np.eye(n),
            np.eye(n, m, k=1, dtype=int),
            np.identity(2),
            np.zeros(()),
            np.zeros(3, bool),
        )

    check_program(f, X, 4, others=[(X[:, :2].copy(), 1)])


def test_empty_is_written_before_it_is_read():
    def f(np, x, n):
        y, z = np.empty((n, 3)), np.empty_like(x)
        y[:] = 2
        z[:, :] = x
        return y, z

    check_program(f, X, 2)


def test_negative_sizes_fail():
    check_fails(lambda np, n: np.zeros(n), -1, error=ValueError)


@pytest.mark.parametrize("args", [(5,), (2, 7), (2, 9, 3), (9, 2, -2), (4, 2), (0,), (3, 2, 1)])
def test_integer_ranges(args):
    check_program(lambda np: np.arange(*args))
    check_program(lambda np, n: np.arange(n, *args[1:]), args[0])
    check_program(lambda np, n: np.arange(n, dtype=np.float32), max(args[0], 0))


@pytest.mark.parametrize(
    "args", [(5.0,), (0, 1, 0.1), (1.0, 2.0, 0.3), (2.0, 1.0, -0.25), (3.0, 1.0)]
)
def test_float_ranges(args):
    check_program(lambda np: np.arange(*args))
    check_program(lambda np, x: np.arange(x, *args[1:]), float(args[0]))


@pytest.mark.parametrize("num", [0, 1, 2, 5])
def test_linspace(num):
    check_program(lambda np, a, b: np.linspace(a, b, num), 0.5, 3.0)
    check_program(lambda np, a, b: np.linspace(a, b, num, endpoint=False), 0.5, 3.0)


def test_linspace_of_run_time_length():
    check_program(lambda np, a, b, n: np.linspace(a, b, n), 0.0, 1.0, 7, others=[(1.0, 0.0, 2)])
    check_program(lambda np, a, b: np.linspace(a, b), 0, 3)


def test_arrays_from_lists():
    def f(np, x, a, n):
        return (
            np.array([1, 2, 3]),
            np.array([1, 2.5]),
            np.array([[a, 1], [2, a]]),
            np.array([n, n + 1]),
            np.array([x[0], x[1]]),
            np.array([0.0, 0.0, 0.0]),
            np.array([True, False]),
            np.array([a, 2], dtype=np.float32),
            np.array(a),
            np.array([]),
            np.asarray([a, a]),
        )

    check_program(f, X, 1.5, 3)


def test_large_constant_lists_become_inputs():
    program = check_program(lambda np, x: np.array(list(range(100)))[x.shape[0]] + x, V)
    assert len(program.tracer.lifted) == 1


def test_copies_and_conversions():
    def f(np, x):
        y, z, w = np.copy(x), np.asarray(x), np.array(x)
        y[0] = 1
        z[1] = 2
        w[:] = 0
        x.astype(np.int64)[:] = 5
        u = np.ascontiguousarray(x)
        u[2] = 9
        t = np.ascontiguousarray(x[::2])
        t[0] = -5
        return y, z, w, np.asarray(x, np.float32), x.astype("i4"), t

    check_program(f, V)


def test_scalar_types_convert():
    def f(np, x, n, v):
        return (
            call(np_float32, (x,), {}),
            call(np_int64, (x,), {}),
            call(np_float64, (n,), {}),
            call(np_bool, (n,), {}),
        )

    program = Program(f, (2.75, 3, V))
    result, _ = program.run(2.75, 3, V)
    assert [type(x) for x in result] == [np.float32, np.int64, np.float64, np.bool_]
    assert result == (np.float32(2.75), 2, 3.0, True)


np_float32, np_float64, np_int64, np_bool = np.float32, np.float64, np.int64, np.bool_


# ---------------------------------------------------------------- shape


def test_reshape():
    def f(np, x):
        return (
            x.reshape(6),
            x.reshape(-1),
            x.reshape(3, -1),
            np.reshape(x, (1, 6)),
            x.reshape(x.shape[1], x.shape[0]),
            x.reshape(x.shape[0], -1),
            x.T.reshape(-1),
            x[:, ::2].reshape(-1),
            x[:, None].reshape(-1, 3),
            x.ravel()[1:].reshape(1, -1),
        )

    check_program(f, X)


def test_reshape_is_a_view_where_numpys_is():
    def f(np, x, y):
        x.reshape(6)[2] = 100
        x.reshape(3, 2).T[0] = 7
        x[1].reshape(3, 1)[2] = 8
        x.ravel()[0] = -1
        x.flatten()[0] = 55
        x.T.reshape(-1)[1] = 66
        x[:, ::2].reshape(4)[0] = 77
        y[::2].reshape(2, 2)[1] = 5
        y[::2].reshape(2, 2).reshape(4)[0] = 6
        x.T.reshape(3, 2, 1)[0] = 3
        return x

    check_program(f, X, np.arange(8.0))


def test_reshape_to_another_size_fails():
    check_fails(lambda np, x: x.reshape(5), X, error=ValueError)
    check_fails(lambda np, x: x.reshape(4, -1), X, error=ValueError)


def test_axes():
    def f(np, x, y):
        return (
            x.T,
            np.transpose(x, (1, 0)),
            np.swapaxes(y, 0, 2),
            np.moveaxis(y, 0, -1),
            np.expand_dims(x, 0),
            np.expand_dims(x, (0, -1)),
            np.squeeze(y[:1]),
            np.squeeze(y[:1], axis=0),
            np.flip(x),
            np.flip(x, 1),
            np.broadcast_to(x, (4, 2, 3)),
            np.broadcast_to(x[:, :1], (2, 5)),
            np.broadcast_arrays(x[:1], x[:, :1]),
            np.shape(x),
            np.ndim(y),
            np.size(x),
            np.size(x, 1),
            np.transpose(y),
        )

    check_program(f, X, np.arange(24).reshape(2, 3, 4))


def test_joining():
    def f(np, x, v):
        return (
            np.concatenate([x, x]),
            np.concatenate((x, x[:, :1]), axis=1),
            np.concatenate([x, x], axis=None),
            np.stack([v, v + 1]),
            np.stack([v, v], axis=1),
            np.vstack([v, v]),
            np.vstack([x, x[0]]),
            np.hstack([v, v[:2]]),
            np.hstack([x, x]),
            np.column_stack([v, v]),
            np.append(v, [1.0, 2]),
            np.concatenate([v, np.arange(2)]),
        )

    program = check_program(f, X, V)
    assert "check" not in program.ops


def test_joining_of_unlike_sizes_fails():
    check_fails(lambda np, x, v: np.concatenate([x, v[None]]), X, V, error=ValueError)


@pytest.mark.parametrize("shift", [0, 1, -1, 3, 4, 9, -7])
def test_roll(shift):
    check_program(lambda np, v: np.roll(v, shift), V)
    check_program(lambda np, v, s: np.roll(v, s), V, shift)
    check_program(lambda np, x: np.roll(x, shift, axis=1), X)


def test_differences():
    check_program(lambda np, v, x: (np.diff(v), np.diff(v, 2), np.diff(x, axis=0)), V, X)
    check_program(lambda np, x: (np.diff(x), np.diff(x > 0)), X[:, :1].copy())


# ---------------------------------------------------------------- selection and rounding


def test_where():
    def f(np, x, v):
        return (
            np.where(x > 0, x, -x),
            np.where(x > 0, 1, 0),
            np.where(x, 1.5, x),
            np.where(x[0] > 0, x, 0),
            np.where(x[0, 0] > 0, 1.0, 2),
            np.where(x > 0, x.astype(np.float32), 0.0),
            np.where([True, False, True], x, 2),
        )

    check_program(f, X, V)


def test_clip_and_round():
    def f(np, x):
        return (
            np.clip(x, -1, 1),
            np.clip(x, None, 0.5),
            np.clip(x, 0, a_max=None),
            x.clip(min=0.5),
            np.round(x),
            np.round(x, 1),
            np.fix(x),
            np.degrees(x),
            np.deg2rad(x),
            np.clip(x[0, 0], 0, 1),
        )

    check_program(f, X)
    check_program(lambda np, i: (np.clip(i, 0, 2), np.round(i), np.clip(i, 0.5, 1.5)), INTS)


def test_closeness():
    def f(np, x, y):
        return np.isclose(x, y), np.allclose(x, y), np.array_equal(x, y), np.allclose(x, x + 1e-9)

    check_program(f, X, X + np.array([0, 1e-9, 1]))


def test_ufuncs_with_out():
    def f(np, x, y):
        np.multiply(x, 2, out=y)
        np.exp(y, y)
        return np.add(y, x, out=x)

    check_program(f, X, np.zeros((2, 3)))


def test_ufunc_into_a_narrower_out_fails():
    check_fails(
        lambda np, x, y: np.multiply(x, 2, out=y), X, np.zeros((2, 3), int), error=TypeError
    )


def test_outer_of_ufuncs_and_pairs():
    def f(np, v, x):
        return np.multiply.outer(v, x), np.subtract.outer(v, v), np.divmod(v, 0.75)

    check_program(f, V, X)


def test_special_ufuncs():
    check_program(lambda np, x: either(np, special.erf)(x), X)
    check_program(lambda np, x: either(np, special.expit)(x), X)


# ---------------------------------------------------------------- linear algebra


def test_products():
    def f(np, a, b, v, w):
        return (
            a @ b,
            a @ v,
            w @ a,
            v @ v,
            np.dot(a, b),
            np.dot(v, v),
            np.dot(a, 2.0),
            np.matmul(a, b),
            a.dot(v),
            a.T @ a,
        )

    program = check_program(f, X, X.T.copy(), V[:3].copy(), V[:2].copy())
    assert "check" not in program.ops


def test_products_promote_and_reject():
    check_program(lambda np, a, b: (a @ b, np.dot(b, a[:, 0])), INTS, X.T.copy())
    check_fails(lambda np, a, b: a @ b, X, X.copy(), error=ValueError)
    stack = np.arange(24.0).reshape(2, 3, 4)
    check_program(
        lambda np, a, b: (a @ b, a[:, 0] @ b, b.T @ a[0].T), stack, np.ones((4, 2)) - np.eye(4, 2)
    )


def test_inplace_product():
    def f(np, a, b):
        a @= b
        return a

    check_program(f, X, np.arange(9.0).reshape(3, 3))


# ---------------------------------------------------------------- Python's functions


def either(np, function):
    return StagedFunction(function) if isinstance(np, StagedNumpy) else function


@pytest.mark.parametrize(
    "value", [2.5, -2.5, 3, True, np.float64(1.5), np.int64(-3), np.float32(2)]
)
def test_conversions(value):
    functions = [float, int, bool, abs, round]

    def f(np, x):
        return tuple(either(np, g)(x) for g in functions)

    check_program(f, value)


@pytest.mark.parametrize(
    "args",
    [(1, 2), (2, 1), (1.5, 1.5), (1.0, 2.0, -3.0), (np.float64(1), np.float64(2))],
)
def test_minimum_and_maximum(args):
    def f(np, *xs):
        return either(np, min)(*xs) + 0 * xs[0], either(np, max)(xs) + 0 * xs[0]

    check_program(f, *args)


def test_minimum_of_nan_depends_on_the_order():
    nan = float("nan")
    check_program(lambda np, a, b: (either(np, min)(a, b), either(np, min)(b, a)), nan, 1.0)


def test_builtins_over_vectors():
    def f(np, v, i):
        return either(np, sum)(v), either(np, min)(v), either(np, max)(i), either(np, sum)([v, v])

    check_program(f, V, INTS[0].copy())
    check_program(lambda np, x, y: (either(np, sum)([x, y]), either(np, pow)(x, 2)), 1.5, 2.5)
    check_program(lambda np, a, b: either(np, divmod)(a, b), 17, 5)


UNARY_MATH = (
    "sqrt exp log log2 log10 log1p expm1 sin cos tan asin acos atan sinh "
    "cosh tanh asinh atanh erf erfc fabs floor ceil trunc isnan isinf isfinite degrees radians"
)


@pytest.mark.parametrize("name", UNARY_MATH.split())
def test_math(name):
    function = getattr(math, name)
    for value in (0.5, np.float64(0.25), 0.75):
        check_program(lambda np, x: either(np, function)(x), value)


def test_math_of_two_numbers():
    check_program(lambda np, x: either(np, math.acosh)(x), 2.0)

    def f(np, x, y):
        names = ["atan2", "copysign", "pow", "fmod", "log"]
        return tuple(either(np, getattr(math, name))(x, y) for name in names)

    check_program(f, 1.5, 2.5)
    check_program(lambda np, n: (either(np, math.floor)(n), either(np, math.sqrt)(n)), 4)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("sqrt", -1.0, ValueError),
        ("log", 0.0, ValueError),
        ("log1p", -1.0, ValueError),
        ("asin", 1.5, ValueError),
        ("acosh", 0.5, ValueError),
        ("atanh", 1.0, ValueError),
        ("sin", math.inf, ValueError),
        ("exp", 1000.0, OverflowError),
        ("cosh", 1000.0, OverflowError),
        ("floor", math.nan, ValueError),
    ],
)
def test_math_errors(name, value, error):
    check_fails(lambda np, x: either(np, getattr(math, name))(x), value, error=error)


def test_math_accepts_nan_and_infinity():
    check_program(lambda np, x: (either(np, math.sqrt)(x), either(np, math.exp)(x)), math.inf)
    check_program(lambda np, x: (either(np, math.sqrt)(x), either(np, math.sin)(x)), math.nan)


# ---------------------------------------------------------------- what is not staged


def test_unknown_functions():
    with fake_tracing() as tracer:
        x = tracer.param("x", X)
        assert call_numpy([], (x,), {}) is NotImplemented
        assert call_numpy(np.random.permutation, (x,), {}) is NotImplemented
        with pytest.raises(UnsupportedError, match="permutation"):
            call_library_in_unconverted_code(x)


def call_library_in_unconverted_code(x):
    return x.__array_function__(np.random.permutation, (), (x,), {})


def test_functions_of_constants_are_called():
    with fake_tracing() as tracer:
        assert call_numpy(math.sqrt, (4.0,), {}) == 2.0
        assert call_numpy(np.sqrt, (4.0,), {}) == 2.0
        assert call_numpy(max, (1, 2), {}) == 2
        assert tracer.graph.nodes == []
        assert isinstance(call_numpy(np.zeros, (3,), {}), Array)
        assert isinstance(call_numpy(np.diff, ([1, 4, 9],), {}), Array)


def test_code_that_is_not_converted_works():
    import numpy

    def f(np, x):
        return numpy.sum(numpy.sin(x) * x) + numpy.mean(x, axis=0)

    check_program(f, X)


def test_graphs_are_small():
    program = check_program(lambda np, x: np.sum(np.sin(x) * x), V)
    assert program.ops == ["sin", "multiply", "sum"]
    program = check_program(lambda np, x: 0.5 * np.sum(x**2), V)
    assert program.ops == ["square", "sum", "constant", "multiply"]
    program = check_program(lambda np, x: np.zeros_like(x) + x, V)
    assert program.ops == ["constant", "broadcast", "add"]
