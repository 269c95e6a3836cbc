"""Subscripts, read and written, against NumPy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import autograph.frontend.language.values
from autograph.errors import UnsupportedError
from autograph.ir.evaluate import GuardFailed
from tests.frontend.fake_tracer import NeedStatic, Program, check_fails, check_program


def vector(n=7):
    return np.arange(n) * 1.5 + 1


def matrix(m=4, n=5):
    return np.arange(m * n).reshape(m, n) * 0.5


# ---------------------------------------------------------------- slices

BOUNDS = (None, 0, 1, 3, 9, -1, -2, -9)


@pytest.mark.parametrize("step", [None, 1, 2, 3, -1, -2])
def test_all_constant_slices_of_some_lengths(step):
    for start, stop in itertools.product(BOUNDS, BOUNDS):
        for n in (0, 1, 5):
            check_program(sliced(slice(start, stop, step)), vector(n))


def sliced(key):
    return lambda np, x: x[key]


@pytest.mark.parametrize("step", [1, 2, -1, -3])
@pytest.mark.parametrize("start", [-8, -1, 0, 2, 8])
@pytest.mark.parametrize("stop", [-8, -2, 0, 5, 8])
def test_bounds_that_are_arguments(start, stop, step):
    def f(np, x, a, b):
        return x[a:b:step]

    check_program(f, vector(), start, stop)


def test_refused_assumptions_give_the_clamped_form_that_always_holds():
    def f(np, x, a, b):
        return x[a:b]

    refused = {
        "a >= 0",
        "b >= 0",
        "x1 >= 0",
        "x2 >= 0",
        "x0_0 - x1 >= 0",
        "x0_0 - x2 >= 0",
        "x2 - x1 >= 0",
        "x0_0 - 1 >= 0",
    }
    others = [
        (vector(n), a, b) for n in (0, 1, 5) for a in (-7, -2, 0, 3, 9) for b in (-7, -1, 2, 9)
    ]
    program = check_program(f, vector(), 1, 4, others=others, refused=refused)
    assert program.graph.guards == []


def test_usual_slices_stay_affine():
    def f(np, u):
        return u[1:-1] + u[2:] + u[:-2]

    program = check_program(f, vector(), others=[(vector(2),), (vector(9),)])
    assert program.ops == ["get", "get", "add", "get", "add"]
    assert [str(g) for g in program.graph.guards] == ["x0_0 - 2 >= 0"]
    with pytest.raises(GuardFailed):
        program.run(vector(1))


def test_slices_of_the_same_stride_have_equal_lengths():
    def f(np, x):
        return x[::2] * x[::-2] - x[: (x.shape[0] + 1) // 2]

    program = check_program(f, vector(), others=[(vector(6),)])
    assert "check" not in program.ops
    assert program.ops.count("floor_divide") == 1


def test_views_of_views_are_one_read():
    program = check_program(lambda np, x: x[1:][2:5][::-1], vector())
    assert program.ops == ["get"]


def test_whole_reads_and_writes_emit_nothing():
    def f(np, x, y):
        x[:] = y
        return x[...]

    program = check_program(f, vector(), vector() * 2)
    assert program.ops == ["assume_dims"]


# ---------------------------------------------------------------- elements


@pytest.mark.parametrize("key", [0, 3, -1, -7, np.int32(2), (1,), True + 1])
def test_elements_at_constants(key):
    check_program(lambda np, x: x[key], vector())


def test_element_is_a_numpy_scalar_and_ellipsis_gives_an_array():
    check_program(lambda np, x: (x[1], x[1, ...], x[...], x[..., 1], x[None, 1]), vector())
    check_program(lambda np, x: (x[1, 2], x[1, ..., 2], x[1], x[:, 1], x[..., None, 1]), matrix())


@pytest.mark.parametrize("i", [0, 3, -1, -7])
def test_elements_at_arguments(i):
    check_program(lambda np, x, i: x[i], vector(), i)


def test_index_of_unknown_sign():
    def f(np, x, k):
        return x[k[0]] + x[k[1]]

    program = check_program(f, vector(), np.array([2, -1]), others=[(vector(), np.array([-7, 6]))])
    assert program.ops.count("switch") == 2
    assert "check" in program.ops


@pytest.mark.parametrize("i", [7, -8, 100])
def test_elements_out_of_range_fail(i):
    check_fails(lambda np, x: x[i], vector(), error=IndexError)
    check_fails(lambda np, x, i: x[i], vector(), i, error=IndexError)
    check_fails(lambda np, x, k: x[k[0]], vector(), np.array([i]), error=IndexError)


def test_element_checked_once():
    def f(np, x, k):
        i = k[0]
        return x[i] + 2 * x[i]

    program = check_program(f, vector(), np.array([2]))
    assert program.ops.count("check") == 2


def test_too_many_indices():
    check_fails(lambda np, x: x[0, 0], vector(), error=IndexError)


@pytest.mark.parametrize(
    "key",
    [
        (slice(None), 1),
        (1, slice(1, -1)),
        (slice(1, None), slice(None, None, -1)),
        (None, 1),
        (slice(None), None, slice(1, 3)),
        (..., 0),
        (0, ...),
        (-1, -1),
        (slice(3, 1), slice(None)),
    ],
)
def test_matrices(key):
    def read(np, x):
        return x[key]

    def write(np, x):
        x[key] = 7.25
        x[key] += 1
        return x.sum()

    check_program(read, matrix())
    check_program(write, matrix())


# ---------------------------------------------------------------- writes


def test_writing_a_view_writes_the_array():
    def f(np, x):
        y = x[1:]
        z = y[::-2]
        z *= 2
        y[0] = -1
        x[2:4] += x[:2]
        return y, z

    check_program(f, vector())


def test_writes_through_transpose_newaxis_and_reshape():
    def f(np, x):
        t = x.T
        t[1] = 5
        t[2:, 1:] = np.arange(3)
        x[:, None, :][0] = 3
        x.reshape(-1)[3::4] = -2
        x.reshape(5, 4)[1:, 0] += 100
        x[1:3].ravel()[2] = 11
        x[None, 1].T[0] = 77
        return t

    check_program(f, matrix())


def test_overlapping_right_hand_side():
    def f(np, x):
        x[1:] = x[:-1]
        x[::-1] = x
        x[1:] += x[:-1]
        return x

    check_program(f, vector())


def test_swaps():
    def f(np, x, y):
        x[0], x[1] = x[1], x[0]
        y[0], y[1] = y[1], y[0]
        return x

    check_program(f, vector(), matrix())


@pytest.mark.parametrize("value", [2.7, -2.7, 3, True, np.float32(1.5), np.int64(4)])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "i4", "?"])
def test_casts_on_assignment(value, dtype):
    def f(np, x, v):
        x[0] = value
        x[1:2] = v
        x[2:] = x[:1]

    check_program(f, vector().astype(dtype), value)


def test_assignment_broadcasts():
    def f(np, x, row, column):
        x[:] = row
        x[1:] += column[1:]
        x[2, :2] = [1, 2.5]
        x[3:4] = row[None, None]

    check_program(f, matrix(), np.arange(5.0), np.arange(4.0)[:, None])


def test_assignment_of_other_shape_fails():
    def f(np, x, y):
        x[1:] = y

    check_fails(f, vector(), vector(), error=ValueError)
    check_fails(lambda np, x, y: f(np, x, y[None][None]), vector(), vector(4), error=ValueError)


def test_assignment_of_nan_to_an_integer_fails():
    def f(np, x, v):
        x[0] = v

    check_fails(f, np.arange(3), np.float64("nan"), error=ValueError)
    check_fails(f, np.arange(3, dtype=np.int32), 2**40, error=OverflowError)


def test_inplace_operator_keeps_the_dtype():
    def f(np, x, i):
        x += 1
        x *= 2.5
        i += True
        i *= 3
        i //= 2

    check_program(f, vector().astype("f4"), np.arange(4, dtype=np.int32))


def test_inplace_operator_of_a_wider_kind_fails():
    def f(np, x):
        x += 0.5

    program = check_fails(f, np.arange(3), error=TypeError)
    assert "UFunc" not in program.tracer.checks


def test_unwritable_broadcast():
    def f(np, x):
        np.broadcast_to(x, (3, 7))[0, 0] = 1

    check_fails(f, vector(), error=ValueError)


# ---------------------------------------------------------------- masks


def test_masked_assignment():
    def f(np, x, y):
        x[x > 3] = 0
        x[y > 2] = -1.0
        x[(y > 1) & (x < 9)] += 10
        return x

    check_program(f, matrix(), matrix().T.copy().T)


def test_masked_elementwise_chain():
    def f(np, z, c):
        inside = z * z < 30
        z[inside] = z[inside] ** 2 + c[inside]
        return z[inside].sum(), z[inside].mean()

    program = check_program(f, vector(), vector()[::-1].copy())
    assert "check" not in program.ops


def test_length_of_masked_selection():
    from autograph.frontend.language.values import length

    def f(np, x):
        count = len(x[x > 3]) if isinstance(x, type(vector())) else length(x[x > 3])
        return count, x[x > 3].size

    check_program(f, vector())


def test_mask_over_rows():
    def f(np, x, mask):
        x[mask] = 3.0
        x[~mask] = x[0]

    check_program(f, matrix(), np.array([True, False, False, True]))


def test_mask_of_other_length_fails():
    def f(np, x, mask):
        x[mask] = 1

    check_fails(f, vector(), np.ones(3, bool), error=IndexError)


@pytest.mark.parametrize(
    "f",
    [
        lambda np, x: x[x > 1][0],
        lambda np, x: x[x > 1] + x[x > 1][::-1],
        lambda np, x: (x[x > 1][1:], x[x > 2][:-1]),
        lambda np, x: np.max(x[x > 1]),
        lambda np, x: np.where(x > 1),
    ],
)
def test_selected_elements_in_an_array(f):
    check_program(f, 0.5 + 3.0 * vector())


@pytest.mark.parametrize("f", [lambda np, x: x[True], lambda np, x: x["a"]])
def test_refusals(f):
    with pytest.raises(UnsupportedError):
        Program(f, (vector(),))


# ---------------------------------------------------------------- integer arrays


def test_gather_from_a_vector():
    def f(np, x, i):
        return x[i], x[[2, 0, -1]], x[i[:, None]], x[i] + 1

    check_program(f, vector(), np.array([3, -1, 0, 3]), others=[(vector(4), np.array([-4, 2]))])


def test_gather_from_a_matrix():
    def f(np, x, i, j):
        return (
            x[i, j],
            x[i],
            x[:, j],
            x[i[:, None], j],
            x[i, 1],
            x[1, j],
            x[i, 1:3],
            x[::2, j],
        )

    check_program(f, matrix(), np.array([0, 2, -1]), np.array([4, 1, 0]))


def test_gather_from_three_axes():
    def f(np, x, i, j):
        return x[i], x[:, i], x[:, :, i], x[i, :, j], x[i, j], x[:, i, j], x[0, :, i], x[i, 0]

    x = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    check_program(f, x, np.array([0, 1]), np.array([1, 0]))


def test_gather_out_of_range_fails():
    check_fails(lambda np, x, i: x[i], vector(), np.array([0, 7]), error=IndexError)


def test_gather_of_arange_needs_no_check():
    program = check_program(lambda np, x: x[np.arange(x.shape[0])], vector())
    assert program.ops == ["iota", "take"]


def test_add_at_counts_repeated_positions():
    def f(np, x, i):
        np.add.at(x, i, 1)
        np.add.at(x, (i,), x[i])
        return x

    check_program(f, vector(), np.array([1, 1, -1]))


# ---------------------------------------------------------------- containers


def test_containers_need_static_keys():
    with pytest.raises(NeedStatic):
        Program(lambda np, i: autograph.frontend.language.values.getitem([1, 2, 3], i), (1,))


def test_heap_array_is_lifted():
    table = np.arange(5.0)
    program = check_program(lambda np, x: np.add(x, table[:3])[0] + np.sum(table), vector(3))
    assert program.tracer.lifted[1] is table
