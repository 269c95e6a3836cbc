"""Arguments and views that share memory: what one writes, the others show."""

import numpy as np

from tests.programs.corpus import program, signed


def shifted(n):
    base = signed(n + 1)
    return base[:-1], base[1:]


def reversed_too(n):
    base = signed(n)
    return base, base[::-1]


def interleaved(n):
    base = signed(2 * n)
    return base[::2], base[1::2]


def shifted_blocks(n):
    base = signed(n + 1, n + 2)
    return base[1:, 1:-1], base[:-1, 2:]


def transposed_too(n):
    base = np.arange(float(n * n)).reshape(n, n)
    return base, base.T


def row_and_matrix(n):
    base = signed(n, 4)
    return base, base[n - 1]


def rows_as_one(n):
    base = np.arange(12.0 * n)
    return base[: 6 * n].reshape(n, 6), base[3 * n : 9 * n].reshape(n, 6)


@program(shifted, reversed_too, interleaved, sizes=(1, 6), layouts=())
def written_while_the_other_is_read(x, y):
    x[:] = 2.0 * y
    y[0] += 1.0
    return x, np.sum(y)


@program(shifted, reversed_too, sizes=(0, 1, 6), layouts=())
def recurrence_through_the_other(x, y):
    for i in range(len(x)):
        y[i] += 0.5 * x[i]
    return y


@program(shifted_blocks, transposed_too, rows_as_one, sizes=(2, 4), layouts=())
def matrices_in_one_memory(a, b):
    a[1:] -= b[:-1]
    b[0] = 7.0
    return a.T, b


@program(row_and_matrix, sizes=(2, 5), layouts=())
def row_of_the_matrix(a, row):
    row *= 2.0
    a[:, 0] = 1.0
    return row, a[-1]


def three_parts(n):
    base = signed(3 * n + 2)
    return base[:-2], base[1:-1], base[2:]


@program(three_parts, sizes=(1, 4), layouts=())
def stencil_on_three_views(left, middle, right):
    middle[:] = 0.25 * left + 0.5 * middle + 0.25 * right
    return middle


@program(lambda n: (np.array(2.5), signed(n)), sizes=(1, 4), layouts=())
def array_without_axes_written(total, x):
    for v in x:
        total += v
    total[...] = total * 2.0
    return total, total + 1.0


@program(lambda n: (np.array(2.5), signed(n)), sizes=(1, 4), layouts=())
def array_without_axes_chosen(limit, x):
    return np.where(x[0] > 0, limit, x[0]) + limit, np.minimum(x, limit)


@program(lambda n: (signed(n)[1, ...], signed(n)), sizes=(2, 4), layouts=())
def element_as_array(cell, x):
    cell[()] = x[0]
    return cell


@program(lambda n: (signed(n),), sizes=(0, 3), layouts=("strided", "reversed"))
def whole_views_are_new_objects(x):
    return x[:], x, x[...], x.view(), x.T, x[:] is x


@program(lambda n: (signed(n),), sizes=(0, 1, 2, 7))
def overlapping_assignments(x):
    y = x.copy()
    y[1:] = y[:-1]
    z = x.copy()
    z[::-1] = z
    x[: len(x) // 2] = x[len(x) - len(x) // 2 :]
    x[1:] += x[:-1]
    return y, z


@program(lambda n: (signed(n, n),), sizes=(1, 2, 5))
def swaps_as_numpy_does_them(a):
    a[0], a[-1] = a[-1], a[0]
    a[0, 0], a[0, -1] = a[0, -1], a[0, 0]
    a[:, 0], a[:, -1] = a[:, -1].copy(), a[:, 0].copy()
    a += a.T
    return a


@program(lambda n: (signed(n, 3),), sizes=(0, 1, 4))
def rows_changed_in_a_loop(a):
    for row in a:
        row -= row.mean()
    for k, column in enumerate(a.T):
        column *= k + 1
    return a


@program(
    lambda n: (signed(n), signed(n, seed=1), 3),
    lambda n: (signed(n), signed(n, seed=1), 4),
    sizes=(5,),
)
def buffers_change_places(u, v, steps):
    for _ in range(steps):
        v[1:-1] = 0.5 * (u[2:] + u[:-2])
        u, v = v, u
    return u


@program(lambda n: (signed(n), True), lambda n: (signed(n), False), sizes=(4,))
def view_chosen_by_condition(x, first):
    if first:
        y = x[1:]
    else:
        y = x[:-1]
    y *= 2.0
    return y, x


@program(lambda n: (signed(n), signed(n, seed=4)), sizes=(1, 6))
def results_in_given_arrays(x, y):
    np.add(x[1:], x[:-1], out=x[1:])
    np.multiply(x, 2.0, out=y, where=x > 0)
    np.sqrt(y, out=y, where=y > 0)
    np.cumsum(x, out=x)
    return np.divide(x, y, out=np.zeros_like(x), where=y != 0)


@program(lambda n: (signed(n, 4),), sizes=(2, 3), layouts=())
def views_of_views(a):
    b = a.reshape(-1, 2)[1:, ::-1]
    b[0] += 1.0
    c = np.swapaxes(a[None], 0, 1)[:, 0]
    c[:, 1] = 9.0
    d = np.expand_dims(a, 1).squeeze(1)
    d[0] *= -1.0
    return b, c, d


@program(lambda n: (signed(n, 4),), sizes=(1, 2, 6))
def diagonals_are_views(a):
    main, upper = np.diagonal(a), a.diagonal(1)
    a[0] = 5.0
    return main, upper, main + 0.0, np.diag(a, -1)


@program(lambda n: (signed(n, 3, 2),), sizes=(1, 4))
def diagonal_of_other_axes(a):
    d = np.diagonal(a, axis1=0, axis2=2)
    a += 1.0
    return d, np.diagonal(a)[0] * 2.0


@program(lambda n: (signed(n, 3),), sizes=(2, 4), layouts=("strided", "fortran", "reversed"))
def flattened_as_strides_allow(a):
    flat = a.ravel()
    flat[0] = 9.0
    columns = a.T.reshape(-1)
    columns[1] = 8.0
    return flat, columns, a.reshape(3, -1), a.ravel(order="F"), a.reshape(-1, order="F")


@program(lambda n: (signed(n, 3, 4),), sizes=(1, 2))
def axes_moved(a):
    b = np.moveaxis(a, (0, 1), (1, 2))
    b[0] = 1.0
    c = np.rollaxis(a, 2)
    c[1] = 2.0
    return b, c, a[:, :1].squeeze()


@program(lambda n: (signed(n, 4),), sizes=(2, 5), gradient=(0,))
def gradient_along_a_diagonal(a):
    b = a * a
    d = np.diagonal(b)
    return np.sum(d * d) + np.trace(b)


@program(lambda n: (signed(2 * n, 4),), sizes=(2, 3), layouts=("fortran",))
def ravel_copies_what_has_gaps(a):
    first = a[::2, 0].ravel()
    first[:1] = 1.0
    second = a[::-1].reshape(-1)
    second[:1] = 2.0
    third = a[:1].ravel()
    third[:1] = 3.0
    return first, second, third


@program(lambda n: (signed(n), 1), lambda n: (signed(n), -1), sizes=(0, 3))
def argument_or_view_of_all(x, k):
    y = x
    if k > 0:
        y = x[:]
    y *= 2.0
    return y, y is x


@program(lambda n: (signed(4), n > 0), sizes=(1, 0, 2))
def array_or_its_copy_is_written(x, in_place):
    y = x if in_place else x.copy()
    part = y[1:]
    part += 1.0
    y[0] = part.sum()
    return y, part
