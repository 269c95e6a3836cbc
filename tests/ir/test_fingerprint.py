"""Fingerprints: equal for equal graphs of any process, different where anything differs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.ir.fingerprint import fingerprint_of
from autograph.ir.graph import Graph, Guard, Value, building, emit, symbol
from autograph.ir.op import affine, constant
from autograph.ir.types import array
from autograph.ops import elementwise as ew
from autograph.ops.control import ifelse
from autograph.ops.derivative import new_variable
from autograph.ops.library import LibraryCall, call_library


def graph_of(
    program: Callable[..., Any], dtype: Any = np.float64, name: str = "x", **fields: Any
) -> Graph:
    """Return a graph of one vector, and of the values that a program makes of it."""
    n = symbol("n")
    x = Value(array(dtype, [n]), None, name)
    graph = Graph("program", [x], **fields)
    with building(graph):
        graph.results = [program(x, n)]
    return graph


def digest(program: Callable[..., Any], **options: Any) -> str:
    """Return the digest of such a graph."""
    found = fingerprint_of(graph_of(program, **options))
    assert found is not None
    return found.digest


def plain(x: Value, n: Value) -> Value:
    return ew.add(x, ew.sin(x))


def test_equal_graphs_have_equal_digests() -> None:
    assert digest(plain) == digest(plain)


def test_variables_are_numbered_by_graph() -> None:
    def program(x: Value, n: Value) -> Value:
        return ew.add(new_variable(x), new_variable(x))

    assert digest(program) == digest(program)

    def shared(x: Value, n: Value) -> Value:
        v = new_variable(x)
        return ew.add(v, v)

    assert digest(program) != digest(shared)


def test_symbols_are_in_order() -> None:
    graph = graph_of(plain)
    found = fingerprint_of(graph)
    assert found is not None
    assert found.symbols == (graph.params[0], graph.params[0].dims[0].symbol)


def constants(*values: Any) -> list[Callable[..., Any]]:
    def program(value: Any) -> Callable[..., Any]:
        return lambda x, n: constant(value=value)

    return list(map(program, values))


OTHERS: dict[str, Callable[..., Any]] = {
    "order": lambda x, n: ew.add(ew.sin(x), x),
    "op": lambda x, n: ew.add(x, ew.cos(x)),
    "size": lambda x, n: affine(form=x.dims[0]),
    "twice the size": lambda x, n: affine(form=x.dims[0] * 2),
    **{
        f"constant {k}": program
        for k, program in enumerate(
            constants(
                *(np.float64(0.0), np.float64(-0.0), np.float64(np.nan), np.float32(0.0)),
                *(np.int64(0), np.int32(0), np.bool_(False), np.int64(1), np.bool_(True)),
            )
        )
    },
}


def test_different_graphs_have_different_digests() -> None:
    digests = [digest(program) for program in (plain, *OTHERS.values())]
    digests += [digest(plain, dtype=np.float32), digest(plain, name="y")]
    digests += [digest(plain, writes={0: 0})]
    assert len(set(digests)) == len(digests)


def test_guards_count() -> None:
    graph = graph_of(plain)
    size = graph.params[0].dims[0]
    before = fingerprint_of(graph)
    graph.guards.append(Guard(size - 1, ">=0"))
    after = fingerprint_of(graph)
    graph.guards[0] = Guard(size - 1, ">=0", is_limit=True)
    assert before != after != fingerprint_of(graph) != before


def test_regions_count() -> None:
    def branching(other: Callable[..., Any]) -> str:
        def program(x: Value, n: Value) -> Value:
            arms = [Graph("then"), Graph("else")]
            for arm, body in zip(arms, (plain, other), strict=True):
                with building(arm):
                    arm.results = [body(x, n)]
            return emit(ifelse, [constant(value=np.bool_(True))], {}, arms)[0]

        return digest(program)

    assert branching(plain) == branching(plain)
    assert branching(plain) != branching(OTHERS["op"])


def test_what_only_this_process_has_has_no_fingerprint() -> None:
    def program(x: Value, n: Value) -> Value:
        call = LibraryCall(np.convolve, ())
        return call_library(call, [x], [np.dtype(np.float64)], [x.dims])[0]

    assert fingerprint_of(graph_of(program)) is None
