"""Forward rules of factorisations and of what is solved with them; see `matrix_rules`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from autograph.autodiff import phases
from autograph.autodiff.matrices import (
    adjoint,
    column,
    conjugated,
    diagonal,
    emitted,
    from_read_triangle,
    gap_inverses,
    in_dtype,
    lower,
    lower_diagonal,
    lower_half,
    product,
    real_part,
    solved,
    swapped,
)
from autograph.errors import NondifferentiableError
from autograph.ir.affine import Affine
from autograph.ir.graph import Copier, Node, Value
from autograph.ir.op import Op
from autograph.ops import linear_algebra as ops
from autograph.ops.complex_parts import imag, make_complex
from autograph.ops.elementwise import add, divide, multiply, negative, square, subtract
from autograph.ops.reduction import sum_

ALL_COLUMNS = "the singular vectors of all columns have no derivative; use full_matrices=False"

Tangents = Mapping[Value, Value]
Tangent = Value | NondifferentiableError | None
Rule = Callable[[Node, Copier, Tangents], Sequence[Tangent]]


def _of_rows(x: Value, a: Value) -> Value:
    """Return X A for the rows of X, which may be one vector."""
    return product(x, a)


def _solve_factored(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Value | None]:
    a, factors, pivots, b = node.operands
    flipped = node.attrs["transposed"]
    change = tangents.get(b)
    if a in tangents:
        da = tangents[a]
        moved = _of_rows(copier.value(node.result), swapped(da) if flipped else da)
        change = negative(moved) if change is None else subtract(change, moved)
    known = [copier.value(v) for v in (a, factors, pivots)]
    return [ops.solve_factored(*known, change, transposed=flipped)]


def _log_determinant(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Value | None]:
    a, factors, pivots = map(copier.value, node.operands)
    unit = ops.identity_matrix(a.dims[0], a.dtype)
    inverse = ops.solve_factored(a, factors, pivots, unit, transposed=True)
    change = sum_(multiply(inverse, tangents[node.operands[0]]), axes=(0, 1))
    return [in_dtype(change, node.result.dtype)]


def _determinant_phase(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Value | None]:
    a, factors, pivots, _ = map(copier.value, node.operands)
    unit = ops.identity_matrix(a.dims[0], a.dtype)
    inverse = ops.solve_factored(a, factors, pivots, unit, transposed=True)
    change = imag(sum_(multiply(inverse, tangents[node.operands[0]]), axes=(0, 1)))
    return [multiply(copier.value(node.result), make_complex(0, change))]


def _sylvester(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Value | None]:
    a, b, q = node.operands
    x, change = copier.value(node.result), tangents.get(q)
    moved = [product(tangents[a], x)] if a in tangents else []
    moved += [product(x, tangents[b])] if b in tangents else []
    for term in moved:
        change = negative(term) if change is None else subtract(change, term)
    return [ops.sylvester(copier.value(a), copier.value(b), change)]


def _triangular_solve(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Value | None]:
    a, b = node.operands
    attrs = node.attrs
    change = tangents.get(b)
    if a in tangents:
        da = swapped(tangents[a]) if attrs["lower"] else tangents[a]
        da = lower(da, strictly=attrs["unit"])
        if attrs["lower"] != attrs["transposed"]:
            da = swapped(da)
        moved = _of_rows(copier.value(node.result), da)
        change = negative(moved) if change is None else subtract(change, moved)
    return [ops.triangular_solve(copier.value(a), change, **attrs)]


def _cholesky(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Value | None]:
    factor = swapped(copier.value(node.results[0]))
    change = from_read_triangle(swapped(tangents[node.operands[0]]), is_lower=True)
    half_way = solved(factor, change, is_lower=True)
    inner = solved(factor, adjoint(half_way), is_lower=True)
    return [swapped(product(factor, lower_half(inner))), None]


def _eigh(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Value | None]:
    values, vectors = (copier.value(v) for v in node.results[:2])
    inner = _seen_by(vectors, node, tangents)
    turned = multiply(in_dtype(gap_inverses(values), inner.dtype), inner)
    change = product(swapped(turned), vectors)
    if change.dtype.kind == "c":
        turn = phases.turns(change, vectors, real_component(node, vectors))
        change = phases.turned(change, vectors, turn)
    return [in_dtype(diagonal(inner), values.dtype), change, None]


def _eigvalsh(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Value | None]:
    values, vectors, _ = emitted(ops.eigh, copier.value(node.operands[0]), **node.attrs)
    return [in_dtype(diagonal(_seen_by(vectors, node, tangents)), values.dtype), None]


def real_component(node: Node, vectors: Value) -> Affine:
    """Return which component of complex eigenvectors LAPACK leaves real."""
    return Affine(0) if node.attrs["lower"] else vectors.dims[1] - 1


def _seen_by(vectors: Value, node: Node, tangents: Tangents) -> Value:
    """Return V^H dA V."""
    change = from_read_triangle(swapped(tangents[node.operands[0]]), node.attrs["lower"])
    return product(conjugated(vectors), change, swapped(vectors))


def _singular_values(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Value | None]:
    rank = copier.form(node.attrs["rank"])
    u, s, v, _ = emitted(ops.svd, copier.value(node.operands[0]), full=False, rank=rank)
    change = swapped(tangents[node.operands[0]])
    return [in_dtype(diagonal(product(conjugated(u), change, conjugated(v))), s.dtype), None]


def _svd(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Tangent]:
    if node.attrs["full"]:
        refused = NondifferentiableError(ALL_COLUMNS, node.site)
        return [refused, _singular_values(node, copier, tangents)[0], refused, None]
    ut, s, w = (copier.value(x) for x in node.results[:3])
    u, v = swapped(ut), conjugated(w)
    change = swapped(tangents[node.operands[0]])
    inner = product(adjoint(u), change, v)
    sizes = in_dtype(s, inner.dtype)
    gaps = in_dtype(gap_inverses(square(s)), inner.dtype)
    scaled, mirrored = multiply(inner, sizes), multiply(column(sizes), inner)
    du = product(u, multiply(gaps, add(scaled, adjoint(scaled))))
    dv = product(v, multiply(gaps, add(mirrored, adjoint(mirrored))))
    left, right = product(change, v), product(adjoint(change), u)
    du = add(du, divide(subtract(left, product(u, product(adjoint(u), left))), sizes))
    dv = add(dv, divide(subtract(right, product(v, product(adjoint(v), right))), sizes))
    if inner.dtype.kind == "c":
        twist = make_complex(0, divide(imag(diagonal(inner)), s))
        du = add(du, multiply(u, twist))
        du, dv = _turned_back(node, copier, (du, u), (dv, v))
    return [swapped(du), in_dtype(diagonal(inner), s.dtype), conjugated(dv), None]


def _turned_back(
    node: Node, copier: Copier, left: tuple[Value, Value], right: tuple[Value, Value]
) -> tuple[Value, Value]:
    """Return the tangents of singular vectors, given with them, in LAPACK's phases."""
    (du, u), (dv, v) = ((swapped(a), swapped(b)) for a, b in (left, right))
    deciding = (dv, v) if is_tall(node) else (du, u)
    turn = phases.turns(*deciding, Affine(0))
    return swapped(phases.turned(du, u, turn)), swapped(phases.turned(dv, v, turn))


