"""`try`, `raise`, `assert`, `with`: exceptions that run-time values choose."""

import contextlib
import math

import numpy as np

from tests.programs.corpus import floats, integers, program, signed


class OutOfBudget(Exception):
    """An exception whose `__init__` takes two arguments and keeps them."""

    def __init__(self, step, rest):
        super().__init__(step, rest)
        self.step = step
        self.rest = rest


class Overdrawn(OutOfBudget):
    """A special case of it."""


@program(
    lambda n: (signed(5), 2),
    lambda n: (signed(5), 9),
    lambda n: (signed(5), -6),
    sizes=(1,),
    layouts=(),
)
def default_for_missing_element(x, i):
    try:
        return x[i]
    except IndexError:
        return 0.0


@program(lambda n: (6.0, 3.0), lambda n: (6.0, 0.0), lambda n: (6, 0), sizes=(1,))
def quotient_or_zero(a, b):
    try:
        q = a / b
    except ZeroDivisionError:
        q = 0.0
    return q


@program(lambda n: (signed(6), integers(n, low=-9, high=9)), sizes=(0, 1, 20), layouts=())
def sum_with_bad_positions(x, k):
    total = 0.0
    bad = 0
    for i in range(len(k)):
        try:
            total += x[k[i]]
        except IndexError:
            bad += 1
    return total, bad


@program(lambda n: (floats(3), 5), lambda n: (floats(3), 2), sizes=(1,), layouts=())
def writes_before_failure_stay(x, i):
    try:
        x[0] = 10.0
        x[i] = 20.0
        x[1] = 30.0
    except IndexError:
        x[2] = -1.0
    return x


@program(lambda n: (3.0,), lambda n: (-3.0,), lambda n: (0.0,), sizes=(1,))
def try_else_finally(a):
    log = 0
    try:
        q = 1.0 / a
        if q < 0:
            raise ValueError("negative")
    except ZeroDivisionError:
        log += 1
        q = 100.0
    except ValueError:
        log += 10
        q = -100.0
    else:
        log += 100
    finally:
        log += 1000
    return q, log


@program(lambda n: (3, 10), lambda n: (30, 10), sizes=(1,))
def custom_class_with_attributes(cost, budget):
    try:
        if cost > budget:
            raise OutOfBudget(cost, budget - cost)
        return cost, 0
    except OutOfBudget as e:
        return e.step + 1, e.rest


@program(lambda n: (3, 10), lambda n: (30, 10), lambda n: (-1, 10), sizes=(1,))
def handlers_in_order(cost, budget):
    try:
        if cost < 0:
            raise KeyError("cost")
        if cost > budget:
            raise Overdrawn(cost, budget)
        result = 1
    except Overdrawn:
        result = 2
    except OutOfBudget:
        result = 3
    except (KeyError, IndexError):
        result = 4
    return result


@program(lambda n: (floats(n), 1.2), lambda n: (floats(n), 9.0), sizes=(8,), layouts=())
def raise_leaves_nested_loops(x, limit):
    found = -1
    try:
        for i in range(len(x)):
            for j in range(i):
                if x[i] + x[j] > 2 * limit:
                    found = 10 * i + j
                    raise StopIteration
    except StopIteration:
        return found, True
    return found, False


def checked_root(a):
    if a < 0:
        raise ValueError("negative", a)
    return a**0.5


@program(lambda n: (signed(n),), sizes=(0, 1, 9), layouts=())
def helper_raises_in_loop(x):
    total = 0.0
    worst = 0.0
    for v in x:
        try:
            total += checked_root(v)
        except ValueError as e:
            worst = min(worst, e.args[1])
    return total, worst


@program(
    lambda n: (signed(n), 1.0), lambda n: (signed(n), -1.0), sizes=(2,), layouts=(), raises=True
)
def uncaught_leaves_all(x, a):
    x[0] = 5.0
    try:
        x[1] = 6.0
        if a < 0:
            raise OutOfBudget(a, x[0])
    except KeyError:
        x[1] = 7.0
    finally:
        x[0] += 1.0
    return x


@program(lambda n: (1.0,), lambda n: (0.0,), lambda n: (-1.0,), sizes=(1,))
def bare_reraise(a):
    count = 0
    try:
        try:
            if a < 0:
                raise ValueError("low")
            b = 1.0 / a
        except ArithmeticError:
            count += 1
            raise
        except ValueError:
            count += 10
            raise
    except (ZeroDivisionError, ValueError):
        count += 100
        b = 0.0
    return count, b


