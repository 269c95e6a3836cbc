"""Loops that a source holds twice, written once.

Enters: the source of functions. Leaves: an equal source in which long loops that differ by names
alone are calls of one function. The reverse of a loop that is cut into chunks runs the same nests
for the chunks and for what is left over; each takes numba and LLVM as long as the first did.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct

from autograph.backends.naming import Names

SHORTEST = 8
"""How many lines a loop must have to be worth a function."""
_WORD = re.compile(r"\b[A-Za-z_]\w*\b")


class _Loop(Struct, frozen=True):
    """A loop that could be a function.

    Attributes:
        lines: Its text, the first line not indented.
        start: The number of its first line, from 0.
        indent: How far it is indented.
        names: The names of the function around it that it uses, as they are met.
        inner: Those that are its own.
    """

    lines: tuple[str, ...]
    start: int
    indent: int
    names: tuple[str, ...]
    inner: frozenset[str]

    @property
    def key(self) -> str:
        """What is equal for loops that differ by names alone."""
        numbers = {name: f"{k}_" for k, name in enumerate(self.names)}
        return _WORD.sub(lambda found: numbers.get(found[0], found[0]), "\n".join(self.lines))

    @property
    def end(self) -> int:
        """The number of the line after it."""
        return self.start + len(self.lines)

    @property
    def outer(self) -> str:
        """What it uses of the function around it, as the text of arguments."""
        return ", ".join(name for name in self.names if name not in self.inner)


def with_equal_loops_shared(source: str, taken: Collection[str]) -> str:
    """Return a source in which no long loop is written twice.

    Args:
        source: The text of a module of functions.
        taken: Names that functions must not have.
    """
    lines = source.split("\n")
    found: dict[str, list[_Loop]] = defaultdict(list)
    for function in ast.parse(source).body:
        assert isinstance(function, ast.FunctionDef)
        for loop in _loops(function, lines):
            found[loop.key].append(loop)
    names = Names({*taken, *_WORD.findall(source)})
    made: list[str] = []
    replaced: list[tuple[_Loop, str]] = []
    for equal in sorted(found.values(), key=lambda loops: -len(loops[0].lines)):
        free = [
            x for x in equal if not any(x.start < y.end and y.start < x.end for y, _ in replaced)
        ]
        if len(free) > 1:
            name = names.fresh("nest")
            made += [f"def {name}({free[0].outer}):", *(f"    {x}" for x in free[0].lines), "", ""]
            replaced += [(loop, name) for loop in free]
    for loop, name in sorted(replaced, key=lambda one: -one[0].start):
        lines[loop.start : loop.end] = [f"{' ' * loop.indent}{name}({loop.outer})"]
    return "\n".join([*made, *lines])


def _loops(function: ast.FunctionDef, lines: Sequence[str]) -> Iterator[_Loop]:
    """Yield the loops of a function that use its variables, but leave nothing to it but elements.

    Only loops over independent iterations: of others LLVM needs to know which arrays are apart.
    """
    around: dict[ast.Name, tuple[ast.For, ...]] = {}
    _find_uses(function, (), around)
    uses = sorted(around, key=lambda use: (use.lineno, use.col_offset))
    named: dict[str, list[ast.Name]] = defaultdict(list)
    for use in uses:
        named[use.id].append(use)
    bound = {use.id for use in uses if isinstance(use.ctx, ast.Store)}
    bound |= {argument.arg for argument in function.args.args}
    for loop in [node for node in ast.walk(function) if isinstance(node, ast.For)]:
        assert loop.end_lineno is not None
        start, end = loop.lineno - 1, loop.end_lineno
        text = [line[loop.col_offset :] for line in lines[start:end]]
        whole = "\n".join(text)
        if len(text) < SHORTEST or "independent(" not in whole or re.search(r"\breturn\b|'", whole):
            continue
        first, last = (bisect_right(uses, line, key=_line) for line in (start, end))
        inside = uses[first:last]
        names = [x for x in dict.fromkeys(use.id for use in inside) if x in bound]
        inner = frozenset(use.id for use in inside if isinstance(use.ctx, ast.Store))
        elsewhere = [use for x in inner for use in named[x] if not start < use.lineno <= end]
        if all(_counts(use, around[use], loop) for use in elsewhere):
            yield _Loop(tuple(text), start, loop.col_offset, tuple(names), inner)


def _find_uses(
    node: ast.AST, loops: tuple[ast.For, ...], found: dict[ast.Name, tuple[ast.For, ...]]
) -> None:
    """Find the names that are used within a node, each with the loops around it."""
    if isinstance(node, ast.Name):
        found[node] = loops
    loops = (*loops, node) if isinstance(node, ast.For) else loops
    for child in ast.iter_child_nodes(node):
        _find_uses(child, loops, found)


def _line(node: ast.Name) -> int:
    return node.lineno


def _counts(use: ast.Name, around: Sequence[ast.For], loop: ast.For) -> bool:
    """Return whether a name, where it is used, is the index of a loop that is not around another.

    Args:
        use: The name.
        around: The loops around its use.
        loop: The other loop.
    """
    return any(
        isinstance(other.target, ast.Name)
        and other.target.id == use.id
        and not other.lineno <= loop.lineno <= (other.end_lineno or 0)
        for other in around
    )
