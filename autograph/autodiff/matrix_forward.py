"""Forward rules of factorisations and of what is solved with them; see `matrix_rules`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from autograph.autodiff.matrices import (
    column,
    diagonal,
    emitted,
    from_read_triangle,
    gap_inverses,
    lower,
    lower_half,
    product,
    solved,
    swapped,
)
from autograph.errors import NondifferentiableError
from autograph.ir.graph import Copier, Node, Value
from autograph.ir.op import Op
from autograph.ops import linear_algebra as ops
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
    return [sum_(multiply(inverse, tangents[node.operands[0]]), axes=(0, 1))]


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
    inner = solved(factor, swapped(half_way), is_lower=True)
    return [swapped(product(factor, lower_half(inner))), None]


def _eigh(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Value | None]:
    values, vectors = (copier.value(v) for v in node.results[:2])
    inner = _seen_by(vectors, node, tangents)
    turned = multiply(gap_inverses(values), inner)
    return [diagonal(inner), product(swapped(turned), vectors), None]


def _eigvalsh(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Value | None]:
    _, vectors, _ = emitted(ops.eigh, copier.value(node.operands[0]), **node.attrs)
    return [diagonal(_seen_by(vectors, node, tangents)), None]


def _seen_by(vectors: Value, node: Node, tangents: Tangents) -> Value:
    """Return V^T dA V."""
    change = from_read_triangle(swapped(tangents[node.operands[0]]), node.attrs["lower"])
    return product(vectors, change, swapped(vectors))


def _singular_values(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Value | None]:
    rank = copier.form(node.attrs["rank"])
    u, _, v, _ = emitted(ops.svd, copier.value(node.operands[0]), full=False, rank=rank)
    change = swapped(tangents[node.operands[0]])
    return [diagonal(product(u, change, v)), None]


def _svd(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Tangent]:
    if node.attrs["full"]:
        refused = NondifferentiableError(ALL_COLUMNS, node.site)
        return [refused, _singular_values(node, copier, tangents)[0], refused, None]
    ut, s, v = (copier.value(x) for x in node.results[:3])
    u, vt = swapped(ut), swapped(v)
    change = swapped(tangents[node.operands[0]])
    inner = product(ut, change, v)
    gaps = gap_inverses(square(s))
    scaled, mirrored = multiply(inner, s), multiply(column(s), inner)
    du = product(u, multiply(gaps, add(scaled, swapped(scaled))))
    dv = product(v, multiply(gaps, add(mirrored, swapped(mirrored))))
    left, right = product(change, v), product(swapped(change), u)
    du = add(du, divide(subtract(left, product(u, product(ut, left))), s))
    dv = add(dv, divide(subtract(right, product(v, product(vt, right))), s))
    return [swapped(du), diagonal(inner), dv, None]


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
    inner = product(qt, change)
    below = lower(inner, strictly=True)
    turn = subtract(below, swapped(below))
    dq = add(subtract(change, product(swapped(qt), inner)), product(swapped(qt), turn))
    dr = product(subtract(inner, turn), r)
    return [swapped(dq), swapped(dr)]


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
