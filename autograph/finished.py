"""Compilations that are finished, found again by the graph that they began with.

Enters: the stages of a specialisation, none of which has run, and the types of its params. Leaves:
the machine code and what calls need to know besides, if any process has compiled an equal graph
for the same types before. Then nothing is rewritten, differentiated, scheduled or emitted; stages
run if somebody wants to see them. The entries lie in the folder of the machine code, each under a
digest over the graph, all else that the stages take, and all that decides what they make of it.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from autograph.backends.numba import surroundings
from autograph.backends.numba.argument_types import ArgumentType
from autograph.backends.numba.code_cache import Compiled, find_compiled
from autograph.backends.numba.emit import entry_name
from autograph.backends.numba.runtime import compile_entry
from autograph.disk_cache import DiskCache
from autograph.ir.affine import Affine
from autograph.ir.fingerprint import fingerprint_of
from autograph.ir.graph import Guard, Value
from autograph.pipeline import Interface, Stages

_STAGES = ("ir", "ops", "opt", "autodiff", "backends", "pipeline.py")
"""What decides what becomes of a graph."""
_MARK = b"graph "
"""How entries begin."""


class _Guard(Struct, frozen=True):
    """A guard as plain data: its symbols are numbers of symbols of the fingerprint."""

    const: int
    terms: list[tuple[int, int]]
    relation: str
    is_limit: bool


class _Entry(Struct, frozen=True):
    """What is stored of a compilation.

    Attributes:
        code: The key of the machine code.
        name: The name of its function.
        scalars: Dtypes of the results, empty for those that are arrays.
        restored: What has to be restored if a check fails.
        guards: What must hold at entry.
    """

    code: str
    name: str
    scalars: list[str]
    restored: list[int]
    guards: list[_Guard]


def machine_code(stages: Stages, asked: Sequence[ArgumentType]) -> tuple[Compiled, Interface]:
    """Return machine code and what calls need to know, found or made now.

    Args:
        stages: The stages.
        asked: The types of the params of the graph.
    """
    place = _Place(stages, asked)
    found = place.find()
    if found is not None:
        return found
    compiled = compile_entry(stages.loops, stages.numba_source, asked)
    place.store(compiled, entry_name(stages.loops))
    return compiled, stages.interface


class _Place:
    """The place of a compilation among those that are finished.

    Args:
        stages: The stages.
        asked: The types of the params of the graph.
    """

    def __init__(self, stages: Stages, asked: Sequence[ArgumentType]) -> None:
        self._stages = stages
        found = None if stages.options.debug else fingerprint_of(stages.graph)
        self._symbols: tuple[Value, ...] = found.symbols if found else ()
        self._key = _key(found.digest, stages, self._symbols, asked) if found else None

    def find(self) -> tuple[Compiled, Interface] | None:
        """Return machine code and interface, None if they are not there."""
        content = None if self._key is None else DiskCache.default().load(self._key)
        if content is None or not content.startswith(_MARK):
            return None
        try:
            entry = msgspec.msgpack.decode(content[len(_MARK) :], type=_Entry)
            guards = tuple(map(self._guard, entry.guards))
        except (msgspec.DecodeError, IndexError):
            return None
        compiled = find_compiled(entry.code, entry.name)
        if compiled is None:
            return None
        return compiled, Interface(tuple(entry.scalars), tuple(entry.restored), guards)

    def store(self, compiled: Compiled, name: str) -> None:
        """Store what the stages have made, unless only this process can use it."""
        if self._key is None or not compiled.is_lasting:
            return
        if any(node.op.name == "library" for node in self._stages.optimized.walk()):
            return
        made = self._stages.interface
        if not {s for g in made.guards for s in g.form.symbols} <= {*self._symbols}:
            return
        numbers = {symbol: k for k, symbol in enumerate(self._symbols)}
        guards = [
            _Guard(
                guard.form.const,
                [(numbers[symbol], k) for symbol, k in guard.form.terms],
                guard.relation,
                guard.is_limit,
            )
            for guard in made.guards
        ]
        entry = _Entry(compiled.key, name, [*made.scalars], [*made.restored], guards)
        DiskCache.default().store(self._key, _MARK + msgspec.msgpack.encode(entry))

    def _guard(self, stored: _Guard) -> Guard:
        terms = {self._symbols[number]: k for number, k in stored.terms}
        return Guard(Affine(stored.const, terms), stored.relation, stored.is_limit)


def _key(
    digest: str, stages: Stages, symbols: Sequence[Value], asked: Sequence[ArgumentType]
) -> str:
    """Return a digest over everything that decides what the stages make."""
    options, sizes = stages.options, stages.sizes
    parts: list[Any] = [
        "finished",
        _source(),
        *surroundings.lasting(),
        *surroundings.settings(),
        digest,
        *asked,
        *sorted(options.claims),
    ]
    if any(node.op.name == "pullback" for node in stages.graph.walk()):
        hints = [sizes.hints.get(symbol) for symbol in symbols]
        parts += [hints, sorted(sizes.refused), sizes.longest_tape, sizes.is_limit]
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


@functools.cache
def _source() -> str:
    """Return a digest over the source of the stages."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for name in _STAGES:
        path = folder / name
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()
