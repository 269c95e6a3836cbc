"""Floating-point errors that raise: `np.errstate` inside of compiled functions."""

import numpy as np

from tests.programs.corpus import floats, integers, program, signed


def ratios(*zeros):
    """Return a maker of numerators and denominators, zero at some positions."""

    def make(n):
        x, y = signed(n), floats(n, seed=1)
        y[list(zeros)] = 0.0
        return x, y

    return make


@program(ratios(), ratios(2, 4), sizes=(7,), layouts=(), raises=True)
def all_ratios(x, y):
    with np.errstate(divide="raise"):
        z = x / y
    return z.sum(), 1.0 / (y - y)


@program(ratios(), ratios(2, 4), lambda n: (np.zeros(n), np.zeros(n)), sizes=(7,), layouts=())
def ratios_that_exist(x, y):
    total, failed = 0.0, []
    for i in range(len(x)):
        try:
            with np.errstate(divide="raise", invalid="raise"):
                total += x[i] / y[i]
        except FloatingPointError as e:
            failed.append((i, str(e)))
    return total, failed


@program(ratios(), ratios(1), lambda n: (np.zeros(n), np.zeros(n)), sizes=(3,), layouts=())
def written_before_it_raises(x, y):
    try:
        with np.errstate(all="raise", under="ignore"):
            x /= y
            y[:] = 7.0
    except FloatingPointError as e:
        return e.args
    return None


@program(lambda n: (floats(n), 0.5), lambda n: (800 * floats(n), 2.0), sizes=(4,), layouts=())
def step_is_halved_until_nothing_overflows(x, step):
    tried = 0
    while True:
        tried += 1
        try:
            with np.errstate(over="raise"):
                y = np.exp(step * x) ** 2
                return y / np.max(y), step, tried
        except FloatingPointError:
            step = 0.5 * step


def quotient(a, b):
    return a // b


@program(lambda n: (integers(n, low=-9), integers(n, low=-2, high=3)), sizes=(9,), layouts=())
def whole_quotients_in_a_helper(a, b):
    found = np.zeros(len(a), dtype=int)
    for i in range(len(a)):
        with np.errstate(divide="raise"):
            try:
                found[i] = quotient(a[i], b[i])
            except FloatingPointError:
                found[i] = -99
    return found


@program(lambda n: (signed(n), floats(n)), sizes=(5,), layouts=(), raises=True)
def inner_state_holds_inside(x, y):
    with np.errstate(all="raise"):
        with np.errstate(invalid="ignore", divide="ignore"):
            roots = np.sqrt(x) / (y - y)
        masked = x[x > 0] / y[x > 0]
    if roots[0] > 0:
        masked = masked + 1.0
    with np.errstate(invalid="raise"):
        return masked, np.log(x)


@program(ratios(), ratios(0, 1), sizes=(3,), layouts=())
def only_where_asked(x, y):
    with np.errstate(divide="raise", invalid="raise"):
        z = np.divide(x, y, out=np.zeros_like(x), where=y != 0)
        chosen = x[y != 0] / y[y != 0]
    return z, chosen


@np.errstate(divide="raise", invalid="raise")
def checked_log(v):
    return np.log(v)


@program(lambda n: (floats(3),), lambda n: (np.zeros(3),), lambda n: (-floats(3),), sizes=(1,))
def decorated_helper(x):
    try:
        return checked_log(x)
    except FloatingPointError as e:
        return str(e), np.log(x * 0)


@program(
    lambda n: (signed(n),), lambda n: (1e308 * floats(n),), sizes=(9,), layouts=(), raises=True
)
def sums_that_overflow(x):
    with np.errstate(over="raise", invalid="raise"):
        return np.sum(x), x @ x, np.mean(x), np.std(x), np.cumsum(x)


@program(lambda n: (1e-150 * floats(n),), lambda n: (1e-170 * floats(n),), sizes=(3,), raises=True)
def products_that_vanish(x):
    with np.errstate(under="raise"):
        return x * x


@program(lambda n: (np.float32(2.0) * floats(3, dtype=np.float32),), sizes=(1,), layouts=())
def single_precision_overflows(x):
    steps = 0
    with np.errstate(over="raise"):
        try:
            while True:
                x *= x
                steps += 1
        except FloatingPointError as e:
            return x, steps, str(e)


@program(lambda n: (signed(n), 3), sizes=(4,), layouts=(), raises=True)
def recursion_under_errstate(x, n):
    if n == 0:
        return np.sqrt(x)
    with np.errstate(invalid="raise"):
        return recursion_under_errstate(x, n - 1) + 1.0


@program(lambda n: (floats(n), floats(n, seed=1)), sizes=(4,), layouts=(), gradient=(0, 1))
def gradient_under_errstate(x, y):
    total = 0.0
    for i in range(len(x)):
        try:
            with np.errstate(all="raise", under="ignore"):
                total += np.log(x[i]) * y[i] / (y[i] - 0.1)
        except FloatingPointError:
            total += x[i] * x[i]
    with np.errstate(divide="raise", over="raise"):
        return total + np.sum(np.exp(x) / y)


@program(lambda n: (signed(n),), sizes=(0, 5), layouts=())
def errors_are_silenced(x):
    before = np.seterr(all="ignore")
    y = np.log(abs(x) - 0.5)
    total = 0.0
    for v in y:
        old = np.seterr(invalid="warn")
        total += v if v == v else 1.0
        np.seterr(**old)
    np.seterr(**before)
    return total, np.geterr()["invalid"], before["over"]


@program(lambda n: (floats(3), 1.0), lambda n: (floats(3), 0.0), sizes=(1,), layouts=())
def errors_raise_from_here_on(x, divisor):
    before = np.seterr(divide="raise", over="raise")
    try:
        return x / divisor
    except FloatingPointError as e:
        return str(e)
    finally:
        np.seterr(**before)
