"""What the compiled function returns: takes it apart into results of the graph."""

from __future__ import annotations

import copy
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace

from autograph.errors import UnsupportedError
from autograph.frontend.arrays.masked import with_elements
from autograph.frontend.flow.control import fork
from autograph.frontend.language import iterators
from autograph.frontend.language.going_through import is_view
from autograph.frontend.language.iterators import StagedIterable
from autograph.frontend.language.local_classes import require_returnable
from autograph.frontend.language.text import Text
from autograph.frontend.output_lists import ItemBuilder
from autograph.frontend.output_templates import (
    Build,
    Change,
    Choice,
    Fresh,
    Given,
    Instance,
    Items,
    Known,
    Listed,
    Made,
    MadeGenerator,
    Mapped,
    Output,
    PoolRow,
    Rebinding,
    Rebuilt,
    Rows,
    Scalar,
    Shared,
    Template,
    Viewed,
    Written,
)
from autograph.frontend.output_views import Size, size_in, view_steps
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.decisions import UNTOLD, Restart
from autograph.frontend.symbols.growing import Growing, growing_of
from autograph.frontend.symbols.implicit import Untold
from autograph.frontend.symbols.inputs import Input, Source
from autograph.frontend.symbols.random_states import is_generator, is_new
from autograph.frontend.symbols.symbolic import Array, Cell, Number, wrap
from autograph.frontend.symbols.union import Union, Unjoined, alternatives, narrow
from autograph.frontend.tracing.columns import rows_index
from autograph.frontend.tracing.heap import content_of, is_heap, is_object
from autograph.frontend.tracing.journal import UNBOUND
from autograph.frontend.tracing.laid_out import note_apart
from autograph.frontend.tracing.outer_variables import NOTHING
from autograph.frontend.tracing.pools import Pool
from autograph.frontend.tracing.rows import HeldView, PooledArray
from autograph.frontend.tracing.stand_in import StandIn
from autograph.frontend.tracing.template_facts import parts_of
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Value, symbol
from autograph.ir.op import form_value
from autograph.ops.structure import get

HELD_TWICE = (
    "a list whose length is known only when the program runs is returned, and an array in it is "
    "held twice, or has another name, which is not supported for arrays of several sizes and for "
    "those that a branch chooses; append a copy: items.append(x.copy())"
)