@program(lambda n: (1.0,), lambda n: (0.0,), sizes=(1,), raises=True)
def reraise_at_the_end(a):
    try:
        return 1.0 / a
    except ZeroDivisionError as e:
        raise ValueError("cannot invert", a) from e


@program(lambda n: (1.0,), lambda n: (0.0,), sizes=(1,))
def raised_from_handled(a):
    try:
        try:
            return 1.0 / a
        except ZeroDivisionError:
            raise KeyError("zero") from None
    except LookupError as e:
        return e.args[0]


@program(lambda n: (3,), lambda n: (-3,), sizes=(1,))
def assertion_caught(n):
    try:
        assert n > 0, "n must be positive"
    except AssertionError as e:
        return str(e)
    return "fine"


@program(lambda n: (3,), lambda n: (-3,), sizes=(1,), raises=True)
def assertion_with_message(n):
    assert n > 0, ("n must be positive", n)
    return n * 2


@program(lambda n: (3,), lambda n: (-3,), sizes=(1,))
def return_in_finally(n):
    try:
        if n < 0:
            raise ValueError
        return 1
    finally:
        if n < 0:
            return 2


@program(lambda n: (4,), lambda n: (0,), sizes=(1,))
def return_value_before_finally(n):
    y = n
    try:
        return y
    finally:
        y += 10


@program(lambda n: (signed(n),), sizes=(0, 8), layouts=())
def jumps_through_finally(x):
    passed = 0
    total = 0.0
    for v in x:
        try:
            if v < -1.5:
                break
            if v < 0:
                continue
            total += v
        finally:
            passed += 1
    return total, passed


@program(lambda n: (signed(n), 1.0), lambda n: (signed(n), 5.0), sizes=(8,), layouts=())
def return_from_loop_through_finally(x, limit):
    visits = np.zeros(1)
    for i in range(len(x)):
        try:
            if x[i] > limit:
                return i, visits
        finally:
            visits[0] += 1
    return -1, visits


@program(lambda n: (signed(n),), sizes=(0, 5), layouts=())
def continue_in_finally(x):
    total = 0
    for v in x:
        try:
            if v > 0:
                raise ValueError
        finally:
            total += 1
            continue
    return total


class Counting:
    """A context manager that counts, outside the compiled function, nothing at all."""

    def __init__(self, log, step):
        self.log = log
        self.step = step

    def __enter__(self):
        self.log[0] += 1
        return self.step

    def __exit__(self, kind, error, traceback):
        self.log[1] += 1


class Forgiving:
    """A context manager that swallows division by zero."""

    def __init__(self, log):
        self.log = log

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.log[0] += 1
        if kind is not None:
            self.log[1] += 1
        return kind is not None and issubclass(kind, ZeroDivisionError)


@program(lambda n: (signed(n), np.zeros(2)), sizes=(0, 6), layouts=())
def with_in_loop(x, log):
    total = 0.0
    for v in x:
        with Counting(log, 2.0) as scale:
            if v < -1.0:
                break
            if v < 0.0:
                continue
            total += scale * v
    return total, log


@program(
    lambda n: (signed(3), np.zeros(2), 2),
    lambda n: (signed(3), np.zeros(2), 7),
    sizes=(1,),
    layouts=(),
    raises=True,
)
def with_and_failure(x, log, i):
    with Counting(log, 1.0) as one, Counting(log, one + 1.0) as two:
        x[i] = two
    return x


@program(lambda n: (1.0, np.zeros(2)), lambda n: (0.0, np.zeros(2)), sizes=(1,))
def with_swallows(a, log):
    b = -1.0
    with Forgiving(log):
        b = 1.0 / a
        log[1] += 10
    return b, log


@program(lambda n: (signed(3), 2), lambda n: (signed(3), 7), sizes=(1,), layouts=())
def suppressed(x, i):
    with contextlib.suppress(IndexError, ZeroDivisionError):
        x[i] = 9.0
        return True
    return False


@program(lambda n: (signed(n), floats(n)), sizes=(0, 4), layouts=())
def with_errstate(x, y):
    with np.errstate(divide="ignore", invalid="ignore"):
        z = x / (y - y)
    return np.where(np.isfinite(z), z, 0.0)


