"""Containers from outside with run-time keys: what stands for them has its items in columns.

Enters: a container, and where it was found. Leaves: what the program sees in its place, a list or
a stand-in made of lists of unknown length; the lists and dicts in it are rows of pools. The columns
are inputs of the graph, so that one program serves containers of all sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.decisions import IN_CONTAINERS, STAND_IN
from autograph.frontend.symbols.growing import Growing
from autograph.frontend.symbols.inputs import Names, Source, Step
from autograph.frontend.symbols.leaves import is_number, kind_key
from autograph.frontend.symbols.magnitude import is_long
from autograph.frontend.symbols.promotion import kind_of
from autograph.frontend.symbols.symbolic import under_dims
from autograph.frontend.symbols.view import View
from autograph.frontend.tracing.composite import Container, Grown, OneOf, RowItems, merge_all
from autograph.frontend.tracing.journal import Items, same_number
from autograph.frontend.tracing.origins import NO_COLUMNS
from autograph.frontend.tracing.outside import Outside
from autograph.frontend.tracing.packing import element_of
from autograph.frontend.tracing.pooled import Pooled
from autograph.frontend.tracing.pools import STRETCHES, Given, Pool, Row
from autograph.frontend.tracing.premises import Premise
from autograph.frontend.tracing.rows import PooledArray
from autograph.frontend.tracing.rows import Row as ArrayRow
from autograph.frontend.tracing.stand_in import StandIn
from autograph.frontend.tracing.tables import (
    ArrayKind,
    Layout,
    Misfit,
    Part,
    Plan,
    Rows,
    Table,
    Tables,
    Take,
    overlap,
)
from autograph.frontend.tracing.template import Scalar, Static, Template
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType


class Laid(Step, frozen=True, eq=False):
    """The columns of a container, which its premise has made when an input is read."""

    layout: Layout

    def text(self, names: Names) -> str:
        """Return the expression that reads them."""
        return f"c{self.key}"

    def fetch(self, arguments: Sequence[Any]) -> Any:
        """Return the columns for a call with these arguments."""
        return self.layout.lay_out(self.owner.fetch(arguments))


class Column(Step, frozen=True, eq=False):
    """One of the columns of a container, or the objects that lie in one of its tables."""

    def text(self, names: Names) -> str:
        """Return the expression that reads it."""
        return f"{self.owner.text(names)}[{self.key}]"

    def fetch(self, arguments: Sequence[Any]) -> Any:
        """Return it for a call with these arguments."""
        return self.owner.fetch(arguments)[self.key]


class AreApart(Premise, frozen=True, eq=False):
    """Nothing that lies in the tables of one container is found in another place.

    Attributes:
        laid: The containers.
        others: The other places.
    """

    laid: tuple[Laid, ...]
    others: tuple[Source, ...]

    def text(self, names: Names) -> str:
        """Return the expression that tests it."""
        tables = "".join(f"{x.text(names)}[{x.layout.count}:], " for x in self.laid)
        others = "".join(f"{other.text(names)}, " for other in self.others)
        return f"{names.of(are_apart)}(({tables}), ({others}))"


def are_apart(laid: Sequence[list[dict[int, Any]]], others: Sequence[Any]) -> bool:
    """Return whether nothing lies in the tables of two containers, or is one of the others.

    Of arrays, whether they share no memory with those of another container, or the others.
    """
    inside = [{id(x) for table in tables for x in table.values()} for tables in laid]
    found = set(map(id, others))
    if len(found.union(*inside)) < len(found) + sum(map(len, inside)):
        return False
    owners = [[x for table in tables for x in table.values()] for tables in laid]
    arrays = [x for things in owners for x in things if isinstance(x, np.ndarray)]
    if not arrays or overlap(arrays):
        return not arrays
    return not any(overlap([*arrays, x]) for x in others if isinstance(x, np.ndarray))


def note_apart(arguments: Sequence[Any], *, changes: bool) -> None:
    """Note that what a program changes, or reads, in columns has no other name.

    Args:
        arguments: Those of the traced call.
        changes: Whether the program changes containers.

    Raises:
        UnsupportedError: If it has one in the traced call.
    """
    trace = tracer()
    laid = tuple(p.laid for p in trace.outside.premises if isinstance(p, IsLaidOut))
    if not laid or not (changes or any(x.layout.holds_others for x in laid)):
        return
    arrays = [entry.source for entry in trace.inputs if entry.cell is not None]
    others = (
        *trace.outside.containers(),
        *trace.outside.objects(),
        *(source for source in arrays if not isinstance(source, Column)),
    )
    tables = [x.fetch(arguments)[x.layout.count :] for x in laid]
    if not are_apart(tables, [other.fetch(arguments) for other in others]):
        raise unsupported(SHARED.format(laid[0].name))
    trace.outside.note(AreApart(laid[0], laid, others))


class IsLaidOut(Premise, frozen=True, eq=False):
    """A container holds what a layout says; its columns are made."""

    laid: Laid

    def text(self, names: Names) -> str:
        """Return the expression that tests it."""
        made = f"{names.of(self.laid.layout.lay_out)}({self.source.text(names)})"
        return f"({self.laid.text(names)} := {made}) is not None"


SHARED = (
    "a list, dict, object or array in '{}', from which run-time values choose, is found in another "
    "place, too, and the program may change one of them, which is not supported; pass a copy"
)


def laid_out(container: Any, source: Source) -> Any:
    """Return what stands for a container whose items run-time values choose."""
    try:
        return _Laying(container, source).made()
    except Misfit:
        raise unsupported(NO_COLUMNS.format(source.name)) from None


def install() -> None:
    """Have containers from outside laid out by `laid_out`."""
    Outside.lay_out = staticmethod(laid_out)


def _all_same(items: list[Any]) -> bool:
    """Return whether things other than lists are all the same: then they are taken as known."""
    first = items[0]
    if type(first) is list:
        return False
    if is_number(first):
        return all(is_number(x) and same_number(x, first) for x in items)
    return all(x is first for x in items)


class _Laying:
    """Lays one container out."""

    def __init__(self, container: Any, source: Source) -> None:
        self._container = container
        self._source = source
        self._records = (STAND_IN, IN_CONTAINERS) not in tracer().decisions
        self._tables = Tables(container, records=self._records)
        self._root, *_ = self._tables
        self._pools: dict[Any, Pool] = {}
        for table in self._tables:
            if not self._is_flat(table):
                self._pools[table.place] = self._new_pool(table)

    def _is_flat(self, table: Table) -> bool:
        """Return whether a table is the container, or a list that its stand-in is made of."""
        is_own = table.kind is list and table.place[:-2] == self._root.place
        return table is self._root or (is_own and self._root.kind is not list)

    def made(self) -> Any:
        """Return what stands for the container."""
        elements = [self._elements(table) for table in self._tables]
        known = {} if self._root.kind is list else _known_attributes(self._root.contents[0])
        plans = [
            Plan(table.place, self._is_flat(table), tuple(_part(n, t) for n, t in found.items()))
            for table, found in zip(self._tables, elements, strict=True)
        ]
        layout = Layout(type(self._container), tuple(plans), known, self._records)
        laid = Laid(self._source.name, self._source, self._number(), layout)
        tracer().outside.note(IsLaidOut(self._source, laid))
        inputs = iter(self._inputs(laid))
        lists = []
        for table, found in zip(self._tables, elements, strict=True):
            if table.place in self._pools:
                self._pools[table.place].rows[:] = [self._rows(table, found, inputs)]
            elif table.kind is list:
                lists.append(self._list(table, found, inputs))
        for k, pool in enumerate(self._pools.values(), layout.count):
            tracer().pools.given[pool] = Given(Column(self._source.name, laid, k), pool.items)
        return self._standing(lists, known)

    # ------------------------------------------------------------ templates

    def _new_pool(self, table: Table) -> Pool:
        """Return the pool of a table."""
        trace, origin = tracer(), (*self._source.path, *table.place)
        rows: list[Any] = []
        trace.born(rows, trace.root)
        if table.kind is np.ndarray:
            rest = (None,) * (table.place[-1].ndim - 1)
            key: Any = (STRETCHES, table.place[-1].dtype, origin, rest)
        else:
            key = ("list" if table.kind is list else "object", table.kind, origin)
        pool = Pool(key, table.kind, rows, is_given=True)
        trace.pools.add(pool)
        for at, *things in zip(table.owners, table.contents, table.owners.values(), strict=True):
            for thing in things:
                trace.pools.stand(thing, Row(pool, Affine(at)))
        return pool

    def _elements(self, table: Table) -> dict[str, Template]:
        """Return the templates of the parts that have columns."""
        found: dict[str, Template] = {}
        if (table is self._root and table.kind is not list) or table.kind is np.ndarray:
            return found
        for name, items in table.parts().items():
            same = table.kind is not list and _all_same(items)
            if same and is_number(items[0]):
                same = issubclass(table.kind, StandIn) and not table.kind.is_record
            templates = [] if same else list(map(self._element_of, items))
            template = Static(items[0]) if same else merge_all(templates)
            self._require_supported(template)
            found[name] = template
        return found

    def _element_of(self, x: Any) -> Template:
        """Return the template of an item."""
        if isinstance(x, np.ndarray):
            place, _ = self._tables.rows[id(x)]
            view = View((Affine(0),) * x.ndim, ())
            return PooledArray(self._pools[place], view, (None,) * (1 + x.ndim))
        if isinstance(x, tuple):
            parts = tuple(map(self._element_of, x))
            return Container(type(x), tuple(range(len(x))), parts)
        return element_of(x)

    def _require_supported(self, template: Template) -> None:
        if isinstance(template, Container | OneOf):
            parts = template.items if isinstance(template, Container) else template.alternatives
            for part in parts:
                self._require_supported(part)
        elif not isinstance(template, Scalar | Pooled | PooledArray | Static):
            raise Misfit

    # ------------------------------------------------------------ inputs

    def _number(self) -> int:
        """Return which of the containers that are laid out this is."""
        premises = tracer().outside.premises
        return sum(isinstance(premise, IsLaidOut) for premise in premises)

    def _inputs(self, laid: Laid) -> list[Value]:
        """Make the columns inputs of the graph."""
        trace = tracer()
        columns = laid.layout.lay_out(self._container)
        if columns is None:
            raise Misfit
        inputs = []
        for k, column in enumerate(columns[: laid.layout.count]):
            source = Column(f"{self._source.name}_{k}", laid, k)
            inputs.append(trace.lift(column, source).read())
        return inputs

    def _list(
        self, table: Table, elements: dict[str, Template], inputs: Iterator[Value]
    ) -> Growing:
        """Return the items of the one list that a table has."""
        (element,) = elements.values()
        columns = [next(inputs) for _ in element.types()]
        length = columns[0].dims[0] if columns else Affine(len(table.contents[0]))
        return Growing(element, _under(columns, (length,)), length, length)

    def _rows(
        self, table: Table, elements: dict[str, Template], inputs: Iterator[Value]
    ) -> Growing:
        """Return the rows of a table."""
        if table.kind is np.ndarray:
            column = next(inputs)
            rest = column.dims[1:]
            row = ArrayRow(ArrayType(column.dtype, rest)) if rest else Scalar(column.dtype)
            return Growing(row, [column], column.dims[0], column.dims[0])
        types = [t for template in elements.values() for t in template.types()]
        if table.kind is not list:
            element = Container(Items, tuple(elements), tuple(elements.values()))
            columns = [next(inputs) for _ in types]
            length = columns[0].dims[0] if columns else Affine(len(table.contents))
            return Growing(element, _under(columns, (length,)), length, length)
        (inner,) = elements.values()
        lengths, *columns = [next(inputs) for _ in range(1 + len(types))]
        count = lengths.dims[0]
        widest = columns[0].dims[1] if columns else Affine(0)
        whole = [lengths, *_under(columns, (count, widest))]
        return Growing(RowItems(Grown(inner, widest)), whole, count, count)

    def _standing(self, lists: list[Growing], known: dict[str, Any]) -> Any:
        """Return what the program sees of the container."""
        trace, root = tracer(), self._root
        if isinstance(self._container, tuple):
            return (lists[0],)
        if root.kind is list:
            made: Any = [lists[0]]
            trace.born(made, trace.root)
            return made
        given = iter(lists)
        made = object.__new__(root.kind)
        for name in vars(root.contents[0]):
            setattr(made, name, known[name] if name in known else [next(given)])
        return trace.with_parts_born(made, trace.root)


def _known_attributes(stand_in: StandIn) -> dict[str, Any]:
    return {name: x for name, x in vars(stand_in).items() if type(x) is not list}


def _under(columns: list[Value], dims: tuple[Affine, ...]) -> list[Value]:
    """Return columns under common dims, which they have in all calls."""
    trace = tracer()
    for column in columns:
        for own, dim in zip(column.dims, dims, strict=True):
            trace.facts.assume_equal(own, dim, insist=True)
    with trace.at_entry():
        return [under_dims(column, dims) for column in columns]


# ---------------------------------------------------------------- taking items apart


def _part(name: str, element: Template) -> Part:
    return Part(name, _taker(element), tuple(t.dtype for t in element.types()))


def _taker(element: Template) -> Take:
    """Return what takes the leaves of an item."""
    if isinstance(element, PooledArray):
        return _array_taker(element.buffer.key[1], element.count_dims)
    if isinstance(element, Scalar):
        return _number_taker(element.kind)
    if isinstance(element, Pooled):
        return _row_taker(element.pool.kind)
    if isinstance(element, Container):
        return _tuple_taker(element)
    if isinstance(element, OneOf):
        return _choice_taker(element)
    assert isinstance(element, Static)
    content = element.content

    def take(x: Any, rows: Rows) -> list[Any]:
        if x is not content and (type(x) is not type(content) or x != content):
            raise Misfit
        return []

    return take


def _number_taker(kind: Any) -> Take:
    known = kind_key(kind)

    def take(x: Any, rows: Rows) -> list[Any]:
        if type(x) is not kind and (not is_number(x) or kind_key(kind_of(x)) != known):
            raise Misfit
        if is_long(x):
            raise Misfit
        return [x]

    return take


def _row_taker(kind: type) -> Take:
    def take(x: Any, rows: Rows) -> list[Any]:
        place, at = rows.get(id(x), ((None,), 0))
        if place[-1] is not kind:
            raise Misfit
        return [at]

    return take


def _array_taker(dtype: np.dtype[Any], ndim: int) -> Take:
    kind = ArrayKind(dtype, ndim)

    def take(x: Any, rows: Rows) -> list[Any]:
        place, at = rows.get(id(x), ((None,), 0))
        if place[-1] != kind:
            raise Misfit
        return [at, *x.shape]

    return take


def _tuple_taker(element: Container) -> Take:
    kind: Any = element.kind
    takers = [_taker(item) for item in element.items]

    def take(x: Any, rows: Rows) -> list[Any]:
        if type(x) is not kind or len(x) != len(takers):
            raise Misfit
        return [leaf for part, own in zip(x, takers, strict=True) for leaf in own(part, rows)]

    return take


def _choice_taker(element: OneOf) -> Take:
    takers = [_taker(part) for part in element.alternatives]
    groups = list(element.storage().values())
    counts = [len(element.alternatives[group[0]].types()) for group in groups]

    def take(x: Any, rows: Rows) -> list[Any]:
        for chosen, own in enumerate(takers):
            try:
                leaves = own(x, rows)
            except Misfit:
                continue
            flags = [k == chosen for k in range(1, len(takers))]
            pairs = zip(groups, counts, strict=True)
            stored = [leaves if chosen in group else [0] * count for group, count in pairs]
            return [*flags, *(leaf for part in stored for leaf in part)]
        raise Misfit

    return take
