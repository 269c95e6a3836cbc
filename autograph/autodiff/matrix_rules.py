"""Reverse rules of factorisations and of what is solved with them.

A rule gets the cotangents of all results, None where one is zero. Operands and results that are
matrices are transposed (see `ops.linear_algebra`). Of a symmetric operand only one triangle is
read, so only that triangle has a cotangent: what central differences find, too.

Source: M. B. Giles, Collected matrix derivative results for forward and reverse mode (2008);
I. Murray, Differentiation of the Cholesky decomposition (2016); J. Townsend, Differentiating the
singular value decomposition (2016).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograph.autodiff.cotangents import Cotangents
from autograph.autodiff.matrices import (
    column,
    diagonal_matrix,
    emitted,
    gap_inverses,
    lower,
    lower_half,
    of_read_triangle,
    outer,
    product,
    solved,
    swapped,
)
from autograph.autodiff.primal import Frame
from autograph.errors import NondifferentiableError
from autograph.ir.graph import Node, Value
from autograph.ir.op import Op
from autograph.ops import linear_algebra as ops
from autograph.ops.elementwise import add, divide, multiply, negative, square, subtract

Rule = Callable[[Node, Sequence[Value | None], Frame, Cotangents], None]


def total(*terms: Value | None) -> Value | None:
    """Return the sum of terms, None if there are none."""
    found: Value | None = None
    for term in terms:
        if term is not None:
            found = term if found is None else add(found, term)
    return found


# ---------------------------------------------------------------- systems of equations


def _solve_factored(
    node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents
) -> None:
    (g,), (a, factors, pivots, b) = gs, node.operands
    flipped = node.attrs["transposed"]
    known = [frame.demand(v) for v in (a, factors, pivots)]
    gb = ops.solve_factored(*known, g, transposed=not flipped)
    cotangents.add(b, gb)
    if a in frame.plan.active:
        x = frame.demand(node.result)
        left, right = (gb, x) if flipped else (x, gb)
        cotangents.add(a, negative(outer(swapped(left), swapped(right))))


def _log_determinant(
    node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents
) -> None:
    (g,), (a, factors, pivots) = gs, map(frame.demand, node.operands)
    unit = ops.identity_matrix(a.dims[0], a.dtype)
    inverse = ops.solve_factored(a, factors, pivots, unit, transposed=True)
    cotangents.add(node.operands[0], multiply(g, inverse))


def _triangular_solve(
    node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents
) -> None:
    (g,), (a, b) = gs, node.operands
    attrs = node.attrs
    flipped = attrs["transposed"]
    gb = ops.triangular_solve(frame.demand(a), g, **{**attrs, "transposed": not flipped})
    cotangents.add(b, gb)
    if a in frame.plan.active:
        x = frame.demand(node.result)
        left, right = (x, gb) if flipped else (gb, x)
        whole = negative(outer(swapped(left), swapped(right)))
        read = whole if attrs["lower"] else swapped(whole)
        read = lower(read, strictly=attrs["unit"])
        cotangents.add(a, swapped(read) if attrs["lower"] else read)


# ---------------------------------------------------------------- symmetric matrices


def _cholesky(node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents) -> None:
    g = gs[0]
    assert g is not None
    factor = swapped(frame.demand(node.results[0]))
    inner = lower_half(product(swapped(factor), swapped(g)))
    half_way = solved(factor, inner, is_lower=True, transposed=True)
    found = solved(factor, swapped(half_way), is_lower=True, transposed=True)
    cotangents.add(node.operands[0], swapped(of_read_triangle(found, is_lower=True)))


def _eigh(node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents) -> None:
    values, vectors = (frame.demand(v) for v in node.results[:2])
    _of_eigenvalues(node, gs[0], gs[1], values, vectors, cotangents)


def _eigvalsh(node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents) -> None:
    values, vectors, _ = emitted(ops.eigh, frame.demand(node.operands[0]), **node.attrs)
    _of_eigenvalues(node, gs[0], None, values, vectors, cotangents)


def _of_eigenvalues(
    node: Node,
    g_values: Value | None,
    g_vectors: Value | None,
    values: Value,
    vectors: Value,
    cotangents: Cotangents,
) -> None:
    turned = None
    if g_vectors is not None:
        turned = multiply(gap_inverses(values), product(vectors, swapped(g_vectors)))
    inner = total(turned, None if g_values is None else diagonal_matrix(g_values))
    assert inner is not None
    found = product(swapped(vectors), inner, vectors)
    read = of_read_triangle(found, node.attrs["lower"])
    cotangents.add(node.operands[0], swapped(read))


# ---------------------------------------------------------------- orthogonal factors


def _singular_values(
    node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents
) -> None:
    rank = frame.form(node.attrs["rank"])
    u, _, v, _ = emitted(ops.svd, frame.demand(node.operands[0]), full=False, rank=rank)
    g = next(x for x in gs if x is not None)
    # The rows of `u` are the left vectors: the cotangent of the matrix is U diag(g) V^T.
    cotangents.add(node.operands[0], product(v, multiply(column(g), u)))


def _svd(node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents) -> None:
    gu, g_values, gv = gs[:3]
    if gu is None and gv is None:
        _singular_values(node, gs[1:2], frame, cotangents)
        return
    if node.attrs["full"]:
        raise NondifferentiableError(
            "the singular vectors of all columns have no derivative; use full_matrices=False",
            node.site,
        )
    ut, s, v = (frame.demand(x) for x in node.results[:3])
    u = swapped(ut)
    gaps = gap_inverses(square(s))
    core, outside_left, outside_right = None, None, None
    if g_values is not None:
        core = diagonal_matrix(g_values)
    if gu is not None:
        turned = multiply(gaps, _skew(product(ut, swapped(gu))))
        core = total(core, multiply(turned, s))
        rest = subtract(swapped(gu), product(u, product(ut, swapped(gu))))
        outside_left = product(divide(rest, s), swapped(v))
    if gv is not None:
        turned = multiply(gaps, _skew(product(swapped(v), gv)))
        core = total(core, multiply(column(s), turned))
        rest = subtract(swapped(gv), product(product(swapped(gv), v), swapped(v)))
        outside_right = product(divide(u, s), rest)
    inner = None if core is None else product(u, core, swapped(v))
    found = total(inner, outside_left, outside_right)
    assert found is not None
    cotangents.add(node.operands[0], swapped(found))


def _skew(a: Value) -> Value:
    result: Value = subtract(a, swapped(a))
    return result


def _qr(node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents) -> None:
    gq, gr = gs
    qt, rt = (frame.demand(v) for v in node.results)
    if rt.dims[0] != rt.dims[1]:
        raise NondifferentiableError(
            "the QR factors of a matrix have a derivative if it has at least as many rows as "
            "columns, and mode is 'reduced'",
            node.site,
        )
    q, r = swapped(qt), swapped(rt)
    first = None if gr is None else product(r, gr)
    second = None if gq is None else negative(product(gq, q))
    inner = total(first, second)
    assert inner is not None
    folded = add(lower(inner), swapped(lower(inner, strictly=True)))
    before = total(None if gq is None else swapped(gq), product(q, folded))
    assert before is not None
    # (gQ + Q M) R^-T, by the transposed system.
    cotangents.add(node.operands[0], solved(r, swapped(before), is_lower=False))


RULES: dict[Op, Rule] = {
    ops.solve_factored: _solve_factored,
    ops.log_determinant: _log_determinant,
    ops.triangular_solve: _triangular_solve,
    ops.cholesky: _cholesky,
    ops.eigh: _eigh,
    ops.eigvalsh: _eigvalsh,
    ops.svd: _svd,
    ops.singular_values: _singular_values,
    ops.qr: _qr,
}
