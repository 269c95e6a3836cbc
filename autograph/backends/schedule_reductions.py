"""Lowerings of reductions, products of vectors and matrices, and checks.

Enters: a node. Leaves: a nest that accumulates in a scalar, or one accumulating nest per element of
the result; products of two matrices go to the target's library.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.backends import loops as lp
from autograph.backends.block import Block
from autograph.backends.row_sums import by_rows, runs_along
from autograph.backends.scheduler import Scheduler
from autograph.backends.storage import Scalar, View
from autograph.errors import UnsupportedError
from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value
from autograph.ir.op import get_op
from autograph.ir.types import DType

_OPS = {
    "sum": "add",
    "prod": "multiply",
    "max": "maximum",
    "min": "minimum",
    "any": "logical_or",
    "all": "logical_and",
}

#: (outer point, inner point) -> the element to accumulate, evaluated in a block.
Term = Callable[[Block, lp.Point, lp.Point], lp.Expr]


def neutral(name: str, dtype: DType) -> lp.Constant:
    """Return the element that a reduction starts from."""
    value: Any
    if name in ("any", "all"):
        value = np.bool_(name == "all")
    elif name in ("sum", "prod"):
        value = dtype.type(name == "prod")
    elif dtype.kind == "f":
        value = dtype.type(-np.inf if name == "max" else np.inf)
    elif dtype.kind in "iu":
        limits = np.iinfo(dtype)
        value = dtype.type(limits.min if name == "max" else limits.max)
    elif dtype.kind == "b":
        value = np.bool_(name == "min")
    else:
        raise UnsupportedError(f"{name} of {dtype} arrays; take it of their absolute values")
    return lp.Constant(value)


def _split(point: lp.Point, inner: lp.Point, axes: tuple[int, ...]) -> lp.Point:
    """Return the point of the operand, given those of the result and of the reduced axes."""
    outer, reduced = iter(point), iter(inner)
    count = len(point) + len(inner)
    return tuple(next(reduced) if axis in axes else next(outer) for axis in range(count))


def lower_reduction(s: Scheduler, node: Node) -> None:
    """Schedule sum, prod, max, min, any or all over axes."""
    (x,), axes, name = node.operands, node.attrs["axes"], node.op.name

    def term(block: Block, outer: lp.Point, inner: lp.Point) -> lp.Expr:
        expr = block.element(x, _split(outer, inner, axes))
        if node.result.dtype.kind == "b" and expr.dtype.kind != "b":
            zero = lp.Constant(expr.dtype.type(0))
            return lp.Apply(get_op("not_equal"), (expr, zero), np.dtype(np.bool_))
        return expr

    inner_dims = tuple(x.dims[axis] for axis in axes)
    _reduce(s, node, name, neutral(name, x.dtype), inner_dims, term)


def _reduce(
    s: Scheduler,
    node: Node,
    name: str,
    start: lp.Constant,
    inner_dims: lp.Point,
    term: Term,
    careful: bool = True,
) -> None:
    """Write the nests of a reduction of terms over `inner_dims`."""
    result, op = node.result, get_op(_OPS[name])
    outer = s.indices(result.ndim)
    outer_point = tuple(Affine.of(i) for i in outer)

    inner = s.indices(len(inner_dims), result.ndim)
    nest = lp.Nest(inner, (Affine(0),) * len(inner), inner_dims, [], site=node.site)

    def accumulate(target: Value, block: Block) -> None:
        inside = block.inner(nest.body)
        expr = term(inside, outer_point, tuple(Affine.of(i) for i in inner))
        if not inner:
            block.statements.extend([*nest.body, lp.Assign(target, expr)])
            return
        nest.body.append(lp.Reduce(target, op, expr, careful))
        block.statements.append(lp.Assign(target, start))
        block.statements.append(nest)

    if not result.ndim:
        s.depths[result] = s.scope.depth
        accumulate(result, s.block())
        s.storages[result] = Scalar(lp.Read(result))
        return
    buffer = s.allocate(result.dims, result.dtype, result.name or "t")
    total = s.variable(result.dtype)
    body: list[lp.Stmt] = []
    accumulate(total, Block(s.storages, s.times, body))
    if s.ordered and inner and runs_along(nest, outer[-1]):
        for statement in by_rows(nest, outer, result.dims, buffer, start):
            s.add(statement)
    else:
        body.append(lp.Store(buffer, outer_point, lp.Read(total)))
        box = (Affine(0),) * len(outer)
        s.add(lp.Nest(outer, box, result.dims, body, site=node.site))
    s.storages[result] = View.whole(buffer)


def lower_position(s: Scheduler, node: Node) -> None:
    """Schedule argmax or argmin over axes: positions count row-major over them."""
    (x,), axes, result = node.operands, node.attrs["axes"], node.result
    op = get_op("greater" if node.op.name == "argmax" else "less")
    outer = s.indices(result.ndim)
    outer_point = tuple(Affine.of(i) for i in outer)
    inner_dims = tuple(x.dims[axis] for axis in axes)

    def search(target: Value, block: Block) -> None:
        inner = s.indices(len(inner_dims), result.ndim)
        nest = lp.Nest(inner, (Affine(0),) * len(inner), inner_dims, [], site=node.site)
        inside = block.inner(nest.body)
        point = tuple(Affine.of(i) for i in inner)
        expr = inside.element(x, _split(outer_point, point, axes))
        at = row_major(inside, point, inner_dims)
        best = s.variable(x.dtype, "best")
        nest.body.append(lp.ArgReduce(best, target, op, expr, at))
        block.statements.append(lp.Assign(best, lp.Constant(x.dtype.type(0))))
        block.statements.append(lp.Assign(target, lp.Constant(np.int64(-1))))
        block.statements.append(nest)

    if not result.ndim:
        s.depths[result] = s.scope.depth
        search(result, s.block())
        s.storages[result] = Scalar(lp.Read(result))
        return
    buffer = s.allocate(result.dims, result.dtype, result.name or "t")
    body = lp.Nest(outer, (Affine(0),) * len(outer), result.dims, [], site=node.site)
    found = s.variable(np.int64)
    search(found, Block(s.storages, s.times, body.body))
    body.body.append(lp.Store(buffer, outer_point, lp.Read(found)))
    s.add(body)
    s.storages[result] = View.whole(buffer)


def lower_nonzero(s: Scheduler, node: Node) -> None:
    """Schedule the search for the positions at which a mask holds, in row-major order."""
    (mask,) = node.operands
    out = [s.allocate(v.dims, v.dtype, v.name or "found") for v in node.results]
    count = s.variable(np.int64, "count")
    s.assign(count, lp.Constant(np.int64(0)))
    indices = s.indices(mask.ndim)
    inner: list[lp.Stmt] = []
    body = inner
    for index, dim in zip(reversed(indices), reversed(mask.dims), strict=True):
        body = [lp.For(index, dim, body, site=node.site)]
    condition = Block(s.storages, s.times, inner).element(mask, tuple(map(Affine.of, indices)))
    place = Affine.of(count)
    stores = [
        lp.Store(b, (place,), lp.Form(Affine.of(i))) for b, i in zip(out, indices, strict=True)
    ]
    inner.append(lp.If(condition, [*stores, lp.Assign(count, lp.Form(place + 1))]))
    for statement in body:
        s.add(statement)
    for value, buffer in zip(node.results, out, strict=True):
        s.storages[value] = View.whole(buffer)


def row_major(block: Block, point: lp.Point, dims: lp.Point) -> Affine:
    """Return the row-major number of a point, naming products of variables."""
    total = Affine(0)
    for axis, (position, dim) in enumerate(zip(point, dims, strict=True)):
        if axis == 0:
            total = position
        elif dim.constant is not None:
            total = total * dim.constant + position
        else:
            product = lp.Apply(
                get_op("multiply"), (lp.Form(total), lp.Form(dim)), np.dtype(np.int64)
            )
            total = Affine.of(block.name(product).value) + position
    return total


def lower_dot(s: Scheduler, node: Node) -> None:
    """Schedule a product: a nest if a vector takes part, else a library call."""
    a, b = node.operands
    if a.ndim == b.ndim == 2 and a.dtype.kind in "fc":
        out = s.allocate(node.result.dims, node.result.dtype, node.result.name or "product")
        s.add(lp.MatMul(out, _operand(s, a), _operand(s, b)))
        s.note("matrix product by the library")
        s.storages[node.result] = View.whole(out)
        return
    rows = a.ndim - 1

    def term(block: Block, outer: lp.Point, inner: lp.Point) -> lp.Expr:
        args = (
            block.element(a, (*outer[:rows], *inner)),
            block.element(b, (*inner, *outer[rows:])),
        )
        if a.dtype.kind == "b":
            return lp.Apply(get_op("logical_and"), args, a.dtype)
        return lp.Apply(get_op("multiply"), args, a.dtype)

    name = "any" if a.dtype.kind == "b" else "sum"
    _reduce(s, node, name, neutral(name, a.dtype), a.dims[-1:], term, careful=False)


def _operand(s: Scheduler, value: Value) -> lp.Operand:
    """Return a matrix as the library takes it: a whole buffer or the transpose of one."""
    storage = s.storages.get(value)
    if isinstance(storage, View):
        first, second = (Affine.of(axis) for axis in storage.axes)
        whole = storage.buffer.dims == value.dims[::-1]
        if whole and storage.index == (second, first):
            return lp.Operand(storage.buffer, transposed=True)
    return lp.Operand(s.stored(value))


def lower_check(s: Scheduler, node: Node) -> None:
    """Schedule a check of a scalar, or of all elements of an array."""
    (condition,) = node.operands
    if not condition.ndim:
        expr = s.scalar(condition)
    else:
        holds = s.variable(np.bool_, "holds")
        indices = s.indices(condition.ndim)
        nest = lp.Nest(indices, (Affine(0),) * len(indices), condition.dims, [], site=node.site)
        block = Block(s.storages, s.times, nest.body)
        element = block.element(condition, tuple(Affine.of(i) for i in indices))
        nest.body.append(lp.Reduce(holds, get_op("logical_and"), element))
        s.assign(holds, lp.Constant(np.bool_(True)))
        s.add(nest)
        expr = lp.Read(holds)
    s.add(lp.Check(expr, node.attrs["message"], node.site))
