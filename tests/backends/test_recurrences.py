"""Cells of several rows of a recurrence run side by side, where nothing can tell."""

from __future__ import annotations

import numpy as np
import pytest

import autograph as ag
from examples import soft_dtw


def plane(m, n, seed=7):
    return np.random.default_rng(seed).standard_normal((m, n))


def letters(n, seed):
    return np.random.default_rng(seed).integers(0, 3, n)


# ---------------------------------------------------------------- programs


def relaxed(u):
    """Sweep over a plane in place."""
    m, n = u.shape
    for i in range(1, m - 1):
        for j in range(1, n - 1):
            u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
    return u


def relaxed_backwards(u):
    """Sweep from the last element to the first."""
    m, n = u.shape
    for i in range(m - 2, 0, -1):
        for j in range(n - 2, 0, -1):
            u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
    return u


def zigzag(u):
    """Go down the rows, and backwards in each."""
    m, n = u.shape
    for i in range(1, m):
        for j in range(n - 2, -1, -1):
            u[i, j] += 0.5 * u[i, j + 1] - u[i - 1, j]
    return u


def nine_points(u):
    """Read the upper right neighbour: rows have to stay two columns behind."""
    m, n = u.shape
    for i in range(1, m - 1):
        for j in range(1, n - 1):
            u[i, j] = 0.2 * (u[i, j - 1] + u[i - 1, j + 1] + u[i - 1, j] + u[i + 1, j - 1])
    return u


def knights(u):
    """Depend on what is two to the right in the row above."""
    m, n = u.shape
    for i in range(1, m):
        for j in range(1, n - 2):
            u[i, j] += 0.5 * u[i - 1, j + 2] - 0.25 * u[i, j - 1]
    return u


def distant(u):
    """Depend on what is two columns and two rows before."""
    m, n = u.shape
    for i in range(2, m):
        for j in range(2, n):
            u[i, j] += 0.5 * u[i, j - 2] - 0.25 * u[i - 2, j] + 0.125 * u[i - 2, j - 1]
    return u


def far_right(u, k):
    """Depend on a place in the row above that only the call knows."""
    m, n = u.shape
    for i in range(1, m):
        for j in range(1, n - k):
            u[i, j] += 0.5 * u[i - 1, j + k] - 0.25 * u[i, j - 1]
    return u


def gathered(u, where):
    """Depend on a place in the row above that the data say."""
    m, n = u.shape
    for i in range(1, m):
        for j in range(1, n):
            u[i, j] += 0.5 * u[i - 1, where[j]] - 0.25 * u[i, j - 1]
    return u


def one_row(u, x):
    """Go through one row again and again."""
    for i in range(u.shape[0]):
        for j in range(1, len(x)):
            x[j] = 0.5 * (x[j - 1] + u[i, j])
    return x


def diagonal_sums(u, x):
    """Add up along both diagonals, in the order of the rows."""
    m, n = u.shape
    for i in range(m):
        for j in range(1, n):
            u[i, j] += 0.5 * u[i, j - 1]
            x[i + j] += u[i, j]
    return x


def row_sums(u, x):
    """Sum products in each row one after the other."""
    y = np.zeros(u.shape[0])
    for i in range(u.shape[0]):
        s = 0.0
        for j in range(u.shape[1]):
            s += u[i, j] * x[j]
        y[i] = s
    return y


def total(u):
    """Sum all elements one after the other."""
    s = 0.0
    for i in range(u.shape[0]):
        for j in range(u.shape[1]):
            s = 0.5 * s + u[i, j]
    return s


def last_of_rows(u):
    """Keep what a variable held after the last row."""
    left = 0.0
    for i in range(u.shape[0]):
        left = 0.0
        for j in range(u.shape[1]):
            left = 0.5 * left + u[i, j]
    return left


def running(u):
    """Carry the left neighbour in a variable."""
    m, n = u.shape
    for i in range(1, m):
        left = u[i, 0]
        for j in range(1, n):
            left = 0.5 * left + u[i - 1, j]
            u[i, j] = left
    return u


def alignment(a, b, gap):
    """Fill a table of distances whose first column is filled row by row."""
    table = np.zeros((len(a) + 1, len(b) + 1))
    for j in range(len(b)):
        table[0, j + 1] = gap * (j + 1)
    for i in range(len(a)):
        table[i + 1, 0] = gap * (i + 1)
        for j in range(len(b)):
            replaced = table[i, j] + (1.5 if a[i] != b[j] else 0.0)
            table[i + 1, j + 1] = min(replaced, table[i, j + 1] + gap, table[i + 1, j] + gap)
    return table[len(a), len(b)]


def local_alignment(a, b):
    """Keep the whole table, of integers, and return it."""
    table = np.zeros((len(a) + 1, len(b) + 1), np.int64)
    for i in range(len(a)):
        for j in range(len(b)):
            if a[i] == b[j]:
                table[i + 1, j + 1] = table[i, j] + 2
            else:
                table[i + 1, j + 1] = max(0, table[i, j + 1] - 1, table[i + 1, j] - 1)
    return table