@program(lambda n: (2.0,), lambda n: (0.0,), sizes=(1,), raises=True)
def name_of_exception_is_unbound_afterwards(a):
    e = 1.0
    try:
        e = 1.0 / a
    except ZeroDivisionError as e:
        str(type(e))
    return e


@program(lambda n: (4, 2), lambda n: (4, 0), lambda n: (40, 2), sizes=(1,))
def known_failures_among_unknown(i, j):
    table = {4: 1.0, 5: 2.0}
    try:
        v = table[4] / j
        if i > 10:
            v = table[6]
    except KeyError as e:
        return e.args[0]
    except ZeroDivisionError:
        return -1
    return v


@program(lambda n: (0.5,), lambda n: (2.0,), lambda n: (-3.0,), sizes=(1,))
def exception_chosen_by_data(a):
    kind = ValueError if a > 1 else KeyError
    try:
        if a > 0:
            raise kind(a)
    except KeyError as e:
        return e.args[0] + 1
    except ValueError as e:
        return e.args[0] - 1
    return 0.0


@program(lambda n: (floats(n), 3), lambda n: (floats(n), 100), sizes=(6,), layouts=())
def retries_until_success(x, i):
    attempts = 0
    while True:
        attempts += 1
        try:
            v = x[i]
            break
        except IndexError:
            i -= 7
    return v, attempts


@program(lambda n: (signed(n),), sizes=(0, 6), gradient=(0,), layouts=())
def differentiated_through_handler(x):
    total = 0.0
    for i in range(len(x)):
        try:
            total += x[i + 1] * x[i]
        except IndexError:
            total += x[i] ** 3
    return total


@program(lambda n: (5,), lambda n: (0,), sizes=(1,))
def error_in_return_expression(n):
    try:
        return 10 // n
    except ZeroDivisionError:
        pass
    finally:
        n += 1
    return n


@program(lambda n: (5, 1), lambda n: (0, 1), lambda n: (0, 0), sizes=(1,))
def failing_handler(n, m):
    try:
        try:
            return 10 // n
        except ZeroDivisionError:
            return 20 // m
    except ZeroDivisionError:
        return -1


@program(lambda n: ("3",), lambda n: ("three",), sizes=(1,))
def failure_known_at_once(text):
    try:
        return int(text)
    except ValueError:
        return -1


@program(lambda n: (signed(n), 2), sizes=(1, 2, 3), layouts=())
def unpacking_caught(x, k):
    try:
        a, b = x
    except ValueError:
        return 0.0
    return a * b * k


@program(lambda n: (signed(n), signed(3)), sizes=(1, 2, 3), layouts=())
def shapes_caught(x, y):
    try:
        return x + y
    except ValueError:
        return y


@program(lambda n: (2.0,), lambda n: (-2.0,), sizes=(1,))
def unbound_name_caught(a):
    if a > 0:
        b = a
    try:
        return b
    except NameError:
        return 0.0


@program(lambda n: (3,), lambda n: (-3,), lambda n: (-9,), sizes=(1,), raises=True)
def finally_drops_some_exceptions(n):
    count = 0
    try:
        if n < 0:
            raise ValueError("negative", n)
        count += 1
    finally:
        if n < -5:
            return count + 100
        count += 10
    return count


@program(lambda n: (signed(n), 0.0), lambda n: (signed(n), -1.0), sizes=(6,), layouts=())
def exception_kept_after_loop(x, low):
    first = None
    for i in range(len(x)):
        try:
            if x[i] < low:
                raise OutOfBudget(i, x[i])
        except OutOfBudget as e:
            first = e.step, e.rest
            break
    return first


@program(lambda n: (signed(n), integers(n, low=0, high=4)), sizes=(0, 9), layouts=())
def nested_tries_in_loop(x, k):
    caught = np.zeros(4, dtype=int)
    for i in range(len(x)):
        try:
            try:
                v = 10 // k[i] if k[i] != 2 else x[9 * i + 9]
                assert v != 3, f"v is {v}"
                caught[0] += 1
            except IndexError:
                caught[1] += 1
                raise RuntimeError from None
            finally:
                caught[3] += 1
        except (RuntimeError, AssertionError):
            caught[2] += 1
    return caught


@program(lambda n: (signed(n),), sizes=(0, 4), layouts=())
def text_of_own_exception_is_not_needed(x):
    bad = 0
    for v in x:
        try:
            if v < 0:
                raise ValueError(f"negative value {v:.3f} of {len(x)}")
        except ValueError:
            bad += 1
    return bad


