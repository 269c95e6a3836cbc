"""The CUDA emitter: from the loop form to CUDA C++ text and the plan that launches it.

Enters: a `LoopFunction`. Leaves: a `CudaModule`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autograph.backends import loops as lp
from autograph.backends.cuda import uses
from autograph.backends.cuda.c_types import c_type
from autograph.backends.cuda.device_functions import DeviceFunctions
from autograph.backends.cuda.kernels import (
    KernelText,
    outer_reductions,
    reduction_targets,
    write_kernels,
)
from autograph.backends.cuda.module import (
    SLOT_BYTES,
    CudaModule,
    Fetch,
    HostFor,
    HostIf,
    HostStmt,
    Launch,
    walk_plan,
)
from autograph.backends.cuda.plan_text import PlanPrinter
from autograph.backends.cuda.planner import Planner
from autograph.backends.cuda.writer import Dependence, Surroundings
from autograph.backends.naming import Names
from autograph.errors import UnsupportedError
from autograph.ir.graph import Value
from autograph.ir.op import all_ops

_WORDS = """
    alignas alignof and_eq bitand bitor char8_t char16_t char32_t co_await co_return co_yield compl
    concept consteval constexpr constinit const_cast decltype dynamic_cast noexcept not_eq nullptr
    reinterpret_cast requires static_assert static_cast thread_local typeid typename volatile
    wchar_t xor xor_eq or_eq linux unix gridDim blockDim blockIdx threadIdx warpSize State state np
    __int_as_float __longlong_as_double
"""


def _reserved() -> set[str]:
    """Return the words that no variable of a kernel may have as its name."""
    words = set(_WORDS.split())
    for op in all_ops():
        called = re.findall(r"([a-z]\w*)\{f\}", op.cuda)
        words.update(name + suffix for name in called for suffix in ("", "f"))
    return words


def _require_forms(function: lp.LoopFunction) -> None:
    """Refuse what has no form for CUDA devices."""
    for routine in function.routines:
        why = (
            f"'{routine.name}' calls itself as deep as the data say"
            if routine.deepest > 1
            else "a dict or set has keys that are known only when the program runs"
        )
        raise UnsupportedError(
            f"{why}, which has no form for CUDA devices; write it as a loop over arrays, or pass "
            "NumPy arrays"
        )
    for statement in lp.walk(function.body):
        if isinstance(statement, lp.LibraryRun):
            raise UnsupportedError(
                f"{statement.call.name} has no form for CUDA devices; call it outside the compiled "
                "function, or pass NumPy arrays",
                statement.site,
            )
        if isinstance(statement, lp.Draw):
            raise UnsupportedError(
                "random numbers are drawn on the CPU only; draw them outside the compiled function "
                "and pass them in, or pass NumPy arrays",
                statement.site,
            )


def emit(function: lp.LoopFunction) -> CudaModule:
    """Return a function as CUDA C++ and the plan of its launches.

    Raises:
        UnsupportedError: If it has a dtype or an operation that is not supported on CUDA devices.
    """
    _require_forms(function)
    planner = Planner(uses.without_dead(function), function.results)
    results = planner.plan()
    plan = planner.out
    slots = {v: k for k, v in enumerate(_slots(plan, results), start=1)}
    checked = any(
        isinstance(s, lp.Check) for launch in _launches(plan) for s in lp.walk(launch.body)
    )
    names = _module_names(function, plan, slots)
    around = Surroundings(
        DeviceFunctions(),
        names,
        {*_reserved(), *names.values()},
        slots,
        _strided(function, plan),
        checked,
    )
    kernels = _write_all(around, plan, function.name)
    local = Names(around.reserved)
    printer = PlanPrinter(lambda v: names[v] if v in names else local.of(v))
    head = [f"// {line}" for line in printer.function(function, plan, results)]
    parts = [
        "\n".join(head) + "\n",
        _state_text(around) if slots or checked else "",
        around.functions.source,
        *(kernel.text for kernel in kernels),
    ]
    return CudaModule(
        function,
        "\n".join(part for part in parts if part),
        tuple(kernel.kernel for kernel in kernels),
        plan,
        slots,
        results,
        checked,
    )


def _launches(plan: Sequence[HostStmt]) -> Iterator[Launch]:
    return (s for s in walk_plan(plan) if isinstance(s, Launch))


def _write_all(
    around: Surroundings, plan: Sequence[HostStmt], function_name: str
) -> list[KernelText]:
    """Write the kernels of all launches of a plan, and tell the launches which they are."""
    stem = re.sub(r"\W", "_", function_name, flags=re.ASCII).strip("_") or "kernel"
    written: list[KernelText] = []
    for k, launch in enumerate(_launches(plan), start=1):
        found = write_kernels(around, launch, f"{stem}_{k}")
        launch.kernels = tuple(kernel.kernel for kernel in found)
        written += found
    return written


# ---------------------------------------------------------------- decisions about variables


def _slots(plan: Sequence[HostStmt], results: Sequence[lp.Buffer | lp.Expr]) -> list[Value]:
    """Return the variables that outlive the launch that computes them."""
    defined: dict[Value, None] = {}
    for launch in _launches(plan):
        if launch.parallel:
            for reduction in outer_reductions(launch.nest):
                defined.update(dict.fromkeys(reduction_targets(reduction)))
        else:
            for value in (v for s in lp.walk(launch.body) for v in uses.assigned_variables(s)):
                if _is_seen_outside(value, launch, plan, results):
                    defined[value] = None
    return list(defined)


def _is_seen_outside(
    value: Value, home: Launch, plan: Sequence[HostStmt], results: Sequence[lp.Buffer | lp.Expr]
) -> bool:
    for result in results:
        if not isinstance(result, lp.Buffer) and value in uses.expr_variables(result):
            return True
    return any(value in _host_mentions(s) for s in walk_plan(plan) if s is not home)


def _host_mentions(statement: HostStmt) -> set[Value]:
    """Return the variables that a statement of the plan itself reads or assigns."""
    match statement:
        case Launch():
            return {*uses.mentions(statement.body), *statement.initial}
        case Fetch(variables):
            return set(variables)
        case HostFor(_, length):
            return set(length.symbols)
        case HostIf(condition):
            return set(uses.expr_variables(condition))
        case lp.Let() | lp.Assign() | lp.Check() | lp.Alloc() | lp.Alias() | lp.Grow():
            return {*uses.read_variables(statement), *uses.assigned_variables(statement)}
    return set()


def _strided(function: lp.LoopFunction, plan: Sequence[HostStmt]) -> set[lp.Buffer]:
    """Return the buffers that may be bound to a caller's memory, whose strides are its own."""
    found = set(function.buffers.values())
    swaps = [s for s in walk_plan(plan) if isinstance(s, lp.Swap)]
    before = -1
    while before != len(found):
        before = len(found)
        for swap in swaps:
            if swap.first in found or swap.second in found:
                found |= {swap.first, swap.second}
    return found


