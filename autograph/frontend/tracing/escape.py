"""Objects that lists of unknown length, or objects in pools, come to refer to: they move to pools.

Enters: what is going to be referred to. Leaves: the same things, which stand for rows of pools from
now on. Only what was made in the region at hand can move; what was made around it has to be in a
pool from the beginning, for which the trace starts again.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.frontend.symbols.decisions import POOL, Restart
from autograph.frontend.symbols.growing import Growing, growing_of
from autograph.frontend.symbols.symbolic import Array, Cell
from autograph.frontend.symbols.union import Union, alternatives
from autograph.frontend.tracing.columns import require_room
from autograph.frontend.tracing.composite import Container, Grown, OneOf, RowItems, merge, merge_all
from autograph.frontend.tracing.heap import content_of, is_heap
from autograph.frontend.tracing.items import appended, lengthened, with_element
from autograph.frontend.tracing.journal import Items
from autograph.frontend.tracing.packing import element_of
from autograph.frontend.tracing.pooled import LiveItems, known_row
from autograph.frontend.tracing.pools import STRETCHES, Pool, Row
from autograph.frontend.tracing.relaid import relaid
from autograph.frontend.tracing.rows import Row as ArrayRow
from autograph.frontend.tracing.stand_in import family_of, is_told_apart
from autograph.frontend.tracing.template import Scalar, Template
from autograph.frontend.tracing.tracer import Tracer, tracer
from autograph.ir.affine import Affine
from autograph.ir.types import ArrayType


def escape(x: Any, *, with_lists: bool = False) -> None:
    """Move objects to pools that a list of unknown length is going to refer to.

    Args:
        x: What it is going to hold.
        with_lists: Whether to move lists, too; else it holds what they contain.
    """
    found: list[Any] = []
    keep_arrays(x)
    tracer().note_repeated(x)
    _collect(x, with_lists, found)
    move_all(found)


def move_all(things: list[Any]) -> None:
    """Move objects and lists, which may refer to each other, to pools."""
    trace = tracer()
    contents = [content_of(thing) for thing in things]
    counts: dict[Any, Affine] = {}
    rows: list[Row] = []
    for thing in things:
        pool = _pool_of(thing)
        at = counts.get(pool, pool.items.length)
        counts[pool] = at + 1
        rows.append(Row(pool, known_row(at)))
        trace.pools.stand(thing, rows[-1])
    for thing, content, row in zip(things, contents, rows, strict=True):
        items = appended(row.pool.items, content, _template(content))
        trace.log_object(row.pool.rows)
        row.pool.rows[:] = [items]
        if type(thing) is list:
            thing[:] = [LiveItems(row)]


def require_pools(items: Iterable[Any]) -> None:
    """Have objects and lists in pools, one of which a run-time value is going to choose.

    Raises:
        Restart: If they are in none, but can be.
    """
    for x in items:
        if isinstance(x, tuple):
            require_pools(x)
        elif isinstance(x, Union):
            require_pools([part for _, part in alternatives(x)])
        elif is_heap(x) and tracer().birth(x) is not None and tracer().pools.row_of(x) is None:
            found = tracer().needs_pool(x)
            if isinstance(found, Restart):
                raise found


def settled(made: Any) -> Any:
    """Return an object or list that was just made, in a pool if it belongs there."""
    trace = tracer()
    if (
        any((POOL, about) in trace.decisions for about in trace.origins_of(made))
        and trace.pools.row_of(made) is None
    ):
        trace.born(made)
        escape(made, with_lists=True)
    return made


def _collect(x: Any, with_lists: bool, found: list[Any]) -> None:
    """Find what has to move, and what that refers to."""
    if isinstance(x, Union):
        for _, part in alternatives(x):
            _collect(part, with_lists, found)
    elif isinstance(x, tuple):
        for part in x:
            _collect(part, with_lists, found)
    elif isinstance(x, Array):
        keep_arrays(x)
        tracer().note_held(x)
    elif _has_to_move(x, with_lists) and not any(x is other for other in found):
        if tracer().birth(x) is not tracer().top:
            raise tracer().needs_pool(x)
        found.append(x)
        content = content_of(x)
        for part in content.values() if isinstance(content, Items) else content:
            if not isinstance(part, Growing):
                _collect(part, True, found)


def _has_to_move(x: Any, with_lists: bool) -> bool:
    kinds = type(x) is list if with_lists else False
    return (kinds or (is_heap(x) and type(x) is not list)) and tracer().pools.row_of(x) is None


def keep_arrays(x: Any) -> None:
    """Move arrays that a list comes to hold to pools, if they have to be there and can."""
    if not tracer().keeps_arrays or growing_of(x) is not None:
        return
    if isinstance(x, Array):
        _keep(x.cell)
    elif isinstance(x, Union):
        for _, part in alternatives(x):
            keep_arrays(part)
    elif isinstance(x, tuple | list):
        for part in x:
            keep_arrays(part)


def _keep(cell: Cell) -> None:
    trace = tracer()
    if trace.lives_on(cell) or cell.row is not None:
        return
    if cell.birth is trace.top:
        _move(cell)
    elif cell.made_at is not None and (POOL, cell.made_at) not in trace.decisions:
        raise Restart((POOL, cell.made_at))


def _move(cell: Cell) -> None:
    """Move an array to a pool."""
    trace = tracer()
    type_ = cell.value.array_type
    if all(map(_is_known_outside, type_.dims)):
        pool = _pool(("array", type_), np.ndarray)
        row = Row(pool, known_row(pool.items.length))
        items = appended(pool.items, cell.value, ArrayRow(type_))
    else:
        pool, element = _pool_of_stretches(type_)
        row = Row(pool, known_row(pool.items.length), type_.dims)
        items = lengthened(pool.items, element, type_.dims[0] + 1)
    trace.log_object(pool.rows)
    pool.rows[:] = [items]
    if row.dims is not None:
        pool.rows[:] = [row.having(cell.value)]
    cell.row = row


def _pool_of_stretches(type_: ArrayType) -> tuple[Pool, Template]:
    """Return the pool for arrays of several sizes, and the template of one of its rows.

    An array takes a row for each of its items, and one more, so that no two begin at the same.
    """
    rest = tuple(dim if _is_known_outside(dim) else None for dim in type_.dims[1:])
    pool = _pool((STRETCHES, type_.dtype, rest), np.ndarray)
    room = tuple(
        tracer().room((pool.key, axis)) if dim is None else dim for axis, dim in enumerate(rest)
    )
    for size, bound in zip(type_.dims[1:], room, strict=True):
        require_room(bound, size)
    row = ArrayType(type_.dtype, room)
    return pool, ArrayRow(row) if room else Scalar(type_.dtype)


Tracer.keep = lambda self, cell: _keep(cell)


def _is_known_outside(form: Affine) -> bool:
    """Return whether the entry graph knows a form."""
    graphs = [scope.graph for scope in tracer().stack[1:]]
    inside = {v for g in graphs for v in (*g.params, *(r for n in g.nodes for r in n.results))}
    return inside.isdisjoint(form.symbols)


def _pool_of(thing: Any) -> Pool:
    """Return the pool that an object or a list belongs in."""
    trace, kind = tracer(), type(thing)
    if is_told_apart(kind):
        return _pool((kind, trace.common_origin(trace.made_at(thing))), kind)
    return _pool(("object", family_of(thing).key), kind)


def _pool(key: Hashable, kind: type) -> Pool:
    """Return the pool of a key."""
    trace = tracer()
    pool = trace.pools.get(key)
    if pool is None:
        rows = [Growing(OneOf(()), (), Affine(0), Affine(0))]
        trace.born(rows, trace.root)
        pool = Pool(key, kind, rows)
        trace.pools.add(pool)
    return pool


def _template(content: Any) -> Template:
    """Return the template of the content of an object or a list in a pool."""
    if isinstance(content, Items):
        return Container(Items, tuple(content), tuple(map(element_of, content.values())))
    items = growing_of(content)
    if items is not None:
        return RowItems(Grown(items.element, items.capacity))
    return RowItems(Grown(merge_all(list(map(element_of, content))), Affine(len(content))))


# ---------------------------------------------------------------- changing


def store_attribute(row: Row, name: str, value: Any) -> None:
    """Store an attribute of an object in a pool."""
    trace = tracer()
    home = value.cell.home if isinstance(value, Array) and not value.view.steps else None
    if isinstance(home, AttributeHome) and home.is_at(row, name):
        return
    escape(value, with_lists=True)
    trace.leave_home(row.pool)
    rows = row.pool.items
    names = rows.element.keys
    content = Items((key, value if key == name else None) for key in (*names, name))
    trace.log_object(row.pool.rows)
    if name not in names:
        now = Items({**row.attributes(), name: value})
        element = merge(rows.element, _template(now))
        changed = with_element(relaid(rows, element, rows.capacity), row.at, element, now)
    else:
        changed = _with_attribute(rows, row.at, name, content[name])
    row.pool.rows[:] = [changed]


class AttributeHome(Struct, frozen=True, eq=False):
    """An attribute of an object in a pool, where an array that was read there is changed."""

    row: Row
    name: str

    @property
    def owner(self) -> object:
        """What holds the array."""
        return self.row.pool

    def store(self, array: Array) -> None:
        """Store an array there."""
        rows = self.row.pool.items
        tracer().log_object(self.row.pool.rows)
        self.row.pool.rows[:] = [_with_attribute(rows, self.row.at, self.name, array)]

    def is_at(self, row: Row, name: str) -> bool:
        """Return whether this is an attribute of an object."""
        same = row.pool is self.row.pool and name == self.name
        return same and tracer().facts.equal(row.at, self.row.at)


def at_home(content: Any, home: Any) -> Any:
    """Return a content that was read somewhere; arrays are changed there, too."""
    for _, part in alternatives(content):
        if isinstance(part, Array) and part.cell.fixed:
            part.cell.home = home
    return content


def _with_attribute(rows: Growing, at: Affine, name: str, value: Any) -> Growing:
    """Return rows with another attribute in one of them."""
    own = dict(rows.element.pairs())
    part = merge(own[name], element_of(value))
    element = Container(Items, rows.element.keys, tuple({**own, name: part}.values()))
    rows = relaid(rows, element, rows.capacity)
    before = 0
    for key, template in rows.element.pairs():
        if key == name:
            break
        before += len(template.types())
    stop = before + len(part.types())
    mine = Growing(part, rows.columns[before:stop], rows.length, rows.capacity)
    columns = [*rows.columns]
    columns[before:stop] = with_element(mine, at, part, value).columns
    return rows.changed(columns)


def store_items(items: LiveItems, changed: Growing) -> None:
    """Store the items of a list in a pool."""
    row = items.row_in_pool
    rows = row.pool.items
    tracer().log_object(row.pool.rows)
    element = merge(rows.element, RowItems(Grown(changed.element, changed.capacity)))
    rows = relaid(rows, element, rows.capacity)
    row.pool.rows[:] = [with_element(rows, row.at, element, (changed,))]
