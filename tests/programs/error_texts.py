"""The texts of exceptions that NumPy and Python raise by themselves, where a program uses them."""

import numpy as np

from tests.programs.corpus import floats, program, signed


def counted(*shape):
    return np.arange(1.0, 1 + np.prod(shape)).reshape(shape)


@program(
    lambda n: (counted(3), counted(3)),
    lambda n: (counted(3), counted(2)),
    lambda n: (counted(1), counted(2)),
    lambda n: (counted(3, 4), counted(2, 4)),
    sizes=(1,),
    layouts=(),
)
def shapes_that_do_not_broadcast(x, y):
    try:
        return np.sum(np.where(x > 1, y, 0.0)), x * y
    except ValueError as e:
        return f"failed: {e}|", e.args


@program(
    lambda n: (counted(3), counted(2)),
    lambda n: (counted(1), counted(2)),
    lambda n: (counted(4), counted(2, 4)),
    sizes=(1,),
    layouts=(),
)
def shapes_that_do_not_broadcast_in_place(x, y):
    text = ""
    try:
        x += y
    except ValueError as e:
        text = str(e)
    try:
        x[...] = y
    except ValueError as e:
        return text, str(e), "into shape (3,)" in str(e), x
    return text, x


@program(
    lambda n: (counted(3, 2), counted(2, 4)),
    lambda n: (counted(3, 2), counted(3, 2)),
    lambda n: (counted(2), counted(3)),
    lambda n: (counted(2), counted(4, 2)),
    sizes=(1,),
    layouts=(),
)
def products_that_do_not_match(x, y):
    try:
        return x @ y
    except ValueError as e:
        text = f"matmul failed: {e}"
    try:
        return text, np.dot(x, y)
    except ValueError as e:
        return text, str(e)


@program(
    lambda n: (counted(4, 3), np.array([0, 3]), np.array([2, -1])),
    lambda n: (counted(4, 3), np.array([0, 5, 3, -9]), np.array([2, 1])),
    lambda n: (counted(4, 3), np.array([0, 3, -9]), np.array([2, 1, 1])),
    lambda n: (counted(4, 3), np.array([1, 3]), np.array([True, False])),
    sizes=(1,),
    layouts=(),
)
def positions_that_do_not_exist(x, rows, columns):
    try:
        return x[rows, columns], x[rows[1:], 2]
    except IndexError as e:
        return e.args[0]
    except ValueError:
        return "another class"


@program(
    lambda n: (counted(4, 3), np.array([0, 3]), counted(2)),
    lambda n: (counted(4, 3), np.array([0, 9]), counted(3)),
    lambda n: (counted(4, 3), np.array([0, 9]), counted(2)),
    sizes=(1,),
    layouts=(),
)
def places_that_do_not_exist(x, rows, y):
    try:
        x[rows] = y[:, None]
    except IndexError as e:
        return str(e), x
    except ValueError as e:
        return f"no room: {e}", x
    return x


@program(
    lambda n: (counted(6), counted(3), 2, 3),
    lambda n: (counted(6), counted(2), 2, 2),
    lambda n: (counted(2, 3), counted(2, 2), 3, 2),
    lambda n: (counted(2, 3), counted(3, 3), 6, 2),
    sizes=(1,),
    layouts=(),
)
def pieces_that_do_not_fit(x, y, rows, columns):
    try:
        return x.reshape(rows, columns), np.concatenate([x, y])
    except ValueError as e:
        return f"{e}!"


@program(lambda n: (floats(n), 1.0), sizes=(0, 7), layouts=())
def extremes_of_nothing(x, limit):
    try:
        return np.max(x[x > 0.5]), np.argmin(x[x > limit]), max(x[x > 5 * limit])
    except ValueError as e:
        return str(e)


@program(lambda n: (floats(n), 1.0), sizes=(0, 3, 4, 7), layouts=())
def items_that_are_too_few(x, limit):
    large = [v for v in x if v > limit]
    try:
        first, *_, last = large
        first, second = large
        first, second, third, fourth = x
        return first < second, last, third + fourth
    except ValueError as e:
        return str(e)


@program(
    lambda n: (np.eye(3), counted(3)),
    lambda n: (np.zeros((3, 3)), counted(3)),
    lambda n: (counted(3, 2), counted(3)),
    lambda n: (-np.eye(3), counted(4)),
    sizes=(1,),
    layouts=(),
    replays=True,
)
def texts_that_plain_python_knows(a, b):
    found = []
    for k in range(2):
        try:
            found.append(str(np.sum(np.linalg.solve(a, b) + k)))
        except (np.linalg.LinAlgError, ValueError) as e:
            found.append(f"{k}: {type(e).__name__}: {e}")
    try:
        found.append(str(np.linalg.cholesky(a)[0, 0]))
    except np.linalg.LinAlgError as e:
        found.append(repr(e))
    try:
        found.append(str(np.cross(b, b[:3])))
    except ValueError as e:
        found.append(str(e))
    return found


@program(
    lambda n: (counted(3), counted(3), 1),
    lambda n: (counted(3), counted(2), 1),
    lambda n: (counted(3), counted(3), 7),
    lambda n: (counted(3), counted(3), -1),
    sizes=(1,),
    layouts=(),
)
def exceptions_are_returned(x, y, k):
    try:
        if k < 0:
            raise KeyError(k, x[0])
        return x[k] * np.sum(x + y), None
    except (IndexError, ValueError, KeyError) as e:
        return 0.0, e


@program(
    lambda n: (counted(4), counted(2)),
    lambda n: (counted(4), counted(3)),
    sizes=(1,),
    layouts=(),
)
def sums_that_stretch_or_fail(x, y):
    failed = []
    for k in range(len(x)):
        try:
            y = y + x[k : k + 2]
        except ValueError as e:
            failed.append(f"{k}: {e}")
    return failed, y


class Residual(Exception):
    pass


@program(lambda n: (signed(6), n), sizes=(0, 3, 6), layouts=())
def texts_in_other_texts(x, n):
    log = []
    try:
        try:
            for k in range(7):
                x[k + n] -= 1.0
                x[: k + 1] += x[:2]
        except (IndexError, ValueError) as e:
            raise Residual(f"step {n} failed: {e}") from e
    except Residual as e:
        log.append(str(e))
        log.append(repr(e))
    return log, x
