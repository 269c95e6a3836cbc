"""Reverse mode, graph to graph.

Enters: a graph with a scalar loss. Leaves: a graph with the same params that returns the loss and
its gradients with respect to the entry values of params. The forward program stays as it is, but
for what its loops push on tapes; the reverse program follows it in the same graph.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograph.autodiff.activity import is_float, useful, varied
from autograph.autodiff.cotangents import Cotangents
from autograph.autodiff.expansion import expand_products
from autograph.autodiff.fusion import fuse_forward_reverse
from autograph.autodiff.primal import Entry, Frame, Plan
from autograph.autodiff.reverse_ifelse import reverse_ifelse
from autograph.autodiff.reverse_scan import reverse_scan
from autograph.autodiff.rules import propagate, propagate_all
from autograph.errors import NondifferentiableError
from autograph.ir.graph import Copier, Graph, Value, building, located
from autograph.ir.op import constant_of
from autograph.ir.types import ArrayType
from autograph.ops.control import ifelse, scan


def value_and_gradient(graph: Graph, wrt: Sequence[int]) -> Graph:
    """Return a graph of the first result of an entry graph and its gradients.

    Args:
        graph: An entry graph whose result 0 is a real scalar, the loss.
        wrt: Which params to differentiate by, as they are at entry.

    Returns:
        A graph with the same params and guards, and the results (loss, gradients...). It writes
        to no param.

    Raises:
        NondifferentiableError: If the loss is no real scalar, a param is not real, or something
            on the way from it to the loss has no derivative.
    """
    require_real_params(graph, wrt)
    _require_scalar_loss(graph)
    seeds = [graph.params[k] for k in wrt]
    graph = expand_products(graph, varied(graph, seeds) & useful(graph, graph.results[:1]))
    plan = Plan(varied(graph, seeds) & useful(graph, graph.results[:1]))
    known = -1
    while known < len(plan.kept) + len(plan.undone):
        known = len(plan.kept) + len(plan.undone)
        result = _attempt(graph, wrt, plan)
    return fuse_forward_reverse(result)


def require_real_params(graph: Graph, wrt: Sequence[int]) -> None:
    """Check what to differentiate by.

    Raises:
        NondifferentiableError: If one of the params is not a real array or number.
    """
    for k in wrt:
        param = graph.params[k]
        if not is_float(param.type):
            raise NondifferentiableError(
                f"cannot differentiate with respect to {param.label}, whose type is {param.type}; "
                "only real floating point arguments have gradients"
            )


def _require_scalar_loss(graph: Graph) -> None:
    loss = graph.results[0] if graph.results else None
    if loss is None or not isinstance(loss.type, ArrayType):
        raise NondifferentiableError(f"{graph.name} returns nothing to differentiate")
    site = loss.node.site if loss.node is not None else None
    if not loss.type.is_scalar:
        raise NondifferentiableError(
            f"a gradient needs a scalar, but {graph.name} returns an array of type {loss.type}; "
            "reduce it, for example by sum",
            site,
        )
    if not is_float(loss.type):
        raise NondifferentiableError(
            f"a gradient needs a real floating point result, but {graph.name} returns a "
            f"{loss.type}",
            site,
        )


def _attempt(graph: Graph, wrt: Sequence[int], plan: Plan) -> Graph:
    """Return the gradient graph as far as the plan knows what to keep; the plan learns."""
    copier = Copier()
    result = Graph(f"{graph.name}_gradient", list(graph.params), guards=list(graph.guards))
    with building(result):
        for node in graph.nodes:
            copier.node(node)
        frame = Entry(graph, result, plan, copier.mapping)
        cotangents = Cotangents(frame)
        loss = graph.results[0]
        cotangents.add(loss, constant_of(1, loss.dtype))
        walk(frame, cotangents)
        gradients: dict[Value, Value] = {}
        for k in wrt:
            param = graph.params[k]
            if param not in gradients:
                gradient = cotangents.take(param)
                gradients[param] = frame.zeros(param) if gradient is None else gradient
    result.results = [copier.value(loss), *(gradients[graph.params[k]] for k in wrt)]
    return result


def walk(frame: Frame, cotangents: Cotangents) -> None:
    """Run a region backwards: pass cotangents from results of nodes to operands."""
    for node in reversed(frame.region.nodes):
        with located(lambda site=node.site: site):  # type: ignore[misc]
            if node.op is scan:
                reverse_scan(node, frame, cotangents, walk)
            elif node.op is ifelse:
                reverse_ifelse(node, frame, cotangents, walk)
            elif len(node.results) == 1:
                g = cotangents.take(node.result)
                if g is not None:
                    propagate(node, g, frame, cotangents)
            else:
                gs = [cotangents.take(v) for v in node.results]
                if any(g is not None for g in gs):
                    propagate_all(node, gs, frame, cotangents)
