"""What converted code calls, under the name `ag__`: one object for each converted function."""

from __future__ import annotations

import builtins
import types
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograph.frontend.conversion import imports
from autograph.frontend.conversion.convert import bind
from autograph.frontend.flow import control, while_loop
from autograph.frontend.flow.control import Block, Code, fork, if_, nothing
from autograph.frontend.flow.fixpoint import Loop, Site
from autograph.frontend.flow.scan_loop import staged_loop
from autograph.frontend.language import (
    calls,
    exceptions,
    generators,
    going_through,
    local_classes,
    matching,
    notices,
    objects,
    ordering,
    positions,
    shown,
    stand_ins,
    stepping,
    subroutines,
    text,
    text_calls,
    unpacking,
)
from autograph.frontend.language.attributes import Method
from autograph.frontend.language.iterables import mapped, staged_iterable, with_common_keys
from autograph.frontend.language.iterators import StagedIterable, StagedIterator
from autograph.frontend.language.lifting import lifted
from autograph.frontend.language.objects import MISSING
from autograph.frontend.language.operations import Operations
from autograph.frontend.language.operator_calls import operator_function
from autograph.frontend.language.outer_attributes import named_attribute, outer_attribute
from autograph.frontend.language.values import get_attribute
from autograph.frontend.numpy_api.defined import Definition
from autograph.frontend.numpy_api.definitions.lists import applied, as_list
from autograph.frontend.standard_library import iteration, making
from autograph.frontend.symbols.completion import NORMAL
from autograph.frontend.symbols.condition import any_of
from autograph.frontend.symbols.context import ProgramRaises
from autograph.frontend.symbols.decisions import STAGE, UNROLL
from autograph.frontend.symbols.inputs import Held, global_variable
from autograph.frontend.symbols.symbolic import (
    Symbolic,
)
from autograph.frontend.symbols.union import Union, Unjoined, alternatives, narrow
from autograph.frontend.tracing.heap import is_object
from autograph.frontend.tracing.journal import UNBOUND
from autograph.frontend.tracing.stand_in import is_marked
from autograph.frontend.tracing.tracer import tracer

UNROLLED_ITEMS = 64
"""How many items of a range a comprehension goes through at trace time."""


