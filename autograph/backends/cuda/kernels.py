"""Kernels: the frame of threads, blocks and params around the statements of one launch.

Enters: a `Launch` of the plan. Leaves: the text of its `__global__` functions and their `Kernel`s.

A nest becomes one thread per point, in strides of the grid. Reductions over a nest take two
kernels: each block reduces what its threads have found to one partial result, and one block
combines these; no atomics, so the result is the same in every run. Element statements run in a
single thread.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from autograph.backends import loops as lp
from autograph.backends.cuda import uses
from autograph.backends.cuda.c_types import c_type, literal
from autograph.backends.cuda.module import (
    THREADS,
    Count,
    Kernel,
    Launch,
    Partials,
    Pointer,
    Scalar,
    Shape,
    StatePointer,
    Stride,
)
from autograph.backends.cuda.operators import neutral, operation_text
from autograph.backends.cuda.writer import KernelWriter, Surroundings, bare, begins
from autograph.errors import InternalError
from autograph.ir.graph import Value


class KernelText(Struct, frozen=True):
    """A kernel and the text of its function."""

    kernel: Kernel
    text: str


def write_kernels(around: Surroundings, launch: Launch, name: str) -> list[KernelText]:
    """Return the kernels of a launch; their names begin with `name`."""
    if not launch.parallel:
        return [_single(around, launch, name)]
    reductions = outer_reductions(launch.nest)
    if not reductions:
        return [_points(around, launch.nest, name)]
    return [
        _partials(around, launch.nest, reductions, f"{name}_partials"),
        _combine(around, launch, reductions, f"{name}_combine"),
    ]


def outer_reductions(nest: lp.Nest) -> list[lp.Reduce | lp.ArgReduce]:
    """Return the reductions of a nest over its own points, one for each target."""
    own = {s.value for s in lp.walk(nest.body) if isinstance(s, lp.Assign)}
    found: dict[Value, lp.Reduce | lp.ArgReduce] = {}
    for statement in lp.walk(nest.body):
        if isinstance(statement, lp.Reduce | lp.ArgReduce):
            target = reduction_targets(statement)[0]
            if target not in own:
                first = found.setdefault(target, statement)
                if first.op is not statement.op:
                    raise InternalError(f"{target!r} is reduced by two ops in one nest")
    return list(found.values())


def reduction_targets(statement: lp.Reduce | lp.ArgReduce) -> tuple[Value, ...]:
    """Return the variables that hold the result of a reduction."""
    if isinstance(statement, lp.Reduce):
        return (statement.target,)
    return (statement.best, statement.position)


# ---------------------------------------------------------------- frames

_ORDER = (Pointer, Partials, StatePointer, Count, Scalar, Stride)


def _finish(writer: KernelWriter, shape: Shape, name: str) -> KernelText:
    """Put the head around what has been written."""
    lines = [*("  " + line for line in writer.preamble), *writer.lines]
    lines = _without_unused(lines)
    bounds = THREADS if shape is not Shape.SINGLE else 1
    declared = sorted(writer.params.items(), key=lambda param: _ORDER.index(type(param[0])))
    params = ",\n    ".join(text for _, text in declared)
    head = f'extern "C" __global__ void __launch_bounds__({bounds})\n{name}(\n    {params})'
    text = "\n".join([head, "{", *lines, "}", ""])
    return KernelText(Kernel(name, shape, tuple(param for param, _ in declared)), text)


def _without_unused(lines: list[str]) -> list[str]:
    """Drop constants that nothing mentions: extents and indices that a body has no use for."""
    while True:
        words = [set(re.findall(r"\w+", line)) for line in lines]
        counts: dict[str, int] = {}
        for found in words:
            for word in found:
                counts[word] = counts.get(word, 0) + 1
        kept = []
        for line in lines:
            constant = re.match(r"\s*const [\w ]+ (\w+) = ", line)
            if constant is None or counts[constant[1]] > 1:
                kept.append(line)
        if len(kept) == len(lines):
            return kept
        lines = kept


def _stop_if_failed(writer: KernelWriter) -> None:
    if writer.around.checked:
        writer.line(f"if ({writer.state()}->status != 0) return;")


def _single(around: Surroundings, launch: Launch, name: str) -> KernelText:
    writer = KernelWriter(around, launch.body)
    _stop_if_failed(writer)
    results = [v for v in _assigned(launch.body) if v in around.slots]
    for value in uses.targets(launch.body):
        if value in around.slots and not _set_first(launch.body, value):
            writer.declare(value, writer.slot(value))
    writer.block(launch.body)
    for value in results:
        writer.line(f"{writer.slot(value)} = {writer.name(value)};")
    return _finish(writer, Shape.SINGLE, name)


def _assigned(body: Sequence[lp.Stmt]) -> dict[Value, None]:
    """Return, in order, the variables that statements define for what comes after."""
    lets = {s.value: None for s in body if isinstance(s, lp.Let)}
    return lets | uses.targets(body)


def _set_first(body: Sequence[lp.Stmt], value: Value) -> bool:
    """Return whether a statement of the block itself assigns a variable before all others."""
    first = next(s for s in body if uses.mentions([s])[value])
    return isinstance(first, lp.Assign) and begins(body, value)


def _points(around: Surroundings, nest: lp.Nest, name: str) -> KernelText:
    writer = KernelWriter(around, [nest])
    _stop_if_failed(writer)
    _visit_points(writer, nest)
    return _finish(writer, Shape.POINTS, name)


def _visit_points(writer: KernelWriter, nest: lp.Nest) -> None:
    """Write the loop over a thread's points, in strides of the grid."""
    count, point = writer.fresh("count"), writer.fresh("point")
    writer.param(Count(), f"const long long {count}")
    first = f"blockIdx.x * {THREADS}LL + threadIdx.x"
    stride = f"gridDim.x * {THREADS}LL"
    head = f"for (long long {point} = {first}; {point} < {count}; {point} += {stride})"
    with writer.braces(head, [nest]):
        _write_indices(writer, nest, point)
        writer.block(nest.body)