def find(table, wanted):
    for i in range(len(table)):
        if table[i] == wanted:
            return i
    raise LookupError("not found", wanted)


@program(lambda n: (np.arange(8.0), 3.0), lambda n: (np.arange(8.0), 3.5), sizes=(1,), layouts=())
def helper_loop_raises(table, wanted):
    try:
        i = find(table, wanted)
        found = True
    except LookupError as e:
        found = False
        i = -len(e.args)
    return i, found


@program(lambda n: (signed(n),), sizes=(1, 5), layouts=())
def try_in_expression_helper(x):
    def safe(i, default):
        try:
            return x[i]
        except IndexError:
            return default

    return safe(0, 1.0) + safe(3, 2.0) * safe(7, 3.0)


@program(lambda n: (2.0, 0), lambda n: (2.0, 1), lambda n: (2.0, 2), sizes=(1,))
def handler_class_hierarchy(a, k):
    errors = (KeyError, ZeroDivisionError)
    try:
        if k == 1:
            raise Overdrawn(k, a)
        if k == 2:
            a = a / (k - 2)
    except errors as e:
        return type(e) is ZeroDivisionError, isinstance(e, ArithmeticError)
    except Exception as e:
        return isinstance(e, OutOfBudget), e.args
    return a


@program(lambda n: (3,), lambda n: (0,), sizes=(1,))
def state_before_failure_is_seen(n):
    x = np.zeros(3)
    step = 0
    try:
        for step in range(4):
            x[step] = 1.0 / (n - step)
    except (ZeroDivisionError, IndexError):
        x[-1] += step
    return x, step


@program(lambda n: (np.eye(3),), lambda n: (np.zeros((3, 3)),), sizes=(1,), layouts=())
def singular_caught(a):
    try:
        return np.linalg.solve(a, np.ones(3))
    except np.linalg.LinAlgError:
        return np.zeros(3)


@program(lambda n: (np.eye(3),), lambda n: (np.zeros((3, 3)),), sizes=(1,), layouts=())
def inverse_caught(a):
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return a


@program(lambda n: (np.eye(3),), lambda n: (-np.eye(3),), sizes=(1,), layouts=())
def cholesky_caught(a):
    try:
        return np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        return a


@program(lambda n: (3.0,), lambda n: (-3.0,), sizes=(1,))
def math_domain(a):

    try:
        return math.sqrt(a)
    except ValueError:
        return 0.0


@program(lambda n: (3.0,), lambda n: (1e300,), sizes=(1,))
def overflow(a):
    try:
        return a**2
    except OverflowError:
        return -1.0


@program(lambda n: ({"a": 1.0, "b": 2.0}, "a"), lambda n: ({"a": 1.0}, "z"), sizes=(1,))
def key_error(d, k):
    try:
        return d[k] * 2
    except KeyError as e:
        return e.args[0]


@program(lambda n: ([1.0, 2.0, 3.0], 1), lambda n: ([1.0, 2.0], 5), sizes=(1,))
def list_index(items, i):
    try:
        return items[i] * 2
    except IndexError:
        return 0.0


@program(lambda n: (signed(4), 2.0), lambda n: (signed(4), 7.0), sizes=(1,), layouts=())
def reshape_error(x, m):
    try:
        y = x.reshape(int(m), -1)
        return y.sum(), y.shape[0]
    except ValueError:
        return 0.0, 0


@program(lambda n: (signed(n), floats(3)), sizes=(2, 3), layouts=())
def matmul_error(x, y):
    try:
        return x @ y
    except ValueError:
        return -1.0


@program(lambda n: (signed(n),), sizes=(0, 3), layouts=())
def empty_max(x):
    try:
        return np.max(x)
    except ValueError:
        return 0.0


@program(lambda n: (signed(n),), sizes=(0, 3), layouts=())
def fstring_error_text(x):
    try:
        if len(x) < 2:
            raise ValueError(f"only {len(x)} values")
        return "ok"
    except ValueError as e:
        return str(e)


@program(lambda n: (3, 4), lambda n: (-3, 4), sizes=(1,))
def nested_function_raise(a, b):
    def check(v):
        if v < 0:
            raise ValueError("neg")
        return v

    def both(p, q):
        return check(p) + check(q)

    result = 0
    for t in (a, b, -1):
        try:
            result += both(t, b)
        except ValueError:
            result -= 100
    return result


