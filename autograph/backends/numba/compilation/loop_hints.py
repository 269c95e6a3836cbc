"""What generated source says of its loops to LLVM.

`for i in independent(a, b)` is a loop over a range whose iterations touch no element that another
one writes: LLVM need not test whether arrays overlap before it runs them on vectors.
`for i in independent_rest(a, b)` also runs few iterations, on a vector that is filled in part.

Both are ranges to Python.

Leaves: `hints_for` such a loop, which takes the loads and stores in it, and tells LLVM.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from llvmlite import ir
from msgspec import Struct

_ON_MASKS = (
    ("llvm.loop.vectorize.predicate.enable", ir.Constant(ir.IntType(1), 1)),
    ("llvm.loop.interleave.count", ir.Constant(ir.IntType(32), 1)),
)


class _Group(ir.MDValue):  # type: ignore[misc]
    """What the accesses of one loop have in common; no two are the same."""

    def descr(self, buf: Any) -> None:
        """Write the definition."""
        buf += ("distinct !{}", "\n")


class Hints(Struct):
    """What is known of a loop of independent iterations.

    Attributes:
        accesses: Its loads and stores.
        more: Metadata besides.
    """

    accesses: list[Any]
    more: Sequence[tuple[str, Any]]

    def write(self, module: Any, jump: Any) -> None:
        """Attach it to the jump back to the beginning."""
        group = _Group(module, (), name=str(len(module.metadata)))
        for access in self.accesses:
            access.set_metadata("llvm.access.group", group)
        said = [("llvm.loop.parallel_accesses", group), *self.more]
        lines = [_metadata(module, (ir.MetaDataString(module, k), v)) for k, v in said]
        loop = _metadata(module, ())
        loop.operands = (loop, *lines)  # a loop's metadata begin with themselves
        jump.set_metadata("llvm.loop", loop)


def hints_for(kind: str) -> Hints | None:
    """Return what is known of a loop over a kind of range, None if nothing is."""
    known = {"independent": (), "independent_rest": _ON_MASKS}
    return Hints([], known[kind]) if kind in known else None


def _metadata(module: Any, operands: Sequence[Any]) -> Any:
    return ir.MDValue(module, operands, name=str(len(module.metadata)))


def namespace() -> Mapping[str, Any]:
    """Return the names that generated source may use."""
    return MappingProxyType({"independent": range, "independent_rest": range})
