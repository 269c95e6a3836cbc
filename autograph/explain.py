"""What `explain` prints: in words, what became of a function."""

from __future__ import annotations

from collections import Counter

from autograph.backends.loops import Alloc, Nest, walk
from autograph.errors import Site
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


def _count(n: int, noun: str) -> str:
    return f"{n or 'no'} {noun}{'' if n == 1 else 's'}"


def _note(site: Site | None, text: str) -> str:
    return f"line {site.line}: {text}" if site is not None else text
