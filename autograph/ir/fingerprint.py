"""What tells entry graphs apart: a digest that is the same in all processes.

Enters: an entry graph. Leaves: a digest over all that its meaning, and what is made of it, depends
on, and its symbols in order. Where nodes come from in the user's source is left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.ir.affine import Affine
from autograph.ir.graph import At, Graph, Node, Slice, Value
from autograph.ir.types import ArrayType, Type

_PLAIN = (bool, int, float, complex, str, type(None))


class UnknownError(Exception):
    """A graph holds what only this process has, such as a function."""


class Fingerprint(Struct, frozen=True):
    """What tells an entry graph apart.

    Attributes:
        digest: A digest over the graph.
        symbols: The params and dim symbols, in an order that equal graphs have in common.
    """

    digest: str
    symbols: tuple[Value, ...]


def fingerprint_of(graph: Graph) -> Fingerprint | None:
    """Return the fingerprint of an entry graph, None if it holds what only this process has."""
    writer = _Writer()
    try:
        writer.params(graph.params)
        symbols = tuple(writer.numbers)
        writer.nodes(graph.nodes)
        writer.note("results", [writer.number(v) for v in graph.results])
        writer.note(sorted(graph.writes.items()), graph.name)
        for guard in graph.guards:
            writer.note(writer.form(guard.form), guard.relation, guard.is_limit)
    except UnknownError:
        return None
    return Fingerprint(hashlib.sha256("\n".join(writer.lines).encode()).hexdigest(), symbols)


class _Writer:
    """Writes a graph as text in which values are numbered as they are met.

    Attributes:
        lines: The text so far.
        numbers: Values by number.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.numbers: dict[Value, int] = {}
        self._variables: dict[int, int] = {}

    def note(self, *parts: Any) -> None:
        """Write a line."""
        self.lines.append(repr(parts))

    def number(self, value: Value) -> int:
        """Return the number of a value."""
        return self.numbers.setdefault(value, len(self.numbers))

    def form(self, form: Affine) -> Any:
        """Return what tells a form apart."""
        return form.const, [(self.number(symbol), k) for symbol, k in form.terms]

    def params(self, params: Sequence[Value]) -> None:
        """Write the params of a graph or region."""
        for param in params:
            self.note("param", self.number(param), param.name, *self._type(param.type))

    def _type(self, type_: Type) -> Any:
        if not isinstance(type_, ArrayType):
            raise UnknownError("a tape")
        names = [symbol.name for dim in type_.dims for symbol in dim.symbols]
        return type_.dtype.str, [self.form(dim) for dim in type_.dims], names

    def nodes(self, nodes: Sequence[Node]) -> None:
        """Write nodes; the types of their results follow from the rest."""
        for node in nodes:
            operands = [self.number(v) for v in node.operands]
            attrs = [(key, self._attr(node.attrs[key])) for key in sorted(node.attrs)]
            if node.op.name == "variable":  # numbered through all graphs of the process
                number = node.attrs["number"]
                attrs = [("number", self._variables.setdefault(number, len(self._variables)))]
            self.note(node.op.name, operands, attrs, [v.name for v in node.results])
            for region in node.regions:
                self.note("region", region.name)
                self.params(region.params)
                self.nodes(region.nodes)
                self.note("results", [self.number(v) for v in region.results])
            for result in node.results:
                self.number(result)

    def _attr(self, attr: Any) -> Any:
        """Return what tells an attribute apart, its type included.

        Raises:
            UnknownError: If that is not known.
        """
        if type(attr) in _PLAIN:
            return attr
        if isinstance(attr, str):  # a message that says more while tracing
            return str(attr)
        if isinstance(attr, Affine):
            return "form", self.form(attr)
        if isinstance(attr, At | Slice):
            step = getattr(attr, "step", None)
            return "index", step, [self.form(form) for form in attr.forms()]
        if isinstance(attr, tuple):
            return "tuple", [self._attr(item) for item in attr]
        if isinstance(attr, np.generic):
            return attr.dtype.str, attr.tobytes()
        if isinstance(attr, np.dtype):
            return "dtype", attr.str
        raise UnknownError(type(attr).__name__)