def is_tall(node: Node) -> bool:
    """Return whether a complex matrix has as many rows as columns at least.

    Raises:
        NondifferentiableError: If that is not known: then the phases are not, either.
    """
    rank, (columns, rows) = node.attrs["rank"], node.operands[0].dims
    if rank not in (columns, rows):
        raise NondifferentiableError(
            "singular vectors of a complex matrix have a derivative if it is known which of its "
            "extents is the smaller one",
            node.site,
        )
    return bool(rank == columns)


def _qr(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Value | None]:
    qt, rt = (copier.value(v) for v in node.results)
    if rt.dims[0] != rt.dims[1]:
        raise NondifferentiableError(
            "the QR factors of a matrix have a derivative if it has at least as many rows as "
            "columns, and mode is 'reduced'",
            node.site,
        )
    r = swapped(rt)
    # dA R^-1, by the transposed system.
    change = swapped(solved(r, tangents[node.operands[0]], is_lower=False, transposed=True))
    inner = product(conjugated(qt), change)
    below = lower(inner, strictly=True)
    turn = subtract(below, adjoint(below))
    if inner.dtype.kind == "c":
        turn = add(turn, lower_diagonal(subtract(inner, real_part(inner))))
    dq = add(subtract(change, product(swapped(qt), inner)), product(swapped(qt), turn))
    dr = product(subtract(inner, turn), r)
    return [swapped(dq), swapped(dr)]


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
