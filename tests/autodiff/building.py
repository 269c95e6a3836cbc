"""Shorthand to write test graphs by hand: values with operators and NumPy-like indices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograph.ir.affine import Affine
from autograph.ir.graph import At, Graph, IndexItem, Slice, Value, building, symbol
from autograph.ir.op import constant_of, get_op
from autograph.ir.types import array, scalar
from autograph.ir.verify import verify
from autograph.ops.control import make_ifelse, make_scan
from autograph.ops.structure import broadcast, get, inc, put_add, set_, take


class N:
    """A graph value with Python operators; int64 scalars do affine arithmetic."""

    __array_priority__ = 100

    def __init__(self, value: Value) -> None:
        self.value = value

    @property
    def form(self) -> Affine:
        return Affine.of(self.value)

    @property
    def dims(self) -> tuple[Affine, ...]:
        return self.value.dims

    def __add__(self, other: Any) -> N:
        return op("add", self, other)

    def __radd__(self, other: Any) -> N:
        return op("add", other, self)

    def __sub__(self, other: Any) -> N:
        return op("subtract", self, other)

    def __rsub__(self, other: Any) -> N:
        return op("subtract", other, self)

    def __mul__(self, other: Any) -> N:
        return op("multiply", self, other)

    def __rmul__(self, other: Any) -> N:
        return op("multiply", other, self)

    def __truediv__(self, other: Any) -> N:
        return op("divide", self, other)

    def __rtruediv__(self, other: Any) -> N:
        return op("divide", other, self)

    def __neg__(self) -> N:
        return op("negative", self)

    def __gt__(self, other: Any) -> N:
        return op("greater", self, other)

    def __lt__(self, other: Any) -> N:
        return op("less", self, other)

    def __getitem__(self, items: Any) -> N:
        return N(get(self.value, index=index_of(self, items)))

    def set(self, items: Any, v: Any) -> N:
        return N(set_(self.value, unwrap(v), index=index_of(self, items)))

    def inc(self, items: Any, v: Any) -> N:
        return N(inc(self.value, unwrap(v), index=index_of(self, items)))

    def take(self, *at: N) -> N:
        return N(take(self.value, *(unwrap(i) for i in at)))

    def put_add(self, v: Any, *at: N) -> N:
        return N(put_add(self.value, unwrap(v), *(unwrap(i) for i in at)))

    def sum(self, *axes: int) -> N:
        axes = axes or tuple(range(self.value.ndim))
        return op("sum", self, axes=axes)


def unwrap(x: Any) -> Any:
    return x.value if isinstance(x, N) else x


def op(name: str, *operands: Any, **attrs: Any) -> N:
    return N(get_op(name)(*map(unwrap, operands), **attrs))


def form_of(x: Any) -> Affine:
    return x.form if isinstance(x, N) else Affine.of(x)


def index_of(a: N, items: Any) -> tuple[IndexItem, ...]:
    """A NumPy-like index with nonnegative starts; negative integer stops count from the end."""
    items = items if isinstance(items, tuple) else (items,)
    found: list[IndexItem] = []
    for k, dim in enumerate(a.dims):
        item = items[k] if k < len(items) else slice(None)
        if isinstance(item, At | Slice):
            found.append(item)
        elif isinstance(item, slice):
            start = form_of(0 if item.start is None else item.start)
            stop = dim if item.stop is None else item.stop
            stop = dim + stop if isinstance(stop, int) and stop < 0 else form_of(stop)
            found.append(Slice(start, stop - start))
        else:
            found.append(At(form_of(item)))
    return tuple(found)


def filled(value: Any, *dims: Any) -> N:
    forms = tuple(map(form_of, dims))
    return N(broadcast(constant_of(value, np.float64), dims=forms, axes=()))


def number(value: float) -> N:
    return N(constant_of(value, np.float64))


def listed(results: Any) -> list[Any]:
    return [unwrap(r) for r in (results if isinstance(results, list | tuple) else [results])]


def loop(length: Any, inits: Sequence[Any], body: Callable[..., Any], **options: Any) -> list[N]:
    if (condition := options.pop("condition", None)) is not None:
        options["condition"] = lambda *carries: unwrap(condition(*map(N, carries)))
    results = make_scan(
        None if length is None else form_of(length),
        [unwrap(x) for x in inits],
        lambda *args: listed(body(*map(N, args))),
        **options,
    )
    return [N(r) for r in results]


def branch(condition: N, then: Callable[[], Any], orelse: Callable[[], Any]) -> list[N]:
    results = make_ifelse(condition.value, lambda: listed(then()), lambda: listed(orelse()))
    return [N(r) for r in results]


def number_param(name: str, dtype: str = "float64") -> N:
    return N(Value(scalar(dtype), None, name))


def array_param(name: str, *dims: Any, dtype: str = "float64") -> N:
    """An array param; a dim given as a string becomes a new symbol of this name."""
    forms = [symbol(d) if isinstance(d, str) else d for d in dims]
    return N(Value(array(dtype, forms), None, name))


def build(params: Sequence[N], body: Callable[..., Any], name: str = "f") -> Graph:
    graph = Graph(name, [p.value for p in params])
    with building(graph):
        graph.results = listed(body(*params))
    return verify(graph)
