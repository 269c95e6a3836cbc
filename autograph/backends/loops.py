"""The loop form: typed scalar statements in loop nests over buffers.

Enters: nothing but the classes of `ir`. Leaves: the data types between scheduler and emitters.

Meaning
    * A scalar variable is a graph `Value`: a scalar param, a dim symbol, a loop index, or the
      target of `Let` (assigned once in its block) or `Assign` (assigned anywhere, visible after
      the block).
    * Positions, bounds and sizes are affine forms over int64 scalar variables. They are in range.
    * A `Buffer` is a variable that is bound to memory: `Alloc` binds it, `Swap` exchanges the
      memory of two, `Grow` moves it to more memory. Reading and writing elements never rebinds.
    * A `Nest` visits a box of points. Its iterations do not depend on each other, apart from its
      reductions, unless it is `ordered`; then they run in lexicographic order, each axis backwards
      where `reverse` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from msgspec import Struct, field

from autograph.backends.scalars import Apply as Apply
from autograph.backends.scalars import Buffer as Buffer
from autograph.backends.scalars import Constant as Constant
from autograph.backends.scalars import Expr as Expr
from autograph.backends.scalars import Form as Form
from autograph.backends.scalars import Inside as Inside
from autograph.backends.scalars import Load as Load
from autograph.backends.scalars import Point as Point
from autograph.backends.scalars import Read as Read
from autograph.backends.scalars import Waves as Waves
from autograph.errors import Site
from autograph.ir.affine import Affine
from autograph.ir.graph import Guard, Value
from autograph.ir.op import Op
from autograph.ir.types import DType
from autograph.ops.library import Dims, LibraryCall

# ---------------------------------------------------------------- statements


class Let(Struct, eq=False):
    """Name the value of an expression."""

    value: Value
    expr: Expr


class Assign(Struct, eq=False):
    """Give a variable a (new) content; the variable outlives the block."""

    value: Value
    expr: Expr


class Store(Struct, eq=False):
    """Write an element of a buffer."""

    buffer: Buffer
    index: Point
    expr: Expr


class Reduce(Struct, eq=False):
    """`target = op(target, expr)`: an accumulation over the iterations of the enclosing nest.

    The op is add, multiply, maximum, minimum, logical_and or logical_or; iterations may be combined
    in any order. The target was assigned the op's neutral (or another starting) element before.
    `careful` sums keep rounding errors from growing with the number of terms, as NumPy's do.
    """

    target: Value
    op: Op
    expr: Expr
    careful: bool = True


class ArgReduce(Struct, eq=False):
    """Keep the best element seen and its position; ties go to the lower position, NaN is best.

    `op` is greater (argmax) or less (argmin). `position` starts at -1, which stands for none seen.
    """

    best: Value
    position: Value
    op: Op
    expr: Expr
    at: Affine


class Nest(Struct, eq=False):
    """A box of points visited by one body; may hold further nests (reductions over inner axes)."""

    indices: tuple[Value, ...]
    lower: Point
    upper: Point
    body: list[Stmt]
    reverse: tuple[bool, ...] = ()
    ordered: bool = False
    site: Site | None = None

    def __post_init__(self) -> None:
        if not self.reverse:
            self.reverse = (False,) * len(self.indices)


class For(Struct, eq=False):
    """A sequential loop: `index` runs over 0..length-1, or downwards. `Break` may leave it."""

    index: Value
    length: Affine
    body: list[Stmt]
    reverse: bool = False
    site: Site | None = None


class While(Struct, eq=False):
    """A sequential loop that only `Break` leaves."""

    body: list[Stmt]
    site: Site | None = None


class Break(Struct, eq=False):
    """Leave the innermost `For` or `While`."""


class If(Struct, eq=False):
    """Run one of two blocks."""

    condition: Expr
    then: list[Stmt]
    orelse: list[Stmt] = field(default_factory=list)


class Alloc(Struct, eq=False):
    """Bind a buffer to new memory, filled with zeros or with anything."""

    buffer: Buffer
    zero: bool = False


class Alias(Struct, eq=False):
    """Bind a buffer to the memory of another, row-major one, whose elements its dims count too.

    The other buffer is not used afterwards.
    """

    buffer: Buffer
    of: Buffer


class Grow(Struct, eq=False):
    """Make room in a buffer of one axis for at least `capacity` elements, keeping its content.

    Emitters round up (doubling), so that a growing stack is moved rarely. The variable `room`
    receives the number of elements there is room for afterwards.
    """

    buffer: Buffer
    capacity: Affine
    room: Value


class Swap(Struct, eq=False):
    """Exchange the memory that two buffers of equal type are bound to."""

    first: Buffer
    second: Buffer


class Restore(Struct, eq=False):
    """Bind a param's buffer to the caller's memory again, its content moved there if swapped away.

    If one of the `others`, whose content is still needed, is bound to the caller's memory now, it
    gets the memory that the param's buffer was bound to, its content moved there.
    """

    buffer: Buffer
    others: tuple[Buffer, ...] = ()


class Operand(Struct, frozen=True):
    """A matrix operand of a library call: a whole buffer, or its transpose."""

    buffer: Buffer
    transposed: bool = False


class MatMul(Struct, eq=False):
    """`out = first @ second` for matrices, by the target's library; `out` overlaps no operand."""

    out: Buffer
    first: Operand
    second: Operand