def _module_names(
    function: lp.LoopFunction, plan: Sequence[HostStmt], slots: dict[Value, int]
) -> dict[Dependence, str]:
    """Return the identifiers of all that has a name, and of what kernels share."""
    found: dict[Dependence, str] = {}
    names = Names(_reserved())

    def add(variable: Dependence) -> None:
        if variable not in found and (variable.name or variable in slots):
            found[variable] = names.of(variable)

    for k, param in enumerate(function.params):
        add(function.buffers.get(k, param))
    for symbol in (*function.dim_symbols, *slots):
        add(symbol)
    for statement in walk_plan(plan):
        for variable in _all_variables(statement):
            add(variable)
    return found


def _all_variables(statement: HostStmt) -> Iterator[Dependence]:
    """Yield, in order, the variables and buffers of a statement of the plan."""
    match statement:
        case Launch():
            for inner in lp.walk(statement.body):
                yield from _loop_variables(inner)
        case HostFor(index):
            yield index
        case HostIf(condition):
            yield from lp.variables(condition)
        case Fetch(variables):
            yield from variables
        case lp.Let() | lp.Assign() | lp.Check() | lp.Alloc() | lp.Alias() | lp.Grow() | lp.Swap():
            yield from _loop_variables(statement)
        case lp.MatMul(out, first, second):
            yield from (out, first.buffer, second.buffer)
        case lp.Call():
            yield from (*statement.inputs, *statement.outputs)


def _loop_variables(statement: lp.Stmt) -> Iterator[Dependence]:
    match statement:
        case lp.Nest(indices):
            yield from indices
        case lp.For(index):
            yield index
        case lp.Store(buffer) | lp.Alloc(buffer) | lp.Grow(buffer):
            yield buffer
        case lp.Alias(buffer, of):
            yield from (buffer, of)
        case lp.Swap(first, second):
            yield from (first, second)
    yield from uses.assigned_variables(statement)
    for expr in lp.expressions(statement):
        yield from (load.buffer for load in uses.loads(expr))
    yield from uses.read_variables(statement)


def _state_text(around: Surroundings) -> str:
    """Return the struct of the scalars that live on the device, one slot each."""
    fields = ["long long status", *(f"{c_type(v.dtype)} {around.names[v]}" for v in around.slots)]
    lines = [f"  alignas({SLOT_BYTES}) {field};" for field in fields]
    return "\n".join(["struct State {", *lines, "};", ""])