class Runtime(Operations):
    """The functions that the converted form of one function calls.

    Args:
        fn: The user's function.
    """

    slice = slice
    super = super
    nothing = staticmethod(nothing)
    function = staticmethod(control.function)
    if_ = staticmethod(if_)
    try_ = staticmethod(exceptions.try_)
    class_, bases = staticmethod(local_classes.local_class), staticmethod(local_classes.bases)
    generator, yield_ = staticmethod(generators.generator), staticmethod(generators.yield_)
    received, delegated = staticmethod(stepping.received), staticmethod(stepping.delegated)
    refuse, held = staticmethod(stepping.refuse), staticmethod(generators.held)
    entered_at, entered_loop = (
        staticmethod(stepping.entered_at),
        staticmethod(stepping.entered_loop),
    )
    kept = staticmethod(stepping.kept)
    raise_, require_true, with_ = exceptions.raise_, exceptions.require, exceptions.with_
    entered_with = exceptions.entered_with
    value_if = staticmethod(control.value_if)
    value_and = staticmethod(control.value_and)
    value_or = staticmethod(control.value_or)
    value_not = staticmethod(control.value_not)
    test_and = staticmethod(control.test_and)
    test_or = staticmethod(control.test_or)
    test_not = staticmethod(control.test_not)
    chain = staticmethod(control.chain)
    decide = staticmethod(control.decide)
    joined = staticmethod(text.joined)
    while_ = staticmethod(while_loop.while_)

    patterns = matching

    def __init__(self, fn: types.FunctionType) -> None:
        self._fn = fn
        self._globals = fn.__globals__

    # ------------------------------------------------------------ reading

    def load(self, content: Any, name: str) -> Any:
        """Return the content of a local variable."""
        content = narrow(content)
        if isinstance(content, Union):
            content = _bound_only(content, name)
        if content is UNBOUND:
            raise ProgramRaises(f"UnboundLocalError: '{name}' is not bound")
        if isinstance(content, Unjoined):
            raise content.error(name)
        return lifted(content)

    def load_free(self, content: Any, name: str) -> Any:
        """Return the content of a variable of a function that is not converted."""
        outside = tracer().outside
        holder = tracer().variables.find(self._cell(name), name)
        if holder is not None:
            return self.attribute(holder, name)
        return outside.content(content, outside.variable(self._fn, name))

    def load_global(self, content: Any, name: str) -> Any:
        """Return the content of a global variable or builtin."""
        outside = tracer().outside
        holder = tracer().variables.find(self._globals, name)
        if holder is not None:
            return self.attribute(holder, name)
        if name not in self._globals:
            outside.lacks(self._globals, name)
            return content
        return outside.content(content, global_variable(name, self._globals))

    def variable(self, name: str) -> Any:
        """Return what holds a variable outside the function that it rebinds, as an attribute."""
        if name in self._fn.__code__.co_freevars:
            owner = tracer().outside.cell(self._fn, name)
            return tracer().variables.holder(self._cell(name), name, owner)
        return tracer().variables.holder(self._globals, name, Held("globals", self._globals))

    def imported(self, module: str, name: str, top: bool) -> Any:
        """Return what an import binds; it is taken not to change."""
        found = calls.run(imports.imported, (module, name, top, self._globals), {})
        if isinstance(found, types.ModuleType):
            return found
        owner = calls.run(imports.imported, (module, "", False, self._globals), {})
        return outer_attribute(owner, name, self)

    def _cell(self, name: str) -> types.CellType:
        """Return a variable of a function around the function."""
        position = self._fn.__code__.co_freevars.index(name)
        return (self._fn.__closure__ or ())[position]

    def attribute(self, o: Any, name: str) -> Any:
        """Return `o.<name>`."""
        o = narrow(o)
        if isinstance(o, Union):
            return fork(o, lambda a: self.attribute(a, name))
        o = lifted(o)
        if name == "__class__" and isinstance(o, Symbolic | text.Text):
            return self.call(type, o)
        if isinstance(o, text.Text):
            return text_calls.method(o, name)
        if isinstance(o, Symbolic):
            return get_attribute(o, name)
        if is_object(o) and tracer().holds_symbols(o):
            return self.load(calls.run(objects.attribute, (o, name, self), {}), name)
        return outer_attribute(o, name, self)

    # ------------------------------------------------------------ calling

    def plain(self, f: Any, *args: Any) -> Any:
        """Return the result of a function of this package that is traced as the user's are."""
        return calls.run(inlined(f), args, {})

    def call(self, f: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Return `f(*args, **kwargs)`."""
        f = narrow(f)
        if unpacking.has_several(args):
            return unpacking.call(self, f, args, kwargs)
        args = text_calls.gone_through(f, going_through.arguments(f, args, self))
        if (f is getattr or f is hasattr) and len(args) > 1 and isinstance(args[1], str):
            return named_attribute(f, *args, run=self)
        if f is warnings.warn:
            return notices.warn(*args, **kwargs)
        stepping_call = args and (f is builtins.next or f is builtins.iter)
        made = self._step(f, *args) if stepping_call else text_calls.call(f, args, kwargs, self)
        if made is not NotImplemented:
            return made
        if isinstance(f, Method):
            return lifted(calls.call_method(f, args, kwargs))
        operation = operator_function(f)
        if operation is not None:
            return operation(self, *args, **kwargs)
        if f is builtins.map and len(args) > 1 and not kwargs:
            return self._map(*args)
        marked = isinstance(f, types.FunctionType | types.MethodType) and is_marked(f)
        if marked:
            return subroutines.call_marked(f, args, lambda given: calls.call(f, given, {}, inlined))
        made = ordering.call(f, args, kwargs, self)
        if made is MISSING:
            made = objects.call(f, args, kwargs, self)
        return lifted(calls.call(f, args, kwargs, inlined)) if made is MISSING else made

    def _step(self, f: Any, x: Any, *more: Any) -> Any:
        """Return `iter(x, ...)` or `next(x, ...)`."""
        x = narrow(x)
        if isinstance(x, Union):
            return fork(x, lambda a: self._step(f, a, *more))
        if f is builtins.iter:
            if more:
                return self.plain(iteration.items_until, x, *more)
            x = self.iterable(x, steps=False)
            is_iterator = objects.has_python_method(x, "__next__")
            return x if is_iterator else stepping.iterator_over(x)
        if isinstance(x, generators.Generator | positions.Cursor) or not is_object(x):
            return lifted(stepping.next_of(x, *more))
        if more:
            return self.plain(iteration.next_item, x, *more)
        return self.method(x, "__next__")

    def _map(self, f: Any, source: Any, *more: Any) -> Any:
        """Return `map(f, source, *more)`."""
        if not more and going_through.is_made_on_the_way(source):
            return self.plain(applied, f, source)
        if not more:
            return mapped("map", self.iterable(source), lambda x: self.call(f, x), f)
        return mapped("map", self.call(zip, source, *more), lambda items: self.call(f, *items))

    def field(self, value: Any, conversion: str = "", spec: Any = "") -> Any:
        """Return the text of a value in an f-string."""
        return shown.field(value, conversion, spec, self)

    def method(self, o: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """Return `o.<name>(*args, **kwargs)`."""
        o = narrow(o)
        if unpacking.has_several(args) and isinstance(lifted(o), Union | Symbolic):
            return unpacking.in_each_case(partial(self.method, o, name), args, kwargs)
        if isinstance(o, Union):
            return fork(o, lambda a: self.method(a, name, *args, **kwargs))
        args = (stand_ins.as_key(o, args[0]), *args[1:]) if args else args
        f = self.attribute(o, name)
        if isinstance(lifted(o), Symbolic):
            return calls.call_method(f, args, kwargs)
        return self.call(f, *args, **kwargs)

    def match(self, subject: Any, pattern: matching.Pattern, **setters: Callable[..., Any]) -> Any:
        """Return whether a subject matches a pattern, and bind what the pattern captures."""
        return matching.match(self, subject, pattern, setters)

    # ------------------------------------------------------------ loops

    def iterable(self, x: Any, *, steps: bool = True) -> Any:
        """Return what is gone through in the place of `x`: for an object, what it says."""
        x = with_common_keys(narrow(text_calls.with_characters(x)))
        if stand_ins.is_one_of_several(x):
            items = fork(x, lambda a: self.plain(as_list, a))
            return self.plain(making.gone_through, x, items)
        while objects.has_python_method(x, "__iter__") and not isinstance(x, generators.Generator):
            if objects.has_python_method(x, "__next__"):
                return self.plain(making.stepped, x) if steps else x
            x = narrow(objects.special(x, "__iter__", self))
        return x

    def iterate(self, x: Any) -> Any:
        """Return what a comprehension goes through at trace time."""
        x = self.iterable(x)
        return staged_iterable(x) or x if isinstance(x, np.ndarray) else x

    def collect(self, kind: str, site: Site, source: Any, step: Callable[[Any, Any], Any]) -> Any:
        """Return the list, set or dict that a comprehension makes."""
        made: Any = {"list": list, "set": set, "dict": dict}[kind]()
        made = stand_ins.made(made)
        self.each(site, source, lambda item: step(made, item))
        return made

    def each(self, site: Site, source: Any, step: Callable[[Any], Any]) -> None:
        """Do a step for each item of something: at trace time over short ranges."""

        def block(item: Any) -> None:
            step(item)

        source = self.iterable(source)
        if isinstance(source, range) and len(source) <= UNROLLED_ITEMS:
            control.require_normal(control.native_loop(source, block, nothing))
        else:
            control.require_normal(self.for_(site, source, block, nothing, ""))

    def when(self, test: Any, step: Callable[[], Any]) -> None:
        """Do a step if a test holds."""

        def block() -> None:
            step()

        control.require_normal(if_(test, block, nothing))

    def mapped(self, source: Any, item: Callable[[Any], Any]) -> Any:
        """Return the items that a generator expression makes."""
        return mapped("generator", self.iterable(source), item)

    def spread(self, x: Any) -> Any:
        """Return what is unpacked into items."""
        return unpacking.items_of(self.iterable(x))

    def spread_arguments(self, x: Any) -> Any:
        """Return what is unpacked into the arguments of a call."""
        x = self.iterable(x)
        staged = isinstance(x, StagedIterable | StagedIterator | generators.Generator)
        return unpacking.arguments_of(self.call(list, x) if staged else x)

    def listed(self, x: Any) -> Any:
        """Return a list of what is unpacked into a display of a list."""
        return fork(x, lambda items: self.call(list, items))

    def display(self, parts: Sequence[Any]) -> Any:
        """Return the list that a display makes of its items, each a list of one, and of others."""
        first, *rest = parts
        for part in rest:
            first = self.binary("add", first, part)
        return first

    def spread_items(self, x: Any) -> Any:
        """Return what is unpacked into keyword arguments or items of a dict."""
        x = narrow(x)
        if not isinstance(x, Union):
            return x
        return unpacking.on_all_paths(fork(x, lambda a: self.call(dict, a)))

    def for_(self, site: Site, iterable: Any, body: Block, orelse: Block, index: str) -> Code:
        """Run a `for`: staged over ranges and arrays, at trace time over Python's iterables."""
        iterable = self.iterable(iterable)
        if isinstance(iterable, Union) and going_through.is_known_on_each_path(iterable):
            (condition, first), *others = alternatives(iterable)
            rest = Union(tuple(others)) if len(others) > 1 else others[0][1]
            return if_(
                condition,
                lambda: self.for_(site, first, body, orelse, index),
                lambda: self.for_(site, rest, body, orelse, index),
            )
        if isinstance(iterable, generators.Generator) and generators.is_fresh(iterable):
            return generators.loop_over(iterable, body, orelse)
        stepped = iterable if isinstance(iterable, stepping.Stepped) else stepping.stepped(iterable)
        if stepped is not None:
            return self._steps_through(site, stepped, body, orelse)
        items = staged_iterable(iterable)
        unrolls = (UNROLL, site) in tracer().decisions
        if items is None or (unrolls and tracer().can_be_known(items.length)):
            source = iterable if items is None else items
            return control.native_loop(calls.run(iter, (source,), {}), body, orelse)
        if items.length.constant == 0:
            return orelse() or NORMAL
        loop = Loop(
            site, items.length, lambda k: body(items.item(k)), None, orelse, index, items.unrollable
        )
        return staged_loop(loop)

    def _steps_through(
        self, site: Site, stepped: stepping.Stepped, body: Block, orelse: Block
    ) -> Code:
        """Run a `for` as a `while` that asks for the next item."""
        taken: list[Callable[[], Any]] = [nothing]
        trace = tracer()

        def test() -> Any:
            more, taken[0] = stepped.step()
            return more

        if (STAGE, site) not in trace.decisions and site not in trace.stepped:
            if while_loop.probed(test)[0] is not None:
                return self.while_(site, test, lambda: body(taken[0]()), orelse)
            trace.stepped.add(site)
        is_still = stepped.is_still() and not trace.handlers
        return while_loop.staged_while(site, test, lambda: body(taken[0]()), orelse, is_still)

    def keep(self, x: Any, assign: Callable[[Any], Any]) -> None:
        """Keep where a loop that yields stands in what it goes through."""
        assign(positions.beginning(self.iterable(x)))

    def yield_from(self, site: Site, items: Any, point: int, keep: Callable[[Any], Any]) -> Any:
        """Run a `yield from`."""
        items = self.iterable(items)
        loop = lambda body: self.for_(site, items, body, nothing, "")  # noqa: E731
        return stepping.yield_from(loop, items, point, keep)


def inlined(fn: types.FunctionType) -> types.FunctionType:
    """Return the converted form of a plain function."""
    return bind(fn, Runtime(fn))


Definition.convert = inlined


def _bound_only(content: Union, name: str) -> Any:
    """Return a content whose variable is bound: check that it is."""
    unbound = any_of(c for c, x in content.alternatives if x is UNBOUND)
    if unbound.known is not False:
        trace = tracer()
        trace.check((~unbound).value(), f"UnboundLocalError: '{name}' is not bound")
        trace.learn(~unbound)
    rest = [(c, x) for c, x in alternatives(content) if x is not UNBOUND]
    for _, x in rest:
        if isinstance(x, Unjoined):
            raise x.error(name)
    if not rest:
        return UNBOUND
    return rest[0][1] if len(rest) == 1 else Union(tuple(rest))
