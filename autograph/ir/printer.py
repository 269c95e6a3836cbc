"""The stable text form of graphs.

graph f(x: f64[n]):
  %0 = sin(x)
  %1 = multiply(%0, x)
  %2 = sum(%1) {axes=(0,)}
  return %2
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograph.ir.affine import Affine
from autograph.ir.graph import At, Graph, Node, Slice, Value
from autograph.ir.types import ArrayType, TapeType, Type, dtype_text


class _Names(dict[Value, str]):
    """Names values in order of appearance; user names are kept, made unique by a number."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: set[str] = set()
        self.next = 0

    def __missing__(self, value: Value) -> str:
        name = value.name
        if name is None:
            name, self.next = f"%{self.next}", self.next + 1
        base, k = name, 1
        while name in self.taken:
            name, k = f"{base}_{k}", k + 1
        self.taken.add(name)
        self[value] = name
        return name


def to_text(graph: Graph) -> str:
    """Return the text of an entry graph."""
    names = _Names()
    for guard_symbol in [*graph.params, *graph.dim_symbols()]:
        _ = names[guard_symbol]
    params = ", ".join(f"{names[p]}: {_type(p.type, names)}" for p in graph.params)
    writes = ", ".join(f"{names[graph.params[p]]}" for _, p in sorted(graph.writes.items()))
    head = f"graph {graph.name}({params})" + (f" writes {writes}" if writes else "") + ":"
    guards = [f"  guard {g.form.text(names)} {g.relation[:2]} 0" for g in graph.guards]
    return "\n".join([head, *guards, *_body(graph, names, "  ")]) + "\n"


def _body(graph: Graph, names: _Names, indent: str) -> list[str]:
    lines = []
    for node in graph.nodes:
        lines += _node(node, names, indent)
    results = [_operand(v, names) for v in graph.results]
    return [*lines, f"{indent}return {', '.join(results)}".rstrip()]


def _node(node: Node, names: _Names, indent: str) -> list[str]:
    operands = ", ".join(_operand(v, names) for v in node.operands)
    text = f"{node.op.name}({operands})"
    if node.op.name == "constant":
        return []
    if node.op.name in ("get", "set", "inc"):
        index = ", ".join(_attr(item, names) for item in node.attrs["index"])
        rest = "".join(f", {_operand(v, names)}" for v in node.operands[1:])
        text = f"{node.op.name} {names[node.operands[0]]}[{index}]{rest}"
    elif node.attrs:
        shown = sorted((k, v) for k, v in node.attrs.items() if not _told_by_types(node, k))
        attrs = ", ".join(f"{k}={_attr(v, names)}" for k, v in shown)
        text += f" {{{attrs}}}"
    types = ", ".join(_type(v.type, names) for v in node.results)
    results = ", ".join(names[v] for v in node.results)
    lines = [f"{indent}{results} = {text}: {types}" if results else f"{indent}{text}"]
    for region, role in zip(node.regions, _roles(node), strict=True):
        params = ", ".join(f"{names[p]}: {_type(p.type, names)}" for p in region.params)
        lines.append(f"{indent}  {role}({params}):" if params else f"{indent}  {role}:")
        lines += _body(region, names, indent + "    ")
    return lines


def _told_by_types(node: Node, attr: str) -> bool:
    return node.op.name in ("recursion", "recurse") and attr in ("dtypes", "dims")


_ROLES = {"ifelse": ("then", "else"), "scan": ("body", "while"), "recursion": ("routine",)}


def _roles(node: Node) -> tuple[str, ...]:
    """Return what the regions of a node are called: by its op, or by their own names."""
    roles = _ROLES.get(node.op.name) or tuple(region.name for region in node.regions)
    return roles[: len(node.regions)]


def _operand(value: Value, names: _Names) -> str:
    node = value.node
    if node is not None and node.op.name == "constant" and value not in names:
        return f"{node.attrs['value'].item()!r}"
    return names[value]


def _type(type_: Type, names: Mapping[Value, str]) -> str:
    if isinstance(type_, TapeType):
        return f"tape<{_type(type_.element, names)}>"
    assert isinstance(type_, ArrayType)
    dims = f"[{', '.join(d.text(names) for d in type_.dims)}]" if type_.dims else ""
    return dtype_text(type_.dtype) + dims


def _attr(attr: Any, names: Mapping[Value, str]) -> str:
    if isinstance(attr, Affine):
        return attr.text(names)
    if isinstance(attr, At):
        return attr.position.text(names)
    if isinstance(attr, Slice):
        step = "" if attr.step == 1 else f" by {attr.step}"
        return f"{attr.start.text(names)} : +{attr.length.text(names)}{step}"
    if isinstance(attr, tuple):
        inner = ", ".join(_attr(item, names) for item in attr)
        return f"({inner},)" if len(attr) == 1 else f"({inner})"
    if isinstance(attr, np.dtype):
        return dtype_text(attr)
    return str(attr)
