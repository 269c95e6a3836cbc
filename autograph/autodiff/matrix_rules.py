"""Reverse rules of factorisations and of what is solved with them.

A rule gets the cotangents of all results, None where one is zero. In the rules of factorisations,
cotangents of complex matrices are conjugated first, and adjoints taken where real ones have
transposes. Operands and results that are
matrices are transposed (see `ops.linear_algebra`). Of a symmetric operand only one triangle is
read, so only that triangle has a cotangent: what central differences find, too.

Source: M. B. Giles, Collected matrix derivative results for forward and reverse mode (2008);
I. Murray, Differentiation of the Cholesky decomposition (2016); J. Townsend, Differentiating the
singular value decomposition (2016).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograph.autodiff import phases
from autograph.autodiff.cotangents import Cotangents
from autograph.autodiff.matrices import (
    adjoint,
    column,
    conjugated,
    diagonal_matrix,
    emitted,
    from_read_triangle,
    gap_inverses,
    in_dtype,
    lower,
    lower_half,
    of_read_triangle,
    outer,
    product,
    solved,
    solved_adjoint,
    swapped,
)
from autograph.autodiff.matrix_forward import is_tall, real_component
from autograph.autodiff.primal import Frame
from autograph.errors import NondifferentiableError
from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value
from autograph.ir.op import Op
from autograph.ops import linear_algebra as ops
from autograph.ops.complex_parts import imag, make_complex
from autograph.ops.elementwise import add, divide, multiply, negative, square, subtract
from autograph.ops.reduction import sum_

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
    assert g is not None
    cotangents.add(node.operands[0], multiply(in_dtype(g, a.dtype), inverse))


def _determinant_phase(
    node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents
) -> None:
    (g,), (a, factors, pivots, _) = gs, map(frame.demand, node.operands)
    unit = ops.identity_matrix(a.dims[0], a.dtype)
    inverse = ops.solve_factored(a, factors, pivots, unit, transposed=True)
    turn = make_complex(0, imag(multiply(g, frame.demand(node.result))))
    cotangents.add(node.operands[0], multiply(turn, inverse))


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


def _sylvester(
    node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents
) -> None:
    (g,), (a, b, q) = gs, node.operands
    assert g is not None
    s = ops.sylvester(swapped(frame.demand(a)), swapped(frame.demand(b)), g)
    cotangents.add(q, s)
    if a in frame.plan.active or b in frame.plan.active:
        x = swapped(frame.demand(node.result))
        cotangents.add(a, negative(product(s, x)))
        cotangents.add(b, negative(product(x, s)))


# ---------------------------------------------------------------- symmetric matrices


def _cholesky(node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents) -> None:
    g = gs[0]
    assert g is not None
    factor = swapped(frame.demand(node.results[0]))
    inner = lower_half(product(adjoint(factor), adjoint(g)))
    half_way = solved_adjoint(factor, inner, is_lower=True)
    found = solved_adjoint(factor, adjoint(half_way), is_lower=True)
    cotangents.add(node.operands[0], adjoint(of_read_triangle(found, is_lower=True)))


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
        g = conjugated(g_vectors)
        if g.dtype.kind == "c":
            at = real_component(node, vectors)
            g = phases.with_turns(g, vectors, phases.pull((vectors, g)), at)
        gaps = in_dtype(gap_inverses(values), g.dtype)
        turned = multiply(gaps, product(conjugated(vectors), swapped(g)))
    on_diagonal = None
    if g_values is not None:
        on_diagonal = diagonal_matrix(in_dtype(g_values, vectors.dtype))
    inner = total(turned, on_diagonal)
    assert inner is not None
    found = product(swapped(vectors), inner, conjugated(vectors))
    read = of_read_triangle(found, node.attrs["lower"])
    cotangents.add(node.operands[0], adjoint(read))


# ---------------------------------------------------------------- orthogonal factors


def _singular_values(
    node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents
) -> None:
    rank = frame.form(node.attrs["rank"])
    u, _, v, _ = emitted(ops.svd, frame.demand(node.operands[0]), full=False, rank=rank)
    g = next(x for x in gs if x is not None)
    # The rows of `u` are the left vectors: the cotangent of the matrix is U diag(g) V^H.
    g = in_dtype(g, u.dtype)
    cotangents.add(node.operands[0], product(conjugated(v), multiply(column(g), conjugated(u))))


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
    ut, s, w = (frame.demand(x) for x in node.results[:3])
    u, v = swapped(ut), conjugated(w)
    gu = None if gu is None else adjoint(gu)
    gaps = in_dtype(gap_inverses(square(s)), u.dtype)
    sizes = in_dtype(s, u.dtype)
    core, outside_left, outside_right = None, None, None
    if g_values is not None:
        core = diagonal_matrix(in_dtype(g_values, u.dtype))
    if u.dtype.kind == "c":
        gu, gv = _with_turns(node, (u, gu), (v, gv))
        core = total(core, diagonal_matrix(_twist(u, gu, s)))
    if gu is not None:
        turned = multiply(gaps, _skew(product(adjoint(u), gu)))
        core = total(core, multiply(turned, sizes))
        rest = subtract(gu, product(u, product(adjoint(u), gu)))
        outside_left = product(divide(rest, sizes), adjoint(v))
    if gv is not None:
        turned = multiply(gaps, _skew(product(adjoint(v), gv)))
        core = total(core, multiply(column(sizes), turned))
        rest = subtract(adjoint(gv), product(product(adjoint(gv), v), adjoint(v)))
        outside_right = product(divide(u, sizes), rest)
    inner = None if core is None else product(u, core, adjoint(v))
    found = total(inner, outside_left, outside_right)
    assert found is not None
    cotangents.add(node.operands[0], adjoint(found))


def _with_turns(
    node: Node, left: tuple[Value, Value | None], right: tuple[Value, Value | None]
) -> tuple[Value | None, Value | None]:
    """Return the cotangents of singular vectors, given with them, as LAPACK chooses phases."""
    pairs = [(swapped(x), swapped(g)) for x, g in (left, right) if g is not None]
    pulled = phases.pull(*pairs)
    deciding, other = (right, left) if is_tall(node) else (left, right)
    vectors = swapped(deciding[0])
    g = multiply(vectors, 0) if deciding[1] is None else swapped(deciding[1])
    found = swapped(phases.with_turns(g, vectors, pulled, Affine(0)))
    return (other[1], found) if is_tall(node) else (found, other[1])


def _twist(u: Value, gu: Value | None, s: Value) -> Value:
    """Return what it matters that left and right singular vectors turn against each other."""
    if gu is None:
        nothing: Value = make_complex(multiply(s, 0), multiply(s, 0))
        return nothing
    against = sum_(imag(multiply(conjugated(u), gu)), axes=(0,))
    result: Value = make_complex(0, divide(against, s))
    return result


def _skew(a: Value) -> Value:
    result: Value = subtract(a, adjoint(a))
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
    folded = from_read_triangle(inner, is_lower=True)
    before = total(None if gq is None else adjoint(gq), product(q, folded))
    assert before is not None
    # (gQ + Q M) R^-H, by the transposed system.
    cotangents.add(node.operands[0], solved(r, adjoint(before), is_lower=False))


RULES: dict[Op, Rule] = {
    ops.solve_factored: _solve_factored,
    ops.log_determinant: _log_determinant,
    ops.determinant_phase: _determinant_phase,
    ops.triangular_solve: _triangular_solve,
    ops.sylvester: _sylvester,
    ops.cholesky: _cholesky,
    ops.eigh: _eigh,
    ops.eigvalsh: _eigvalsh,
    ops.svd: _svd,
    ops.singular_values: _singular_values,
    ops.qr: _qr,
}
