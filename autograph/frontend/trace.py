"""The driver: from a function and example arguments to an entry graph."""

from __future__ import annotations

import types
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from autograph.errors import UnsupportedError
from autograph.frontend.flow.control import run_block
from autograph.frontend.flow.recursion import called
from autograph.frontend.language import forking, library_objects
from autograph.frontend.language.calls import call
from autograph.frontend.language.generators import require_closed
from autograph.frontend.language.managers import errstate_function
from autograph.frontend.language.runtime import inlined
from autograph.frontend.output import OutputBuilder
from autograph.frontend.output_templates import Known, Output
from autograph.frontend.parameters import Parameters
from autograph.frontend.symbols.completion import RAISE
from autograph.frontend.symbols.context import run, tracing, unsupported
from autograph.frontend.symbols.decisions import REFUSE, Decisions, Restart
from autograph.frontend.symbols.frames import site_in
from autograph.frontend.symbols.inputs import Argument, Input, Source, plain_function
from autograph.frontend.symbols.staged import Transformed
from autograph.frontend.symbols.symbolic import BEYOND_64_BITS, constant
from autograph.frontend.tracing import laid_out
from autograph.frontend.tracing.heap import is_heap
from autograph.frontend.tracing.journal import same_content
from autograph.frontend.tracing.memory_parts import in_one_memory
from autograph.frontend.tracing.premises import Premise
from autograph.frontend.tracing.prune import prune
from autograph.frontend.tracing.shared_memory import Memory
from autograph.frontend.tracing.tracer import Tracer
from autograph.frontend.tracing.unify import unify_sizes
from autograph.ir.graph import Graph, Guard, located
from autograph.ops.control import check

forking.install()
laid_out.install()
library_objects.install()

RESTARTS = 64
"""How often a trace may start again."""


class Traced(Struct, frozen=True):
    """A traced function.

    Attributes:
        graph: The entry graph: results are the parts of what is returned, then the final contents
            of arrays that are written.
        inputs: Where each param comes from.
        output: How to make what the function returns.
        returned: Where the objects that are returned as they are come from: in `output`, they
            follow the inputs.
        premises: What was taken as known about arguments, globals and variables.
        decisions: The decisions that the trace was made with, those found necessary included.
        restarts: How often it started again.
        loop_traces: How often the body of a loop was traced.
        has_breakpoint: Whether the program starts the debugger somewhere.
        sizes_in_doubt: Whether a check may fail only because a computed size is 1: then the
            decision `STRETCH` makes a graph that serves such a call.
    """

    graph: Graph
    inputs: tuple[Input, ...]
    output: Output
    returned: tuple[Source, ...]
    premises: tuple[Premise, ...]
    decisions: Decisions
    restarts: int
    loop_traces: int
    has_breakpoint: bool
    sizes_in_doubt: bool


def trace(
    fn: types.FunctionType,
    arguments: Sequence[Any],
    decisions: Decisions | None = None,
    staged: Transformed | None = None,
) -> Traced:
    """Trace a function.

    Args:
        fn: A plain Python function.
        arguments: Example arguments, one for each parameter (see `Parameters`): their types, and
            the sizes and integers that guards are made of.
        decisions: Decisions of earlier traces; guards that failed are refused in it.
        staged: What is called in the place of the function, with the same arguments.

    Raises:
        UnsupportedSyntaxError: If the function contains a construct without a converter.
        UnsupportedError: If it does something with run-time values that cannot be staged.
    """
    decisions = decisions or Decisions()
    for restarts in range(RESTARTS):
        attempt = _Attempt(plain_function(fn), arguments, decisions, staged)
        try:
            return attempt.run(restarts)
        except Restart as restart:
            if restart.key in decisions:
                raise UnsupportedError(NO_PLAN, site_in(restart.__traceback__)) from None
            decisions = restart.decided(decisions)
    raise UnsupportedError(f"{fn.__qualname__} {TOO_MANY_PLANS}")


NO_PLAN = (
    "no way is known to compile this together with the rest of the function; write it in another "
    "way, or do it outside of the compiled function and pass the result in"
)
"""What is said where a decision that was made is asked for again."""

TOO_MANY_PLANS = "is too entangled to be compiled as one function; compile its parts"
"""What is said of a function where each decision asks for another one."""


def refuse_guard(decisions: Decisions, guard: Guard) -> Decisions:
    """Return the decisions under which a guard that failed is not assumed again.

    Of an inequality, nothing of the kind is assumed of its symbols any more: otherwise every small
    size would bring a specialisation of its own.
    """
    general = guard.relation == ">=0" and not guard.is_limit
    names = [s.label for s in guard.form.symbols] if general else []
    return decisions.having((REFUSE, guard.key, *names))


