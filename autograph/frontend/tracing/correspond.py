"""Whether two regions compute the same, so that one of them can serve for both.

A carried variable often has another type in the first iteration of a loop than later (an int 0 that
becomes a float, a Python float that becomes a NumPy scalar, an argument that becomes a new array).
What is done with it is traced for both; mostly the two traces are equal once the carried value is
read as the entry value that it starts from (its image), and then no branch is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograph.frontend.symbols.condition import Condition
from autograph.frontend.symbols.leaves import (
    dtype_of_kind,
    is_number,
    kind_key,
    number_leaf,
    number_of_leaf,
)
from autograph.frontend.symbols.promotion import kind_of
from autograph.frontend.symbols.symbolic import Array, Cell, constant_content
from autograph.frontend.symbols.union import Union
from autograph.frontend.tracing.journal import Items, Region, Scope, same_number
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Node, Value, forms_of_attr, map_attr
from autograph.ir.op import affine, constant
from autograph.ir.types import scalar

INT64 = scalar(np.int64)
Images = Mapping[Value, Any]


def images_where(condition: Condition) -> dict[Value, Any]:
    """Return what carried values are where a condition (a first iteration) holds."""
    found: dict[Value, Any] = {}
    for atom, truth in condition.consequences():
        if not truth:
            found.update(tracer().images.get(atom, {}))
    return found


class _Correspondence:
    """Matches the nodes of a region with those of another one.

    Args:
        images: What carried values are.
        scopes: The two regions.
    """

    def __init__(self, images: Images, scopes: tuple[Scope, Scope]) -> None:
        self.images = images
        self.scopes = scopes
        self.forms = {v: x for v, x in images.items() if isinstance(x, Affine)}
        self.matched: dict[Value, Value] = {}

    def value(self, a: Value, b: Value) -> bool:
        """Return whether `a` is `b` where the images hold."""
        a = self.matched.get(a, a)
        if a is b or _same_definition(a, b):
            return True
        if a.type == b.type == INT64 and self.form(Affine.of(a), Affine.of(b)):
            return True
        if b in self.images and self._is_image(a, self.images[b]):
            return True
        return (
            a in self.images and isinstance(self.images[a], Value) and self.value(self.images[a], b)
        )

    def _is_image(self, a: Value, image: Any) -> bool:
        if isinstance(image, Value):
            return self.value(a, image)
        if isinstance(image, Affine):
            return Affine.of(a) == image
        return same_number(constant_content(a), image)

    def form(self, a: Affine, b: Affine) -> bool:
        """Return whether two forms are equal where the images hold."""
        a = a.substitute({s: self.matched[s] for s in a.symbols if s in self.matched})
        return a.substitute(self.forms) == b.substitute(self.forms)

    def graphs(self, a: Graph, b: Graph) -> bool:
        """Match the nodes of two graphs in order."""
        first, second = _computations(a), _computations(b)
        if len(first) != len(second) or len(a.params) != len(b.params):
            return False
        self.matched.update(zip(a.params, b.params, strict=True))
        return all(map(self.nodes, first, second))

    def nodes(self, a: Node, b: Node) -> bool:
        """Match two nodes."""
        if a.op is not b.op or len(a.operands) != len(b.operands) or set(a.attrs) != set(b.attrs):
            return False
        same = (
            all(map(self.value, a.operands, b.operands))
            and all(self.attr(a.attrs[key], b.attrs[key]) for key in a.attrs)
            and len(a.regions) == len(b.regions)
            and all(map(self._regions, a.regions, b.regions))
        )
        if same:
            self.matched.update(zip(a.results, b.results, strict=True))
        return same and [str(v.type) for v in a.results] == [str(v.type) for v in b.results]

    def _regions(self, a: Graph, b: Graph) -> bool:
        return (
            self.graphs(a, b)
            and len(a.results) == len(b.results)
            and all(map(self.value, a.results, b.results))
        )

    def attr(self, a: Any, b: Any) -> bool:
        """Return whether two attributes are equal where the images hold."""
        if isinstance(a, np.generic):
            return same_number(a, b)
        forms_a, forms_b = list(forms_of_attr(a)), list(forms_of_attr(b))
        zero = Affine(0)
        same_shape = map_attr(a, lambda _: zero) == map_attr(b, lambda _: zero)
        return same_shape and len(forms_a) == len(forms_b) and all(map(self.form, forms_a, forms_b))

    def content(self, a: Any, b: Any) -> bool:
        """Return whether two contents are the same but for the kinds of numbers."""
        if is_number(a) and is_number(b):
            return self._numbers(a, b)
        if isinstance(a, Value) and isinstance(b, Value):
            return self.value(a, b)
        if isinstance(a, Array) and isinstance(b, Array):
            same = a.cell is b.cell or (
                self._are_new(a.cell, b.cell) and self.value(a.cell.value, b.cell.value)
            )
            return same and a.view.map(self._matched_form) == b.view.map(self._matched_form)
        if isinstance(a, tuple | Items) and type(a) is type(b) and len(a) == len(b):
            return all(map(self.content, _items(a), _items(b)))
        return a is b

    def _are_new(self, *cells: Cell) -> bool:
        """Return whether buffers were made in the regions, so that nothing else refers to them."""
        return all(c.birth.within(s) for c, s in zip(cells, self.scopes, strict=True))

    def _matched_form(self, form: Affine) -> Affine:
        known = {s: self.matched[s] for s in form.symbols if s in self.matched}
        return form.substitute(known).substitute(self.forms)

    def _numbers(self, a: Any, b: Any) -> bool:
        if dtype_of_kind(kind_of(a)) != dtype_of_kind(kind_of(b)):
            return False
        x, y = number_leaf(a), number_leaf(b)
        if isinstance(x, np.int64 | Affine) and isinstance(y, np.int64 | Affine):
            return self.form(*(Affine(int(v)) if isinstance(v, np.int64) else v for v in (x, y)))
        if isinstance(x, Value) and isinstance(y, Value):
            return self.value(x, y)
        if isinstance(y, Value) and y in self.images:
            return same_number(x, self.images[y])
        return isinstance(x, np.generic) and same_number(x, y)


def _items(container: Any) -> list[Any]:
    return list(container.values() if isinstance(container, dict) else container)


def _computations(graph: Graph) -> list[Node]:
    """Return the nodes but for constants and forms, which are compared where they are used."""
    return [node for node in graph.nodes if node.op not in (constant, affine)]


def _same_definition(a: Value, b: Value) -> bool:
    """Return whether two values are made in the same way from the same values."""
    x, y = a.node, b.node
    if x is None or y is None or x.op is not y.op or x.op.kind not in ("elementwise", "create"):
        return False
    if x.op.name == "empty" or set(x.attrs) != set(y.attrs) or x.operands != y.operands:
        return False
    return all(
        same_number(x.attrs[k], y.attrs[k])
        if isinstance(x.attrs[k], np.generic)
        else x.attrs[k] == y.attrs[k]
        for k in x.attrs
    )


def serve_for_both(condition: Condition, first: Region, later: Region) -> bool:
    """Let `later` serve for both arms of a branch, if it can: emit it here and return True.

    Args:
        condition: Under which `first` runs.
        first: What is to be replaced.
        later: What is to replace it; where numbers differ in kind only, both kinds remain.
    """
    if first.completion.only != 0 or later.completion.only != 0:
        return False
    if set(first.changes) != set(later.changes):
        return False
    match = _Correspondence(images_where(condition), (first.scope, later.scope))
    if not match.graphs(first.scope.graph, later.scope.graph):
        return False
    pairs = [(first.changes[key][1], later.changes[key][1]) for key in first.changes]
    if not all(match.content(a, b) for a, b in pairs):
        return False
    tracer().top.graph.nodes.extend(later.scope.graph.nodes)
    for (place, content), (_, other) in zip(
        later.changes.values(), (first.changes[key] for key in later.changes), strict=True
    ):
        tracer().write(place, _with_both_kinds(condition, other, content))
    return True


def _with_both_kinds(condition: Condition, first: Any, later: Any) -> Any:
    """Return `later`, or both where they are numbers of different kinds."""
    if (
        is_number(first)
        and is_number(later)
        and kind_key(kind_of(first)) != kind_key(kind_of(later))
    ):
        other = number_of_leaf(kind_of(first), number_leaf(later))
        return Union(((condition, other), (~condition, later)))
    if isinstance(later, tuple):
        parts = (_with_both_kinds(condition, a, b) for a, b in zip(first, later, strict=True))
        return type(later)._make(parts) if hasattr(later, "_make") else tuple(parts)
    return later
