"""The driver: from a function and example arguments to an entry graph."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from autograph.errors import UnsupportedError
from autograph.frontend import forking
from autograph.frontend.calls import WRAPPED
from autograph.frontend.completion import RAISE
from autograph.frontend.context import tracing, unsupported
from autograph.frontend.control import run_block
from autograph.frontend.decisions import REFUSE, STATIC, Decisions, Restart
from autograph.frontend.inputs import Argument, Input
from autograph.frontend.journal import same_content
from autograph.frontend.magnitude import is_long
from autograph.frontend.output import Known, Output, OutputBuilder
from autograph.frontend.prune import prune
from autograph.frontend.runtime import inlined
from autograph.frontend.symbolic import BEYOND_64_BITS, constant
from autograph.frontend.tracer import Constant, Tracer
from autograph.frontend.unify import unify_sizes
from autograph.ir.graph import Graph, Guard, located
from autograph.ops.control import check

forking.install()

RESTARTS = 64
"""How often a trace may start again."""

NUMBERS = (bool, int, float, complex)


@dataclass(frozen=True)
class Static:
    """An argument whose value was taken as known."""

    source: Argument
    value: Any

    def holds(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
        """Return whether a call passes the same value."""
        now = self.source.fetch(args, kwargs)
        return now is self.value or same_content(now, self.value)


@dataclass(frozen=True)
class Traced:
    """A traced function.

    Attributes:
        graph: The entry graph: results are the parts of what is returned, then the final contents
            of arrays that are written.
        inputs: Where each param comes from.
        output: How to make what the function returns.
        constants: What was read outside the function and taken as known.
        statics: Arguments whose values were taken as known.
        decisions: The decisions that the trace was made with, those found necessary included.
        restarts: How often it started again.
        loop_traces: How often the body of a loop was traced.
    """

    graph: Graph
    inputs: tuple[Input, ...]
    output: Output
    constants: tuple[Constant, ...]
    statics: tuple[Static, ...]
    decisions: Decisions
    restarts: int
    loop_traces: int


def trace(
    fn: types.FunctionType,
    args: Sequence[Any],
    kwargs: Mapping[str, Any] | None = None,
    decisions: Decisions | None = None,
) -> Traced:
    """Trace a function.

    Args:
        fn: A plain Python function.
        args: Example arguments: their types, and the sizes and integers that guards are made of.
        kwargs: Example keyword arguments.
        decisions: Decisions of earlier traces; guards that failed are refused in it.

    Raises:
        UnsupportedSyntaxError: If the function contains a construct without a converter.
        UnsupportedError: If it does something with run-time values that cannot be staged.
    """
    decisions = decisions or Decisions()
    for restarts in range(RESTARTS):
        attempt = _Attempt(getattr(fn, WRAPPED, fn), args, kwargs or {}, decisions)
        try:
            return attempt.run(restarts)
        except Restart as restart:
            if restart.key in decisions:
                raise UnsupportedError(f"no trace satisfies the decision {restart.key}") from None
            decisions = decisions.having(restart.key)
    raise UnsupportedError(f"{fn.__qualname__} needs more than {RESTARTS} specialisations")


def refuse_guard(decisions: Decisions, guard: Guard) -> Decisions:
    """Return the decisions under which a guard that failed is not assumed again.

    Of an inequality, nothing of the kind is assumed of its symbols any more: otherwise every small
    size would bring a specialisation of its own.
    """
    names = [s.label for s in guard.form.symbols] if guard.relation == ">=0" else []
    return decisions.having((REFUSE, str(guard), *names))


class _Attempt:
    """One trace under given decisions."""

    def __init__(
        self,
        fn: types.FunctionType,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        decisions: Decisions,
    ) -> None:
        self.fn = fn
        self.tracer = Tracer(fn.__name__, decisions)
        self.statics: list[Static] = []
        self._has_long = False
        self._containers: list[tuple[str, Any, Any]] = []
        self._examples = (args, kwargs)

    def run(self, restarts: int) -> Traced:
        """Trace the function."""
        with tracing(self.tracer), located(lambda: self.tracer.site):
            try:
                return self._run(restarts)
            finally:
                self.tracer.unwind()

    def _run(self, restarts: int) -> Traced:
        tracer = self.tracer
        args, kwargs = self._symbolic_arguments()
        returned: list[Any] = []
        function = inlined(self.fn)

        def main() -> None:
            if self._has_long:
                tracer.fail(BEYOND_64_BITS)
            returned.append(function(*args, **kwargs))

        completion = run_block(main)
        builder = OutputBuilder(tracer.inputs)
        if completion.only == RAISE or not returned:
            check(constant(False, np.bool_), message="the program raises an exception")
            output = Output(Known(None))
        else:
            output = builder.build(returned[0])
        self._require_containers_unchanged()
        graph = tracer.root.graph
        graph.results = list(builder.results)
        for k, entry in enumerate(tracer.inputs):
            if entry.cell is not None and entry.cell.value is not entry.param:
                if not entry.param.ndim:
                    raise unsupported(
                        f"writing into '{entry.name}', an array without axes, is not supported; "
                        "pass an array of shape (1,)"
                    )
                graph.writes[len(graph.results)] = k
                graph.results.append(entry.cell.value)
        self._refuse_overlap(set(graph.writes.values()))
        graph.guards = list(tracer.facts.guards)
        return Traced(
            prune(unify_sizes(graph, tracer.facts.substitution)),
            tuple(tracer.inputs),
            output,
            tuple(tracer.constants.values()),
            tuple(self.statics),
            tracer.decisions,
            restarts,
            tracer.traces,
        )

    # ------------------------------------------------------------ arguments

    def _symbolic_arguments(self) -> tuple[list[Any], dict[str, Any]]:
        code, (args, kwargs) = self.fn.__code__, self._examples
        names = list(code.co_varnames[: code.co_argcount])
        rest = code.co_varnames[code.co_argcount + code.co_kwonlyargcount :][:1] or ("args",)
        names += [f"{rest[0]}_{k}" for k in range(len(args) - len(names))]
        symbolic = [
            self._symbolic(x, Argument(name, (k,)))
            for k, (name, x) in enumerate(zip(names, args, strict=False))
        ]
        return symbolic, {k: self._symbolic(x, Argument(k, (k,))) for k, x in kwargs.items()}

    def _symbolic(self, x: Any, source: Argument) -> Any:
        if isinstance(x, np.ndarray):
            return self.tracer.lift(x, source)
        is_number = type(x) in NUMBERS or (isinstance(x, np.generic) and x.dtype.kind in "biufc")
        if is_long(x):
            self._has_long = True
            return x
        if is_number and (STATIC, source.path) not in self.tracer.decisions:
            kind = type(x) if type(x) in NUMBERS else x.dtype
            return self.tracer.number_input(x, source, kind)
        if isinstance(x, tuple | list) and not is_number:
            items = [self._symbolic(item, _inside(source, k)) for k, item in enumerate(x)]
            if isinstance(x, tuple):
                return type(x)._make(items) if hasattr(x, "_make") else tuple(items)
            return self._container(source, items)
        if type(x) is dict:
            return self._container(
                source, {k: self._symbolic(item, _inside(source, k)) for k, item in x.items()}
            )
        self.statics.append(Static(source, x))
        return x

    def _container(self, source: Argument, made: Any) -> Any:
        """Note a list or dict argument, whose items are staged and which must not change."""
        self._containers.append((source.name, made, made.copy()))
        return made

    def _require_containers_unchanged(self) -> None:
        for name, now, before in self._containers:
            same = len(now) == len(before) and all(
                now[k] is before[k]
                for k in (before if isinstance(before, dict) else range(len(before)))
                if isinstance(before, list) or k in now
            )
            if not same or (isinstance(now, dict) and list(now) != list(before)):
                raise unsupported(
                    f"changing the items of the argument '{name}' is not supported; "
                    "return a new container"
                )

    def _refuse_overlap(self, written: set[int]) -> None:
        inputs = self.tracer.inputs
        arrays = [k for k, entry in enumerate(inputs) if entry.cell is not None]
        for j, k in combinations(arrays, 2):
            if (j in written or k in written) and np.may_share_memory(
                inputs[j].example, inputs[k].example
            ):
                raise unsupported(
                    f"'{inputs[j].name}' and '{inputs[k].name}' overlap in memory and one of them "
                    "is written, which is not supported; pass a copy"
                )


def _inside(source: Argument, key: Any) -> Argument:
    return Argument(f"{source.name}_{key}", (*source.path, key))