class LibraryRun(Struct, eq=False):
    """Call a library function on the contents of whole buffers, and keep what it returns.

    The call of the program is abandoned with status CHECK_FAILED if the function raises. The
    variables `sizes` receive the extents of the results that only the call tells; `ticket` receives
    a number under which `LibraryResults` finds what was returned. An operand among the `scalars` is
    passed as a number, which is the one element of its buffer.
    """

    call: LibraryCall
    operands: tuple[Buffer, ...]
    scalars: tuple[bool, ...]
    sizes: tuple[Value, ...]
    ticket: Value
    dtypes: tuple[DType, ...]
    dims: tuple[Dims, ...]
    site: Site | None = None


class LibraryResults(Struct, eq=False):
    """Copy what a library function returned to buffers, whose dims it must have."""

    ticket: Value
    out: tuple[Buffer, ...]


class Call(Struct, eq=False):
    """Have a library compute whole buffers: `outputs = op.routine(*inputs, **options)`.

    No output overlaps an input. Abandons the call with status CHECK_FAILED if the routine raises.

    Attributes:
        op: A routine op.
        options: The attributes of its node, all of them constants.
        inputs: What it reads.
        outputs: What it writes, every element.
        scalars: Those of the buffers that stand for a scalar, as their only element.
    """

    op: Op
    options: Mapping[str, Any]
    inputs: tuple[Buffer, ...]
    outputs: tuple[Buffer, ...]
    scalars: frozenset[Buffer] = frozenset()
    site: Site | None = None


class Draw(Struct, eq=False):
    """Draw a random number of a distribution by a state, which becomes the next one."""

    distribution: str
    state: Buffer
    parameters: tuple[Expr, ...]
    value: Value
    site: Site | None = None


class Invoke(Struct, eq=False):
    """Call a routine. Abandons the call of the program with the routine's status if that is not OK.

    Attributes:
        routine: What is called; None: the routine that this statement belongs to.
        arguments: A buffer or an expression for each param.
        written: Those of the buffers whose content the routine changes.
        made: The other results: variables, and buffers that are bound to new memory.
    """

    routine: LoopFunction | None
    arguments: tuple[Buffer | Expr, ...]
    written: tuple[Buffer, ...]
    made: tuple[Buffer | Value, ...]
    site: Site | None = None

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """The buffers that are handed over."""
        return tuple(a for a in self.arguments if isinstance(a, Buffer))

    @property
    def made_buffers(self) -> tuple[Buffer, ...]:
        """The buffers that are bound to new memory."""
        return tuple(b for b in self.made if isinstance(b, Buffer))


class Check(Struct, eq=False):
    """Abandon the call with status CHECK_FAILED if the condition is false."""

    condition: Expr
    message: str
    site: Site | None = None


_Computing: TypeAlias = Let | Assign | Store | Reduce | ArgReduce | Draw | Check
_Control: TypeAlias = Nest | For | While | Break | If
_Memory: TypeAlias = Alloc | Alias | Grow | Swap | Restore
_Library: TypeAlias = MatMul | LibraryRun | LibraryResults | Call | Invoke
Stmt: TypeAlias = _Computing | _Control | _Memory | _Library


