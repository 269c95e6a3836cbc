"""Lists whose length is known only when the program runs: what Python does with them.

Enters: a list (or the items of one) and what is done with it. Leaves: the result; a list that is
changed keeps its identity and gets other items.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from autograph.frontend.arrays.mismatches import require_unpacked, require_unpacked_at_least
from autograph.frontend.arrays.slices import (
    bounded_slice,
    index_form,
    position,
)
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import lists as python_lists
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.growing import (
    FIXED_LIST,
    SHARED_ITEM,
    STALE_ITEM,
    Growing,
    growing_of,
)
from autograph.frontend.symbols.implicit import message_of
from autograph.frontend.symbols.leaves import is_number, kind_key, leaf_value
from autograph.frontend.symbols.promotion import kind_of
from autograph.frontend.symbols.symbolic import (
    Array,
    Number,
    fail,
    form_of,
    python_number,
    value_of_form,
)
from autograph.frontend.symbols.union import Union, alternatives
from autograph.frontend.symbols.view import broadcast_to
from autograph.frontend.tracing.composite import Grown, Inner, OneOf, merge_all
from autograph.frontend.tracing.escape import at_home, escape, store_items
from autograph.frontend.tracing.items import appended, with_item, with_part
from autograph.frontend.tracing.packing import ELEMENTS, element_of, pack_element
from autograph.frontend.tracing.pooled import LiveItems
from autograph.frontend.tracing.rows import Row, SizedRow
from autograph.frontend.tracing.template import Template
from autograph.frontend.tracing.template_facts import holds
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Slice
from autograph.ops.elementwise import equal
from autograph.ops.structure import get

OUT_OF_LIST = message_of(IndexError("list index out of range"))
OUT_OF_TUPLE = message_of(IndexError("tuple index out of range"))
OUT_OF_ASSIGNED = message_of(IndexError("list assignment index out of range"))
POP_OF_NOTHING = message_of(IndexError("pop from empty list"))

# ---------------------------------------------------------------- making


def repeated(item: Any, count: Affine) -> list[Any]:
    """Return `[item] * count`."""
    element = element_of(item)
    leaves = [leaf_value(leaf) for leaf in pack_element(element, item)]
    columns = [broadcast_to(v, (count, *v.dims)) for v in leaves]
    return [Growing(element, columns, count, count)]


def spread(items: list[Any] | tuple[Any, ...]) -> Growing | None:
    """Return numbers of one kind in a column, so that a run-time index can pick one.

    Raises:
        ProgramRaises: If there are no items.
    """
    if not items:
        fail(OUT_OF_LIST)
    return spread_rows(items) if all(map(is_number, items)) else None


def spread_rows(items: list[Any] | tuple[Any, ...]) -> Growing | None:
    """Return numbers, or tuples of them, in columns, so that a run-time index can pick one."""
    kinds = set(map(_kinds_in, items))
    return None if len(kinds) != 1 or None in kinds else in_columns(items)


def fits(x: Any) -> bool:
    """Return whether columns can hold something as it is: a number, a text, or tuples of such."""
    if isinstance(x, tuple):
        return all(map(fits, x))
    if isinstance(x, Union):
        return all(fits(part) for _, part in alternatives(x))
    is_pooled = tracer().pools.row_of(x) is not None
    return is_pooled or is_number(x) or x is None or isinstance(x, str)


def in_columns(items: list[Any] | tuple[Any, ...]) -> Growing:
    """Return the items in columns."""
    element, count = merge_all(list(map(element_of, items))), Affine(len(items))
    _, *columns = Grown(element, count).pack(items, (), ELEMENTS)
    return Growing(element, [leaf_value(c) for c in columns], count, count)


def _kinds_in(item: Any) -> Any:
    """Return the kinds of the numbers in an item, None for anything else."""
    if is_number(item):
        return kind_key(kind_of(item))
    parts = tuple(map(_kinds_in, item)) if type(item) is tuple else (None,)
    return None if None in parts else parts


# ---------------------------------------------------------------- reading


def length_of(items: Growing) -> Any:
    """Return `len(items)`."""
    return python_number(int, items.length)


def item_at(items: Growing, at: Affine) -> Any:
    """Return the item at a position that is in range."""
    if items.element == OneOf(()):
        fail(OUT_OF_LIST)
    return items.element.unpack(iter(items.row(at)), {})


def getitem(items: Growing, key: Any, owner: Any) -> Any:
    """Return `items[key]`, of a list or a tuple whose items these are."""
    if isinstance(key, slice):
        return type(owner)([_part(items, bounded_slice(key, items.length))])
    error = OUT_OF_LIST if isinstance(owner, list) else OUT_OF_TUPLE
    return item_of(items, position(index_form(key), items.length, error), owner)


def item_of(items: Growing, at: Affine, owner: Any) -> Any:
    """Return the item of a list at a position that is in range."""
    item = tracer().mark_made(item_at(items, at))
    return _settle(item, owner, at) if growing_of(owner) is items else item


def _part(items: Growing, part: Slice) -> Growing:
    _note_copied(items.element)
    columns = [
        get(c, index=(part, *(Slice(Affine(0), d) for d in c.dims[1:]))) for c in items.columns
    ]
    return Growing(items.element, columns, part.length, part.length)


def _note_copied(element: Template) -> None:
    """Note that two lists hold the same items."""
    trace = tracer()
    trace.has_shared_items = trace.has_shared_items or holds(element, Inner)
    trace.has_shared_arrays = trace.has_shared_arrays or holds(element, Row, SizedRow)


# ---------------------------------------------------------------- changing


def append(owner: list[Any], x: Any) -> None:
    """Run `owner.append(x)`."""
    items = growing_of(owner)
    if items is None:
        tracer().log_object(owner)
        owner.append(x)
    else:
        escape(x, with_lists=isinstance(items, LiveItems))
        note_sharing(x)
        _replace(owner, items, appended(items, x))
        hold(x)


def _replace(owner: list[Any], items: Growing, changed: Growing) -> None:
    """Give a list other items; where it is an item of another list, change that one."""
    if isinstance(items, LiveItems):
        store_items(items, changed)
        return
    if items.held and items.home is None:
        raise tracer().needs_pool(owner, FIXED_LIST)
    tracer().log_object(owner)
    owner[:] = [changed]
    if items.home is None:
        return
    outer, at, seen = items.home
    if growing_of(outer) is not seen:
        raise tracer().needs_pool(owner, STALE_ITEM)
    if tracer().has_shared_items:
        raise tracer().needs_pool(owner, SHARED_ITEM)
    _replace(outer, seen, with_item(seen, at, owner))
    tracer().has_changed_items = True
    _settle(owner, outer, at)


def give_items(owner: list[Any], items: Growing) -> None:
    """Give a list other items, which are numbers or texts, or tuples of them."""
    before = growing_of(owner)
    if before is not None:
        _replace(owner, before, items)
        return
    tracer().log_object(owner)
    owner[:] = [items]


class ItemHome(Struct, frozen=True, eq=False):
    """A position in a list, where an array that was read there is changed.

    Attributes:
        list: The list.
        at: The position.
    """

    list: list[Any]
    at: Affine

    @property
    def owner(self) -> object:
        """What holds the array: the list, or the pool that it lies in."""
        return home_owner(self.list)

    def store(self, array: Array) -> None:
        """Store an array there."""
        items = growing_of(self.list)
        assert items is not None
        _replace(self.list, items, with_item(items, self.at, array))

    def is_at(self, owner: Any, at: Affine) -> bool:
        """Return whether this is a position in a list."""
        return home_owner(owner) is self.owner and tracer().facts.equal(at, self.at)


def home_owner(owner: Any) -> object:
    """Return what the items of a list are known by: the pool that it lies in, or itself."""
    items = growing_of(owner)
    return items.row_in_pool.pool if isinstance(items, LiveItems) else owner


def _is_at_home(x: Any, owner: list[Any], at: Affine) -> bool:
    """Return whether an array is the one that was read from a position and changed there."""
    home = x.cell.home if isinstance(x, Array) and not x.view.steps else None
    return isinstance(home, ItemHome) and home.is_at(owner, at)


def note_sharing(x: Any) -> None:
    """Note whether what a list is going to hold is held by a list already."""
    items = growing_of(x)
    if tracer().is_held(x) or (items is not None and items.held):
        tracer().note_shared(x)
    elif isinstance(x, tuple):
        for part in x:
            note_sharing(part)


def hold(x: Any) -> None:
    """Note that a list holds copies of the lists in an item, which must not change any more."""
    items = growing_of(x)
    if isinstance(x, tuple):
        for part in x:
            hold(part)
    elif (
        items is not None
        and not items.held
        and not isinstance(items, LiveItems)
        and not tracer().is_held(x)
    ):
        tracer().log_object(x)
        held = items.changed()
        held.held = True
        x[:] = [held]


def _settle(item: Any, outer: list[Any], at: Affine) -> Any:
    """Return an item of a list; of a list note where it is an item, so that it can be changed."""
    at_home(item, ItemHome(outer, at))
    inner, around = growing_of(item), growing_of(outer)
    if inner is not None and around is not None and inner.held:
        inner.home = (outer, at, around)
    return item


def setitem(owner: list[Any], items: Growing, key: Any, x: Any) -> None:
    """Run `owner[key] = x`."""
    if isinstance(key, slice):
        replace_part(owner, items, bounded_slice(key, items.length), x)
        return
    where = position(index_form(key), items.length, OUT_OF_ASSIGNED)
    if _is_at_home(x, owner, where):
        return
    escape(x, with_lists=isinstance(items, LiveItems))
    note_sharing(x)
    tracer().leave_home(home_owner(owner))
    _replace(owner, items, with_item(items, where, x))
    hold(x)


def delete_part(owner: list[Any], items: Growing, key: slice) -> None:
    """Run `del owner[key]`."""
    part = bounded_slice(key, items.length)
    if part.step == 1:
        replace_part(owner, items, part, [])
    else:
        defined(python_lists.delete_steps)(owner, *place_of(part))


def place_of(part: Slice) -> tuple[Any, ...]:
    """Return where a part begins, how many items it has, and its step."""
    return python_number(int, part.start), python_number(int, part.length), part.step


def replace_part(owner: list[Any], items: Growing, part: Slice, new: Any) -> None:
    """Run `owner[part] = new`, given a list of known length or not."""
    if part.step != 1:
        defined(python_lists.replace_steps)(owner, *place_of(part), new)
        return
    escape(tuple(new), with_lists=isinstance(items, LiveItems))
    added = growing_of(new)
    for x in new if added is None else ():
        note_sharing(x)
    if added is None and new:
        added = in_columns(new)
    tracer().leave_home(home_owner(owner))
    changed = with_part(items, part.start, part.length, None if added is None else free(added))
    _replace(owner, items, changed)
    for x in new if growing_of(new) is None else ():
        hold(x)


def pop(owner: list[Any]) -> Any:
    """Run `owner.pop()`."""
    items = growing_of(owner)
    assert items is not None
    last = position(Affine(-1), items.length, POP_OF_NOTHING)
    found = item_at(items, last)
    _replace(owner, items, items.changed(length=last))
    return found


def clear(owner: list[Any]) -> None:
    """Run `owner.clear()`."""
    items = growing_of(owner)
    assert items is not None
    _replace(owner, items, items.changed(length=Affine(0)))


def copy(owner: list[Any]) -> list[Any]:
    """Return `owner.copy()`."""
    items = growing_of(owner)
    assert items is not None
    return [free(items)]


def free(items: Growing) -> Growing:
    """Return the same items as those of another list."""
    _note_copied(items.element)
    return Growing(items.element, items.columns, items.length, items.capacity, items.arranged)


METHODS: dict[str, Callable[..., Any]] = {
    "append": append,
    "clear": clear,
    "copy": copy,
}
"""Methods of lists that grow."""

LOOPS: dict[str, Callable[..., Any]] = {
    "extend": python_lists.extend,
    "insert": python_lists.insert,
    "remove": python_lists.remove,
    "reverse": python_lists.reverse,
    "index": python_lists.index,
    "count": python_lists.count,
}
"""Methods of lists that grow, as plain Python to be traced."""


CHANGED_LENGTH = (
    "a list changes its length while a loop goes through it, which is not supported; "
    "go through a copy: for x in items.copy()"
)


def same_length(items: Growing, length: Affine) -> None:
    """Refuse a list that changes its length while a loop goes through it.

    Of a list in a pool, which other lists in it may have changed, that is checked at run time.
    """
    now = items.length
    if current_tracer().facts.equal(now, length):
        return
    if not items.in_pool:
        raise unsupported(CHANGED_LENGTH)
    same = equal(value_of_form(now), value_of_form(length))
    current_tracer().check(same, "a list changes its length while a loop goes through it")


def is_runtime_index(key: Any) -> bool:
    """Return whether an index is a run-time integer."""
    form = form_of(key) if isinstance(key, Number) else None
    return form is not None and tracer().facts.canonical(form).constant is None


def unpacked(items: Growing, owner: Any, before: int, after: int) -> tuple[Any, ...]:
    """Return what is unpacked into targets, one of which is starred."""
    rest = items.length - (before + after)
    require_unpacked_at_least(items.length, before + after)
    middle = _part(items, Slice(Affine(before), rest))  # Python makes the list around it.
    first = [item_of(items, Affine(k), owner) for k in range(before)]
    last = [item_of(items, items.length - k, owner) for k in range(after, 0, -1)]
    return (*first, middle, *last)


def require_length(items: Growing, count: int) -> None:
    """Require that a list has as many items as are unpacked."""
    require_unpacked(items.length, count, is_list=True)
