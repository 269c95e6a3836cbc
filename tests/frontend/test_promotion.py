"""Result dtypes: NumPy's promotion, weak Python numbers, inserted casts."""

from __future__ import annotations

import itertools
import operator

import numpy as np
import pytest

import autograph.frontend.language.values  # noqa: F401
from autograph.errors import UnsupportedError
from autograph.frontend.symbols.promotion import kind_of, resolve, result_dtype
from tests.frontend.fake_tracer import Program, check_fails, check_program

DTYPES = [np.bool_, np.int32, np.int64, np.uint8, np.float32, np.float64]
OPERATORS = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.lt,
    operator.eq,
]


def sample(dtype, kind):
    if kind == "array":
        return np.array([1, 1, 3], dtype)
    return dtype(1) if kind == "numpy scalar" else dtype(1).item()


def is_refused(f, *args):
    try:
        with np.errstate(all="ignore"):
            f(*args)
    except TypeError:
        return True
    return False


def check_refused(op, x, y):
    """Check that operands are refused, or fail as NumPy's do if the operator is to blame."""
    if op is operator.sub:
        check_fails(lambda np, x, y: op(x, y), x, y, error=TypeError)
        return
    with pytest.raises(UnsupportedError):
        Program(lambda np, x, y: op(x, y), (x, y))


@pytest.mark.parametrize("op", OPERATORS, ids=lambda op: op.__name__)
@pytest.mark.parametrize("kind", ["array", "numpy scalar", "Python scalar"])
def test_operators_promote_as_numpy_does(op, kind):
    for left, right in itertools.product(DTYPES, DTYPES):
        a, b = sample(left, "array"), sample(right, kind)
        for x, y in ((a, b), (b, a)):
            if is_refused(op, x, y):
                check_refused(op, x, y)
            else:
                check_program(lambda np, x, y: op(x, y), x, y)


@pytest.mark.parametrize("op", OPERATORS, ids=lambda op: op.__name__)
def test_scalars_promote_as_numpy_does(op):
    kinds = ["numpy scalar", "Python scalar"]
    for (left, a), (right, b) in itertools.product(itertools.product(DTYPES, kinds), repeat=2):
        x, y = sample(left, a), sample(right, b)
        if is_refused(op, x, y):
            continue
        check_program(lambda np, x, y: op(x, y), x, y)


@pytest.mark.parametrize(
    "name", ["sin", "sqrt", "negative", "absolute", "floor", "square", "isnan"]
)
def test_unary_functions_promote_as_numpy_does(name):
    for dtype in DTYPES:
        for kind in ("array", "numpy scalar", "Python scalar"):
            x = sample(dtype, kind)
            if is_refused(getattr(np, name), x) or getattr(np, name)(x).dtype == np.float16:
                continue
            check_program(lambda np, x: getattr(np, name)(x), x)


def test_no_cast_where_none_is_needed():
    program = check_program(lambda np, x, k: 2 * x + k, np.ones(3, np.float32), 1.5)
    assert program.ops.count("cast") == 1
    program = check_program(lambda np, x, k: 2 * x + k, np.ones(3), 1.5)
    assert "cast" not in program.ops


def test_python_integers_beyond_the_dtype_fail():
    check_fails(lambda np, x: x + 300, np.ones(3, np.uint8), error=OverflowError)
    check_fails(lambda np, x, k: x + k, np.ones(3, np.int32), 2**40, error=OverflowError)


def test_dtype_argument():
    check_program(lambda np, x: np.add(x, 1, dtype=np.float32), np.arange(3, dtype=np.int32))
    check_program(lambda np, x: np.sqrt(x, dtype=np.float64), np.ones(3, np.float32))


def test_resolve_asks_numpy():
    assert resolve(np.add, [np.dtype("f4"), float]) == (np.dtype("f4"),) * 3
    assert resolve(np.divide, [int, int])[-1] == np.float64
    assert result_dtype([np.dtype("f4"), (1.0).__class__]) == np.float32
    with pytest.raises(TypeError):
        resolve(np.subtract, [bool, bool])


def test_kind_of_constants():
    assert kind_of(1) is int
    assert kind_of(True) is bool
    assert kind_of(np.float64(1)) == np.float64