class Note(Struct, frozen=True):
    """What the scheduler decided about a place in the user's source, in words."""

    site: Site | None
    text: str


class LoopFunction(Struct, eq=False):
    """A compiled entry in loop form.

    Attributes:
        name: Of the function.
        params: Scalar and array params, in order; scalars are variables.
        buffers: The buffers that array params are bound to at entry, by param index.
        guards: Checked before anything else; if one fails the call has status GUARD_FAILED.
        dim_symbols: Variables to be defined at entry: symbol -> (param index, axis).
        body: The statements.
        results: What is returned: a buffer, or an expression over scalar variables.
        writes: result index -> index of the param whose memory that result is.
        notes: What was decided, for `explain`.
        routines: The recursive functions that it calls.
        deepest: Of a routine: how many calls of it may be under way at a time.
    """

    name: str
    params: list[Value]
    buffers: dict[int, Buffer]
    guards: list[Guard]
    dim_symbols: dict[Value, tuple[int, int]]
    body: list[Stmt]
    results: list[Buffer | Expr]
    writes: dict[int, int]
    notes: list[Note] = field(default_factory=list)
    routines: list[LoopFunction] = field(default_factory=list)
    deepest: int = 0


# ---------------------------------------------------------------- traversal


def hole(nest: Nest) -> tuple[Inside, list[Stmt]] | None:
    """Return the box that a nest leaves out, and what it does elsewhere, if that is all it does."""
    if len(nest.body) != 1 or any(nest.reverse):
        return None
    (statement,) = nest.body
    if not isinstance(statement, If) or statement.then:
        return None
    box, own = statement.condition, tuple(map(Affine.of, nest.indices))
    return (box, statement.orelse) if isinstance(box, Inside) and box.point == own else None


def filled(nest: Nest) -> tuple[Buffer, Constant] | None:
    """Return the buffer of which a nest gives all elements one content, if that is all it does."""
    store = nest.body[0] if len(nest.body) == 1 else None
    if not isinstance(store, Store) or not isinstance(store.expr, Constant):
        return None
    whole = store.index == tuple(map(Affine.of, nest.indices)) and nest.upper == store.buffer.dims
    return (store.buffer, store.expr) if whole and all(x == 0 for x in nest.lower) else None


def blocks(statement: Stmt) -> tuple[list[Stmt], ...]:
    """Return the blocks inside a statement."""
    if isinstance(statement, Nest | For | While):
        return (statement.body,)
    if isinstance(statement, If):
        return (statement.then, statement.orelse)
    return ()


def walk(body: Sequence[Stmt]) -> Iterator[Stmt]:
    """Yield all statements, outer ones before those inside."""
    for statement in body:
        yield statement
        for block in blocks(statement):
            yield from walk(block)


def expressions(statement: Stmt) -> tuple[Expr, ...]:
    """Return the expressions of a statement itself."""
    if isinstance(statement, Let | Assign | Store | Reduce | ArgReduce):
        return (statement.expr,)
    if isinstance(statement, If | Check):
        return (statement.condition,)
    if isinstance(statement, Invoke):
        return tuple(a for a in statement.arguments if not isinstance(a, Buffer))
    return statement.parameters if isinstance(statement, Draw) else ()


def subexpressions(expr: Expr) -> Iterator[Expr]:
    """Yield an expression and all those inside."""
    yield expr
    if isinstance(expr, Apply):
        for arg in expr.args:
            yield from subexpressions(arg)


def forms(expr: Expr) -> Iterator[Affine]:
    """Yield the affine forms of an expression, those inside included."""
    for e in subexpressions(expr):
        if isinstance(e, Form):
            yield e.form
        elif isinstance(e, Load):
            yield from e.index
        elif isinstance(e, Inside):
            yield from (*e.point, *e.lower, *e.upper)


def variables(expr: Expr) -> Iterator[Value]:
    """Yield the scalar variables that an expression reads, those in forms included."""
    for e in subexpressions(expr):
        if isinstance(e, Read):
            yield e.value
    for form in forms(expr):
        yield from form.symbols