class Timer:
    def __init__(self):
        self.entered = 0
        self.left = 0

    def __enter__(self):
        self.entered += 1
        return self

    def __exit__(self, *exc):
        self.left += 1
        return False


@program(lambda n: (signed(n),), sizes=(0, 5), layouts=())
def manager_with_state(x):
    timer = Timer()
    total = 0.0
    for v in x:
        with timer as t:
            if v < 0:
                continue
            total += v * t.entered
    return total, timer.entered, timer.left


@program(lambda n: (2.0,), lambda n: (0.0,), sizes=(1,))
def null_context(a):
    with contextlib.nullcontext(a) as b:
        return b + 1


@program(lambda n: (2.0,), lambda n: (0.0,), sizes=(1,))
def while_try_else(a):
    n = 0
    while True:
        n += 1
        try:
            v = 1 / a
        except ZeroDivisionError:
            a = n * 0.5
            continue
        else:
            if v > 1:
                break
            a = a / 2
        finally:
            n += 10
    return n, v


@program(lambda n: (signed(6), 3), lambda n: (signed(6), 30), sizes=(1,), layouts=())
def return_in_loop_in_try(x, i):
    for k in range(3):
        try:
            for j in range(2):
                if x[i + j] > 100:
                    return k, j
        except IndexError:
            return -1, k
        finally:
            x[0] += 1
    return 0, 0


@program(lambda n: (1.0, 0), lambda n: (1.0, 2), sizes=(1,))
def exception_in_else(a, d):
    try:
        try:
            a += 1
        except ZeroDivisionError:
            a = -1.0
        else:
            a = a / d
    except ZeroDivisionError:
        a += 50
    return a


class Stop(Exception):
    pass


class Found(Exception):
    def __init__(self, where, value=0.0, *, tag="t"):
        self.where = where
        self.value = value
        self.tag = tag
        Exception.__init__(self, f"found {where}")


@program(lambda n: (signed(n), 0.5), lambda n: (signed(n), 9.0), sizes=(7,), layouts=())
def found_exception(x, limit):
    try:
        for i, v in enumerate(x):
            if v > limit:
                raise Found(i, v, tag="high")
    except Found as f:
        return f.where, f.value, f.tag
    return None


@program(lambda n: (signed(n), 0.5), lambda n: (signed(n), 9.0), sizes=(7,), layouts=())
def keeps_exception(x, limit):
    errors = []
    for i in range(3):
        try:
            if x[i] > limit:
                raise Found(i, x[i])
        except Found as e:
            errors.append(e.value)
    return errors


@program(lambda n: (3,), lambda n: (0,), sizes=(1,), raises=True)
def raise_in_finally(n):
    try:
        x = 1 / n
    finally:
        if n == 0:
            raise KeyError("inner")
    return x


@program(lambda n: (3,), lambda n: (0,), sizes=(1,))
def raise_in_finally_caught(n):
    try:
        try:
            x = 1 / n
        finally:
            if n == 0:
                raise KeyError("inner")
    except KeyError as e:
        return e.args[0]
    return x


@program(lambda n: (3,), lambda n: (0,), sizes=(1,), raises=True)
def raise_none_handled(n):
    if n == 0:
        raise
    return n


@program(lambda n: (3,), lambda n: (0,), sizes=(1,), raises=True)
def raise_class_from(n):
    try:
        return 1 // n
    except ZeroDivisionError as e:
        raise Found(1, 2.0) from e


@program(lambda n: (3,), lambda n: (0,), sizes=(1,))
def error_as_value(n):
    error = None
    try:
        1 // n
    except ZeroDivisionError as e:
        error = e
    return error is None


@program(lambda n: (3.0,), lambda n: (-1.0,), sizes=(1,))
def del_in_try(a):
    b = 1.0
    try:
        if a > 0:
            del b
        return b
    except UnboundLocalError:
        return a


class Diverged(ArithmeticError):
    def __init__(self, step, residual):
        super().__init__(f"diverged in step {step}")
        self.step = step
        self.residual = residual


@program(lambda n: (0.5, 6), lambda n: (3.0, 6), lambda n: (-9.0, 6), sizes=(1,))
def text_with_run_time_values(a, steps):
    x = 1.0
    try:
        for k in range(steps):
            x = a * x
            if abs(x) > 50:
                raise Diverged(k, x)
        message = "converged"
    except Diverged as e:
        message = f"{e}: {e.residual:.2f} ({e.args[0]})"
        x = float(e.step)
    return message, x
