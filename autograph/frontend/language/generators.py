"""Generators: a loop over one runs inside it, at each `yield`.

So a `yield` under run-time conditions or in a staged loop needs nothing but what branches and loops
need: the body of the consuming loop is traced in its place. How that body ends, if not normally, is
a completion of its own, which passes through the generator's blocks and runs its `finally` clauses.
"""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NoReturn

from msgspec import Struct

from autograph.errors import UnsupportedError
from autograph.frontend.flow.control import (
    Block,
    Code,
    after_loop,
    condition_of,
    go_on,
    require_normal,
    returned,
    run_block,
    run_body,
)
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import lists
from autograph.frontend.symbols.completion import (
    CONTINUE,
    NORMAL,
    OUTWARD,
    RAISE,
    RETURN,
    THROW,
    Completion,
)
from autograph.frontend.symbols.condition import all_of, any_of
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.decisions import UNROLL, Restart
from autograph.frontend.symbols.union import Union, alternatives
from autograph.frontend.tracing.journal import UNBOUND, Box, BoxPlace, Scope
from autograph.frontend.tracing.regions import Consumer
from autograph.frontend.tracing.tracer import tracer

MANAGER_CODE = contextlib.contextmanager(lambda: iter(())).__code__
"""The code of what `contextmanager` returns."""


class Generator:
    """What the call of a generator function returns.

    Args:
        body: The function's block.
        result: A function of the variable that holds what it returns.
        variables: Names of the function's variables that blocks share.
    """

    def __init__(self, body: Block, result: Callable[[], Any], variables: tuple[str, ...]) -> None:
        self._body, self._result, self._variables = body, result, variables
        self._started = False
        self._site = tracer().site

    def refusal(self) -> UnsupportedError:
        """Return the error for a generator that leaves the compiled function."""
        return UnsupportedError(
            "a generator cannot be returned from a compiled function; return its items in an "
            "array, or compile the function that goes through them",
            self._site,
        )

    def __getattr__(self, name: str) -> NoReturn:
        if name in ("send", "throw", "close", "__next__"):
            raise unsupported(f"{name} of a generator is not supported; use a `for` loop")
        raise AttributeError(f"'generator' object has no attribute {name!r}")

    def run(self, block: Block, *, inside: bool = False) -> Completion:
        """Run a block for each item; return how all of it completes.

        Args:
            block: Takes an item.
            inside: Whether exceptions of the block are raised by the `yield` in the generator, as
                those of a `with` are.
        """
        if self._started:
            raise unsupported(
                "going on with a generator that a loop has left, or going through it twice, is "
                "not supported; call the generator function again"
            )
        self._started = True
        trace = tracer()
        outer = trace.pending
        trace.consumers.append(Consumer(block, list(trace.handlers), list(trace.handled), inside))
        inner = trace.pending
        try:
            completion = run_body(self._body, self._variables)
        finally:
            trace.consumers.pop()
        thrown = completion.condition(THROW)
        if thrown.known is not False:
            error = inner.read()
            if thrown.known is None:
                error = Union(((thrown, error), (~thrown, outer.read())))
            trace.write(outer, error)
        codes = {c: c - OUTWARD for c in completion.codes if c > OUTWARD}
        return completion.renamed({RETURN: NORMAL, **codes})

    def result(self) -> Any:
        """Return what the generator returned."""
        return returned(self._result)

    def __iter__(self) -> Iterator[Any]:
        """Return the items, how many of which have to be known at trace time."""
        items: list[Any] = []
        collect = partial(_collect, items, tracer().top)
        require_normal(go_on(self.run(collect)))
        return iter(items)


def _collect(items: list[Any], scope: Scope, item: Any) -> int:
    """Add an item to a list, if there is one whatever the values are."""
    trace = tracer()
    for inner in reversed(trace.stack):
        if inner is scope:
            break
        index = inner.graph.params[0] if inner.graph.params else None
        if index in trace.loops:
            raise Restart((UNROLL, trace.loops[index]))
        raise unsupported(
            "how many items a generator has depends on run-time values here; go through it with "
            "a `for` loop"
        )
    items.append(item)
    return NORMAL


def generator(body: Block, result: Callable[[], Any]) -> Generator:
    """Return what the call of a generator function returns."""
    return Generator(body, result, sys._getframe(1).f_code.co_cellvars)


