"""What is measured of a program: each function times one thing and adds it to the findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax

import autograph as ag
from benchmarks import enzyme
from benchmarks.cases import Benchmark, Function, plain_njit, three_arrays
from benchmarks.findings import (
    ENZYME,
    JAX,
    LINE_BY_LINE,
    LOOPS,
    NJIT,
    OURS,
    PLAIN,
    PRIMAL,
    Findings,
    LineByLine,
    describe,
)
from benchmarks.first_call import COMPILERS, DIFFERENTIATORS, TOOLS, Request
from benchmarks.gradients import SCALINGS, Gradient, Scaling
from benchmarks.measure import Arguments, Variant, interleave, largest_difference
from benchmarks.processes import measure_import
from benchmarks.trip_counts import TRIPS, make_inputs


@dataclass(frozen=True)
class Effort:
    """How much time to spend."""

    rounds: int
    seconds: float
    processes: int

    def interleave(self, variants: list[Variant]) -> dict[str, float]:
        """Time the variants in turn."""
        return interleave(variants, self.rounds, self.seconds)


def on_device(arguments: Arguments, static: tuple[int, ...]) -> Arguments:
    """Hand the arrays over to JAX before the clock starts."""
    return tuple(
        a if position in static else jax.device_put(a) for position, a in enumerate(arguments)
    )


def jitted(function: Function, static: tuple[int, ...]) -> Function:
    """Compile by JAX, and wait for the result."""
    compiled = jax.jit(function, static_argnums=static)
    return lambda *arguments: jax.block_until_ready(compiled(*arguments))


def path_of(function: Function) -> str:
    """Name a function so that other processes find it."""
    return f"{function.__module__}:{function.__name__}"


def measure_steady(benchmark: Benchmark, size: int, effort: Effort, findings: Findings) -> None:
    """Time the program in all its forms."""
    arguments = benchmark.make_inputs(size)
    on_jax = on_device(arguments, benchmark.static)
    plain = Variant(PLAIN, benchmark.plain, arguments, benchmark.mutates)
    variants = [
        plain,
        Variant(NJIT, plain_njit(benchmark.plain), arguments, benchmark.mutates),
        Variant(JAX, jitted(benchmark.jax, benchmark.static), on_jax),
        Variant(OURS, benchmark.compiled(), arguments, benchmark.mutates),
    ]
    if benchmark.loops is not None:
        variants.append(Variant(LOOPS, benchmark.loops, arguments, benchmark.mutates))
    expected = plain.call(*plain.fresh())
    kept = findings.kept(benchmark.name, expected, variants)
    findings.steady[benchmark.name] = effort.interleave(kept)


def measure_gradient(gradient: Gradient, size: int, effort: Effort, findings: Findings) -> None:
    """Time the loss, and the loss with its gradient, by all tools."""
    arguments = gradient.make_inputs(size)
    on_jax = on_device(arguments, gradient.static)

    def differentiated_by_jax(name: str, loss: Function) -> Variant:
        gradient_of_loss = jax.value_and_grad(loss, argnums=gradient.argnums)
        return Variant(name, jitted(gradient_of_loss, gradient.static), on_jax)

    theirs = differentiated_by_jax(JAX, gradient.jax_loss)
    differentiated = ag.value_and_grad(gradient.loss, argnums=gradient.argnums)
    variants = [theirs, Variant(OURS, differentiated, arguments)]
    if gradient.enzyme and enzyme.IS_INSTALLED:
        loops = enzyme.load(gradient.enzyme, gradient.static)
        variants.append(differentiated_by_jax(ENZYME, loops))
    primal = Variant(PRIMAL, ag.compile(gradient.loss), arguments)
    title = f"{gradient.name}, gradient"
    kept = findings.kept(title, gradient.loss(*arguments), [primal])
    expected = theirs.call(*theirs.arguments)
    kept += findings.kept(title, expected, variants)
    if any(variant.name == OURS for variant in kept):
        findings.agreement[gradient.name] = largest_difference(expected, differentiated(*arguments))
    findings.gradients[gradient.name] = effort.interleave(kept)


def measure_line_by_line(gradient: Gradient, size: int, effort: Effort, findings: Findings) -> None:
    """Time the loss with its gradient, and the same in a literal translation to JAX."""
    size = min(size, gradient.line_size or size)
    arguments = gradient.make_inputs(size)
    differentiated = ag.value_and_grad(gradient.loss, argnums=gradient.argnums)
    ported = jitted(
        jax.value_and_grad(gradient.line_by_line, argnums=gradient.argnums), gradient.static
    )
    variants = [
        Variant(OURS, differentiated, arguments),
        Variant(LINE_BY_LINE, ported, on_device(arguments, gradient.static)),
    ]
    expected = differentiated(*arguments)
    kept = findings.kept(f"{gradient.name}, line by line", expected, variants)
    findings.line_by_line[gradient.name] = LineByLine(size, effort.interleave(kept))


def measure_gradient_calls(
    gradient: Gradient, size: int, effort: Effort, findings: Findings
) -> None:
    """Time first calls of a gradient in fresh processes, and tell how much memory they take."""
    findings.gradient_calls[gradient.name] = calls = {}
    for tool in DIFFERENTIATORS:
        request = Request(
            tool,
            path_of(gradient.jax_loss if tool == "jax" else gradient.loss),
            path_of(gradient.make_inputs),
            size,
            gradient.static,
            gradient.argnums,
            memory=True,
        )
        calls[tool] = findings.called(f"{gradient.name}, gradient", request, effort.processes)


def measure_first_calls(
    benchmark: Benchmark, size: int, effort: Effort, findings: Findings
) -> None:
    """Time first calls in fresh processes, without and with a disk cache."""
    findings.first_calls[benchmark.name] = calls = {}
    for tool in TOOLS:
        request = Request(
            tool,
            path_of(benchmark.jax if tool == "jax" else benchmark.plain),
            path_of(benchmark.make_inputs),
            size,
            benchmark.static,
        )
        calls[tool] = findings.called(benchmark.name, request, effort.processes)


def measure_scaling(scaling: Scaling, effort: Effort, findings: Findings) -> None:
    """Time a gradient at growing numbers of updates."""
    differentiated = ag.value_and_grad(scaling.loss, argnums=scaling.argnums)
    variants = []
    for size in scaling.sizes:
        arguments = scaling.make_inputs(size)
        variants.append(Variant(str(scaling.updates(arguments)), differentiated, arguments))
    try:
        times = effort.interleave(variants)
    except Exception as error:
        findings.failures.append(f"{scaling.name}, scaling: {describe(error)}")
        return
    findings.scaling[scaling.name] = [(int(updates), time) for updates, time in times.items()]


def measure_scalings(effort: Effort, findings: Findings) -> None:
    """Time gradients at growing numbers of updates."""
    for scaling in SCALINGS:
        measure_scaling(scaling, effort, findings)


def measure_trip_counts(effort: Effort, findings: Findings) -> None:
    """Time first calls of one loop with few and with many iterations."""
    for loop, trips in TRIPS.items():
        findings.trip_counts[trips] = calls = {}
        for tool in COMPILERS:
            request = Request(tool, path_of(loop), path_of(make_inputs), 4)
            calls[tool] = findings.called(loop.__name__, request, effort.processes)


def to_numpy(array: Any) -> Any:
    """Copy out of JAX."""
    return jax.device_get(array).copy()


def measure_overhead(effort: Effort, findings: Findings) -> None:
    """Time calls that do next to nothing, and imports."""
    arguments = tuple(jax.numpy.arange(10.0) + shift for shift in range(3))
    arrays = tuple(map(to_numpy, arguments))
    variants = [
        Variant(PLAIN, three_arrays, arrays),
        Variant(NJIT, plain_njit(three_arrays), arrays),
        Variant(JAX, jitted(three_arrays, ()), arguments),
        Variant(OURS, ag.compile(three_arrays), arrays),
    ]
    kept = findings.kept("call overhead", three_arrays(*arrays), variants)
    findings.overhead = effort.interleave(kept)
    for module in ("autograph", "numba", "jax"):
        findings.imports[module] = measure_import(module, max(3, effort.processes))
