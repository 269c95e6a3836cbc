"""The stages in order: trace, rewrite, differentiate, rewrite, schedule, emit.

Enters: a traced program. Leaves: every stage's product, so that each can be shown as text.
"""

from __future__ import annotations

import importlib
from functools import cached_property
from typing import Any

from msgspec import Struct, field

from autograph.autodiff import Sizes, differentiate
from autograph.backends.loop_printer import to_text as loops_to_text
from autograph.backends.loops import LoopFunction
from autograph.backends.numba.emit import emit
from autograph.backends.schedule import schedule
from autograph.ir.graph import Graph, Guard
from autograph.ir.printer import to_text
from autograph.ir.verify import verify
from autograph.opt import DEFAULT_CLAIMS, Claim, expand, optimize

STAGES = ("python", "graph", "optimized", "loops", "numba", "cuda")
"""What `show` can print, in the order of the pipeline."""


class Options(Struct, frozen=True):
    """Options of `compile`; part of every cache key.

    Attributes:
        claims: Claims of the rewrite rules to apply: `exact` keeps every bit, `stabler` is never
            farther from the true value, `rounding` differs in the last bits, `unsafe` may change
            what happens to NaN and infinities.
        debug: Whether to verify the graph after every pass.
        strict: Whether to refuse calls of library functions that are made as they are.
        memory: The bytes that a loop may keep for its reverse before it is run in chunks; None
            for as many as are fast.
    """

    claims: frozenset[Claim] = DEFAULT_CLAIMS
    debug: bool = False
    strict: bool = False
    memory: int | None = None


class Interface(Struct, frozen=True):
    """What calls need to know of a compiled graph.

    Attributes:
        scalars: The dtypes of results that are scalars, empty texts for arrays.
        restored: The params that have to be restored if a check fails.
        guards: What must hold at entry.
    """

    scalars: tuple[str, ...]
    restored: tuple[int, ...]
    guards: tuple[Guard, ...]

    @classmethod
    def of(cls, graph: Graph) -> Interface:
        """Return the interface of an optimized graph."""
        has_checks = any(node.op.kind in ("effect", "routine") for node in graph.walk())
        return cls(
            tuple("" if v.ndim else v.dtype.name for v in graph.results),
            tuple(sorted(set(graph.writes.values()))) if has_checks else (),
            tuple(graph.guards),
        )


class Stages(Struct, dict=True):
    """The products of the pipeline for one specialisation, made when they are asked for.

    Attributes:
        graph: The graph as traced.
        options: Options of the compilation.
        sizes: What is known of the sizes of calls.
        rewrites: Names of the rules that fired, in order.
    """

    graph: Graph
    options: Options
    sizes: Sizes = field(default_factory=Sizes)
    rewrites: list[str] = field(default_factory=list)

    def _rewrite(self, graph: Graph) -> Graph:
        return optimize(
            graph, claims=self.options.claims, verify_each=self.options.debug, log=self.rewrites
        )

    @cached_property
    def optimized(self) -> Graph:
        """The rewritten graph: rewritten, differentiated where it says so, and rewritten again.

        What the frontend made is always verified: a graph that breaks an invariant must be an
        error, not a wrong value or a loop that never ends.
        """
        return differentiate(self._rewrite(verify(self.graph)), self._rewrite, self.sizes)

    @cached_property
    def interface(self) -> Interface:
        """What calls need to know."""
        return Interface.of(self.optimized)

    @cached_property
    def _expanded(self) -> Graph:
        """The rewritten graph, its composite ops in terms of simpler ones."""
        return expand(self.optimized)

    @cached_property
    def loops(self) -> LoopFunction:
        """The loop nests over buffers."""
        return schedule(self._expanded)

    @cached_property
    def numba_source(self) -> str:
        """The source text for numba."""
        return emit(self.loops)

    @cached_property
    def cuda(self) -> Any:
        """The CUDA module: source text and host plan."""
        unordered = schedule(self._expanded, ordered=False)
        return importlib.import_module("autograph.backends.cuda.emit").emit(unordered)

    def text(self, stage: str) -> str:
        """Return a stage's product as text.

        Raises:
            ValueError: If there is no such stage.
        """
        if stage == "graph":
            return to_text(self.graph)
        if stage == "optimized":
            return to_text(self.optimized)
        if stage == "loops":
            return loops_to_text(self.loops)
        if stage == "numba":
            return self.numba_source
        if stage == "cuda":
            return str(self.cuda.text())
        raise ValueError(f"no stage {stage!r}; stages are {', '.join(STAGES)}")
