"""Operators and comparisons, as converted code does them.

Enters: values that may be symbolic, one of several, lists that grow or objects. Leaves: results.
"""

from __future__ import annotations

import operator
from functools import partialmethod
from typing import Any

from autograph.frontend.arrays.slices import index_form
from autograph.frontend.flow import control
from autograph.frontend.flow.control import fork
from autograph.frontend.language import (
    calls,
    known_keys,
    letters,
    list_arrays,
    lists,
    objects,
    stand_ins,
    text_calls,
)
from autograph.frontend.language.generators import Generator
from autograph.frontend.language.going_through import as_items
from autograph.frontend.language.identity import identical
from autograph.frontend.language.interpreter import Interpreter
from autograph.frontend.language.iterables import staged_iterable
from autograph.frontend.language.iterators import KnownIterator, has_symbols
from autograph.frontend.language.lifting import lifted
from autograph.frontend.language.objects import MISSING
from autograph.frontend.language.positions import Cursor
from autograph.frontend.language.text import Text
from autograph.frontend.numpy_api.definitions import lists as python_lists
from autograph.frontend.standard_library import texts
from autograph.frontend.standard_library.sorting import LISTS, TUPLES
from autograph.frontend.symbols import integers
from autograph.frontend.symbols.condition import all_of, any_of
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.leaves import is_number
from autograph.frontend.symbols.symbolic import (
    Array,
    Number,
    is_symbolic,
)
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.heap import is_object
from autograph.frontend.tracing.pools import has_rows
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine


class Operators(Interpreter):
    """What operators and comparisons do in converted code."""

    # ------------------------------------------------------------ operators

    def binary(self, name: str, a: Any, b: Any) -> Any:
        """Return `operator.<name>(a, b)`."""
        a, b = narrow(a), narrow(b)
        if is_overloaded(a) or is_overloaded(b):
            if isinstance(a, Union):
                return fork(a, lambda x: self.binary(name, x, b))
            if isinstance(b, Union):
                return fork(b, lambda y: self.binary(name, a, y))
            if is_object(a) or is_object(b):
                return objects.binary(name, a, b, self)
        made = text_calls.operator_on(name, a, b)
        if made is not MISSING:
            return made
        made = self._list_operator(name, a, b)
        if made is not MISSING:
            return made
        are_tuples = isinstance(a, tuple) and isinstance(b, tuple)
        if are_tuples and name in TUPLES and stand_ins.has_symbols((a, b)):
            return self.plain(TUPLES[name], a, b)
        if name in LISTS and (has_rows(tracer().pools, (a, b)) or _hold_unknown(a, b)):
            return self.plain(LISTS[name], a, b)
        result = calls.run(getattr(operator, name), (a, b), {})
        return tracer().mark_made(result)

    def _list_operator(self, name: str, a: Any, b: Any) -> Any:
        """Return the result of an operator on lists whose length is a run-time value."""
        if name == "mul" and is_number(a) and type(b) in (list, tuple):
            a, b = b, a
        counted = is_number(b) and (isinstance(b, Number) or growing_of(a) is not None)
        if name == "mul" and type(a) is list and counted:
            if growing_of(a) is None and len(a) == 1 and is_number(a[0]):
                made = lists.repeated(a[0], integers.maximum(index_form(b), Affine(0)))
                return tracer().mark_made(made)
            return self.plain(python_lists.repeated, a, b)
        if name == "mul" and type(a) is tuple and counted:
            return self.call(tuple, self.plain(python_lists.repeated, a, b))
        arrays = list_arrays.as_operands(a, b)
        if arrays is not None:
            return self.binary(name, *arrays)
        if growing_of(a) is None and growing_of(b) is None:
            return MISSING
        if type(a) is not type(b) or type(a) not in (list, tuple):
            return MISSING
        if name == "add":
            joined = self.plain(python_lists.concatenated, a, b)
            return joined if type(a) is list else self.call(tuple, joined)
        return self.plain(LISTS[name], a, b) if name in LISTS else MISSING

    lt, le, gt = (
        partialmethod(binary, "lt"),
        partialmethod(binary, "le"),
        partialmethod(binary, "gt"),
    )
    ge, eq, ne = (
        partialmethod(binary, "ge"),
        partialmethod(binary, "eq"),
        partialmethod(binary, "ne"),
    )

    def unary(self, name: str, x: Any) -> Any:
        """Return `operator.<name>(x)`."""
        x = narrow(x)
        if isinstance(x, Union) and is_overloaded(x):
            return fork(x, lambda a: self.unary(name, a))
        found = self._special(x, f"__{name}__")
        return calls.run(getattr(operator, name), (x,), {}) if found is MISSING else found

    def _special(self, o: Any, name: str, *args: Any) -> Any:
        """Return what a special method that a class defines in Python returns, or `MISSING`."""
        return objects.special(o, name, self, *args) if is_object(o) else MISSING

    # ------------------------------------------------------------ comparing

    def is_(self, a: Any, b: Any) -> Any:
        """Return `a is b`."""
        a, b = narrow(a), narrow(b)
        cases = [
            all_of([p, q, identical(x, y)]) for p, x in alternatives(a) for q, y in alternatives(b)
        ]
        return any_of(cases).number()

    def is_not(self, a: Any, b: Any) -> Any:
        """Return `a is not b`."""
        return control.value_not(self.is_(a, b))

    def in_(self, a: Any, b: Any) -> Any:
        """Return `a in b`."""
        a, b = narrow(a), lifted(as_items(narrow(b)))
        if letters.is_text(b):
            return (
                self.plain(texts.contains, b, a)
                if isinstance(b, Text) or isinstance(narrow(a), Text | Union)
                else calls.run(operator.contains, (b, a), {})
            )
        if isinstance(b, Union) and any(is_object(x) for _, x in alternatives(b)):
            return fork(b, lambda x: self.in_(a, x))
        a = stand_ins.as_key(b, a)
        among = known_keys.contains(b, a)
        if among is not None:
            return among.number()
        stand_ins.require_for(b, a)
        if isinstance(b, Array):
            return self.call(bool, self.method(self.binary("eq", b, a), "any"))
        is_gone_through = staged_iterable(b) is not None and not isinstance(b, range)
        if is_gone_through or isinstance(b, Generator | Cursor | KnownIterator):
            return self.plain(python_lists.contains, b, a)
        if is_object(b) and objects.has_python_method(b, "__contains__"):
            return self.call(bool, self._special(b, "__contains__", a))
        if not (is_symbolic(a) or is_symbolic(b) or has_rows(tracer().pools, (a, b))):
            tracer().outside.expose(a, *(b if isinstance(b, list | tuple) else ()))
            return calls.run(operator.contains, (b, a), {})
        equal = [lambda x=x: self.binary("eq", x, a) for x in b]
        return control.test_or(False, *equal).number()

    def not_in(self, a: Any, b: Any) -> Any:
        """Return `a not in b`."""
        return control.value_not(self.in_(a, b))


def is_overloaded(x: Any) -> bool:
    """Return whether something is, or may be, a list, a text or an object that has operators."""
    parts = [part for _, part in alternatives(x)] if isinstance(x, Union) else [x]
    return any(
        is_object(part) or type(part) in (list, str, Text) or growing_of(part) is not None
        for part in parts
    )


def _hold_unknown(*lists_: Any) -> bool:
    """Return whether lists hold texts or numbers that only the running program knows."""
    return all(type(x) is list for x in lists_) and any(
        isinstance(part, Text | Union) or has_symbols(part) for x in lists_ for part in x
    )
