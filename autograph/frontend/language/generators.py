"""Generators: objects that say where their function stands, and what its variables are.

There are two ways to run one. A loop over it runs inside of it, at each `yield`: a `yield` under
run-time conditions or in a staged loop needs nothing but what branches and loops need, since the
body of the consuming loop is traced in its place. How that body ends, if not normally, is a
completion of its own, which passes through the generator's blocks and runs its `finally` clauses.

A generator that is gone through step by step, by `next` or by several loops, runs up to its next
`yield`, and leaves its variables in the object. There it is taken up by a block of its own, which
the conversion made. Where it stands is a text among its attributes: where that is known while
tracing nothing of it is left in the graph, else it travels through branches and loops as other
attributes do.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Collection, Iterator
from functools import partial
from types import CellType, FunctionType
from typing import Any, NoReturn, cast

from autograph.errors import Site, UnsupportedError
from autograph.frontend.flow.control import (
    Block,
    Code,
    after_loop,
    condition_of,
    fork,
    go_on,
    if_,
    nothing,
    require_normal,
    run_block,
    run_body,
    without_unbound,
)
from autograph.frontend.flow.recursion import called
from autograph.frontend.language.iterator_states import read, write
from autograph.frontend.language.local_functions import (
    GeneratorFunction,
    Local,
    closure_of,
    end,
    over,
    restored,
    saved,
    shares,
)
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import lists
from autograph.frontend.numpy_api.operators import binary, compare
from autograph.frontend.symbols.completion import (
    CONTINUE,
    NORMAL,
    OUTWARD,
    RAISE,
    RETURN,
    SUSPEND,
    THROW,
    Completion,
)
from autograph.frontend.symbols.condition import Condition, any_of
from autograph.frontend.symbols.context import Leaves, ProgramRaises, unsupported
from autograph.frontend.symbols.decisions import STEP, UNROLL, Restart
from autograph.frontend.symbols.frames import RESULT, is_own_file
from autograph.frontend.symbols.symbolic import require
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.escape import settled
from autograph.frontend.tracing.journal import Box, BoxPlace, Scope, VariablePlace
from autograph.frontend.tracing.regions import Consumer, Step
from autograph.frontend.tracing.stand_in import Family, StandIn
from autograph.frontend.tracing.tracer import tracer

LEVELS = 4
"""How often a generator may run inside another one of its function, before they lie in a pool."""

START, FINISHED, LEFT = "start", "finished", "left"
"""Where a generator stands, else the number of a `yield`. LEFT: a loop ran in it and left it."""

HOW_MANY = (
    "how many items a generator has depends on run-time values here; go through it with a `for` "
    "loop"
)
FUNCTION_LEAVES = (
    "a function that uses variables of a generator is {}, which is not supported where the "
    "generator is gone through step by step; give them to it as defaults"
)
AT, FUNCTION, SITE = ".at", ".function", ".site"
"""Attributes of a generator besides its variables."""


class Generator(StandIn):
    """What the call of a generator function returns."""

    stands_for = types.GeneratorType

    @property
    def family(self) -> Family:
        """The generators of one function lie in one pool."""
        function = read(self, FUNCTION)
        return Family(function, ("generator", function.site))

    def contents(self) -> tuple[Any, ...]:
        """Refuse to leave the compiled function."""
        raise UnsupportedError(
            "a generator cannot be returned from a compiled function; return its items in an "
            "array, or compile the function that goes through them",
            _made_at(self),
        )

    def __iter__(self) -> Iterator[Any]:
        """Return the items, how many of which have to be known at trace time."""
        items: list[Any] = []
        if not is_fresh(self):
            return self._stepped()
        collect = partial(_collect, items, tracer().top)
        require_normal(go_on(run_inside(self, collect)))
        return iter(items)

    def _stepped(self) -> Iterator[Any]:
        while True:
            more, item = advance(self)
            if more.known is None:
                raise unsupported(HOW_MANY)
            if not more.known:
                return
            yield item()


def _made_at(generator: Generator) -> Site:
    """Return where a generator was made."""
    *filename, line, function = str(read(generator, SITE)).split(":")
    return Site(":".join(filename), int(line), 0, function)


# ---------------------------------------------------------------- making


def generator(
    body: FunctionType, resumption: FunctionType, guarded: Collection[int], has_functions: bool
) -> Generator:
    """Return what the call of a generator function returns.

    Args:
        body: The function's block.
        resumption: The block that goes on from where the generator stands.
        guarded: The yields at which something has to run where the generator is dropped.
        has_functions: Whether functions are made in it.
    """
    code = sys._getframe(1).f_code
    names = frozenset(code.co_cellvars)
    cells = closure_of(body, resumption)
    made, trace = Generator(), tracer()
    outside = tuple(id(c) for n, c in cells.items() if n not in names and n != "ag__")
    name = code.co_name
    where = f"{code.co_filename}:{code.co_firstlineno}:{code.co_qualname}"
    new = GeneratorFunction(name, where, body, resumption, frozenset(guarded), names, has_functions)
    function = trace.generator_functions.setdefault((body.__code__, outside), new)
    site = trace.site
    place = "" if site is None else f"{site.filename}:{site.line}:{site.function}"
    vars(made).update({AT: START, FUNCTION: function, SITE: place})
    own = {name: cell for name, cell in cells.items() if name in names}
    vars(made).update(saved(own, frozenset(own), function.name))
    return cast(Generator, settled(trace.mark_made(made)))


# ---------------------------------------------------------------- running


def _run(
    generator: Generator, block: FunctionType, what: Consumer | Step
) -> tuple[Completion, dict[str, CellType]]:
    """Run a block of a generator; return how it completes, and its variables.

    Args:
        generator: The generator.
        block: One of the blocks of its function.
        what: What happens at a `yield`.
    """
    trace, function = tracer(), read(generator, FUNCTION)
    cells = _variables(function, what)
    for name, cell in cells.items():
        trace.born(cell)
        VariablePlace(cell).write(restored(read(generator, name), cells))
    if isinstance(what, Step):
        what.cells = cells
    outer = trace.pending
    trace.consumers.append(what)
    inner = trace.pending
    ending = (StopIteration,) if trace.catches(RuntimeError) else ()
    try:
        with trace.catching(*ending):
            completion = run_body(over(block, cells), function.variables)
    finally:
        trace.consumers.pop()
    thrown = completion.condition(THROW)
    if thrown.known is not False:
        error = _as_raised(inner.read())
        if thrown.known is None:
            error = Union(((thrown, error), (~thrown, outer.read())))
        trace.write(outer, error)
    return completion, cells


def _variables(function: GeneratorFunction, what: Consumer | Step) -> dict[str, CellType]:
    """Return variables for a run of a generator function.

    They are the same in each run, one of several at a time, so that loops in it are found to have
    the state that they had before; unless functions that see them could outlive the run.
    """
    if function.has_functions or isinstance(what, Consumer):
        return {name: CellType() for name in function.variables}
    running = [c for c in tracer().consumers if isinstance(c, Step)]
    depth = sum(read(step.generator, FUNCTION) is function for step in running)
    if depth == len(function.cells):
        function.cells.append({name: CellType() for name in function.variables})
    return function.cells[depth]


def _as_raised(error: Any) -> Any:
    """Return the exception with which a generator is left: no StopIteration leaves it."""
    parts = []
    for when, part in alternatives(error):
        if isinstance(part, StopIteration):
            part = tracer().mark_made(RuntimeError("generator raised StopIteration"))
        parts.append((when, part))
    return parts[0][1] if len(parts) == 1 else Union(tuple(parts))


# ---------------------------------------------------------------- loops inside of it


def held(x: Any) -> Any:
    """Return what a variable holds that a loop goes through.

    Raises:
        Restart: If it is a generator with something to run when it is dropped, so not by the loop.
    """
    found = narrow(x)
    if isinstance(found, Generator) and read(found, FUNCTION).guarded and is_fresh(found):
        raise Restart((STEP, read(found, SITE)))
    return x


def is_fresh(generator: Generator) -> bool:
    """Return whether a loop over a generator may run inside of it."""
    in_pool = tracer().pools.row_of(generator) is not None
    if in_pool or (STEP, read(generator, SITE)) in tracer().decisions:
        return False
    where = read(generator, AT)
    return not isinstance(where, Union) and where == START


def run_inside(generator: Generator, block: Block, *, inside: bool = False) -> Completion:
    """Run a block for each item of a fresh generator; return how all of it completes.

    Args:
        generator: The generator.
        block: Takes an item.
        inside: Whether exceptions of the block are raised by the `yield` in the generator, as
            those of a `with` are.
    """
    trace = tracer()
    write(generator, {AT: LEFT})
    function = read(generator, FUNCTION)
    _require_no_recursion(generator)
    depth = len(trace.stack)
    handlers, handled = list(trace.handlers), list(trace.handled)
    consumer = Consumer(block, function, depth, handlers, handled, inside)
    completion, cells = _run(generator, function.body, consumer)
    codes = {c: c - OUTWARD for c in completion.codes if c > OUTWARD}
    completion = completion.renamed({RETURN: NORMAL, **codes})
    ended = completion.condition(NORMAL)
    if ended.known is not False:
        where: Any = FINISHED if ended.known else Union(((ended, FINISHED), (~ended, LEFT)))
        write(generator, {AT: where, RESULT: VariablePlace(cells[RESULT]).read()})
    return completion


def _require_no_recursion(generator: Generator) -> None:
    """Start again with generators in a pool that their function makes as deep as the data say.

    Raises:
        Restart: If one of the function runs, and under other run-time conditions.
    """
    trace, site = tracer(), read(generator, FUNCTION).site
    outer = [c for c in trace.consumers if c.function.site == site and c.depth < len(trace.stack)]
    if len(outer) < LEVELS or is_own_file(site.rpartition(":")[0].rpartition(":")[0]):
        return
    found = trace.needs_pool(generator)
    if isinstance(found, Restart):
        raise found


def _collect(items: list[Any], scope: Scope, item: Any) -> int:
    """Add an item to a list, if there is one whatever the values are."""
    trace = tracer()
    for inner in reversed(trace.stack):
        if inner is scope:
            break
        index = inner.graph.params[0] if inner.graph.params else None
        if index in trace.loops:
            raise Restart((UNROLL, trace.loops[index]))
        raise unsupported(HOW_MANY)
    items.append(item)
    return NORMAL


def yield_(item: Any, point: int) -> Any:
    """Run a `yield`: the block that consumes the item, or what has the generator stop here."""
    trace = tracer()
    consumer = trace.consumers[-1]
    if isinstance(consumer, Step):
        suspend(item, point)
    trace.consumers.pop()
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
    """Run a `for` inside of a fresh generator."""
    depth = len(tracer().stack)
    return after_loop(run_inside(items, body), orelse, depth)


# ---------------------------------------------------------------- step by step


def is_stepping() -> bool:
    """Return whether the function that runs is a generator that is gone through step by step."""
    consumers = tracer().consumers
    return bool(consumers) and isinstance(consumers[-1], Step)


def suspend(item: Any, point: int) -> NoReturn:
    """Have the generator that runs stop at a `yield`."""
    step = tracer().consumers[-1]
    assert isinstance(step, Step)
    if shares(item, list(step.cells.values())):
        raise unsupported(FUNCTION_LEAVES.format("yielded"))
    write(step.generator, {AT: str(point)})
    if point in read(step.generator, FUNCTION).guarded:
        _count(1)
        tracer().suspended_at = tracer().site
    tracer().write(step.item, item)
    raise Leaves(SUSPEND)


def advance(
    generator: Generator, sent: Any = None, thrown: BaseException | None = None
) -> tuple[Condition, Callable[[], Any]]:
    """Run a generator to its next `yield`.

    Returns whether it comes to one, and a function that returns its item.

    Args:
        generator: The generator.
        sent: What the `yield` gives at which it stands.
        thrown: What that raises.

    Raises:
        Restart: If a loop has run inside of it and left it.
    """
    if tracer().pools.row_of(generator) is not None:
        (item,) = called(_ADVANCED, (generator, sent, thrown), {})
    else:
        (item,) = _advanced(generator, sent, thrown)
    return _stands(read(generator, AT)), lambda: narrow(without_unbound(item))


def _advanced(generator: Any, sent: Any, thrown: Any) -> tuple[Any]:
    """Run a generator to its next `yield`; return the item, if it comes to one."""
    generator = narrow(generator)
    if isinstance(generator, Union):
        return cast(tuple[Any], fork(generator, lambda g: _advanced(g, sent, thrown)))
    trace, where = tracer(), read(generator, AT)
    if any(x == LEFT for _, x in alternatives(where)):
        raise Restart((STEP, read(generator, SITE)))
    _require_no_recursion(generator)
    if any(isinstance(c, Step) and c.generator is generator for c in trace.consumers):
        error = ValueError("generator already executing")
        raise ProgramRaises(f"ValueError: {error}", error)
    box = Box()
    trace.born(box)
    place = BoxPlace(box, "the item")
    function = read(generator, FUNCTION)
    step = Step(generator, function, len(trace.stack), where, place, sent, thrown)
    trace.frames.append((step.item,))
    due = _stands(where)
    if due.known is not False:
        require_normal(if_(due, lambda: _go_on(step), nothing))
    if due.known is not True and thrown is not None:
        require_normal(if_(due, nothing, lambda: trace.throw(thrown)))
    trace.frames.remove((step.item,))
    return (step.item.read(),)


_ADVANCED = cast(types.FunctionType, _advanced)


def _stands(where: Any) -> Condition:
    """Return whether a generator has not ended."""
    return any_of(when for when, x in alternatives(where) if x != FINISHED)


def _count(change: int) -> None:
    """Note that a generator stands where something has to run when it is dropped, or no more."""
    trace = tracer()
    trace.write(trace.suspended, binary("add", trace.suspended.read(), change))


def require_closed() -> None:
    """Require that no generator is dropped where something of it would have to run.

    Raises:
        UnsupportedError: If one is whatever the values are; else a check replays the call.
    """
    left = tracer().suspended.read()
    if isinstance(left, int) and left:
        raise UnsupportedError(
            "a generator is dropped where it stands in a `try` with `finally`, or in a `with`, "
            "which is not supported; close it: generator.close()",
            tracer().suspended_at,
        )
    if not isinstance(left, int):
        require(condition_of(compare("eq", left, 0)).value(), "a generator is dropped in a `try`")


def _go_on(step: Step) -> None:
    """Run a generator that has not ended to its next `yield`."""
    generator, where = step.generator, read(step.generator, AT)
    step.where = where
    begins = any_of(when for when, x in alternatives(where) if x == START)
    if step.sent is not None and begins.known is not False:
        early = TypeError("can't send non-None value to a just-started generator")
        require_normal(if_(begins, lambda: tracer().throw(early), nothing))
    write(generator, {AT: FINISHED})
    if step.thrown is not None and begins.known is not False:
        require_normal(if_(begins, lambda: tracer().throw(step.thrown), nothing))
    guarded = {str(point) for point in read(generator, FUNCTION).guarded}
    within = any_of(when for when, x in alternatives(where) if x in guarded)
    if within.known is not False:
        require_normal(if_(within, lambda: _count(-1), nothing))
    function = read(generator, FUNCTION)
    completion, cells = _run(generator, function.resumption, step)
    write(generator, saved(cells, function.needed, function.name))
    if function.has_functions:
        end(cells, function.name)
    require_normal(go_on(completion.renamed({RETURN: NORMAL, SUSPEND: NORMAL})))


def result(generator: Generator) -> Any:
    """Return what a generator returned in the end."""
    found = narrow(without_unbound(read(generator, RESULT)))
    if any(isinstance(x, Local) for _, x in alternatives(found)):
        raise unsupported(FUNCTION_LEAVES.format("returned"))
    return found