def traced_back(a, b):
    """Walk back through the table."""
    table = np.zeros((len(a) + 1, len(b) + 1))
    for i in range(len(a)):
        for j in range(len(b)):
            if a[i] == b[j]:
                table[i + 1, j + 1] = table[i, j] + 1
            else:
                table[i + 1, j + 1] = max(table[i, j + 1], table[i + 1, j])
    i, j, steps = len(a), len(b), 0
    while i > 0 and j > 0:
        if table[i, j] == table[i - 1, j]:
            i -= 1
        elif table[i, j] == table[i, j - 1]:
            j -= 1
        else:
            i, j, steps = i - 1, j - 1, steps + 1
    return steps


def summed_table(a, b):
    """Go through the table by rows, too."""
    table = np.zeros((len(a) + 1, len(b) + 1))
    for i in range(len(a)):
        for j in range(len(b)):
            table[i + 1, j + 1] = (
                0.5 * table[i, j] - table[i + 1, j] + a[i] * b[j] + table[i, j + 1]
            )
    return table.sum(axis=0)


def smoothed(u):
    """Divide and take roots on the way."""
    m, n = u.shape
    for i in range(1, m):
        for j in range(1, n):
            a, b = u[i - 1, j] / (2.0 + u[i, j] * u[i, j]), np.sqrt(1.0 + u[i, j - 1] ** 2)
            u[i, j] = a / b + u[i - 1, j - 1] / 3.0
    return u


SIZES = ((0, 0), (0, 5), (5, 0), (1, 1), (2, 9), (9, 2), (3, 3), (5, 6), (9, 8), (4, 12), (40, 35))
PLANES = [relaxed, relaxed_backwards, zigzag, nine_points, knights, distant, running, smoothed]


@pytest.mark.parametrize("plain", PLANES)
def test_planes_of_all_sizes_and_layouts(plain) -> None:
    f = ag.compile(plain)
    for m, n in SIZES:
        for order in "CF":
            mine, theirs = (np.array(plane(m, n), order=order) for _ in "ab")
            if plain is running and n == 0:
                continue
            np.testing.assert_array_equal(f(mine), plain(theirs))
    mine, theirs = plane(20, 34)[::2, ::-3], plane(20, 34)[::2, ::-3]
    np.testing.assert_array_equal(f(mine), plain(theirs))
    mine[3, 4], mine[5, 2], mine[6, 6] = np.nan, np.inf, -np.inf
    theirs = mine.copy()
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(f(mine), plain(theirs))


@pytest.mark.parametrize("plain", [alignment, local_alignment, traced_back, summed_table])
def test_tables_of_all_sizes(plain) -> None:
    f = ag.compile(plain)
    rest = (0.7,) if plain is alignment else ()
    for m, n in (*SIZES, (1, 60), (60, 1), (200, 3), (3, 200), (50, 70)):
        given = letters(m, 1), letters(n, 2), *rest
        np.testing.assert_array_equal(f(*given), plain(*given))


@pytest.mark.parametrize(
    ("plain", "rest"),
    [
        (far_right, lambda m, n: (2,)),
        (far_right, lambda m, n: (0,)),
        (gathered, lambda m, n: (letters(n, 3) % max(n, 1),)),
        (one_row, lambda m, n: (plane(1, n)[0],)),
        (diagonal_sums, lambda m, n: (plane(1, m + n)[0],)),
        (row_sums, lambda m, n: (plane(1, n)[0],)),
        (total, lambda m, n: ()),
        (last_of_rows, lambda m, n: ()),
    ],
)
def test_order_is_kept_where_it_shows(plain, rest) -> None:
    f = ag.compile(plain)
    for m, n in ((1, 1), (6, 7), (9, 4), (8, 33)):
        mine, theirs = (plane(m, n), *rest(m, n)), (plane(m, n), *rest(m, n))
        np.testing.assert_array_equal(f(*mine), plain(*theirs))
        for x, y in zip(mine, theirs, strict=True):
            np.testing.assert_array_equal(x, y)


def test_overlapping_arguments() -> None:
    def copied(u, v):
        for i in range(1, u.shape[0]):
            for j in range(1, u.shape[1]):
                u[i, j] = 0.5 * u[i, j - 1] + v[i - 1, j]
        return u

    for shift in range(3):
        mine, theirs = plane(9, 14), plane(9, 14)
        f = ag.compile(copied)
        f(mine[:, :10], mine[:, shift : shift + 10])
        copied(theirs[:, :10], theirs[:, shift : shift + 10])
        np.testing.assert_array_equal(mine, theirs)


# ---------------------------------------------------------------- the form of loops


def loops(f, *arguments):
    return ag.compile(f).show("loops", *arguments)