def _write_indices(writer: KernelWriter, nest: lp.Nest, point: str) -> None:
    """Write the indices of the point with a number, the last axis counted first."""
    rest = point
    for axis in reversed(range(len(nest.indices))):
        lower = nest.lower[axis]
        here = rest
        if axis > 0:
            extent = writer.form(nest.upper[axis] - lower)
            if not re.fullmatch(r"\w+", extent):
                name = writer.fresh("extent")
                writer.preamble.append(f"const long long {name} = {extent};")
                extent = name
            rest = writer.fresh("rest")
            quotient = writer.around.functions.quotient()
            writer.line(f"const long long {rest} = {quotient}({here}, {extent});")
            here = f"{here} - {rest}*{extent}"
        start = "" if lower == 0 else f" + {bare(writer.form(lower))}"
        writer.line(f"const long long {writer.define(nest.indices[axis])} = {here}{start};")


# ---------------------------------------------------------------- reductions


def _partials(
    around: Surroundings,
    nest: lp.Nest,
    reductions: Sequence[lp.Reduce | lp.ArgReduce],
    name: str,
) -> KernelText:
    writer = KernelWriter(around, [nest])
    _stop_if_failed(writer)
    _declare_neutral(writer, reductions)
    _visit_points(writer, nest)
    _reduce_block(writer, reductions)
    with writer.braces("if (threadIdx.x == 0)"):
        for value in _all_targets(reductions):
            partials = _partials_param(writer, value, "")
            writer.line(f"{partials}[blockIdx.x] = {writer.name(value)};")
    return _finish(writer, Shape.PARTIALS, name)


