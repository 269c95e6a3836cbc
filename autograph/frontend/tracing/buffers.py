"""Buffers of a trace: how they change, and which may be the same in the program.

Enters: new contents of a buffer. Leaves: the journal's note; what may not be used any more, as it
may have been changed by another name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NoReturn

from autograph.frontend.symbols.context import ProgramRaises, unsupported
from autograph.frontend.symbols.decisions import APART, POOL, REFERENCE, Decisions, Restart
from autograph.frontend.symbols.facts import Facts
from autograph.frontend.symbols.growing import FIXED_ITEM
from autograph.frontend.symbols.inputs import Input
from autograph.frontend.symbols.magnitude import COUNTABLE
from autograph.frontend.symbols.symbolic import Array, Cell
from autograph.frontend.tracing.journal import BufferPlace
from autograph.frontend.tracing.origins import Origins
from autograph.frontend.tracing.pools import Pool, Row
from autograph.ir.affine import Affine
from autograph.ir.graph import Value

STALE = (
    "an array whose size changes in a loop or branch is changed in place or returned, and whether "
    "it shares memory with another one depends on run-time values, which is not supported; copy it "
    "first: x = x.copy()"
)

STALE_ROW = (
    "an array that a list of unknown length or an object in one holds is used after such arrays "
    "were changed in place, which is not supported; read it again right before, or keep a copy: "
    "x = items[k].copy()"
)


ARRAYS_IN_POOLS = (POOL, "arrays")
"""The decision to keep arrays in pools."""


class Buffers(Origins):
    """Regions that know their buffers.

    Args:
        name: Name of the entry graph.
        facts: What is known of integers.
        decisions: What earlier attempts found necessary.

    Attributes:
        inputs: What enters the graph.
        has_shared_arrays: Whether lists, or objects in them, may hold one array several times, or
            one that something else holds, too.
        has_copies: Whether a list holds a copy of an array that it could hold itself.
        keeps_arrays: Whether arrays that lists come to hold lie in pools, where they can.
        copied_at: Where the last array was held that cannot lie in one.
        keep: Moves a buffer to a pool; set by `escape`.
    """

    keep: ClassVar[Callable[[Any, Cell], None]]

    def __init__(self, name: str, facts: Facts, decisions: Decisions) -> None:
        super().__init__(name, facts, decisions)
        self.inputs: list[Input] = []
        self.has_shared_arrays = False
        self.has_copies = False
        self.keeps_arrays = ARRAYS_IN_POOLS in decisions
        self.copied_at: Any = None
        self._twins: set[Cell] = set()
        self._fixed: set[Cell] = set()
        self._holders: dict[Cell, int] = {}

    def fail(self, message: str) -> NoReturn:
        """End the block being traced: the program raises whenever it comes here."""
        raise ProgramRaises(message)

    def new_cell(self, value: Value, *, joined: bool = False) -> Cell:
        """Return a buffer made in this region; `joined` if it stands for one made before."""
        cell = Cell(value, self.top)
        if self.keeps_arrays and not joined:
            cell.made_at = self.site
            if (POOL, cell.made_at) in self.decisions:
                self.keep(cell)
        return cell

    def write_cell(self, cell: Cell, value: Value) -> None:
        """Give a buffer new contents."""
        entry = next((i for i in self.inputs if i.cell is cell), None)
        if entry is not None and not entry.writeable:
            self.fail("ValueError: assignment destination is read-only")
        if cell.row is not None:
            changed = cell.row.having(value)
            self.log_object(cell.row.pool.rows)
            cell.row.pool.rows[:] = [changed]
            return
        if cell.fixed:
            self._write_through(cell, value)
        self._note_change(cell)
        self.write(BufferPlace(cell, cell.value.name or "array"), value)

    def array_in(self, pool: Pool, at: Affine, dims: tuple[Affine, ...] | None = None) -> Cell:
        """Return the buffer in a row of a pool, or in several rows if it has dims of its own."""
        row = Row(pool, at, dims)
        for form in (at, *(dims or ())):
            self.facts.learn(form)
            if form.symbol is not None:
                self.facts.magnitudes.limits[form.symbol] = COUNTABLE
        cell = Cell(row.contents(), self.root)
        cell.row = row
        return cell

    def copied(self, array: Array) -> Array:
        """Return a new array that stands for another one, which cannot be passed on itself."""
        cell = self.new_cell(array.read())
        self.note_origin(cell, array.cell)
        return Array(cell)

    def note_origin(self, cell: Cell, *origins: Cell) -> None:
        """Note that a buffer may be another one, or what that may be, in the program."""
        cell.origins |= frozenset(origins).union(*(origin.origins for origin in origins))
        if cell.origins:
            self._twins.update((cell, *cell.origins))

    def _note_change(self, cell: Cell) -> None:
        """Have nobody use what may be the same buffer as one that is changed."""
        for other in self._twins if cell in self._twins else ():
            if other is cell or other.stale or not other.may_be(cell):
                continue
            if any(entry.cell is other for entry in self.inputs):
                raise self.stale(other)
            other.stale = True

    def count_stale(self) -> int:
        """Return how many buffers that were made around here may have been changed as others."""
        cells = self._twins | self._fixed
        return sum(cell.stale and self.top.within(cell.birth) for cell in cells)

    def stale(self, cell: Cell) -> BaseException:
        """Return what to raise where a buffer is used that may have been changed as another one.

        The trace starts again and keeps apart what may be one buffer.
        """
        if cell.fixed and not cell.origins:
            return self.needs_arrays() or unsupported(STALE_ROW)
        apart = (APART,)
        return unsupported(STALE) if apart in self.decisions else Restart(apart)

    # ------------------------------------------------------------ arrays that lists hold

    def lives_on(self, cell: Cell) -> bool:
        """Return whether a buffer is there until the call ends, so that lists can refer to it."""
        return cell.birth is self.root

    def is_referred_to(self, cell: Cell) -> bool:
        """Return whether lists of unknown length hold views of a buffer, not copies of them."""
        return self.lives_on(cell) and (REFERENCE,) in self.decisions

    def needs_arrays(self, *, twice: bool = True) -> Restart | None:
        """Return the restart that has lists hold arrays instead of copies, where they can.

        Args:
            twice: Whether arrays that are made in loops matter, too.
        """
        wanted = [(REFERENCE,)] * self.has_copies + [ARRAYS_IN_POOLS] * twice
        return next((Restart(key) for key in wanted if key not in self.decisions), None)

    def fix(self, cell: Cell) -> None:
        """Note that a list or an object in a pool holds a copy of a buffer from now on."""
        cell.fixed = True
        self._fixed.add(cell)

    def note_held(self, array: Array, holder: object = None) -> None:
        """Note that something comes to hold an array, which may be part of something else, too.

        Args:
            array: The array.
            holder: The list that holds it, if that may have been noted before.
        """
        cell = array.cell
        if self.is_referred_to(cell) or cell.row is not None:
            return
        if self.keeps_arrays:
            self.copied_at = self.site
        given = any(entry.cell is cell for entry in self.inputs)
        before = self._holders.get(cell)
        elsewhere = cell.fixed if holder is None else before not in (None, id(holder))
        self.has_shared_arrays = self.has_shared_arrays or given or elsewhere
        self._holders[cell] = -1 if holder is None else id(holder)

    def note_repeated(self, x: Any) -> None:
        """Note whether an array is twice in one item of a list."""
        cells = [part.cell for part in x if isinstance(part, Array)] if type(x) is tuple else []
        copied = [cell for cell in cells if not self.is_referred_to(cell) and cell.row is None]
        self.has_shared_arrays = self.has_shared_arrays or len(set(copied)) < len(copied)

    def note_items(self, items: Sequence[Any], holder: list[Any] | None) -> None:
        """Note that a list comes to hold copies of the lists and arrays among its items."""
        for k, item in enumerate(items):
            if type(item) is list and self.pools.row_of(item) is None:
                if any(item is other for other in items[:k]):
                    self.note_shared(item)
                self.hold(item, holder)
            elif isinstance(item, Array):
                twice = any(isinstance(x, Array) and x.cell is item.cell for x in items[:k])
                self.note_held(item, None if twice else holder)

    def _write_through(self, cell: Cell, value: Value) -> None:
        """Change a buffer where a list holds it, too; nobody may use other copies from now on."""
        if cell.home is None or self.has_shared_arrays:
            raise self.needs_arrays() or unsupported(FIXED_ITEM)
        if cell.stale:
            raise self.stale(cell)
        cell.home.store(Array(self.new_cell(value)))
        for other in self._fixed:
            other.stale = other.stale or other is not cell

    def leave_home(self, owner: object) -> None:
        """Note that a list or object may hold other arrays: those read before are apart from it."""
        for cell in self._fixed:
            if cell.home is not None and cell.home.owner is owner:
                cell.home = None
