"""Reverse mode, graph to graph.

Enters: a graph with a scalar loss. Leaves: a graph with the same params that returns the loss and
its gradients with respect to the entry values of params. The forward program stays as it is, but
for what its loops push on tapes; the reverse program follows it in the same graph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from autograph.autodiff import custom_rules
from autograph.autodiff.activity import is_inexact, useful, varied
from autograph.autodiff.checkpoints import Sizes, chunks_of, cut_loops, loops_to_cut
from autograph.autodiff.cotangents import Cotangents
from autograph.autodiff.expansion import expand_products
from autograph.autodiff.factoring import take_out_factors
from autograph.autodiff.fusion import fuse_forward_reverse, loops_to_fuse
from autograph.autodiff.primal import Entry, Frame, Plan
from autograph.autodiff.recursion import reverse_recursion
from autograph.autodiff.reverse_ifelse import reverse_ifelse
from autograph.autodiff.reverse_scan import reverse_scan
from autograph.autodiff.rules import propagate, propagate_all
from autograph.autodiff.shifts import freeze_shifts
from autograph.errors import NondifferentiableError
from autograph.ir.graph import Copier, Graph, Node, Value, building, located
from autograph.ir.op import constant_of
from autograph.ir.types import ArrayType
from autograph.ops.control import ifelse, scan
from autograph.ops.derivative import custom, variable
from autograph.ops.recursion import recursion


def value_and_gradient(graph: Graph, wrt: Sequence[int]) -> Graph:
    """Return a graph of the first result of an entry graph and its gradients.

    Args:
        graph: An entry graph whose result 0 is a real scalar, the loss.
        wrt: Which params to differentiate by, as they are at entry.

    Returns:
        A graph with the same params and guards, and the results (loss, gradients...). It writes
        to no param.

    Raises:
        NondifferentiableError: If the loss is no real scalar, a param holds no floats, or something
            on the way from it to the loss has no derivative.
    """
    require_inexact_params(graph, wrt)
    _require_scalar_loss(graph)
    name = f"{graph.name}_gradient"
    program = Graph(name, list(graph.params), list(graph.nodes), guards=list(graph.guards))
    loss, variables = graph.results[0], [graph.params[k] for k in wrt]
    with building(program):
        seed = constant_of(1, loss.dtype)
    program.results = [loss, seed, *variables]
    found = with_cotangents(program, 1, len(wrt))
    del found.results[1 : 2 + len(wrt)]
    return found


def with_cotangents(
    program: Graph, outputs: int, variables: int, sizes: Sizes | None = None
) -> Graph:
    """Return a graph that computes the cotangents of variables in addition.

    Args:
        program: An entry graph, or a region. Its results are outputs, their cotangents, and the
            variables that they depend on: params, or results of nodes; then any others.
        outputs: The number of outputs.
        variables: The number of variables.
        sizes: What is known of sizes; loops whose tapes would be long are run in chunks.

    Returns:
        A graph with the same params; the cotangents of the variables follow the results.

    Raises:
        NondifferentiableError: If something between a variable and an output has no derivative.
    """
    reversal = _Reversal(outputs, variables)
    program = expand_products(program, reversal.active(program))
    program = freeze_shifts(program, reversal.active(program))
    sizes = sizes or Sizes()
    chunks = chunks_of(program)
    found, copies = reversal.reverse(program, chunks)
    fused = set() if sizes.is_apart else loops_to_fuse(found)
    recorded = {n: copy for n, copy in reversal.recorded.items() if n not in chunks}
    cuts = loops_to_cut(program, recorded, fused, sizes)
    if cuts:
        program, made = cut_loops(program, cuts, sizes.longest_tape)
        chunks = chunks_of(program) | made
        found, copies = reversal.reverse(program, chunks)
    if sizes.is_apart:
        return found
    together = _within(program, copies, loops_to_fuse(found))
    sizes.rerun += [node for node in reversal.rerun if node not in together]
    return fuse_forward_reverse(found)


def _within(program: Graph, copies: Mapping[Value, Value], loops: set[Node]) -> set[Node]:
    """Return the nodes of a program that are in loops of which copies are given."""
    found: set[Node] = set()
    for node in program.walk():
        if node.op is scan and node.results and copies[node.results[0]].node in loops:
            found.update(node.regions[0].walk())
    return found


class _Reversal(Struct, frozen=True):
    """How many of a program's results are outputs, and how many are variables.

    Attributes:
        rerun: Nodes of the program that run again in the reverse that was found last.
        recorded: For each loop that pushes something in it, the copy that does.
    """

    outputs: int
    variables: int
    rerun: list[Node] = field(default_factory=list)
    recorded: dict[Node, Node] = field(default_factory=dict)

    def of(self, program: Graph) -> tuple[list[Value], list[Value], list[Value]]:
        """Return the outputs, their cotangents and the variables."""
        results, first, last = program.results, self.outputs, 2 * self.outputs
        return results[:first], results[first:last], results[last : last + self.variables]

    def active(self, program: Graph) -> set[Value]:
        """Return the values that a derivative passes through."""
        outputs, _, variables = self.of(program)
        return varied(program, variables) & useful(program, outputs)

    def reverse(self, program: Graph, chunks: set[Node]) -> tuple[Graph, Mapping[Value, Value]]:
        """Return the program and its reverse, and what stands in it for the program's values.

        Args:
            program: The program.
            chunks: Loops in it that run forward once more in the reverse.
        """
        plan = Plan(self.active(program), chunks)
        known = -1
        while known < len(plan.kept) + len(plan.undone):
            known = len(plan.kept) + len(plan.undone)
            plan.rerun.clear()
            plan.recorded.clear()
            found = self.attempt(program, plan)
        self.rerun[:] = plan.rerun
        self.recorded.clear()
        self.recorded.update(plan.recorded)
        return found

    def attempt(self, program: Graph, plan: Plan) -> tuple[Graph, Mapping[Value, Value]]:
        """Return the same as far as the plan knows what to keep; it learns."""
        outputs, given, variables = self.of(program)
        copier = Copier()
        result = Graph(program.name, list(program.params), guards=list(program.guards))
        with building(result):
            for node in program.nodes:
                copier.node(node)
            frame = Entry(program, result, plan, copier.mapping)
            cotangents = Cotangents(frame)
            for output, cotangent in zip(outputs, given, strict=True):
                cotangents.add(output, copier.value(cotangent))
            walk(frame, cotangents)
            found: dict[Value, Value] = {}
            for variable in variables:
                if variable not in found:
                    gradient = cotangents.take(variable)
                    found[variable] = frame.zeros(variable) if gradient is None else gradient
        result.results = [copier.value(v) for v in program.results]
        result.results += [found[v] for v in variables]
        take_out_factors(result, cotangents.added)
        return result, copier.mapping


def require_inexact_params(graph: Graph, wrt: Sequence[int]) -> None:
    """Check what to differentiate by.

    Raises:
        NondifferentiableError: If one of the params is no floating point array or number.
    """
    for k in wrt:
        param = graph.params[k]
        if not is_inexact(param.type):
            raise NondifferentiableError(
                f"cannot differentiate with respect to {param.label}, whose type is {param.type}; "
                "only floating point arguments have gradients"
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
    if loss.type.dtype.kind != "f":
        raise NondifferentiableError(
            f"a gradient needs a real floating point result, but {graph.name} returns a "
            f"{loss.type}",
            site,
        )


def walk(frame: Frame, cotangents: Cotangents) -> None:
    """Run a region backwards: pass cotangents from results of nodes to operands."""
    for node in reversed(frame.region.nodes):
        with located(lambda site=node.site: site):  # type: ignore[misc]
            if node.op is scan:
                reverse_scan(node, frame, cotangents, walk)
            elif node.op is ifelse:
                reverse_ifelse(node, frame, cotangents, walk)
            elif node.op is recursion:
                if any(v in frame.plan.active for v in node.results):
                    reverse_recursion(node, frame, cotangents, with_cotangents)
            elif node.op is not variable or node.operands[0] in frame.plan.active:
                _propagate(node, frame, cotangents)


def _propagate(node: Node, frame: Frame, cotangents: Cotangents) -> None:
    """Pass the cotangents of the results of a node without regions to its operands."""
    gs = [cotangents.take(v) for v in node.results]
    if all(g is None for g in gs):
        return
    if node.op is custom:
        custom_rules.reverse(node, gs, frame, cotangents)
    elif len(gs) == 1 and gs[0] is not None:
        propagate(node, gs[0], frame, cotangents)
    else:
        propagate_all(node, gs, frame, cotangents)
