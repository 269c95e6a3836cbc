"""What `explain` prints: in words, what became of a function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from autograph.autodiff import CHUNK
from autograph.backends.loops import Alloc, Nest, walk
from autograph.errors import Site
from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Node, Value
from autograph.ir.types import ArrayType, TapeType
from autograph.ops.control import pushed_values, scan, tape_results
from autograph.pipeline import Stages


def explain(stages: Stages) -> str:
    """Return what was fused, written in place, kept as a temporary and assumed at entry."""
    graph, loops = stages.optimized, stages.loops
    statements = list(walk(loops.body))
    nests = sum(isinstance(s, Nest) for s in statements)
    temporaries = [s.buffer for s in statements if isinstance(s, Alloc)]
    lines = [f"{graph.name}: {_count(nests, 'loop nest')}, {_count(len(temporaries), 'buffer')}"]
    written = sorted(graph.writes.values())
    if written:
        names = ", ".join(graph.params[k].label for k in written)
        lines.append(f"written in the caller's memory: {names}")
    lines += [f"assumes {guard} at entry; checked in every call" for guard in graph.guards]
    lines += dict.fromkeys(_chunks(graph))
    kept = Counter(_tapes(graph))
    lines += [f"{text}, {n} times" if n > 1 else text for text, n in kept.items()]
    lines += _repeated(stages.sizes.rerun)
    lines += [_note(note.site, note.text) for note in loops.notes]
    if stages.rewrites:
        fired = Counter(stages.rewrites)
        lines.append("rewrites: " + ", ".join(f"{name} x{n}" for name, n in fired.items()))
    lines += [
        f"library call: {node.op.name}" + (f" at line {node.site.line}" if node.site else "")
        for node in graph.walk()
        if node.op.kind == "linalg"
    ]
    lines += [
        f"host call: {node.attrs['call']}" + (f" at line {node.site.line}" if node.site else "")
        for node in graph.walk()
        if node.op.name == "library"
    ]
    return "\n".join(lines)


def _tapes(graph: Graph) -> Iterator[str]:
    """Yield what the loops of a graph keep of each iteration for the reverse."""
    for node in graph.nodes:
        if node.op is scan:
            part = "chunk" if _is_chunked(node) else "iteration"
            for value in pushed_values(node):
                yield _note(node.site, _kept(node, value, part))
        for region in node.regions:
            yield from (text for text in _tapes(region) if node.op is not scan or _reruns(node))


def _is_chunked(node: Node) -> bool:
    """Return whether a loop goes over chunks, and keeps what each of them starts from."""
    return node.regions[0].params[0].name == CHUNK and bool(tape_results(node))


def _chunks(graph: Graph) -> Iterator[str]:
    """Yield which loops of a graph have checkpoints, those in other loops, too."""
    for node in graph.walk():
        if node.op is scan and _is_chunked(node):
            yield _note(node.site, "the loop is reversed in chunks, each run again before that")


def _repeated(nodes: Iterable[Node]) -> list[str]:
    """Return what is computed a second time for the reverse, line by line."""
    by_line: dict[str, dict[str, None]] = {}
    for node in nodes:
        floats = any(isinstance(v.type, ArrayType) and v.dtype.kind in "fc" for v in node.results)
        if floats and node.op.kind not in ("create", "view", "index", "control"):
            line = _note(node.site, "computed again for the reverse, not kept")
            by_line.setdefault(line, {}).setdefault(node.op.name)
    return [f"{line}: {', '.join(names)}" for line, names in by_line.items()]


def _reruns(node: Node) -> bool:
    """Return whether the tapes in a loop are those of a chunk, and not parts of its own tape."""
    return node.regions[0].params[0].name == CHUNK and not tape_results(node)


def _kept(node: Node, value: Value, part: str) -> str:
    """Return what one push keeps, and how many bytes that makes."""
    factors: list[Affine | None] = [node.attrs["length"]]
    name = f"'{value.name}', " if value.name else ""
    while isinstance(value.type, TapeType):
        inner = value.node
        if inner is None or inner.op is not scan:
            break
        factors.append(inner.attrs["length"])
        value = pushed_values(inner)[tape_results(inner).index(value)]
    if not isinstance(value.type, ArrayType):
        return f"each {part} keeps a {value.type}"
    sizes = [_size(form) for form in (*factors, *value.dims)]
    total = " * ".join([str(value.dtype.itemsize), *sizes])
    return f"each {part} keeps {name}{value.type} for the reverse: {total} bytes in all"


def _size(form: Affine | None) -> str:
    """Return the text of a size as a factor; sizes that are computed have no names."""
    if form is None or any(s.name is None for s in form.symbols):
        return "iterations"
    is_sum = len(form.terms) + bool(form.const) > 1
    return f"({form})" if is_sum else str(form)


def _count(n: int, noun: str) -> str:
    return f"{n or 'no'} {noun}{'' if n == 1 else 's'}"


def _note(site: Site | None, text: str) -> str:
    return f"line {site.line}: {text}" if site is not None else text