@pytest.mark.parametrize(
    ("plain", "arguments"),
    [
        (total, (plane(5, 6),)),
        (last_of_rows, (plane(5, 6),)),
        (far_right, (plane(5, 6), 2)),
        (gathered, (plane(5, 6), letters(6, 3))),
    ],
)
def test_nothing_is_done_where_rows_cannot_run_together(plain, arguments) -> None:
    text = loops(plain, *arguments)
    assert "group" not in text
    assert "time" not in text


def test_cheap_cells_run_in_turn() -> None:
    assert (
        """
    for j < u_1
      s = add(s, multiply(u[4*group, j], x[j]))
      s1 = add(s1, multiply(u[4*group + 1, j], x[j]))
      s2 = add(s2, multiply(u[4*group + 2, j], x[j]))
      s3 = add(s3, multiply(u[4*group + 3, j], x[j]))
""".strip()
        in loops(row_sums, plane(5, 6), plane(1, 6)[0])
    )


def test_rows_that_read_to_the_right_stay_two_columns_behind() -> None:
    assert "for j < u_1 - 8" in loops(nine_points, plane(9, 9))
    assert "for j < u_1 - 12" in loops(knights, plane(9, 9))


def test_tables_of_the_function_are_stored_in_waves() -> None:
    text = loops(alignment, letters(5, 1), letters(6, 2), 0.7)
    assert "empty t: f64[a_0 + 1, b_0 + 1] in waves of width, skew 1" in text
    assert (
        """
  if logical_and(greater(b_0, 0), greater(a_0, 0))
    for time < a_0 + b_0 - 1
      let low = maximum(time - b_0 + 1, 0)
      let high = minimum(time + 1, a_0)
      nest low <= lane < high
        let n = a[lane]
        let t1 = add(t[lane, time - lane], switch(not_equal(n, b[time - lane]), 1.5, 0.0))
        let t2 = add(t[lane, time - lane + 1], gap)
        let t3 = add(t[lane + 1, time - lane], gap)
        let t4 = switch(less(t2, t1), t2, t1)
        t[lane + 1, time - lane + 1] = switch(less(t3, t4), t3, t4)
""".strip()
        in text
    )


@pytest.mark.parametrize("plain", [local_alignment, summed_table])
def test_tables_that_others_go_through_stay_as_they_are(plain) -> None:
    assert "waves" not in loops(plain, letters(5, 1), letters(6, 2))


# ---------------------------------------------------------------- functions and derivatives


def test_soft_dtw_of_all_sizes() -> None:
    f, g = ag.compile(soft_dtw.soft_dtw), ag.grad(soft_dtw.soft_dtw, argnums=(0, 1))
    for m, n in ((1, 1), (1, 9), (9, 1), (3, 7), (8, 8), (33, 20), (20, 70)):
        x, y = plane(1, m, 1)[0], plane(1, n, 2)[0]
        np.testing.assert_allclose(f(x, y, 0.5), soft_dtw.soft_dtw(x, y, 0.5), rtol=1e-13)
        found = g(x, y, 0.5)
        step = 1e-6
        for k in (0, m - 1):
            moved = [x.copy(), x.copy()]
            moved[0][k] += step
            moved[1][k] -= step
            up, down = (soft_dtw.soft_dtw(z, y, 0.5) for z in moved)
            np.testing.assert_allclose(found[0][k], (up - down) / (2 * step), rtol=1e-5, atol=1e-7)


def test_what_nothing_reads_again_is_not_given_back() -> None:
    series = plane(2, 9)
    text = ag.grad(soft_dtw.soft_dtw, argnums=(0, 1)).show("loops", *series, 0.5)
    assert text.count("empty tape") == 3
    assert "empty tape: f64[x_0, y_0] in waves of width1, skew 1" in text


def test_cells_of_one_wave_that_add_to_an_element_take_turns() -> None:
    text = ag.grad(soft_dtw.soft_dtw, argnums=(0, 1)).show("loops", *plane(2, 9), 0.5)
    reverse = text[text.index("empty added") :]
    assert reverse.count("nest low1 <= lane < high1") == 2
    assert "added[lane] = " in reverse
    assert reverse.count("added[lane])") == 1


def loss_of_table(a, b, gap):
    table = np.zeros((len(a) + 1, len(b) + 1))
    for i in range(len(a)):
        for j in range(len(b)):
            low = -np.log(np.exp(-table[i, j + 1]) + np.exp(-table[i + 1, j]))
            table[i + 1, j + 1] = low * gap[j] + (a[i] - b[j]) ** 2 / (1.0 + table[i, j] ** 2)
    return table[len(a), len(b)]


def energy(u):
    return np.sum(nine_points(u.copy()) ** 3)


def smooth_energy(u):
    return np.sum(smoothed(u.copy()) ** 2)


def test_gradients() -> None:
    ag.check_grads(energy, (plane(9, 11),))
    ag.check_grads(smooth_energy, (plane(7, 9),))
    a, b, gap = plane(3, 11)
    ag.check_grads(loss_of_table, (a, b[:9], 0.3 + 0.1 * gap[:9]))
