"""Runs the host plan of a CUDA module on a device.

Enters: a `CudaModule`, a `Device` and the arguments of a call. Leaves: status and results.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.backends import loops as lp
from autograph.backends.cuda.device import Array, Device, byte_range
from autograph.backends.cuda.module import (
    MAX_BLOCKS,
    MAX_PARTIALS,
    THREADS,
    Count,
    CudaModule,
    Fetch,
    HostFor,
    HostIf,
    HostStmt,
    HostWhile,
    Launch,
    Param,
    Partials,
    Pointer,
    Scalar,
    Shape,
    StatePointer,
    Stride,
)
from autograph.errors import InternalError
from autograph.ir.affine import Affine
from autograph.ir.graph import Value

OK, GUARD_FAILED, CHECK_FAILED = 0, 1, 2

#: Points that a thread of a reduction visits before another block is worth its partial result.
POINTS_PER_PARTIAL = 4


class Outcome(Struct, frozen=True):
    """What a call has come to.

    Attributes:
        status: 0; or 1 if a guard failed, or an array that is written overlaps another, before
            anything was touched; or 2 if a check failed.
        results: Device arrays and NumPy scalars; empty unless the status is 0.
    """

    status: int
    results: tuple[Any, ...] = ()


class CheckFailed(Exception):
    """A check of the running call has failed."""


class LoopLeft(Exception):
    """A `Break` leaves the innermost host loop."""


class CudaFunction:
    """A module on a device; its kernels are compiled by the first call.

    Args:
        module: The module.
        device: Where it runs.
    """

    def __init__(self, module: CudaModule, device: Device) -> None:
        self.module = module
        self.device = device
        self._kernels: dict[str, Any] | None = None

    def __call__(self, arguments: Sequence[Any]) -> Outcome:
        """Run the function.

        Args:
            arguments: One for each param: device arrays and scalars.

        Raises:
            TypeError: If an array is not on the device, or not of the param's type.
        """
        if self._kernels is None:
            names = [kernel.name for kernel in self.module.kernels]
            self._kernels = dict(self.device.load(self.module.source, names)) if names else {}
        call = _Call(self.module, self.device, self._kernels)
        call.bind(arguments)
        guards = self.module.function.guards
        if call.written_overlap() or not all(guard.holds(call.scalars) for guard in guards):
            return Outcome(GUARD_FAILED)
        try:
            with np.errstate(all="ignore"):
                call.run(self.module.plan)
                return Outcome(OK, call.results())
        except CheckFailed:
            return Outcome(CHECK_FAILED)


class _Call:
    """The state of one call: what variables and buffers are bound to."""

    def __init__(self, module: CudaModule, device: Device, kernels: dict[str, Any]) -> None:
        self.module, self.device, self.kernels = module, device, kernels
        self.scalars: dict[Value, Any] = {}
        self.buffers: dict[lp.Buffer, Array] = {}
        self.callers: dict[lp.Buffer, Array] = {}
        self.partials: dict[Value, Array] = {}
        self.state: Array = None
        if module.slots or module.checked:
            self.state = device.empty((len(module.slots) + 1,), np.dtype(np.int64))
            device.zero(self.state)

    def bind(self, arguments: Sequence[Any]) -> None:
        """Bind params and dim symbols."""
        function = self.module.function
        for k, (param, argument) in enumerate(zip(function.params, arguments, strict=True)):
            if k in function.buffers:
                self.require_array(param, argument)
                self.buffers[function.buffers[k]] = self.callers[function.buffers[k]] = argument
            else:
                self.scalars[param] = param.dtype.type(argument)
        for symbol, (k, axis) in function.dim_symbols.items():
            self.scalars[symbol] = np.int64(arguments[k].shape[axis])

    def require_array(self, param: Value, argument: Any) -> None:
        """Raise where an argument is not what the kernels take it for."""
        if not self.device.is_array(argument):
            raise TypeError(
                f"{param.label} is {type(argument).__name__}: all arrays of a call must be on "
                "the device"
            )
        if argument.dtype != param.dtype or len(argument.shape) != param.ndim:
            raise TypeError(
                f"{param.label} is {argument.dtype} of shape {argument.shape}, not {param.type}"
            )
        if any(stride % argument.dtype.itemsize for stride in argument.strides):
            raise TypeError(f"the elements of {param.label} are not aligned")

    def written_overlap(self) -> bool:
        """Return whether an array that is written shares memory with another."""
        function = self.module.function
        bounds = {k: self.bounds(self.buffers[buffer]) for k, buffer in function.buffers.items()}
        return any(
            low < bounds[written][1] and bounds[written][0] < high
            for written in set(function.writes.values())
            for k, (low, high) in bounds.items()
            if k != written
        )

    def bounds(self, array: Array) -> tuple[int, int]:
        """Return the lowest address of an array, and the one past its highest."""
        return byte_range(self.device.address(array), array)

    # ------------------------------------------------------------ scalars

    def form(self, form: Affine) -> int:
        """Return the value of a form over host variables."""
        return form.evaluate(self.scalars)

    def shape(self, forms: Sequence[Affine]) -> tuple[int, ...]:
        """Return the values of extents."""
        return tuple(max(0, self.form(form)) for form in forms)

    def expr(self, expr: lp.Expr) -> Any:
        """Return the value of an expression over host variables, a NumPy scalar."""
        match expr:
            case lp.Constant(value):
                return value
            case lp.Read(value):
                return self.scalars[value]
            case lp.Form(form):
                return np.int64(self.form(form))
            case lp.Inside(point, lower, upper):
                bounds = zip(self.shape(lower), self.shape(point), self.shape(upper), strict=True)
                return np.bool_(all(low <= p < high for low, p, high in bounds))
            case lp.Apply(op, args, dtype):
                if op.name in ("switch", "blend"):
                    return self.expr(args[1 if self.expr(args[0]) else 2])
                values = [self.expr(arg) for arg in args]
                if op.name == "cast":
                    return np.asarray(values[0]).astype(dtype)[()]
                assert op.ufunc is not None
                return op.ufunc(*values)
        raise InternalError("the host cannot read elements of device arrays")

    def fetch(self, variables: Sequence[Value]) -> None:
        """Copy variables from the device.

        Raises:
            CheckFailed: If a check has failed on the device.
        """
        if self.state is None:
            return
        state = self.device.to_host(self.state)
        if self.module.checked and state[0]:
            raise CheckFailed
        for value in variables:
            slot = self.module.slots[value]
            self.scalars[value] = state[slot : slot + 1].view(value.dtype)[0]

    # ------------------------------------------------------------ statements

    def run(self, plan: Sequence[HostStmt]) -> None:
        """Run a block of the plan."""
        for statement in plan:
            match statement:
                case Launch():
                    self.launch(statement)
                case Fetch(variables):
                    self.fetch(variables)
                case lp.Let(value, expr) | lp.Assign(value, expr):
                    self.scalars[value] = self.expr(expr)
                case HostFor() | HostWhile():
                    self.loop(statement)
                case HostIf(condition, then, orelse):
                    self.run(then if self.expr(condition) else orelse)
                case lp.Break():
                    raise LoopLeft
                case lp.Check(condition):
                    if not self.expr(condition):
                        raise CheckFailed
                case _:
                    self.memory(statement)

    def loop(self, statement: HostFor | HostWhile) -> None:
        """Run a host loop."""
        try:
            if isinstance(statement, HostWhile):
                while True:
                    self.run(statement.body)
            positions = range(self.form(statement.length))
            for position in reversed(positions) if statement.reverse else positions:
                self.scalars[statement.index] = np.int64(position)
                self.run(statement.body)
        except LoopLeft:
            return

    def memory(self, statement: lp.Stmt | HostStmt) -> None:
        """Run a statement about memory."""
        buffers, device = self.buffers, self.device
        match statement:
            case lp.Alloc(buffer, zero):
                buffers[buffer] = device.empty(self.shape(buffer.dims), buffer.dtype)
                if zero:
                    device.zero(buffers[buffer])
            case lp.Alias(buffer, of):
                buffers[buffer] = device.reshape(buffers[of], self.shape(buffer.dims))
            case lp.Grow():
                self.grow(statement)
            case lp.Swap(first, second):
                buffers[first], buffers[second] = buffers[second], buffers[first]
            case lp.Restore():
                self.restore(statement)
            case lp.MatMul(out, first, second):
                device.matmul(buffers[out], self.operand(first), self.operand(second))
            case lp.Call():
                self.routine(statement)
            case _:
                raise InternalError(f"a plan holds {type(statement).__name__}")

    def routine(self, call: lp.Call) -> None:
        """Have the host compute what a routine of its library computes."""
        operands = [self.device.to_host(self.buffers[b]) for b in call.inputs]
        given = [
            x[0] if b in call.scalars else x for x, b in zip(operands, call.inputs, strict=True)
        ]
        assert call.op.routine is not None
        try:
            results = call.op.routine(*given, **call.options)
        except Exception as error:  # the plain function raises it again
            raise CheckFailed from error
        for buffer, result in zip(call.outputs, results, strict=True):
            target = self.buffers[buffer]
            host = np.asarray(result, buffer.dtype).reshape(target.shape)
            self.device.copy(target, self.device.from_host(host))

    def restore(self, statement: lp.Restore) -> None:
        """Bind a param's buffer to the caller's memory; what lay there moves where it came from."""
        given, current = self.callers[statement.buffer], self.buffers[statement.buffer]
        if current is given:
            return
        there = [b for b in statement.others if self.buffers[b] is given]
        kept = None
        if there:
            kept = self.device.empty(given.shape, statement.buffer.dtype)
            self.device.copy(kept, given)
        self.device.copy(given, current)
        self.buffers[statement.buffer] = given
        for other in there:
            self.buffers[other] = kept

    def grow(self, statement: lp.Grow) -> None:
        """Move a stack to memory of at least twice the size, if it has become too small."""
        buffer, needed = statement.buffer, self.form(statement.capacity)
        old = self.buffers[buffer]
        room = old.shape[0]
        if room < needed:
            room = max(needed, 2 * room)
            self.buffers[buffer] = self.device.empty((room,), buffer.dtype)
            self.device.copy(self.buffers[buffer][: old.shape[0]], old)
        self.scalars[statement.room] = np.int64(room)

    def operand(self, operand: lp.Operand) -> Array:
        """Return an operand of a matrix product."""
        array = self.buffers[operand.buffer]
        return self.device.transpose(array) if operand.transposed else array

    # ------------------------------------------------------------ launches

    def launch(self, launch: Launch) -> None:
        """Run the kernels of a launch."""
        count = 1
        if launch.parallel:
            count = math.prod(max(extent, 0) for extent in self.shape(launch.extents))
        partials = -(-count // (THREADS * POINTS_PER_PARTIAL))
        partials = min(max(partials, 1), MAX_PARTIALS)
        for kernel in launch.kernels:
            blocks, threads, number = {
                Shape.SINGLE: (1, 1, 1),
                Shape.POINTS: (min(-(-count // THREADS), MAX_BLOCKS), THREADS, count),
                Shape.PARTIALS: (partials, THREADS, count),
                Shape.COMBINE: (1, THREADS, partials),
            }[kernel.shape]
            if blocks:
                arguments = [self.argument(param, number) for param in kernel.params]
                self.device.launch(self.kernels[kernel.name], blocks, threads, arguments)

    def argument(self, param: Param, count: int) -> Any:
        """Return what a kernel is given for a param."""
        match param:
            case Pointer(buffer):
                return self.buffers[buffer]
            case Stride(buffer, axis):
                return np.int64(self.buffers[buffer].strides[axis] // buffer.dtype.itemsize)
            case Scalar(value):
                return value.dtype.type(self.scalars[value])
            case Count():
                return np.int64(count)
            case StatePointer():
                return self.state
            case Partials(value):
                if value not in self.partials:
                    self.partials[value] = self.device.empty((MAX_PARTIALS,), value.dtype)
                return self.partials[value]

    def results(self) -> tuple[Any, ...]:
        """Return the results; waits for the device only if there are scalars or checks."""
        wanted = [r for r in self.module.results if not isinstance(r, lp.Buffer)]
        read = dict.fromkeys(v for expr in wanted for v in lp.variables(expr))
        slots = tuple(v for v in read if v in self.module.slots)
        if slots or self.module.checked:
            self.fetch(slots)
        return tuple(
            self.buffers[r] if isinstance(r, lp.Buffer) else self.expr(r)
            for r in self.module.results
        )


def run_on_copies(function: CudaFunction, arguments: Sequence[Any]) -> Outcome:
    """Run a function for NumPy arrays: copy them to the device, and back what it has changed.

    Returns:
        The outcome with NumPy arrays for results; an argument that is a result is itself.
    """
    device, loops = function.device, function.module.function
    for written in set(loops.writes.values()):
        for k in loops.buffers:
            if k != written and np.may_share_memory(arguments[written], arguments[k]):
                return Outcome(GUARD_FAILED)
    given = [device.from_host(x) if isinstance(x, np.ndarray) else x for x in arguments]
    outcome = function(given)
    if outcome.status != OK:
        return outcome
    results = []
    for k, result in enumerate(outcome.results):
        if k in loops.writes:
            target = arguments[loops.writes[k]]
            np.copyto(target, device.to_host(result))
            results.append(target)
        else:
            results.append(device.to_host(result) if device.is_array(result) else result)
    return Outcome(OK, tuple(results))
