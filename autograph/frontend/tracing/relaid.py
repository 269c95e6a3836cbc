"""The items of lists that grow, laid into other columns: with more room, of more alternatives.

Enters: items, the template of an item and the capacity that they are to have. Leaves: the items.
"""

from __future__ import annotations

from itertools import islice

import numpy as np

from autograph.frontend.arrays.assembly import placed
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.growing import Growing
from autograph.frontend.symbols.symbolic import constant
from autograph.frontend.tracing.columns import require_room, rows_index
from autograph.frontend.tracing.composite import Container, Inner, OneOf
from autograph.frontend.tracing.journal import UNBOUND
from autograph.frontend.tracing.rows import HeldView, Row, SizedRow
from autograph.frontend.tracing.template import Scalar, Static, Template
from autograph.frontend.tracing.template_facts import template_key
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.op import form_value
from autograph.ir.types import ArrayType, scalar
from autograph.ops.elementwise import logical_not, logical_or
from autograph.ops.structure import broadcast, empty, get

Columns = list[Value | None]


def relaid(items: Growing, element: Template, capacity: Affine) -> Growing:
    """Return the items in columns for another template, of another capacity."""
    same = template_key(items.element) == template_key(element)
    if same and items.capacity == capacity:
        return items
    require_room(capacity, items.length)
    leaves = _embedded(items.element, element, list(items.columns), (items.capacity,))
    columns = []
    for type_, column in zip(element.types(), leaves, strict=True):
        if column is None:
            whole = _undefined(type_, capacity)
        else:
            whole = empty(dims=(capacity, *type_.dims), dtype=type_.dtype)
            index = rows_index(column, Affine(0), items.length)
            whole = placed(whole, get(column, index=index), index)
        columns.append(whole)
    return items.changed(columns=columns, element=element, capacity=capacity)


def _undefined(type_: ArrayType, capacity: Affine) -> Value:
    """Return a column that nobody looks at; room is made for what may be sizes, so they are 0."""
    if type_ == scalar(np.int64):
        zeros: Value = broadcast(constant(0, np.int64), dims=(capacity,), axes=())
        return zeros
    column: Value = empty(dims=(capacity, *type_.dims), dtype=type_.dtype)
    return column


Growing.relaid = staticmethod(relaid)


def _embedded(old: Template, new: Template, columns: Columns, rows: tuple[Affine, ...]) -> Columns:
    """Return the columns of one template under one that has more alternatives.

    None stands for a column that nobody looks at.
    """
    if template_key(old) == template_key(new):
        return columns
    if isinstance(old, Container) and isinstance(new, Container) and old.key == new.key:
        rest = iter(columns)
        own = {key: (t, list(islice(rest, len(t.types())))) for key, t in old.pairs()}
        absent: tuple[Template, Columns] = (Static(UNBOUND), [])
        parts = ((*own.get(key, absent), t) for key, t in new.pairs())
        return [column for a, given, b in parts for column in _embedded(a, b, given, rows)]
    if isinstance(new, SizedRow) and old.key == new.key:
        before = old.sized() if isinstance(old, Row) else old
        assert isinstance(before, SizedRow)
        return before.place.opened(new.place, columns, rows)
    if isinstance(new, HeldView) and isinstance(old, HeldView):
        return _opened(old, new, columns, rows)
    if isinstance(old, OneOf) and not old.alternatives:
        return [None] * len(new.types())
    if isinstance(old, Inner) and isinstance(new, Inner):
        inside = (*rows, old.items.capacity)
        return [columns[0], *_embedded(old.items.element, new.items.element, columns[1:], inside)]
    if isinstance(old, Static) and isinstance(new, Scalar) and old.key == new.key:
        return [broadcast(constant(old.content, new.types()[0].dtype), dims=rows, axes=())]
    if not isinstance(new, OneOf):
        raise unsupported("a list gets items of a type that it had not got before the loop")
    return _alternatives_embedded(old, new, columns, rows)


def _opened(old: HeldView, new: HeldView, columns: Columns, rows: tuple[Affine, ...]) -> Columns:
    """Return the columns of views of which less is known to be the same for all."""
    own, found = iter(columns), []
    for before, now in zip(old.forms, new.forms, strict=True):
        column = next(own) if before is None else None
        if now is None:
            value = None if before is None else form_value(before)
            found.append(column if value is None else broadcast(value, dims=rows, axes=()))
    return found


def _alternatives_embedded(
    old: Template, new: OneOf, columns: Columns, rows: tuple[Affine, ...]
) -> Columns:
    keys = [t.key for t in new.alternatives]
    before = old if isinstance(old, OneOf) else OneOf((old,))
    flags, rest = columns[: len(before.alternatives) - 1], columns[len(before.alternatives) - 1 :]
    where = {keys.index(t.key): k for k, t in enumerate(before.alternatives)}
    found: Columns = []
    for k in range(1, len(keys)):
        number = where.get(k)
        if number is None or not flags:
            flag = constant(number is not None, np.bool_)
            found.append(broadcast(flag, dims=rows, axes=()))
        else:
            found.append(flags[number - 1] if number else _none_of(flags))
    stored: dict[int, tuple[int, Columns]] = {}
    own = iter(rest)
    for group in before.storage().values():
        part = list(islice(own, len(before.alternatives[group[0]].types())))
        stored.update({k: (k, part) for k in group})
    for group in new.storage().values():
        source = next((stored[where[k]] for k in group if k in where), None)
        target = new.alternatives[group[0]]
        if source is None:
            found += [None] * len(target.types())
        else:
            k, part = source
            target = new.alternatives[keys.index(before.alternatives[k].key)]
            found += _embedded(before.alternatives[k], target, part, rows)
    return found


def _none_of(flags: Columns) -> Value:
    """Return the column that is true where none of several is."""
    result = flags[0]
    assert result is not None
    for flag in flags[1:]:
        result = logical_or(result, flag)
    negation: Value = logical_not(result)
    return negation