def _combine(
    around: Surroundings,
    launch: Launch,
    reductions: Sequence[lp.Reduce | lp.ArgReduce],
    name: str,
) -> KernelText:
    writer = KernelWriter(around, [])
    _stop_if_failed(writer)
    _declare_neutral(writer, reductions)
    count, k = writer.fresh("count"), writer.fresh("k")
    writer.param(Count(), f"const long long {count}")
    with writer.braces(f"for (long long {k} = threadIdx.x; {k} < {count}; {k} += {THREADS}LL)"):
        for reduction in reductions:
            values = reduction_targets(reduction)
            found = [f"{_partials_param(writer, value, 'const ')}[{k}]" for value in values]
            _write_combination(writer, reduction, found)
    _reduce_block(writer, reductions)
    with writer.braces("if (threadIdx.x == 0)"):
        for reduction in reductions:
            values = reduction_targets(reduction)
            starts = [
                literal(launch.initial[v].value) if v in launch.initial else writer.slot(v)
                for v in values
            ]
            _write_combination(writer, reduction, starts)
            for value in values:
                writer.line(f"{writer.slot(value)} = {writer.name(value)};")
    return _finish(writer, Shape.COMBINE, name)


def _all_targets(reductions: Sequence[lp.Reduce | lp.ArgReduce]) -> list[Value]:
    return [value for reduction in reductions for value in reduction_targets(reduction)]


def _declare_neutral(writer: KernelWriter, reductions: Sequence[lp.Reduce | lp.ArgReduce]) -> None:
    for reduction in reductions:
        if isinstance(reduction, lp.Reduce):
            dtype = reduction.target.dtype
            writer.declare(reduction.target, bare(neutral(reduction.op, dtype)))
        else:
            writer.declare(reduction.best, literal(reduction.best.dtype.type(0)))
            writer.declare(reduction.position, "-1")


def _partials_param(writer: KernelWriter, value: Value, qualifier: str) -> str:
    name = f"{writer.name(value)}_partials"
    writer.param(Partials(value), f"{qualifier}{c_type(value.dtype)}* {name}")
    return name


def _reduce_block(writer: KernelWriter, reductions: Sequence[lp.Reduce | lp.ArgReduce]) -> None:
    """Write the tree that leaves the block's result with thread 0."""
    shared = {}
    for value in _all_targets(reductions):
        shared[value] = writer.fresh(f"{writer.name(value)}_shared")
        writer.line(f"__shared__ {c_type(value.dtype)} {shared[value]}[{THREADS}];")
        writer.line(f"{shared[value]}[threadIdx.x] = {writer.name(value)};")
    width = writer.fresh("width")
    head = f"for (unsigned int {width} = {THREADS // 2}; {width} > 0; {width} /= 2)"
    with writer.braces(head):
        writer.line("__syncthreads();")
        with writer.braces(f"if (threadIdx.x < {width})"):
            for reduction in reductions:
                values = reduction_targets(reduction)
                others = [f"{shared[value]}[threadIdx.x + {width}]" for value in values]
                _write_combination(writer, reduction, others)
                for value in values:
                    writer.line(f"{shared[value]}[threadIdx.x] = {writer.name(value)};")


def _write_combination(
    writer: KernelWriter, reduction: lp.Reduce | lp.ArgReduce, others: Sequence[str]
) -> None:
    """Write how another result is taken into a thread's own."""
    values = reduction_targets(reduction)
    names = []
    for value, other in zip(values, others, strict=True):
        names.append(writer.fresh("other"))
        writer.line(f"const {c_type(value.dtype)} {names[-1]} = {bare(other)};")
    own = [writer.name(value) for value in values]
    if isinstance(reduction, lp.Reduce):
        dtype = reduction.target.dtype
        text = operation_text(
            writer.around.functions, reduction.op, (dtype, dtype), dtype, (own[0], names[0])
        )
        writer.line(f"{own[0]} = {bare(text)};")
        return
    better = writer.around.functions.better(reduction.op.name, reduction.best.dtype)
    with writer.braces(f"if ({better}({', '.join(names)}, {', '.join(own)}))"):
        for name, other in zip(own, names, strict=True):
            writer.line(f"{name} = {other};")
