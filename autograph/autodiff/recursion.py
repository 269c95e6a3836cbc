"""Derivatives of recursive routines, which are routines again.

Forward, a routine takes and returns tangents in addition. Backward, the adjoint routine runs the
body of the routine once more, calls the routine itself for what the calls inside return, and then
runs the body backwards, where it calls itself: nothing is kept from one run to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from autograph.autodiff.activity import is_inexact
from autograph.autodiff.cotangents import Cotangents
from autograph.autodiff.primal import Frame
from autograph.ir.affine import Affine
from autograph.ir.graph import Copier, Graph, Node, Value, building, emit
from autograph.ir.types import ArrayType, scalar
from autograph.ops.recursion import ResultType, make_recurse, make_recursion, recurse, recursion
from autograph.ops.structure import assume_dims

Differentiate = Callable[[Graph, int, int], Graph]
"""Returns a program with cotangents, given the program, how many outputs and how many variables."""


class Adjoint(Struct, frozen=True):
    """The adjoint of a routine.

    Attributes:
        routine: What it is the adjoint of; calls of it are told by their attribute `adjoint`.
        results: The results that have cotangents.
        params: The params that get cotangents.
    """

    routine: Graph
    results: tuple[int, ...]
    params: tuple[int, ...]


def _under(value: Value, dims: Sequence[Affine]) -> Value:
    if value.dims == tuple(dims):
        return value
    result: Value = assume_dims(value, dims=tuple(dims))
    return result


def _sizes(node: Node, k: int) -> range:
    """Return the results that are the extents of a result."""
    return range(k - node.attrs["dims"][k].count(None), k)


# ---------------------------------------------------------------- forward


class Moving(Struct):
    """A routine with tangents.

    Attributes:
        params: The params that have tangents.
        results: The results that have tangents.
    """

    params: list[int]
    results: list[int]

    @staticmethod
    def of(node: Node, varied: Any) -> Moving:
        """Return what moves in a call of a routine, given all values that vary."""
        routine = node.regions[0]
        return Moving(
            [k for k, p in enumerate(routine.params) if p in varied],
            [k for k, v in enumerate(routine.results) if v in varied],
        )

    def attrs(self, node: Node, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the attributes of a call with tangents: extents that it tells come twice."""
        dtypes, dims = list(attrs["dtypes"]), list(attrs["dims"])
        writes, given = list(attrs["writes"]), len(node.operands)
        for k in self.results:
            for size in _sizes(node, k):
                dtypes.append(dtypes[size])
                dims.append(())
            for result, operand in attrs["writes"]:
                if result == k and operand in self.params:
                    writes.append((len(dtypes), given + self.params.index(operand)))
            dtypes.append(dtypes[k])
            dims.append(dims[k])
        changed = {"dtypes": tuple(dtypes), "dims": tuple(dims), "writes": tuple(writes)}
        return attrs | changed

    def outcome(
        self, node: Node, values: Sequence[Value], tangent: Callable[[int], Value]
    ) -> list[Value]:
        """Return the results of a routine with tangents, given those without and the tangents."""
        outcome = list(values)
        for k in self.results:
            outcome += [values[size] for size in _sizes(node, k)]
            outcome.append(tangent(k))
        return outcome

    def tangents(self, node: Node, results: Sequence[Value]) -> dict[Value, Value]:
        """Return the tangents among the results of a call."""
        position = len(node.results)
        found = {}
        for k in self.results:
            position += len(_sizes(node, k))
            found[node.results[k]] = _under(results[position], results[k].dims)
            position += 1
        return found


# ---------------------------------------------------------------- reverse


def reverse_recursion(
    node: Node, frame: Frame, cotangents: Cotangents, differentiate: Differentiate
) -> None:
    """Pass the cotangents of a call's results to its operands, by a call of the adjoint."""
    under_way: Adjoint | None = node.attrs.get("adjoint")
    active = frame.plan.active
    routine = node.regions[0]
    adjoint = under_way or Adjoint(
        routine,
        tuple(k for k, v in enumerate(routine.results) if v in active and is_inexact(v.type)),
        tuple(k for k, p in enumerate(routine.params) if p in active and is_inexact(p.type)),
    )
    given: list[Value] = [frame.demand(v) for v in node.operands]
    for k in adjoint.results:
        g = cotangents.take(node.results[k])
        g = frame.zeros(node.results[k]) if g is None else g
        given += [frame.demand(node.results[size]) for size in _sizes(node, k)]
        given.append(g)
    operands = [given[k] for k in adjoint.params]
    types = [ResultType(v.dtype, v.dims) for v in operands]
    if under_way is not None:
        found = make_recurse(given, types, ())
    else:
        backward = _adjoint_routine(node, adjoint, differentiate)
        found = make_recursion(backward, given, types, (), node.attrs["deepest"])
    for k, cotangent in zip(adjoint.params, found, strict=True):
        cotangents.add(node.operands[k], cotangent)


def _adjoint_routine(node: Node, adjoint: Adjoint, differentiate: Differentiate) -> Graph:
    """Return the graph of the adjoint."""
    copier = Copier()

    def visit(copier: Copier, inner: Node) -> None:
        if inner.op is recursion:
            copier.node(inner)
        elif inner.op is recurse:
            attrs = copier.attrs(inner) | {"deepest": node.attrs["deepest"], "adjoint": adjoint}
            operands = [copier.value(v) for v in inner.operands]
            again = Copier().region(adjoint.routine)
            results = emit(recursion, operands, attrs, [again], inner.site)
            copier.mapping.update(zip(inner.results, results, strict=True))
        else:
            copier.node(inner, visit)

    program = copier.region(adjoint.routine, visit)
    program.name = f"{adjoint.routine.name}_adjoint"
    outputs = [program.results[k] for k in adjoint.results]
    variables = [program.params[k] for k in adjoint.params]
    seeds = []
    for k, output in zip(adjoint.results, outputs, strict=True):
        sizes = [Value(scalar("int64")) for _ in _sizes(node, k)]
        rest = iter(sizes)
        known = node.attrs["dims"][k]
        own = adjoint.routine.results[k].dims
        dims = [
            Affine.of(next(rest)) if dim is None else copier.form(mine)
            for dim, mine in zip(known, own, strict=True)
        ]
        seed = Value(ArrayType(output.dtype, tuple(dims)))
        program.params += [*sizes, seed]
        with building(program):
            seeds.append(_under(seed, output.dims))
    program.results = [*outputs, *seeds, *variables]
    found = differentiate(program, len(outputs), len(variables))
    first = len(program.results)
    closed = Graph(program.name, found.params, found.nodes, found.results[first:])
    return Copier().region(closed, _without_marks)


def _without_marks(copier: Copier, node: Node) -> None:
    """Copy a node without the note of which adjoint it belongs to."""
    if node.op is recursion and "adjoint" in node.attrs:
        attrs = {key: x for key, x in copier.attrs(node).items() if key != "adjoint"}
        regions = [copier.region(region) for region in node.regions]
        results = emit(recursion, [copier.value(v) for v in node.operands], attrs, regions)
        copier.mapping.update(zip(node.results, results, strict=True))
    else:
        copier.node(node, None if node.op is recursion else _without_marks)
