"""One specialisation: a function compiled for one signature, and how a call runs it.

Enters: the plain function and the arguments of the call that asks for it. Leaves: an object that
runs calls of the same signature, or says that a guard or a check stopped them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, ClassVar

import numpy as np
from msgspec.structs import replace

from autograph import callbacks
from autograph.autodiff import LONGEST_TAPE, Sizes
from autograph.errors import InternalError, UnsupportedError
from autograph.frontend import (
    Decisions,
    Fresh,
    Given,
    Known,
    Parameters,
    Premise,
    Scalar,
    Transformed,
    trace,
)
from autograph.ir.graph import Graph, Guard, Value
from autograph.pipeline import Options, Stages
from autograph.preparation import Direct, Preparation, Result
from autograph.rooms import with_room
from autograph.target import CHECK_FAILED as CHECK_FAILED
from autograph.target import GUARD_FAILED as GUARD_FAILED
from autograph.target import OK as OK
from autograph.target import target_of


class Specialisation:
    """A function compiled for one signature.

    Args:
        fn: The plain function.
        arguments: Arguments of the call to compile for, one for each parameter; their sizes are
            hints, no more.
        decisions: What earlier specialisations found out: guards that failed are not assumed.
        options: How to compile.
        staged: What is called in the place of the function, if anything is.

    Attributes:
        traced: The traced program.
        stages: The products of the pipeline.
        count: The number of arguments of a call, one for each parameter.
        cache_hit: Whether the machine code came from the disk cache.
        is_apart: Whether a part of the program is compiled as one of its own, to run later.
    """

    is_apart: ClassVar[bool] = False

    def __init__(
        self,
        fn: FunctionType,
        arguments: tuple[Any, ...],
        decisions: Decisions,
        options: Options,
        staged: Transformed | None,
    ) -> None:
        self._target = target_of(Parameters.of(fn.__code__).names, arguments)
        self.traced = trace(fn, self._target.examples(arguments), decisions, staged)
        if options.strict:
            _refuse_library_calls(self.traced.graph)
        self.count = len(arguments)
        self._preparation = Preparation(self.traced, len(arguments))
        hints = self._symbols(self._fetch(arguments))
        longest = LONGEST_TAPE if options.memory is None else options.memory
        is_limit = options.memory is not None
        sizes = Sizes(hints, decisions.refused, longest, is_limit=is_limit, is_apart=self.is_apart)
        self.stages = Stages(self.traced.graph, options, sizes)
        self._compile(arguments)

    def _compile(self, arguments: tuple[Any, ...]) -> None:
        """Compile the entry for the types of the arguments."""
        values = self._fetch(arguments)
        if any(node.op.name == "library" for node in self.traced.graph.walk()):
            callbacks.prepare(self.stages.optimized, self.stages.options)
        self._entry = self._target.compile(self.stages, values)
        self._entry = replace(self._entry, run=with_room(self._entry.run, self.traced))
        self.cache_hit = self._entry.cache_hit
        # Scalar results come as Python's numbers.
        self._convert = [np.dtype(s).type if s else None for s in self._entry.interface.scalars]
        self._types = tuple(map(type, values))

    def _result(self) -> Result:
        """Return how a call gets what it returns."""
        template = self.traced.output.template
        if self.traced.output.printed is not None or self.traced.output.changes:
            return Result()
        if isinstance(template, Fresh):
            return Result(position=template.result)
        if isinstance(template, Scalar) and template.kind is not None:
            return Result(position=template.result)  # boxed as a Python number
        if isinstance(template, Given):
            return Result(value=template.param)
        return Result(nothing=isinstance(template, Known) and template.content is None)

    def direct_call(self, slow: Callable[..., Any]) -> Callable[..., Any] | None:
        """Return a function that calls the entry if its arguments fit, else `slow`.

        It is None where a call has to save what it may have to restore.
        """
        if self._entry.interface.restored or not self._entry.takes_calls:
            return None
        direct = Direct(
            self._entry.run, self._entry.mismatch, self._types, self._result(), self._finish
        )
        return self._preparation.direct_call(direct, slow)

    # ------------------------------------------------------------ calls

    def _fetch(self, arguments: tuple[Any, ...]) -> list[Any]:
        """Return the values of the graph's params for a call whose premises hold."""
        values = self._preparation.prepare(arguments)
        if values is None:
            broken = ", ".join(p.source.name for p in self.broken_premises(arguments))
            raise InternalError(f"found while tracing and not any more: {broken}")
        return values[: len(self.traced.inputs)]

    def run(self, arguments: tuple[Any, ...]) -> tuple[int, Any]:
        """Return the status of a call and its result; nothing is changed unless it is OK."""
        values = self._preparation.prepare(arguments)
        if values is None:
            return GUARD_FAILED, None
        given = values[: len(self._types)]
        if tuple(map(type, given)) != self._types:
            return GUARD_FAILED, None
        saved = [(values[k], values[k].copy()) for k in self._entry.interface.restored]
        try:
            results = self._entry.run(*given)
        except self._entry.mismatch:  # an array of another dtype, number of axes or layout
            return GUARD_FAILED, None
        if results[0] == CHECK_FAILED:
            for array, before in saved:
                array[...] = before
        if results[0] != OK:
            return results[0], None
        return OK, self._finish(results, values)

    def _finish(self, results: Sequence[Any], values: Sequence[Any]) -> Any:
        """Return what the user's function returns, from what the entry returns."""
        output = self.traced.output
        return self._target.deliver(output.build(self._converted(results), values))

    def _converted(self, results: Sequence[Any]) -> list[Any]:
        """Return the results of the graph, from what the entry returns."""
        return [f(x) if f else x for f, x in zip(self._convert, results[1:], strict=False)]

    # ------------------------------------------------------------ guards

    def fits(self, arguments: tuple[Any, ...]) -> bool:
        """Return whether a call with these arguments would run."""
        values = self._accepted(arguments)
        return values is not None and not self._failed(values)

    def broken_premises(self, arguments: tuple[Any, ...]) -> list[Premise]:
        """Return what was taken as known and does not hold for the arguments of a call."""
        return [p for p in self.traced.premises if not p.holds(arguments)]

    def failed_guards(self, arguments: tuple[Any, ...]) -> list[Guard]:
        """Return the guards that do not hold for a call that the entry takes but for them."""
        values = self._accepted(arguments)
        return [] if values is None else self._failed(values)

    def _accepted(self, arguments: tuple[Any, ...]) -> list[Any] | None:
        """Return the values of the params, None if they are not what was compiled for."""
        values = self._preparation.prepare(arguments)
        if values is None or tuple(map(type, values[: len(self._types)])) != self._types:
            return None
        for x, param in zip(values, self.traced.graph.params, strict=False):
            if param.ndim and (x.ndim, x.dtype) != (param.ndim, param.dtype):
                return None
        return values[: len(self._types)]

    def _failed(self, values: Sequence[Any]) -> list[Guard]:
        symbols = self._symbols(values)
        return [g for g in self._entry.interface.guards if not g.holds(symbols)]

    def _symbols(self, values: Sequence[Any]) -> Mapping[Value, int]:
        graph = self.traced.graph
        found: dict[Value, int] = {
            param: int(x)
            for param, x in zip(graph.params, values, strict=True)
            if not param.ndim and param.dtype == np.int64
        }
        for symbol, (k, axis) in graph.dim_symbols().items():
            found[symbol] = values[k].shape[axis]
        return found


def _refuse_library_calls(graph: Graph) -> None:
    for node in graph.walk():
        if node.op.name == "library":
            name = node.attrs["call"].name
            raise UnsupportedError(
                f"{name} has no compiled form and would be called as it is; strict=True refuses it",
                node.site,
            )
