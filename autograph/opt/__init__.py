"""Graph rewriting: `optimize` takes an entry graph and returns a faster, more accurate equal one.

Rules are one-liners in the `rules_*` modules; `rule` says what they claim, `driver` applies them,
`branches` and `loops` rewrite control flow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from autograph.ir.graph import Graph, Node, Value
from autograph.ir.op import Op, all_ops
from autograph.ir.verify import verify
from autograph.opt import rules_algebra as rules_algebra
from autograph.opt import rules_index as rules_index
from autograph.opt import rules_shape as rules_shape
from autograph.opt import rules_stability as rules_stability
from autograph.opt.branches import rewrite_custom, rewrite_ifelse
from autograph.opt.driver import Rewriter
from autograph.opt.liveness import Liveness
from autograph.opt.loops import rewrite_scan
from autograph.opt.routines import rewrite_recursion
from autograph.opt.rule import PHASES, Context, Rule, rules_by_op
from autograph.opt.rule import RULES as RULES
from autograph.opt.rule import Claim as Claim

DEFAULT_CLAIMS: frozenset[Claim] = frozenset({"exact", "stabler"})
_CONTROL = {
    "ifelse": rewrite_ifelse,
    "scan": rewrite_scan,
    "recursion": rewrite_recursion,
    "custom": rewrite_custom,
}
_MAX_PASSES = 8  # of one phase; each pass is nearly a fixed point, so two or three are usual


def optimize(
    graph: Graph,
    *,
    claims: frozenset[Claim] = DEFAULT_CLAIMS,
    verify_each: bool = False,
    trace: Callable[[str, Graph], None] | None = None,
    log: list[str] | None = None,
) -> Graph:
    """Return a rewritten entry graph with the same params, writes and guards.

    Args:
        graph: The entry graph; it is not changed, but the result shares unchanged nodes with it.
        claims: Which rules may fire; see `rule`.
        verify_each: Whether to verify the graph after every pass.
        trace: Called with the name of the pass and the graph after every pass.
        log: Gets the name of every rule that fires, in order.
    """
    log = [] if log is None else log
    for k, phase in enumerate(PHASES):
        rules = rules_by_op(claims, PHASES[: k + 1])
        for _ in range(_MAX_PASSES):
            fired = len(log)
            graph = Rewriter(graph, rules, _CONTROL, log).run()
            _report(phase, graph, verify_each, trace)
            if len(log) == fired:
                break
    for _ in range(_MAX_PASSES):
        if not _has_dead_nodes(graph):
            break
        graph = Rewriter(graph, {}, _CONTROL, log).run()
        _report("eliminate", graph, verify_each, trace)
    return graph


def expand(graph: Graph) -> Graph:
    """Return an entry graph without composite ops, their common parts shared.

    To be done last: no rule sees the parts, and softmax beside log_softmax costs little more.
    """
    expanded = Rewriter(graph, _expansions(), _CONTROL, []).run()
    exact = rules_by_op(frozenset({"exact"}), PHASES)
    return Rewriter(expanded, exact, _CONTROL, []).run()


@lru_cache(maxsize=1)
def _expansions() -> Mapping[Op, Sequence[Rule]]:
    """Return a rule per composite op that replaces it by the simpler ops it stands for."""
    return {
        op: (Rule(f"{op.name} -> parts", op, "rounding", "specialize", "fc", _parts, op, (2,)),)
        for op in all_ops()
        if op.expand is not None
    }


def _parts(node: Node, context: Context) -> Value | None:
    assert node.op.expand is not None
    return node.op.expand(node, *node.operands)


def _report(
    name: str, graph: Graph, verify_each: bool, trace: Callable[[str, Graph], None] | None
) -> None:
    if verify_each:
        verify(graph)
    if trace is not None:
        trace(name, graph)


def _has_dead_nodes(graph: Graph) -> bool:
    liveness = Liveness(graph)
    return any(not liveness.needed(node) for node in graph.walk())
