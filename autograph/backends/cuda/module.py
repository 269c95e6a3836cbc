"""What the CUDA emitter produces: source text, kernels, and the plan that the host runs.

The plan holds statements of the loop form that concern memory (`Alloc`, `Swap`, ...) as they are,
host loops and conditions, and launches. Scalar variables live on the host, where plans compute them
with NumPy, or in the fields of the device's `State`, where kernels compute them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import TypeAlias

from msgspec import Struct, field

from autograph.backends import loops as lp
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import DType

THREADS = 256
"""Threads of a block in every parallel kernel."""

MAX_BLOCKS = 65536
"""Blocks of a kernel at most; a thread visits further points in strides of the grid."""

MAX_PARTIALS = 512
"""Blocks of a reduction at most; part of the result's rounding, so the same on all devices."""

SLOT_BYTES = 8
"""Bytes of each field of `State`."""


class Shape(Enum):
    """How many threads run a kernel."""

    POINTS = "one thread per point"
    PARTIALS = "one partial result per block"
    COMBINE = "one block"
    SINGLE = "one thread"


class Pointer(Struct, frozen=True):
    """A kernel param: the memory of a buffer."""

    buffer: lp.Buffer


class Stride(Struct, frozen=True):
    """A kernel param: the distance of neighbours along an axis of a buffer, in elements."""

    buffer: lp.Buffer
    axis: int


class Scalar(Struct, frozen=True):
    """A kernel param: the content of a host variable."""

    value: Value


class Count(Struct, frozen=True):
    """A kernel param: the number of points of the launch, or of partial results to combine."""


class StatePointer(Struct, frozen=True):
    """A kernel param: the device's `State`."""


class Partials(Struct, frozen=True):
    """A kernel param: memory for one partial result per block of a reduction's target."""

    value: Value

    @property
    def dtype(self) -> DType:
        """Dtype of the partial results."""
        return self.value.dtype


Param: TypeAlias = Pointer | Stride | Scalar | Count | StatePointer | Partials


class Kernel(Struct, frozen=True):
    """A `__global__` function of the module.

    Attributes:
        name: Of the function.
        shape: How many threads run it.
        params: What it is given, in order.
    """

    name: str
    shape: Shape
    params: tuple[Param, ...]


# ---------------------------------------------------------------- host plan


class Launch(Struct, eq=False):
    """Run statements on the device.

    Attributes:
        body: One nest, whose points run in parallel, or element statements for a single thread.
        parallel: Whether it is a nest to be run in parallel.
        initial: Contents that the targets of the nest's reductions have before it.
        kernels: What the statements have become, to be run one after the other.
    """

    body: list[lp.Stmt]
    parallel: bool = False
    initial: dict[Value, lp.Constant] = field(default_factory=dict)
    kernels: tuple[Kernel, ...] = ()

    @property
    def nest(self) -> lp.Nest:
        """The nest that is run in parallel."""
        (nest,) = self.body
        assert isinstance(nest, lp.Nest)
        return nest

    @property
    def extents(self) -> tuple[Affine, ...]:
        """The extents of the box of points of a parallel nest."""
        return tuple(u - low for u, low in zip(self.nest.upper, self.nest.lower, strict=True))


class Fetch(Struct, frozen=True):
    """Wait for the device and copy `State` to the host; abandon the call if a check has failed."""

    variables: tuple[Value, ...]


class HostFor(Struct, frozen=True):
    """A loop on the host: `index` runs over 0..length-1, or downwards."""

    index: Value
    length: Affine
    reverse: bool
    body: list[HostStmt]


class HostWhile(Struct, frozen=True):
    """A loop on the host that only `Break` leaves."""

    body: list[HostStmt]


class HostIf(Struct, frozen=True):
    """A choice on the host; the condition is over host variables."""

    condition: lp.Expr
    then: list[HostStmt]
    orelse: list[HostStmt]


Memory: TypeAlias = lp.Alloc | lp.Alias | lp.Grow | lp.Swap | lp.Restore | lp.MatMul | lp.Call
Shared: TypeAlias = lp.Let | lp.Assign | lp.Check | lp.Break | Memory
HostStmt: TypeAlias = Launch | Fetch | HostFor | HostWhile | HostIf | Shared


def host_blocks(statement: HostStmt) -> tuple[list[HostStmt], ...]:
    """Return the blocks inside a host statement."""
    if isinstance(statement, HostFor | HostWhile):
        return (statement.body,)
    if isinstance(statement, HostIf):
        return (statement.then, statement.orelse)
    return ()


def walk_plan(plan: Sequence[HostStmt]) -> Iterator[HostStmt]:
    """Yield all statements of a plan, outer ones before those inside."""
    for statement in plan:
        yield statement
        for block in host_blocks(statement):
            yield from walk_plan(block)


class CudaModule(Struct, frozen=True):
    """A function for CUDA devices.

    Attributes:
        function: The loop form that it was made from: params, guards, results.
        source: CUDA C++ text; its head comments tell the plan.
        kernels: The kernels of the source.
        plan: What the host does.
        slots: Variables that live in the device's `State`, by the index of their field.
        results: As those of the function, over host variables and slots.
        checked: Whether kernels may report a failed check in field 0 of `State`.
    """

    function: lp.LoopFunction
    source: str
    kernels: tuple[Kernel, ...]
    plan: list[HostStmt]
    slots: dict[Value, int]
    results: list[lp.Buffer | lp.Expr]
    checked: bool

    def text(self) -> str:
        """Return the source; its head comments tell the host plan."""
        return self.source