class OutputBuilder:
    """Takes apart what the traced function returned.

    Attributes:
        results: The graph's results so far.
        returned: Where the objects that are returned as they are come from.
    """

    def __init__(self, inputs: Sequence[Input], parts: Sequence[tuple[Array, Value]] = ()) -> None:
        self.results: list[Value] = []
        self._parts = parts
        self.returned: list[Source] = []
        self._inputs = list(inputs)
        self._buffers: dict[int, Template] = {}
        self._cells: set[Cell] = set()
        self._has_copies = self._has_held = False
        self._references: Counter[int] = Counter()
        self._shared: dict[int, tuple[Any, Template]] = {}
        self._pools: dict[Pool, int] = {}
        self._items = ItemBuilder(self._pool, self._held_view, self._note_copies)

    def add(self, value: Value) -> int:
        """Make a value a result of the graph, and return its number."""
        if value not in self.results:
            self.results.append(value)
        return self.results.index(value)

    def build(self, content: Any) -> Output:
        """Return how to make what the function returned."""
        self._count_references(content)
        printed = tracer().printed
        return Output(self.template(content), self.template(printed) if printed else None)

    def with_changes(self, output: Output) -> Output:
        """Return the output of a function that also changes objects from outside."""
        changes: list[Change] = []
        for _, content in tracer().outside.changed():
            self._count_references(content)
        changed = [source for source, _ in tracer().outside.changed()]
        for source, content in tracer().outside.changed():
            template = self._container(content)
            assert template is not None
            changes.append(Change(self._found(source), template))
        for variable, now in tracer().variables.changed():
            if isinstance(now, Union) and any(x is UNBOUND for _, x in alternatives(now)):
                raise unsupported(
                    f"the variable '{variable.name}' outside the function is bound on some paths "
                    "only, which is not supported; bind it on all of them, for example to None"
                )
            gone = (variable.name,) if now is NOTHING else ()
            owner, content = self._found(variable.owner), None if gone else now
            changes.append(Rebinding(owner, self.template(content), gone, variable.name))
        for source, state in tracer().changed_generators():
            changes.append(Change(self._found(source), self._buffer(state.cell)))
        for owner, before in tracer().adopted.values():
            now, found = content_of(owner), tracer().outside.source_of(owner)
            assert found is not None
            new = {k: x for k, x in now.items() if k not in before or x is not before[k]}
            _require_set(owner, new)
            gone = tuple(k for k in before if k not in now)
            if new or gone:
                changes.append(Change(self._found(found), self.template(new), gone))
        rewritten = tuple(map(self._pool, tracer().pools.changed()))
        if rewritten or changed:
            tracer().outside.note_apart(changed)
        note_apart(tracer().arguments, changes=bool(rewritten or changed))
        return replace(output, changes=tuple(changes), pools=self._rows(), rewritten=rewritten)

    def _count_references(self, content: Any) -> None:
        """Note how often each buffer is part of what is returned."""
        content = narrow(content)
        if isinstance(content, Array):
            self._references[id(content.cell)] += 1
        elif isinstance(content, Growing):
            self._references.update(
                id(part.buffer) for part in parts_of(content.element) if isinstance(part, HeldView)
            )
        elif is_heap(content):
            self._references[id(content)] += 1
            if self._references[id(content)] > 1 or tracer().pools.row_of(content) is not None:
                return
        for part in _parts(content):
            self._count_references(part)

    def _is_only_returned(self, content: Any) -> bool:
        """Return whether a content is a whole array that nothing else can be told to share."""
        if not isinstance(content, Array) or content.view.derived:
            return False
        given = any(entry.cell is content.cell for entry in self._inputs)
        given = given or content.cell.row is not None
        return not given and self._references[id(content.cell)] == 1

    def template(self, content: Any) -> Template:
        """Return how to make a content from the results."""
        content = with_elements(narrow(content))
        if isinstance(content, np.ndarray):
            content = tracer().lift(content)
        if isinstance(content, Number):
            kind = content.kind if isinstance(content.kind, type) else None
            return Scalar(self.add(content.value()), kind)
        if isinstance(content, Array):
            return self._array(content)
        if isinstance(content, Union):
            return self._choice(content)
        if isinstance(content, Unjoined):
            raise content.error("the returned value")
        source = tracer().outside.source_of(content)
        if source is not None and not isinstance(content, tuple):
            return self._found(source)
        require_returnable(type(content))
        row = tracer().pools.row_of(content)
        if row is not None:
            return PoolRow(self._pool(row.pool), self.add(form_value(row.at)))
        if self._references[id(content)] < 2 or not is_heap(content):
            return self._container(content) or self._object(content)
        if id(content) not in self._shared:
            made = self._container(content) or self._object(content)
            self._shared[id(content)] = (content, Shared(made))
        return self._shared[id(content)][1]

    def _pool(self, pool: Pool) -> int:
        """Return the number of a pool among those that the results need."""
        return self._pools.setdefault(pool, len(self._pools))

    def _rows(self) -> tuple[Rows, ...]:
        """Return how to make the objects in the pools that the results need."""
        found: list[Rows] = []
        while len(found) < len(self._pools):
            pool = list(self._pools)[len(found)]
            require_returnable(pool.kind)
            _, columns = self._columns(pool.items)
            fill = _nothing if pool.kind is np.ndarray else self._items.filler(pool.items.element)
            given = tracer().pools.given.get(pool)
            owners = None if given is None else self._found(given.source)
            found.append(Rows(pool.kind, columns, fill, owners))
        return tuple(found)

    def _found(self, source: Source) -> Template:
        """Return the template of an object from outside the function."""
        paths = [s.path for s in self.returned]
        if source.path not in paths:
            self.returned.append(source)
            paths.append(source.path)
        return Given(-1 - paths.index(source.path))

    def _container(self, content: Any) -> Template | None:
        items = growing_of(content)
        if items is not None:
            return self._listed(items, type(content))
        if isinstance(content, StandIn):
            parts = tuple(map(self.template, content.contents()))
            return Rebuilt(type(content).rebuilt, parts)
        if isinstance(content, Text):
            return Written(tuple(map(self.template, content)))
        if isinstance(content, StagedIterable) and content.bounds is not None:
            return Rebuilt(range, tuple(map(self.template, content.bounds)))
        if isinstance(content, slice):
            parts = (content.start, content.stop, content.step)
            return Rebuilt(slice, tuple(map(self.template, parts)))
        if isinstance(content, tuple | list | set | frozenset | deque):
            return Items(type(content), tuple(map(self.template, content)))
        if isinstance(content, dict):
            empty = copy.copy(content)
            empty.clear()
            return Mapped(empty, tuple(content), tuple(map(self.template, content.values())))
        return None

    def _object(self, content: Any) -> Template:
        if is_generator(content) and is_new(content):
            return MadeGenerator(type(content), self._buffer(tracer().state_of(content).cell))
        if tracer().birth(content) is not None:
            if not is_object(content):
                raise unsupported(
                    f"a {type(content).__name__} made in a compiled function cannot be returned; "
                    "return what it is made of"
                )
            attributes = content_of(content)
            _require_set(content, attributes)
            parts = tuple(map(self.template, attributes.values()))
            return Instance(type(content), tuple(attributes), parts)
        steps = isinstance(content, iterators.Iterator | StagedIterable)
        if steps or hasattr(type(content), "__next__"):
            raise unsupported("an iterator cannot be returned; return a list")
        if is_view(content):
            raise unsupported("a view of a dict cannot be returned; return a list")
        if isinstance(content, Untold):
            raise Restart((UNTOLD,))
        if callable(content) and not isinstance(content, type) and _is_traced(content):
            raise unsupported("a function that uses run-time values cannot be returned")
        require_returnable(content)
        return Known(None if content is UNBOUND else content)

    def _listed(self, items: Growing, kind: type) -> Template:
        length, columns = self._columns(items)
        return Listed(kind, length, columns, self._items.builder(items.element))

    def _columns(self, items: Growing) -> tuple[int, tuple[int, ...]]:
        """Make the length and the columns of items results of the graph."""
        length = self.add(form_value(tracer().facts.canonical(items.length)))
        whole = [
            get(column, index=rows_index(column, Affine(0), items.length))
            for column in items.columns
        ]
        return length, tuple(map(self.add, whole))

    def _choice(self, content: Union) -> Template:
        parts = alternatives(content)
        if all(self._is_only_returned(part) for _, part in parts):
            types = {str(part.cell.value.type) for _, part in parts}
            if len(types) == 1:
                return self._array(fork(content, lambda a: wrap(a.read())))
        *first, _ = parts
        flags = tuple(self.add(condition.value()) for condition, _ in first)
        return Choice(flags, tuple(self.template(part) for _, part in parts))

    def _array(self, array: Array) -> Template:
        for handle, param in self._parts:
            if array.cell is handle.cell and array.view == handle.view and not array.view.derived:
                return Given([entry.param for entry in self._inputs].index(param))
        base = self._buffer(array.cell)
        if not array.view.derived:
            return base
        if id(array) not in self._shared:
            made = Viewed(base, view_steps(array.view, self._form))
            self._shared[id(array)] = (array, Shared(made))
        return self._shared[id(array)][1]

    def _held_view(self, held: HeldView) -> Build:
        """Return what makes a view of a buffer that a list of unknown length holds."""
        pool = self._pool(held.buffer) if isinstance(held, PooledArray) else -1
        if pool < 0 and not held.view.derived:
            itself = self._array(held.unpack(iter(()), {}))
            return lambda _, made: itself.build(made)
        base = self._buffer(held.buffer) if isinstance(held.buffer, Cell) else None
        own = [Affine.of(symbol("held")) for form in held.forms if form is None]
        others: list[int] = []

        def size(form: Affine) -> Size:
            if form in own:
                return (own.index(form),)
            found = self._form(form)
            if isinstance(found, int):
                return found
            others.append(found[0])
            return (len(own) + len(others) - 1,)

        rest = iter(own)
        forms = [next(rest) if form is None else form for form in held.forms]
        at = 0 if pool < 0 else size(forms.pop(0))
        count = held.count_dims if isinstance(held, PooledArray) else 0
        dims, forms = [size(form) for form in forms[:count]], forms[count:]
        view = held.view.over(held.view.buffer_dims, forms)
        steps = view_steps(view, size) if view.derived else ()

        def build(leaves: Iterator[Any], made: Made) -> Any:
            sizes = [next(leaves) for _ in own] + [made.results[k] for k in others]
            own_dims = [size_in(dim, sizes) for dim in dims]
            array = base.build(made) if base else made.row(pool, size_in(at, sizes), own_dims)
            for step in steps:
                array = step(array, sizes)
            return array

        return build

    def _buffer(self, cell: Cell) -> Template:
        if cell.row is not None:
            dims = tuple(map(self._form, cell.row.dims or ()))
            return PoolRow(self._pool(cell.row.pool), self.add(form_value(cell.row.at)), dims)
        self._require_one_memory(cell)
        if cell.fixed:
            self._has_held = True
            self._require_arrays()
        for k, entry in enumerate(self._inputs):
            if entry.cell is cell:
                return Given(k)
        if id(cell) not in self._buffers:
            self.results.append(cell.value)  # Even if it is a result already: in other memory.
            self._buffers[id(cell)] = Fresh(len(self.results) - 1)
        return self._buffers[id(cell)]

    def _require_one_memory(self, cell: Cell) -> None:
        """Refuse to return buffers of which it is not known whether they are one in the program."""
        given = {entry.cell for entry in self._inputs if entry.cell is not None}
        others = (given | self._cells) - {cell}
        self._cells.add(cell)
        if cell.stale or any(cell.may_be(other) for other in others):
            raise tracer().stale(cell)

    def _note_copies(self) -> None:
        self._has_copies = True
        self._require_arrays()

    def _require_arrays(self) -> None:
        """Start again, or refuse, if lists hold copies of arrays of which somebody can tell."""
        twice = self._has_copies and (self._has_held or tracer().has_shared_arrays)
        restart = tracer().needs_arrays(twice=twice)
        if restart is not None:
            raise restart
        if twice:
            raise UnsupportedError(HELD_TWICE, tracer().copied_at or tracer().site)

    def _form(self, form: Affine) -> int | tuple[int]:
        """Return a constant, or the number of the result that holds a form, in a tuple."""
        form = tracer().facts.canonical(form)
        if form.constant is not None:
            return form.constant
        return (self.add(form_value(form)),)


def _parts(content: Any) -> Iterable[Any]:
    """Return what is returned with a content, because it is a part of it."""
    if isinstance(content, Union):
        return [part for _, part in alternatives(content)]
    if tracer().outside.source_of(content) is not None:
        return ()
    if isinstance(content, tuple | list | set | frozenset | deque):
        return content
    if isinstance(content, dict):
        return content.values()
    if tracer().birth(content) is not None:
        return list(content_of(content).values())
    return ()


def _nothing(owner: Any, leaves: Iterator[Any], made: Made) -> None:
    """Give an array in a pool nothing: it is its own content."""


def _require_set(owner: Any, attributes: Mapping[str, Any]) -> None:
    """Refuse attributes that are there on some paths only."""
    for name, content in attributes.items():
        if isinstance(content, Union) and any(x is UNBOUND for _, x in alternatives(content)):
            raise unsupported(
                f"the attribute {name!r} of a {type(owner).__name__} is set on some paths only, "
                "which is not supported; set it on all of them, for example to None"
            )


def _is_traced(content: Any) -> bool:
    cells = getattr(content, "__closure__", None) or ()
    return any(name == "ag__" for name in content.__code__.co_freevars) if cells else False
