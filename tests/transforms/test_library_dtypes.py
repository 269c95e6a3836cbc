"""Derivatives of library functions and objects where operands and results have unlike types."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
import scipy.special as sp
from scipy.interpolate import CubicSpline

import autograph as ag
from autograph.errors import NondifferentiableError

MATRIX = scipy.sparse.csr_array(np.array([[1.0, 0.0, 2.0], [0.5, -1.0, 0.0], [0.0, 3.0, 0.25]]))
COMPLEX = scipy.sparse.csr_array(MATRIX + 1j * MATRIX.T)
SPLINE = CubicSpline(np.arange(5.0), np.arange(5.0) ** 2)
POINTS = np.array([1.5, 2.0, 3.25])


def size_of_product(x):
    return np.sum((MATRIX @ x) ** 2)


def size_of_complex_product(x):
    return np.sum(np.abs(COMPLEX @ x) ** 2)


def area(x):
    return np.sum(SPLINE(x))


def test_single_precision_vectors_times_double_matrices():
    slope = ag.grad(size_of_product)(POINTS.astype(np.float32))
    assert slope.dtype == np.float32
    np.testing.assert_allclose(slope, 2 * MATRIX.T @ (MATRIX @ POINTS), rtol=1e-5)


def test_real_vectors_times_complex_matrices():
    wanted = 2 * (COMPLEX.conj().T @ (COMPLEX @ POINTS)).real
    np.testing.assert_allclose(ag.grad(size_of_complex_product)(POINTS), wanted, rtol=1e-13)


def test_splines_at_single_precision():
    slope = ag.grad(area)(POINTS.astype(np.float32))
    assert slope.dtype == np.float32
    np.testing.assert_allclose(slope, SPLINE(POINTS, 1), rtol=1e-6)


def share(a, b):
    return np.sum(sp.betainc(a, b, 0.3))


def test_parameters_of_unlike_precision():
    a, b = np.array([0.5, 2.0]), np.array([1.5, 2.5])
    slopes = ag.grad(share, argnums=(0, 1))(a.astype(np.float32), b)
    assert [x.dtype for x in slopes] == [np.float32, np.float64]
    wanted = ag.grad(share, argnums=(0, 1))(a, b)
    for slope, exact in zip(slopes, wanted, strict=True):
        np.testing.assert_allclose(slope, exact, rtol=1e-6)


def hurwitz(s, a):
    return np.sum(sp.zeta(s, a))


def hurwitz_alike(s, a):
    return np.sum(sp.zeta(s, a + 0 * s))


def test_arrays_of_sizes_that_nobody_knows_to_be_equal():
    s, a = np.array([2.5, 3.0]), np.array([1.0, 2.0])
    with pytest.raises(NondifferentiableError, match="may be of different sizes"):
        ag.grad(hurwitz)(s, a)
    np.testing.assert_allclose(ag.grad(hurwitz_alike)(s, a), [-0.3873419, -0.1981262], rtol=1e-6)