class _Attempt:
    """One trace under given decisions."""

    def __init__(
        self,
        fn: types.FunctionType,
        arguments: Sequence[Any],
        decisions: Decisions,
        staged: Transformed | None,
    ) -> None:
        self.fn = fn
        self.staged = staged
        name = fn.__name__ if staged is None else f"{fn.__name__}_{staged.transform.name}"
        self.tracer = Tracer(name, decisions, arguments)
        self._arguments = arguments

    def run(self, restarts: int) -> Traced:
        """Trace the function."""
        with tracing(self.tracer), located(lambda: self.tracer.site), np.errstate():
            try:
                return self._run(restarts)
            finally:
                self.tracer.unwind()

    def _run(self, restarts: int) -> Traced:
        tracer = self.tracer
        args, kwargs = self._symbolic_arguments()
        returned: list[Any] = []

        def main() -> None:
            if tracer.outside.has_long:
                tracer.fail(BEYOND_64_BITS)
            returned.append(
                self._called(args, kwargs)
                if self.staged is None
                else run(self.staged, args, kwargs)
            )
            require_closed()

        completion = run_block(main)
        builder = OutputBuilder(tracer.inputs, tracer.parts)
        if completion.only == RAISE or not returned:
            check(constant(False, np.bool_), message="the program raises an exception")
            output = Output(Known(None))
        else:
            output = builder.with_changes(builder.build(returned[0]))
        self._require_known_changes()
        graph = tracer.root.graph
        graph.results = list(builder.results)
        for k, entry in enumerate(tracer.inputs):
            if entry.cell is not None and entry.cell.value is not entry.param:
                graph.writes[len(graph.results)] = k
                graph.results.append(entry.cell.value)
        self._require_apart(set(graph.writes.values()))
        graph.guards = list(tracer.facts.guards)
        return Traced(
            prune(unify_sizes(graph, tracer.facts.substitution)),
            tuple(replace(entry, cell=None, example=None) for entry in tracer.inputs),
            output,
            tuple(builder.returned),
            tuple(tracer.outside.premises),
            tracer.decisions,
            restarts,
            tracer.traces,
            tracer.has_breakpoint,
            tracer.facts.sizes_in_doubt and not tracer.facts.stretches,
        )

    def _called(self, args: list[Any], kwargs: dict[str, Any]) -> Any:
        if errstate_function(self.fn) is not None:
            return call(self.fn, args, kwargs, inlined)
        return called(inlined(self.fn), args, kwargs)

    def _require_known_changes(self) -> None:
        """Refuse programs that changed what the changed containers and objects do not tell."""
        outside = self.tracer.outside
        for place, before in self.tracer.root.log.values():
            owner = place.owner
            told = outside.source_of(owner) is not None or id(owner) in self.tracer.adopted
            if is_heap(owner) and not told and not same_content(before, place.read()):
                raise unsupported(
                    f"changing a {place.name} that was found on a way that is not followed is not "
                    "supported; pass it as an argument"
                )

    # ------------------------------------------------------------ arguments

    def _symbolic_arguments(self) -> tuple[list[Any], dict[str, Any]]:
        parameters, outside = Parameters.of(self.fn.__code__), self.tracer.outside
        symbolic = [
            outside.content(x, Argument(name, k))
            for k, (name, x) in enumerate(zip(parameters.names, self._arguments, strict=False))
        ]
        return parameters.spread(symbolic)

    def _require_apart(self, written: set[int]) -> None:
        """Start again with arrays as parts of one memory, if one that is written overlaps another.

        An array without axes is taken as a part of its memory, too, once it is written.
        """
        inputs = self.tracer.inputs
        arrays = [k for k, entry in enumerate(inputs) if entry.cell is not None]
        for k in written:
            if not inputs[k].param.ndim:
                raise self._in_one_memory(inputs[k], inputs[k])
        for j, k in combinations(arrays, 2):
            if (j in written or k in written) and np.may_share_memory(
                inputs[j].example, inputs[k].example
            ):
                raise self._in_one_memory(inputs[j], inputs[k])

    def _in_one_memory(self, *entries: Input) -> Restart | UnsupportedError:
        sources: list[Source] = []
        for source in (entry.source for entry in entries):
            decisions = self.tracer.decisions
            shared = decisions.memory(source.of.path) if isinstance(source, Memory) else None
            sources += (source,) if shared is None else shared[1]
        return in_one_memory(sources, self._arguments)