def yield_(item: Any) -> None:
    """Run a `yield`: the block that consumes the item."""
    trace = tracer()
    consumer = trace.consumers.pop()
    handlers, handled = trace.handlers, trace.handled
    if not consumer.inside:
        trace.handlers, trace.handled = list(consumer.handlers), list(consumer.handled)
    outer = trace.pending
    try:
        completion = run_block(consumer.block, item).renamed({CONTINUE: NORMAL})
    finally:
        trace.consumers.append(consumer)
        trace.handlers, trace.handled = handlers, handled
    if consumer.inside:
        if THROW in completion.codes:
            trace.write(trace.pending, outer.read())
        require_normal(go_on(completion))
        return
    away = {c: c + OUTWARD for c in completion.codes if c not in (NORMAL, RAISE)}
    caught = [kind for kinds in handlers[len(consumer.handlers) :] for kind in kinds]
    if away and any(issubclass(GeneratorExit, kind) for kind in caught):
        raise unsupported(
            "leaving a generator where it would catch GeneratorExit is not supported; "
            "catch Exception instead"
        )
    require_normal(go_on(completion.renamed(away)))


mapped = defined(lists.mapped)
"""Returns the generator of what a function makes of the items of another one."""


def loop_over(items: Generator, body: Block, orelse: Block) -> Code:
    """Run a `for` over a generator."""
    depth = len(tracer().stack)
    return after_loop(items.run(body), orelse, depth)


def yield_from(loop: Callable[[Block], Code], items: Any) -> Any:
    """Run a `yield from`, and return its value.

    Args:
        loop: Goes through the items with a block.
        items: What is delegated to.
    """

    def each(item: Any) -> int:
        yield_(item)
        return NORMAL

    require_normal(loop(each))
    return items.result() if isinstance(items, Generator) else None


# ---------------------------------------------------------------- context managers


class Managed(Struct, frozen=True):
    """What a function decorated by `contextmanager` returns."""

    generator: Any


def managed_function(f: Any) -> Any:
    """Return the generator function that `contextmanager` decorates, None for anything else."""
    if isinstance(f, types.FunctionType) and f.__code__ is MANAGER_CODE:
        return f.__wrapped__  # type: ignore[attr-defined]
    return None


def with_managed(manager: Managed, body: Block) -> Code:
    """Run a `with` of a generator: its body runs at the `yield`."""
    trace = tracer()
    left: dict[int, BoxPlace] = {}
    runs: list[Any] = []
    scope = trace.top

    def block(item: Any) -> Any:
        if runs:
            raise unsupported("a context manager that yields in several places is not supported")
        runs.append(item)
        completion = run_block(body, item)
        for code in completion.codes:
            if code not in (NORMAL, RAISE, THROW):
                place = left[code] = BoxPlace(Box(), "how the block was left")
                trace.born(place.owner, scope)
                trace.write(place, completion.condition(code).number())
        return completion.renamed(dict.fromkeys(left, NORMAL))

    if not isinstance(manager.generator, Generator):
        raise unsupported("contextmanager of a function that is not a generator is not supported")
    completion = manager.generator.run(block, inside=True)
    if not left or NORMAL not in completion.codes:
        return go_on(completion)
    normal = completion.condition(NORMAL)
    flags = {code: condition_of(_flag(place.read())) for code, place in left.items()}
    ways = [(code, all_of([normal, flag])) for code, flag in flags.items()]
    ways += [(NORMAL, all_of([normal, ~any_of(flags.values())]))]
    ways += [way for way in completion.ways if way[0] != NORMAL]
    return go_on(_possible(ways))


def _flag(content: Any) -> Any:
    """Return a flag, which is not set where the block was not left in its way."""
    if content is UNBOUND:
        return False
    if not isinstance(content, Union):
        return content
    return Union(tuple((c, False if x is UNBOUND else x) for c, x in alternatives(content)))


def _possible(ways: list[Any]) -> Completion:
    """Return the completion of the ways that may be."""
    certain = [code for code, condition in ways if condition.known]
    if certain:
        return Completion.of(certain[0])
    return Completion(tuple(way for way in ways if way[1].known is not False))
