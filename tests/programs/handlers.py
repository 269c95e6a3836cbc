"""Exceptions together with loops, views, generators, context managers and gradients."""

import math

import numpy as np

from tests.programs.corpus import floats, integers, program, signed


@program(lambda n: (signed(n), 0), lambda n: (signed(n), 3), sizes=(2, 5), layouts=())
def failure_in_while_test(x, i):
    count = 0
    try:
        while x[i] < 5.0:
            i += 1
            count += 1
    except IndexError:
        count += 100
    return count, i


@program(
    lambda n: (signed(n), 0),
    lambda n: (signed(n), 7),
    lambda n: (signed(n), -1),
    sizes=(3,),
    layouts=(),
)
def failure_in_short_circuit(x, i):
    try:
        if (i >= 0 and x[i] > 0) or x[i + 1] > 0.2:
            return 1
        return 2
    except IndexError:
        return 3


@program(lambda n: (2.0, 1), lambda n: (0.0, 1), lambda n: (0.0, 0), sizes=(1,))
def failure_in_conditional_expression(a, b):
    try:
        c = (1.0 / a if b > 0 else 7.0) + 2
    except ZeroDivisionError:
        c = -1.0
    return c


@program(lambda n: (signed(n), integers(n, low=-8, high=8)), sizes=(0, 9), layouts=())
def for_else_with_handlers(x, k):
    log = np.zeros(3)
    for i in range(len(x)):
        try:
            v = x[k[i]]
        except IndexError:
            log[0] += 1
            if log[0] > 3:
                break
            continue
        else:
            log[1] += v
    else:
        log[2] = 1
    return log


@program(
    lambda n: (floats(n, 3), 1), lambda n: (floats(n, 3), 5), sizes=(4,), layouts=(), gradient=(0,)
)
def gradient_through_nested_handlers(a, j):
    total = 0.0
    for i in range(a.shape[0]):
        try:
            total += a[i, 0] * a[i, j]
        except IndexError:
            try:
                total += a[i + 1, 1] ** 2
            except IndexError:
                total += a[0, 0]
    return total


@program(lambda n: (floats(n), 3), lambda n: (floats(n), 9), sizes=(5,), layouts=())
def slices_swapped_in_try(x, i):
    a, b = x[:2], x[2:4]
    try:
        a, b = b, a
        a[i - 3] = 100.0
        b[0] = 50.0
    except IndexError:
        b = a
    a += 1
    b *= 2
    return x


@program(lambda n: (floats(n), 2.0), lambda n: (floats(n), -2.0), sizes=(4,), layouts=())
def type_differs_in_handler(x, a):
    try:
        if a < 0:
            raise ValueError
        y = x * a
    except ValueError:
        y = None
    if y is None:
        return 0
    return y.sum()


@program(lambda n: (3, 2), lambda n: (0, 2), lambda n: (3, 0), sizes=(1,))
def handler_order_same_block(n, m):
    steps = []
    try:
        steps.append(1)
        a = 10 // n
        steps.append(2)
        b = 10 % m
        steps.append(a + b)
    except ZeroDivisionError:
        return -1
    return steps[2]


@program(lambda n: (n, 1.0), lambda n: (n, 0.0), sizes=(0, 1, 4))
def raise_after_loop_in_helper(n, a):
    def run(k):
        total = 0.0
        for i in range(k):
            total += i
            if total > 2:
                raise OverflowError(i, total)
        return total

    try:
        value = run(n)
    except OverflowError as e:
        value = e.args[0] * 100 + e.args[1]
    finally:
        a += 1
    return value, a


def gen(x):
    try:
        for v in x:
            if v < 0:
                raise ValueError("neg", v)
            yield v
    finally:
        x[0] = 77.0


@program(lambda n: (signed(n),), lambda n: (floats(n),), sizes=(1, 5), layouts=())
def generator_with_failure_inside(x):
    total = 0.0
    try:
        for v in gen(x):
            total += v
    except ValueError as e:
        total -= e.args[1]
    return total, x


