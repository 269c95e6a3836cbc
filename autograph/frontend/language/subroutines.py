"""Subroutines: functions of this package that are traced once for all calls with alike arguments.

Enters: a function marked as shared, and its arguments: numbers, texts, tuples of them, and lists
that grow. Leaves: a node that calls the function, whose graph all such calls have in common. It
writes into lists in place; those that it makes longer have got the room before.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from autograph.errors import Site
from autograph.frontend.flow.control import run_block
from autograph.frontend.language import lists, stand_ins
from autograph.frontend.language.calls import fork_within
from autograph.frontend.symbols.completion import NORMAL, RAISE
from autograph.frontend.symbols.growing import Growing, growing_of
from autograph.frontend.symbols.leaves import Leaf, form_of_leaf, is_number, leaf_value
from autograph.frontend.symbols.magnitude import COUNTABLE
from autograph.frontend.symbols.promotion import kind_of
from autograph.frontend.symbols.union import narrow
from autograph.frontend.tracing.composite import Container, OneOf, merge_all
from autograph.frontend.tracing.items import RESERVED, with_room
from autograph.frontend.tracing.journal import Box, BoxPlace
from autograph.frontend.tracing.packing import element_of, pack_element
from autograph.frontend.tracing.routine_graph import closed_routine
from autograph.frontend.tracing.rows import Row
from autograph.frontend.tracing.template import Scalar, Static, Template
from autograph.frontend.tracing.template_facts import template_key
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Value, located
from autograph.ir.types import ArrayType, scalar
from autograph.ops.recursion import ResultType, make_recursion

INT64 = scalar(np.int64)

Body = Callable[[Sequence[Any]], Any]
"""Traces a function, given its arguments."""


class _Given(Struct, frozen=True):
    """What is known of an argument.

    Attributes:
        template: Of the argument; of a list, the template of its items.
        is_list: Whether it is a list.
        grows: Whether it is a list that may become longer, for which it has the room.
    """

    template: Template
    is_list: bool
    grows: bool = False

    @property
    def key(self) -> Hashable:
        """What is equal for arguments that one graph can take."""
        return self.is_list, self.grows, template_key(self.template)

    @property
    def count(self) -> int:
        """How many leaves the argument has: those of a list have its length and capacity first."""
        return 2 * self.is_list + len(self.template.types())

    def params(self) -> list[Value]:
        """Return params for the leaves."""
        if not self.is_list:
            return [Value(type_) for type_ in self.template.types()]
        capacity = Value(INT64, None, "room")
        rows = Affine.of(capacity)
        columns = [ArrayType(t.dtype, (rows, *t.dims)) for t in self.template.types()]
        return [Value(INT64, None, "length"), capacity, *map(Value, columns)]

    def unpack(self, leaves: Iterator[Value]) -> Any:
        """Return the argument that the leaves stand for."""
        if not self.is_list:
            return self.template.unpack(leaves, {})
        facts = tracer().facts
        length, capacity = (form_of_leaf(next(leaves)) for _ in range(2))
        for form in (length, capacity, capacity - length):
            facts.learn(form)
        for form in (length, capacity):
            assert form.symbol is not None
            facts.magnitudes.limits[form.symbol] = COUNTABLE
        if isinstance(self.template, OneOf) and not self.template.alternatives:
            return tracer().mark_made([])  # nobody knows what its items would be
        columns = list(islice(leaves, len(self.template.types())))
        arranged = RESERVED if self.grows else None
        return tracer().mark_made([Growing(self.template, columns, length, capacity, arranged)])

    def pack(self, content: Any) -> list[Leaf]:
        """Return the leaves of an argument."""
        if not self.is_list:
            return pack_element(self.template, content)
        items = _items(content)
        return [items.length, items.capacity, *items.columns]


class _Subroutine(Struct, frozen=True):
    """A function that was traced.

    Attributes:
        graph: A graph of its own.
        result: The template of what it returns, None if it always raises.
        written: The numbers of those leaves of the arguments that are columns which it changes.
        resized: The numbers of those arguments that are lists of which it changes the length.
    """

    graph: Graph
    result: Template | None
    written: tuple[int, ...]
    resized: tuple[int, ...]


_TRACED: dict[Hashable, _Subroutine] = {}
"""By function and types of arguments, what was traced: closed graphs, which all programs share."""


def call_marked(f: Any, args: Sequence[Any], body: Body) -> Any:
    """Return the result of a call of a function that is marked."""
    if getattr(f, "is_pure", False):
        return stand_ins.remembered(f, tuple(args), lambda: body(args))
    if getattr(f, "is_gathering", False):
        return body([stand_ins.gathered(x) for x in args])
    return call(f, args, body) if getattr(f, "is_shared", False) else fork_within(args, body)


def call(function: types.FunctionType, args: Sequence[Any], body: Body) -> Any:
    """Return the result of a call: of the function as it was traced before, if it was."""
    args = [narrow(x) for x in args]
    given = [_given(x) for x in args]
    known = [g for g in given if g is not None]
    room: Any = getattr(function, "room", None)
    if len(known) < len(given) or not _fit_together(function, known):
        return body(args)
    if room is not None:
        known = _with_room(known, args, room)
    trace = tracer()
    key = (function, tuple(g.key for g in known), trace.floating_errors.raising)
    if key not in _TRACED:
        with located(lambda: _site_of(function)):  # not the user's line, as programs share it
            _TRACED[key] = _traced(function.__name__, known, body)
    return _called(_TRACED[key], known, args)


def _fit_together(function: types.FunctionType, given: Sequence[_Given]) -> bool:
    """Return whether the lists whose items are put into each other have items of one type."""
    alike = {template_key(given[k].template) for k in getattr(function, "alike", ())}
    return len(alike) <= 1 and template_key(OneOf(())) not in alike


def _site_of(function: types.FunctionType) -> Site:
    code = function.__code__
    return Site(code.co_filename, code.co_firstlineno, 0, function.__name__)


# ---------------------------------------------------------------- arguments


def _given(content: Any) -> _Given | None:
    """Return what is known of an argument, None if it cannot be handed over."""
    if type(content) is not list:
        template = _opened(element_of(content))
        return None if template is None else _Given(template, False)
    if not content:
        return _Given(OneOf(()), True)
    if growing_of(content) is None and not all(map(lists.fits, content)):
        return None
    element = _opened(_items(content).element)
    return None if element is None else _Given(element, True)


def _items(content: list[Any]) -> Growing:
    items = growing_of(content)
    return lists.in_columns(content) if items is None else items


def _opened(template: Template) -> Template | None:
    """Return the template of all contents of a type, None if they refer to what is around."""
    if isinstance(template, Static):
        if is_number(template.content):
            return Scalar(kind_of(template.content))
        return template if isinstance(template.content, str | bytes | None) else None
    if isinstance(template, Row):
        is_fixed = all(dim.constant is not None for dim in template.type.dims)
        return template if is_fixed else None
    if isinstance(template, Container) and issubclass(template.kind, tuple):
        items = [_opened(item) for item in template.items]
        known = tuple(item for item in items if item is not None)
        whole = len(known) == len(items)
        return Container(template.kind, template.keys, known) if whole else None
    if isinstance(template, OneOf):
        alternatives = [_opened(item) for item in template.alternatives]
        found = [item for item in alternatives if item is not None]
        return merge_all(found) if len(found) == len(alternatives) else None
    return template if isinstance(template, Scalar) else None


def _with_room(
    given: Sequence[_Given], args: Sequence[Any], room: Callable[[list[Any]], dict[int, Affine]]
) -> list[_Given]:
    """Make room in the lists that a function makes longer."""
    found = list(given)
    lengths = [_items(x).length if g.is_list else None for g, x in zip(given, args, strict=True)]
    for k, count in room(lengths).items():
        lists.give_items(args[k], with_room(_items(args[k]), count))
        found[k] = replace(given[k], grows=True)
    return found


# ---------------------------------------------------------------- tracing


def _traced(name: str, given: Sequence[_Given], body: Body) -> _Subroutine:
    """Trace a function over params of its own."""
    trace, box = tracer(), Box()
    scope = trace.push(name)
    handlers, trace.handlers = trace.handlers, []
    params = [g.params() for g in given]
    scope.graph.params += [param for found in params for param in found]
    args = [g.unpack(iter(found)) for g, found in zip(given, params, strict=True)]
    before = [growing_of(arg) if g.is_list else None for g, arg in zip(given, args, strict=True)]
    returns = _run(lambda: body(args), box)
    result, results = None, []
    if returns:
        found = narrow(box.content)
        result = _opened(element_of(found))
        assert result is not None, f"{name} returns what cannot be handed back"
        results = [leaf_value(leaf) for leaf in pack_element(result, found)]
    position = 0
    written: list[int] = []
    resized: list[int] = []
    columns: list[Value] = []
    for k, (g, arg, old) in enumerate(zip(given, args, before, strict=True)):
        items = growing_of(arg)
        if items is not None and old is not None:
            if items.columns != old.columns:
                written += range(position + 2, position + g.count)
                columns += items.columns
            if items.length != old.length:
                resized.append(k)
                results.append(leaf_value(items.length))
        position += g.count
    scope.graph.results = [*results, *columns]
    trace.handlers = handlers
    trace.pop(scope)
    graph, captured = closed_routine(scope.graph)
    assert not captured, f"{name} refers to what is around it"
    return _Subroutine(graph, result, tuple(written), tuple(resized))


def _run(body: Callable[[], Any], box: Box) -> bool:
    """Run the body of a function and leave what it returns in a box; say whether it returns."""
    trace = tracer()
    place = BoxPlace(box, "the result")
    trace.born(box)

    def block() -> int:
        trace.write(place, body())
        return NORMAL

    trace.frames.append((place,))
    completion = run_block(block)
    trace.frames.pop()
    return completion.only != RAISE


# ---------------------------------------------------------------- calls


def _called(made: _Subroutine, given: Sequence[_Given], args: Sequence[Any]) -> Any:
    """Emit a call."""
    if made.result is None:
        tracer().fail("what is looked for is not there")
    operands = [leaf_value(leaf) for g, x in zip(given, args, strict=True) for leaf in g.pack(x)]
    types_ = [ResultType(t.dtype) for t in (*made.result.types(), *[INT64] * len(made.resized))]
    first = len(types_)
    types_ += [ResultType(operands[k].dtype, operands[k].dims) for k in made.written]
    writes = [(first + k, operand) for k, operand in enumerate(made.written)]
    results = iter(make_recursion(made.graph, operands, types_, writes, deepest=1))
    found = made.result.unpack(results, {})
    lengths = {k: form_of_leaf(next(results)) for k in made.resized}
    changed = dict(zip(made.written, results, strict=True))
    position = 0
    for k, (g, arg) in enumerate(zip(given, args, strict=True)):
        columns = [changed[j] for j in range(position, position + g.count) if j in changed]
        if columns or k in lengths:
            _give(arg, columns or None, lengths.get(k))
        position += g.count
    return found


def _give(content: list[Any], columns: list[Value] | None, length: Affine | None) -> None:
    """Give a list what a call has left of it."""
    items = _items(content)
    if length is not None:
        facts = tracer().facts
        for form in (length, items.capacity - length):
            facts.learn(form)
    lists.give_items(content, items.changed(columns, length))
