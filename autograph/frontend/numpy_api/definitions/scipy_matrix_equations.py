"""Functions of `scipy.linalg`: matrix equations, factorisations, functions of matrices.

Some are called as they are and have a rule for their tangents; most such rules are equations of
Sylvester. Source: N. J. Higham, Functions of Matrices (2008), chapters 3, 6 and 11; for factors,
M. B. Giles, Collected matrix derivative results for forward and reverse mode (2008).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse, with_tangent
from autograph.frontend.numpy_api.definitions.linear_algebra import (
    expm,
    floats,
    matrices,
    solve_triangular,
)
from autograph.frontend.numpy_api.definitions.scipy_linear_algebra import one_matrix, square_matrix
from autograph.frontend.numpy_api.library_calls import as_it_is
from autograph.frontend.numpy_api.matrix_functions import is_tall, solve_equation

host_continuous_are = as_it_is("scipy.linalg", "solve_continuous_are")
host_discrete_are = as_it_is("scipy.linalg", "solve_discrete_are")
host_sqrtm = as_it_is("scipy.linalg", "sqrtm")
host_polar = as_it_is("scipy.linalg", "polar")
host_lu = as_it_is("scipy.linalg", "lu")
host_lu_factor = as_it_is("scipy.linalg", "lu_factor")


def adjoint(a: Any) -> Any:
    return np.conj(a.T)


def apart(a: Any) -> Any:
    """Return a matrix as one that is no view, as functions called as they are take it."""
    return a.copy()


# ---------------------------------------------------------------- linear equations


def of_one_dtype(*args: Any) -> Any:
    """Return matrices in the dtype that all of them can be computed in."""
    found = [matrices(a) for a in args]
    dtype = np.result_type(*[a.dtype for a in found])
    return [a.astype(dtype) for a in found]


def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    a, b, q = of_one_dtype(a, b, q)
    return solve_equation(a, b, q)


def solve_continuous_lyapunov(a: Any, q: Any) -> Any:
    a, q = of_one_dtype(a, q)
    return solve_equation(a, adjoint(a), q)


def solve_discrete_lyapunov(a: Any, q: Any, method: Any = None) -> Any:
    a, q = of_one_dtype(a, q)
    n = a.shape[0]
    if method is None:
        method = "bilinear" if n >= 10 else "direct"
    result = np.empty((n, n), q.dtype)
    if method == "direct":
        system = np.eye(n * n, dtype=a.dtype) - np.kron(a, np.conj(a))
        result[...] = np.linalg.solve(system, np.reshape(q, n * n)).reshape((n, n))
    elif method == "bilinear":
        unit = np.eye(n, dtype=a.dtype)
        inverse = np.linalg.inv(adjoint(a) + unit)
        b = np.dot(adjoint(a) - unit, inverse)
        c = 2 * np.dot(np.dot(np.linalg.inv(a + unit), q), inverse)
        result[...] = solve_equation(adjoint(b), b, -c)
    else:
        raise ValueError(f"Unknown solver {method}")
    return result


# ---------------------------------------------------------------- Riccati's equations


def continuous_are_tangent(
    da: Any, db: Any, dq: Any, dr: Any, x: Any, a: Any, b: Any, q: Any, r: Any
) -> Any:
    gain = np.linalg.solve(r, np.dot(adjoint(b), x))
    closed = a - np.dot(b, gain)
    forth, back = np.dot(x, da), np.dot(np.dot(x, db), gain)
    bent = np.dot(np.dot(adjoint(gain), dr), gain)
    rest = forth + adjoint(forth) + dq - back - adjoint(back) + bent
    return solve_equation(adjoint(closed), closed, -rest)


def solve_continuous_are(
    a: Any, b: Any, q: Any, r: Any, e: Any = None, s: Any = None, balanced: Any = True
) -> Any:
    if e is not None or s is not None or not balanced:
        refuse("scipy.linalg.solve_continuous_are with e, s or balanced")
    args = of_one_dtype(a, b, q, r)
    return with_tangent(host_continuous_are, tuple(args), continuous_are_tangent)


def discrete_are_tangent(
    da: Any, db: Any, dq: Any, dr: Any, x: Any, a: Any, b: Any, q: Any, r: Any
) -> Any:
    xb = np.dot(x, b)
    gain = np.linalg.solve(r + np.dot(adjoint(b), xb), np.dot(adjoint(xb), a))
    closed = a - np.dot(b, gain)
    moved = np.dot(np.dot(adjoint(closed), x), da - np.dot(db, gain))
    rest = moved + adjoint(moved) + dq + np.dot(np.dot(adjoint(gain), dr), gain)
    return solve_discrete_lyapunov(adjoint(closed), rest)


def solve_discrete_are(
    a: Any, b: Any, q: Any, r: Any, e: Any = None, s: Any = None, balanced: Any = True
) -> Any:
    if e is not None or s is not None or not balanced:
        refuse("scipy.linalg.solve_discrete_are with e, s or balanced")
    args = of_one_dtype(a, b, q, r)
    return with_tangent(host_discrete_are, tuple(args), discrete_are_tangent)


# ---------------------------------------------------------------- functions of matrices


def sqrtm_tangent(da: Any, x: Any, a: Any) -> Any:
    return solve_equation(x, x, da.astype(x.dtype))


def real_root(a: Any) -> Any:
    """Return the root of a real matrix, if it is real.

    Raises:
        LinAlgError: If it is not: then the call runs as plain Python.
    """
    found = sys.modules["scipy.linalg"].sqrtm(a)
    if found.dtype.kind == "c":
        raise np.linalg.LinAlgError("the root of a real matrix is complex")
    return found


host_real_root = as_it_is(__name__, "real_root")


def sqrtm(A: Any) -> Any:
    a = apart(square_matrix(A, True))
    root = host_sqrtm if a.dtype.kind == "c" else host_real_root
    return with_tangent(root, (a,), sqrtm_tangent)


GAUSS = (
    (0.019855071751231912, 0.05061426814518853),
    (0.10166676129318664, 0.11119051722668721),
    (0.2372337950418355, 0.15685332293894344),
    (0.4082826787521751, 0.18134189168918083),
    (0.5917173212478248, 0.18134189168918083),
    (0.7627662049581645, 0.15685332293894344),
    (0.8983332387068134, 0.11119051722668721),
    (0.9801449282487681, 0.05061426814518853),
)
"""Nodes and weights of the integral from 0 to 1 by the rule of Gauss and Legendre."""


def logm(A: Any) -> Any:
    """Return the logarithm: 2**k times that of the root of degree 2**k, which is near one."""
    x = apart(square_matrix(A, True))
    unit = np.eye(x.shape[0], dtype=x.dtype)
    doublings = 1.0
    while np.max(np.sum(np.abs(x - unit), axis=0)) > 0.25:
        x[...] = sqrtm(x)
        doublings = 2 * doublings
    away = x - unit
    total = np.zeros_like(away)
    for node, weight in GAUSS:
        total = total + weight * np.linalg.solve(unit + node * away, away)
    return doublings * total


def real_matrix(A: Any, name: Any) -> Any:
    a = square_matrix(A, True)
    if a.dtype.kind == "c":
        refuse(f"scipy.linalg.{name} of complex matrices")
    return a


def cosm(A: Any) -> Any:
    return expm(1j * real_matrix(A, "cosm")).real.copy()


def sinm(A: Any) -> Any:
    return expm(1j * real_matrix(A, "sinm")).imag.copy()


def tanm(A: Any) -> Any:
    wave = expm(1j * real_matrix(A, "tanm"))
    return np.linalg.solve(wave.real, wave.imag)


def sinhm(A: Any) -> Any:
    a = square_matrix(A, True)
    return 0.5 * (expm(a) - expm(-a))


def coshm(A: Any) -> Any:
    a = square_matrix(A, True)
    return 0.5 * (expm(a) + expm(-a))


def tanhm(A: Any) -> Any:
    return np.linalg.solve(coshm(A), sinhm(A))


# ---------------------------------------------------------------- factors


def polar_tangent(da: Any, y: Any, a: Any) -> Any:
    u, p = y
    inner = np.dot(adjoint(u), da)
    turn = solve_equation(p, p, inner - adjoint(inner))
    rest = da - np.dot(u, inner)
    du = np.dot(u, turn) + adjoint(np.linalg.solve(p, adjoint(rest)))
    return du, inner - np.dot(turn, p)


def right_polar(a: Any) -> Any:
    u, p = with_tangent(host_polar, (apart(a),), polar_tangent)
    return u, p


def polar(a: Any, side: Any = "right") -> Any:
    a = one_matrix(a, False)
    if side not in ("right", "left"):
        raise ValueError("`side` must be either 'right' or 'left'")
    if not is_tall(a if side == "right" else a.T):
        refuse("scipy.linalg.polar whose hermitian factor is singular")
    if side == "right":
        return right_polar(a)
    u, p = right_polar(adjoint(a))
    return adjoint(u), p


def change_of_lu(da: Any, lower: Any, upper: Any) -> Any:
    """Return the change of the factors L and U of a matrix, given that of the matrix."""
    half = solve_triangular(lower, da, lower=True, unit_diagonal=True)
    inner = solve_triangular(upper, half.T, trans=1).T
    return np.dot(lower, np.tril(inner, -1)), np.dot(np.triu(inner), upper)


def lu_tangent(da: Any, y: Any, a: Any) -> Any:
    p, lower, upper = y
    changes = change_of_lu(np.dot(p.T, da), lower, upper)
    return np.zeros_like(p), changes[0], changes[1]


def lu(
    a: Any,
    permute_l: Any = False,
    overwrite_a: Any = False,
    check_finite: Any = True,
    p_indices: Any = False,
) -> Any:
    a = square_matrix(a, check_finite)
    if p_indices:
        refuse("scipy.linalg.lu with p_indices")
    p, lower, upper = with_tangent(host_lu, (apart(a),), lu_tangent)
    return (np.dot(p, lower), upper) if permute_l else (p, lower, upper)


def order_of(piv: Any) -> Any:
    """Return in which order pivots put the rows of a matrix."""
    order = np.arange(len(piv))
    for k in range(len(piv)):
        other = piv[k]
        row = order[k]
        order[k] = order[other]
        order[other] = row
    return order


def lu_factor_tangent(da: Any, y: Any, a: Any) -> Any:
    factors, piv = y
    lower = np.tril(factors, -1) + np.eye(a.shape[0], dtype=a.dtype)
    changes = change_of_lu(da[order_of(piv)], lower, np.triu(factors))
    return changes[0] + changes[1], None


def lu_factor(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    a = square_matrix(a, check_finite)
    factors, piv = with_tangent(host_lu_factor, (apart(a),), lu_factor_tangent)
    return factors, piv


def lu_solve(
    lu_and_piv: Any,
    b: Any,
    trans: Any = 0,
    overwrite_b: Any = False,
    check_finite: Any = True,
) -> Any:
    factors, piv = lu_and_piv
    order, b = order_of(np.asarray(piv)), floats(b)
    if trans == 0:
        half = solve_triangular(factors, b[order], lower=True, unit_diagonal=True)
        return solve_triangular(factors, half)
    kind = "C" if trans == 2 else "T"
    half = solve_triangular(factors, b, trans=kind)
    found = solve_triangular(factors, half, lower=True, unit_diagonal=True, trans=kind)
    result = np.empty_like(found)
    result[order] = found
    return result


SCIPY_NAMES: dict[str, Callable[..., Any]] = {
    **{
        f"scipy.linalg._solvers.{f.__name__}": f
        for f in (
            solve_sylvester,
            solve_continuous_lyapunov,
            solve_discrete_lyapunov,
            solve_continuous_are,
            solve_discrete_are,
        )
    },
    **{
        f"scipy.linalg._matfuncs.{f.__name__}": f
        for f in (sqrtm, logm, cosm, sinm, tanm, coshm, sinhm, tanhm)
    },
    "scipy.linalg._decomp_polar.polar": polar,
    **{f"scipy.linalg._decomp_lu.{f.__name__}": f for f in (lu, lu_factor, lu_solve)},
}
"""The functions that are defined here, by where SciPy has them."""
