"""Items and attributes, read and stored, and assignments with operators, in converted code.

Enters: values that may be symbolic, one of several, lists that grow or objects. Leaves: results;
what changes goes through the journal.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from autograph.frontend.arrays.masked import Masked
from autograph.frontend.arrays.one_value import one_value
from autograph.frontend.flow.control import fork
from autograph.frontend.language import (
    calls,
    known_keys,
    known_parts,
    letters,
    list_arrays,
    lists,
    nesting,
    objects,
    stand_ins,
    text,
    unpacking,
)
from autograph.frontend.language.going_through import is_made_on_the_way
from autograph.frontend.language.iterables import staged_iterable
from autograph.frontend.language.iterators import StagedIterable
from autograph.frontend.language.lifting import lifted
from autograph.frontend.language.objects import MISSING
from autograph.frontend.language.operators import Operators, is_overloaded
from autograph.frontend.language.outer_attributes import is_function_made_here, set_outer_attribute
from autograph.frontend.language.text import Text
from autograph.frontend.language.values import getitem, inplace, inplace_of_new, set_part, setitem
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import grids
from autograph.frontend.numpy_api.definitions import lists as python_lists
from autograph.frontend.standard_library.dicts import Dict
from autograph.frontend.symbols.context import ProgramRaises, unsupported
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.symbolic import (
    Array,
    Number,
    Symbolic,
    form_of,
    is_symbolic,
    python_number,
)
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.escape import settled
from autograph.frontend.tracing.heap import is_object
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine


class Operations(Operators):
    """The operations of converted code that are no control flow; `Runtime` adds the rest."""

    # ------------------------------------------------------------ items

    def item(self, o: Any, key: Any) -> Any:
        """Return `o[key]`."""
        o = narrow(o)
        if isinstance(o, Union):
            return fork(o, lambda a: self.item(a, key))
        o = lifted(o)
        if isinstance(o, Array):
            key = list_arrays.as_index(narrow(key))
        key = stand_ins.as_key(o, key)
        chosen = known_keys.key_in(o, key)
        if chosen is not key:
            return known_keys.merged(fork(chosen, lambda k: self.item(o, k)))
        found = self._list_item(o, key)
        if found is not MISSING:
            return found
        found = self._special(o, "__getitem__", key)
        return calls.fork_within(key, lambda k: _item(o, k)) if found is MISSING else found

    def _list_item(self, o: Any, key: Any) -> Any:
        """Return an item that a run-time index picks, `MISSING` where Python picks it."""
        if letters.looks_into(o, key):
            return letters.item(o, key)
        if not isinstance(o, list | tuple):
            return MISSING
        items, key = growing_of(o), _position(key)
        if items is None and lists.is_runtime_index(key):
            items = known_keys.spread(o, key)
            if items is None and known_keys.is_chosen(o, key):
                return fork(known_keys.positions(o, key), lambda k: self.item(o, k))
        if items is None and known_parts.is_runtime_part(o, key):
            return calls.fork_within(key, lambda k: known_parts.part_of(o, k))
        if items is None:
            return MISSING
        return calls.fork_within(key, lambda k: _made_by(k, lists.getitem(items, k, o)))

    # ------------------------------------------------------------ writing

    def set_item(self, o: Any, key: Any, value: Any) -> None:
        """Run `o[key] = value`."""
        o = narrow(o)
        key = stand_ins.as_key(o, key)
        if isinstance(o, Union):
            fork(o, lambda a: self.set_item(a, key, value))
        elif isinstance(o := lifted(o), Symbolic):
            number = one_value(value)  # of which type it is makes no difference here
            value = value if number is None else number
            if isinstance(o, Array):
                key, value = list_arrays.as_index(narrow(key)), list_arrays.as_value(narrow(value))
            pair = (key, value)
            calls.fork_within(pair, lambda given: setitem(o, *given))
        elif not self._set_list_item(o, key, value) and (
            self._special(o, "__setitem__", key, value) is MISSING
        ):
            calls.fork_within(key, lambda k: self._store(o, k, value))

    def _store(self, o: Any, key: Any, value: Any) -> None:
        """Run `o[key] = value` of a container of Python's."""
        if not (isinstance(key, Text) and known_keys.is_known(o, key)):
            stand_ins.require_for(o, key)
        chosen = known_keys.known_key(o, key, known_keys.NEW_KEY)
        if chosen is not key:
            fork(chosen, lambda k: self._store(o, k, value))
            return
        tracer().log_object(o)
        calls.run(operator.setitem, (o, _static_key(o, key), value), {})

    def _set_list_item(self, o: Any, key: Any, value: Any) -> bool:
        """Store an item where a run-time index says; return whether that was the case."""
        items = growing_of(o)
        if type(o) is not list and items is None:
            return False
        key = _position(key)
        if items is None and lists.is_runtime_index(key):
            items = known_keys.spread(o, key)
            if items is None and known_keys.is_chosen(o, key):
                chosen = known_keys.positions(o, key, lists.OUT_OF_ASSIGNED)
                fork(chosen, lambda k: self.set_item(o, k, value))
                return True
        if items is None and known_parts.is_runtime_part(o, key):
            calls.fork_within(key, lambda k: known_parts.set_part(o, k, value))
            return True
        if items is None:
            return False
        found = items
        if isinstance(key, slice) and type(narrow(value)) not in (list, tuple):
            value = self.call(list, value)
        calls.fork_within(key, lambda k: lists.setitem(o, found, k, narrow(value)))
        return True

    def set_attribute(self, o: Any, name: str, value: Any) -> None:
        """Run `o.<name> = value`."""
        o = lifted(narrow(o))
        if isinstance(o, Union):
            fork(o, lambda a: self.set_attribute(a, name, value))
        elif isinstance(o, Array) and name in ("real", "imag"):
            calls.fork_within(value, lambda v: set_part(o, name, v))
        elif isinstance(o, type | ModuleType):
            set_outer_attribute(o, name, value, self)
        elif is_function_made_here(o):
            setattr(o, name, value)
        elif not is_object(o):
            what = "an array" if isinstance(o, Symbolic) else f"a {type(o).__name__}"
            raise unsupported(
                f"storing the attribute {name!r} of {what} is not supported; make a new one"
            )
        else:
            _make_changeable(o)
            objects.set_attribute(o, name, value, self)

    def delete_attribute(self, o: Any, name: str) -> None:
        """Run `del o.<name>`."""
        o = narrow(o)
        if isinstance(o, Union):
            fork(o, lambda a: self.delete_attribute(a, name))
        else:
            _make_changeable(o)
            objects.delete_attribute(o, name)

    def delete_item(self, o: Any, key: Any) -> None:
        """Run `del o[key]`."""
        o = narrow(o)
        if isinstance(o, Union):
            fork(o, lambda a: self.delete_item(a, key))
        elif isinstance(o, Symbolic | np.ndarray):
            raise ProgramRaises("ValueError: cannot delete array elements")
        elif (items := growing_of(o)) is not None and isinstance(key, slice):
            lists.delete_part(o, items, key)
        elif type(o) is list and known_parts.is_runtime_part(o, key):
            calls.fork_within(key, lambda k: known_parts.delete_part(o, k))
        elif items is not None or (type(o) is list and lists.is_runtime_index(narrow(key))):
            self.plain(python_lists.delete, o, key)
        elif self._special(o, "__delitem__", key := stand_ins.as_key(o, key)) is MISSING:
            calls.fork_within(key, lambda k: self._delete(o, k))

    def _delete(self, o: Any, key: Any) -> None:
        """Run `del o[key]` of a container of Python's."""
        stand_ins.require_for(o, key)
        tracer().log_object(o)
        calls.run(operator.delitem, (o, _static_key(o, key)), {})

    def augment(self, name: str, target: Any, value: Any) -> Any:
        """Return what `target <op>= value` binds the target to."""
        target, value = narrow(target), narrow(value)
        parts = alternatives(target) if isinstance(target, Union) else ()
        if parts and (
            is_overloaded(target) or any(isinstance(a, Array | Masked) for _, a in parts)
        ):
            made = fork(target, lambda a: self.augment(name, a, value))
            return target if all(isinstance(a, Array | Masked) for _, a in parts) else made
        if isinstance(value, Union) and (isinstance(target, Array) or is_overloaded(target)):
            return fork(value, lambda v: self.augment(name, target, v))
        if isinstance(target, Union) or isinstance(value, Union):
            return getattr(operator, name)(target, value)
        if isinstance(target, str | Text) and isinstance(value, str | Text):
            return self.binary(name, target, value)
        if type(target) is tuple and growing_of(target) is not None:
            return self.binary(name, target, value)
        by_numpy = isinstance(target, Array | np.ndarray | list)
        if is_object(target) or (is_object(value) and not by_numpy):
            return objects.inplace(name, target, value, self)
        if type(target) is not list and (
            is_symbolic(target) or is_symbolic(value) or isinstance(target, np.ndarray)
        ):
            value = list_arrays.as_value(value)
            return calls.fork_within(value, lambda v: inplace(name, target, v))
        if type(target) is list:
            made = self._list_in_place(name, target, value)
            if made is not MISSING:
                return made
        tracer().log_object(target)
        return calls.run(getattr(operator, "i" + name.rstrip("_")), (target, value), {})

    def _list_in_place(self, name: str, target: list[Any], value: Any) -> Any:
        """Return what `target <op>= value` binds to, `MISSING` where the list is Python's own."""
        grows = growing_of(target) is not None
        if isinstance(value, Array | np.ndarray | Masked):  # which says what operators do
            return self.binary(name, target, value)
        if name == "add" and (grows or staged_iterable(value) is not None):
            self.plain(python_lists.extend, target, value)
        elif name == "mul" and form_of(value) is not None and (grows or isinstance(value, Number)):
            self.plain(python_lists.repeat, target, value)
        else:
            return self.binary(name, target, value) if grows else MISSING
        return target

    def augment_item(self, name: str, o: Any, key: Any, value: Callable[[], Any]) -> None:
        """Run `o[key] <op>= value`."""
        o = narrow(o)
        key = stand_ins.as_key(o, key)
        key = known_keys.key_in(o, key)
        peeks = isinstance(o, Dict) and not tracer().handlers
        old = self.method(o, "_peek", key) if peeks else self.item(o, key)
        other = narrow(value())
        if all(isinstance(a, Masked) for _, a in alternatives(old)):
            new = fork(old, lambda a: fork(other, lambda v: inplace_of_new(name, a, v)))
        else:
            new = self.augment(name, old, other)
        if isinstance(o, Array) and isinstance(new, Array) and new.cell is o.cell:
            return  # A view was changed in place: NumPy stores it over itself.
        self.set_item(o, key, new)

    def augment_attribute(self, name: str, o: Any, attribute: str, value: Any) -> None:
        """Run `o.<attribute> <op>= value()`."""
        old = self.attribute(o, attribute)
        new = self.augment(name, old, value())
        stays = new is old and isinstance(new, Array)  # it was changed in place
        if not (stays and tracer().outside.has_plain_attributes(narrow(o))):
            self.set_attribute(o, attribute, new)

    def new(self, container: Any) -> Any:
        """Return a list, dict or set that a display made."""
        return stand_ins.made(unpacking.made_of(container))

    def tuple_(self, items: tuple[Any, ...]) -> Any:
        """Return a tuple that a display made."""
        return nesting.tuple_of(items)

    def _gone_through(self, value: Any) -> Any:
        """Return the items of an object that makes them on the way, in a tuple."""
        made = is_object(value) and is_made_on_the_way(value)
        return tuple(self.call(list, value)) if made else value

    def unpack(self, value: Any, before: int, after: int) -> Any:
        """Return what is unpacked into `before` targets, and `after` behind a starred one."""
        if any(is_object(part) for _, part in alternatives(narrow(value))):
            value = fork(value, self._gone_through)
        return unpacking.unpacked(value, before, after)


