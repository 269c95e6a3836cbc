import numba
import numpy as np
import pytest

from autograph.backends.numba.compilation.overlap import overlapping


@numba.njit
def meets(a, b):
    return overlapping(a, b)


A = np.zeros((6, 8))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (A, A),
        (A, A.T),
        (A[:3], A[2:]),
        (A[:3], A[3:]),
        (A[::-1], A[:1]),
        (A[::-2, ::-1], A[4:, 2:]),
        (A[:0], A),
        (A, np.zeros(3)),
        (A[0], A[1]),
        (A[:, 0], A[:, 1]),
        (np.zeros(0), np.zeros(0)),
    ],
)
def test_agrees_with_bounds_of_memory(a, b):
    assert meets(a, b) == np.may_share_memory(a, b)
    assert meets(b, a) == np.may_share_memory(a, b)
