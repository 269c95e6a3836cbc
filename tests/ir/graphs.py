"""Small graphs that several tests share."""

from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Slice, Value, building, symbol
from autograph.ir.types import array, scalar
from autograph.ops.control import make_ifelse, make_scan
from autograph.ops.elementwise import add, greater, multiply, negative, sin
from autograph.ops.reduction import sum_
from autograph.ops.structure import get, set_


def vector(name: str = "x") -> Value:
    """Return a float64 vector of unknown size."""
    return Value(array("f8", [symbol("n")]), None, name)


def sum_of_sin() -> Graph:
    """sum(sin(x) * x)."""
    x = vector()
    graph = Graph("f", [x])
    with building(graph):
        graph.results = [sum_(multiply(sin(x), x), axes=(0,))]
    return graph


def smoothing() -> Graph:
    """Repeat `u[1:-1] = u[1:-1] * 0.5 + u[2:]` in place, then return the sum."""
    u, steps = vector("u"), Value(scalar("i8"), None, "steps")
    n = u.dims[0]
    graph = Graph("smooth", [u, steps])
    inner, right = Slice(Affine(1), n - 2), Slice(Affine(2), n - 2)

    def body(_: Value, v: Value) -> list[Value]:
        new = add(multiply(get(v, index=(inner,)), 0.5), get(v, index=(right,)))
        return [set_(v, new, index=(inner,))]

    with building(graph):
        (final,) = make_scan(Affine.of(steps), [u], body, names=["u"])
        graph.results = [sum_(final, axes=(0,)), final]
    graph.writes = {1: 0}
    return graph


def absolute_by_branch() -> Graph:
    """x if x > 0 else -x, on a scalar, by a lazy branch."""
    x = Value(scalar("f8"), None, "x")
    graph = Graph("absolute", [x])
    with building(graph):
        graph.results = list(make_ifelse(greater(x, 0), lambda: [x], lambda: [negative(x)]))
    return graph