def _make_changeable(o: Any) -> None:
    """See to it that an object from outside the function holds what the program sees of it."""
    if tracer().birth(o) is None:
        if tracer().outside.source_of(o) is None:
            raise unsupported(
                f"changing a {type(o).__name__} that was found on a way that is not followed is "
                "not supported; pass it as an argument"
            )
        tracer().adopt(o)


GRIDS = [
    (getattr(np, name), defined(getattr(grids, name))) for name in ("mgrid", "ogrid", "r_", "c_")
]
"""Objects of NumPy that make arrays of what is written in brackets behind them."""


def _item(o: Any, key: Any) -> Any:
    if isinstance(o, Symbolic):
        return getitem(o, key)
    if isinstance(o, StagedIterable):
        return o[key]
    grid = next((f for known, f in GRIDS if known is o), None)
    if grid is not None:
        return grid(key)
    found = lifted(calls.run(operator.getitem, (o, _static_key(o, key)), {}))
    return _made_by(key, found)


def _made_by(key: Any, found: Any) -> Any:
    """Return what was found at a key; a slice of a list is a new one."""
    found = tracer().mark_made(found) if isinstance(key, slice) else found
    return settled(found) if isinstance(key, slice) and type(found) is list else found


def _position(key: Any) -> Any:
    """Return a position; of one that is an integer of Python or NumPy, the number alone."""
    key = narrow(key)
    if not isinstance(key, Union) or any(form_of(x) is None for _, x in alternatives(key)):
        return key
    return fork(key, lambda k: python_number(int, form_of(k) or Affine(0)))


def _static_key(owner: Any, key: Any) -> Any:
    """Return a key of a Python container; a run-time number has to become known."""
    if isinstance(key, Number):
        return tracer().need_static(key)
    text.refuse(key)
    tracer().outside.expose(key)
    if isinstance(key, tuple) and isinstance(owner, dict):
        return tuple(_static_key(owner, part) for part in key)
    return key
