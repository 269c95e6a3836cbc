"""What generated source says of its loops to LLVM.

`for i in independent(a, b)` is a loop over a range whose iterations touch no element that another
one writes: LLVM need not test whether arrays overlap before it runs them on vectors.
`for i in independent_rest(a, b)` also runs few iterations, on a vector that is filled in part.

Both are ranges to Python.

Leaves: calls to be put at both ends of such loops' bodies, `remember` for the loads and stores in
between, and `write_hints`, which tells LLVM once the function is lowered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

_ACCESSES = "autograph_accesses"
_LOOP = "autograph_loop"
_ON_MASKS = (
    ("llvm.loop.vectorize.predicate.enable", ir.Constant(ir.IntType(1), 1)),
    ("llvm.loop.interleave.count", ir.Constant(ir.IntType(32), 1)),
)


class _Group(ir.MDValue):  # type: ignore[misc]
    """What the accesses of one loop have in common; no two are the same."""

    def descr(self, buf: Any) -> None:
        """Write the definition."""
        buf += ("distinct !{}", "\n")


def _begin(typing_context: Any, index: Any) -> Any:
    """Mark the beginning of the body of a loop of independent iterations."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        setattr(builder.function, _ACCESSES, [])
        return context.get_dummy_value()

    return types.void(index), generate


def _ending(hints: Sequence[tuple[str, Any]]) -> Callable[..., Any]:
    def end(typing_context: Any, index: Any) -> Any:
        """Mark the end of the body of a loop of independent iterations."""

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            accesses = getattr(builder.function, _ACCESSES)
            setattr(builder.function, _ACCESSES, None)
            setattr(builder.block, _LOOP, (accesses, hints))
            return context.get_dummy_value()

        return types.void(index), generate

    return end


begin_independent: Callable[..., None] = intrinsic(_begin)
end_independent: Callable[..., None] = intrinsic(_ending(()))
end_independent_rest: Callable[..., None] = intrinsic(_ending(_ON_MASKS))


def remember(builder: Any, count: int) -> None:
    """Take note of the loads and stores that follow the first instructions of a block.

    Args:
        builder: What writes the block.
        count: The number of instructions to leave out.
    """
    accesses = getattr(builder.function, _ACCESSES, None)
    if accesses is not None:
        new = builder.block.instructions[count:]
        accesses += [x for x in new if x.opname in ("load", "store")]


def write_hints(function: Any) -> None:
    """Attach what the source said of loops to the jumps back to their beginnings."""
    for block in function.blocks:
        accesses, hints = getattr(block, _LOOP, (None, ()))
        if accesses is not None and block.terminator is not None:
            module = function.module
            group = _Group(module, (), name=str(len(module.metadata)))
            for access in accesses:
                access.set_metadata("llvm.access.group", group)
            said = [("llvm.loop.parallel_accesses", group), *hints]
            lines = [_metadata(module, (ir.MetaDataString(module, k), v)) for k, v in said]
            loop = _metadata(module, ())
            loop.operands = (loop, *lines)  # a loop's metadata begin with themselves
            block.terminator.set_metadata("llvm.loop", loop)


def _metadata(module: Any, operands: Sequence[Any]) -> Any:
    return ir.MDValue(module, operands, name=str(len(module.metadata)))


def namespace() -> Mapping[str, Any]:
    """Return the names that generated source may use."""
    return MappingProxyType(
        {
            "independent": range,
            "independent_rest": range,
            "begin_independent": begin_independent,
            "end_independent": end_independent,
            "end_independent_rest": end_independent_rest,
        }
    )