class Ledger:
    def __init__(self):
        self.entries = 0
        self.errors = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, error, tb):
        if kind is not None:
            self.errors += 1
            return kind is ValueError
        self.entries += 1


@program(lambda n: (signed(n), 9.0), lambda n: (signed(n), 0.3), sizes=(1, 6), layouts=())
def ledger_of_failures(x, limit):
    book = Ledger()
    total = 0.0
    for v in x:
        try:
            with book:
                if v < -1:
                    raise ValueError
                if v > limit:
                    raise KeyError(v)
                total += v
        except KeyError as e:
            total -= e.args[0]
    return total, book.entries, book.errors


@program(lambda n: (3.0,), lambda n: (-3.0,), lambda n: (30.0,), sizes=(1,))
def walrus_and_match_in_try(a):
    try:
        if (b := a * 2) < 0:
            raise ValueError(b)
        match b:
            case 6.0:
                return "six"
            case _ if b > 10:
                raise LookupError("big")
    except (ValueError, LookupError) as e:
        match e:
            case ValueError():
                return e.args[0]
            case LookupError(args=[text]):
                return text
    return None


@program(lambda n: (5,), lambda n: (-5,), sizes=(1,))
def recursion_with_exception(n):
    def down(k):
        if k == 0:
            raise StopIteration(n)
        return down(k - 1) + 1

    try:
        return down(3)
    except StopIteration as e:
        return e.value if n > 0 else e.args


@program(lambda n: (4.0, 2), lambda n: (4.0, 0), sizes=(1,))
def exception_cause(a, n):
    try:
        try:
            return a / n
        except ZeroDivisionError as e:
            raise ValueError("bad", a) from e
    except ValueError as e:
        return e.args, type(e.__cause__) is ZeroDivisionError


@program(lambda n: ([2.0, 0.0, -1.0, 800.0, 1e300][n], [3, 0, -2, 0, 5][n]), sizes=(0, 1, 2, 3, 4))
def texts_of_what_python_raises(x, n):
    found = []
    try:
        found.append(str(1 / x))
    except ZeroDivisionError as error:
        found.append(str(error))
    try:
        found.append(str(7 // n + 7 % n))
    except ZeroDivisionError as error:
        found.append(f"integers: {error}")
    try:
        found.append(str(math.sqrt(x) > 1.0))
    except ValueError as error:
        found.append(str(error))
    try:
        found.append(str(math.exp(x) > 1.0))
    except OverflowError as error:
        found.append(error.args[0])
    try:
        found.append(str(x**2 > 3.0))
    except OverflowError as error:
        found.append(str(error.args[1]))
    try:
        found.append(str(math.pow(x, -0.5) > 0.0))
    except ValueError as error:
        found.append(str(error))
    try:
        found.append(str(math.fmod(5.0, x) > 0.0))
    except ValueError as error:
        found.append(str(error))
    return found


@program(lambda n: (np.arange(3.0), n), sizes=(1, 4, 5), layouts=())
def arguments_of_several_lengths(x, n):
    try:
        if n > 4:
            raise IndexError
        if n > 3:
            raise IndexError("far", n)
        return x[n]
    except IndexError as error:
        return len(error.args)


@program(lambda n: (n,), sizes=(0, 4, 5), layouts=())
def texts_of_arguments_of_several_lengths(n):
    try:
        if n > 4:
            raise KeyError
        if n > 3:
            raise KeyError("far", n)
    except KeyError as error:
        return str(error)
    return "near"


@program(
    lambda n: (signed(2, 3), np.array([0, 5, 1, -4]), "abc"),
    lambda n: (signed(2, 3), np.array([1, 0]), "abcdef"),
    sizes=(1,),
    layouts=(),
)
def texts_of_indices_out_of_range(x, positions, letters):
    found, kept = [], []
    for k in positions:
        try:
            x[k, 1] += 1.0
            x[1, k] += 2.0
            kept.append(letters[k + 2])
        except IndexError as error:
            found.append(f"{k}: {error}")
    try:
        kept.pop()
        kept[len(positions)] = "x"
    except IndexError as error:
        found.append(error.args[0])
    return found, kept
