"""Iterators that are gone through step by step: `iter`, `next`, and the methods of generators.

An iterator that must keep its place in branches and loops is a generator of one of the definitions
of `standard_library`; so there is nothing but generators to be carried.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, NoReturn

from msgspec import Struct

from autograph.frontend.flow.control import (
    Block,
    Code,
    after_loop,
    fork,
    if_,
    nothing,
    require_normal,
    run_block,
    value_if,
    without_unbound,
)
from autograph.frontend.language import generators, positions
from autograph.frontend.language.generators import (
    AT,
    FINISHED,
    START,
    Generator,
    suspend,
    yield_,
)
from autograph.frontend.language.iterables import zip_with_generator
from autograph.frontend.language.iterator_states import read, write
from autograph.frontend.language.iterators import KnownIterator, StagedIterator
from autograph.frontend.language.positions import Cursor, Taken, advance, cursor
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.standard_library import iteration
from autograph.frontend.symbols.completion import CONTINUE, NORMAL
from autograph.frontend.symbols.condition import Condition, any_of
from autograph.frontend.symbols.context import ProgramRaises, unsupported
from autograph.frontend.symbols.staged import STAGED
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.regions import Step
from autograph.frontend.tracing.tracer import tracer

# ---------------------------------------------------------------- iter and next


def iterator_over(x: Any) -> Any:
    """Return `iter(x)` of what is no object of a Python class."""
    x = narrow(x)
    if isinstance(x, Union):
        return fork(x, iterator_over)
    is_iterator = isinstance(x, Generator | Cursor | StagedIterator | KnownIterator)
    return x if is_iterator else cursor(x)


def next_of(x: Any, *default: Any) -> Any:
    """Return `next(x)` or `next(x, default)` of an iterator."""
    x = narrow(x)
    if isinstance(x, Union):
        return fork(x, lambda a: next_of(a, *default))
    if not isinstance(x, Generator | Cursor | StagedIterator | KnownIterator):
        raise ProgramRaises(f"TypeError: '{type(x).__name__}' object is not an iterator")
    return _item(advance(x), x, default)


def result(iterator: Any) -> Any:
    """Return what a generator returned in the end; other iterators return nothing."""
    iterator = narrow(iterator)
    if isinstance(iterator, Union):
        return fork(iterator, result)
    return generators.result(iterator) if isinstance(iterator, Generator) else None


def zipped(iterables: Sequence[Any], strict: bool = False) -> Any:
    """Return `zip(*iterables)`, some of which are gone through step by step."""
    found = None if strict else zip_with_generator(tuple(iterables))
    return positions.zipped(iterables, strict=strict) if found is None else found


def _item(taken: Taken, iterator: Any, default: Sequence[Any] = ()) -> Any:
    """Return an item if there is one, else a default, else raise StopIteration."""
    more, item = taken
    if more.known:
        return item()
    if default:
        return value_if(more, item, lambda: default[0])

    def error() -> StopIteration:
        given = result(iterator)
        return StopIteration() if given is None else StopIteration(given)

    trace = tracer()
    if more.known is False:
        raise ProgramRaises("StopIteration", error())
    if trace.catches(StopIteration):
        trace.throw_unless(more, error)
    else:
        trace.check(more.value(), "the program raises an exception")
        trace.learn(more)
    return item()


# ---------------------------------------------------------------- methods of generators


def _send(generator: Generator, value: Any) -> Any:
    return _item(generators.advance(generator, value), generator)


def _throw(generator: Generator, error: Any, *_: Any) -> Any:
    error = narrow(error)
    if isinstance(error, type) and issubclass(error, BaseException):
        error = tracer().mark_made(error())
    if not isinstance(error, BaseException):
        raise unsupported("throw of what is no exception, or of one of several, is not supported")
    return _item(generators.advance(generator, thrown=error), generator)


def _close(generator: Generator) -> None:
    where = read(generator, AT)
    if not isinstance(where, Union) and where in (START, FINISHED):
        write(generator, {AT: FINISHED})
        return
    defined(iteration.closed)(generator, GeneratorExit)


def _staged(method: str, f: Callable[..., Any]) -> None:
    def stands_for(*args: Any) -> Any:
        raise AssertionError(f"{method} was called at trace time")

    setattr(stands_for, STAGED, f)
    stands_for.__name__ = method
    setattr(Generator, method, stands_for)


for name, f in (("send", _send), ("throw", _throw), ("close", _close), ("__next__", next_of)):
    _staged(name, f)


# ---------------------------------------------------------------- in a generator


class Stepped(Struct, frozen=True):
    """What a loop goes through step by step.

    Attributes:
        step: Goes to the next item.
        is_still: Returns whether asking for it changes nothing.
    """

    step: Callable[[], Taken]
    is_still: Callable[[], bool] = bool


def stepped(iterator: Any) -> Stepped | None:
    """Return what a loop goes through step by step, None if it may do otherwise."""
    if isinstance(iterator, Union):
        every = [stepped(part) for _, part in alternatives(iterator)]
        return None if None in every else Stepped(partial(advance, iterator))
    is_fresh = isinstance(iterator, Generator) and generators.is_fresh(iterator)
    if is_fresh or not isinstance(iterator, Generator | Cursor):
        return None
    return Stepped(partial(advance, iterator))


def kept(read: Callable[[], Any], assign: Callable[[Any], Any]) -> Stepped:
    """Return what a loop goes through whose position is kept in a variable.

    Args:
        read: Returns the content of the variable.
        assign: Assigns it.
    """

    def step() -> Taken:
        more, taken = positions.step(narrow(without_unbound(read())))

        def item() -> Any:
            found, after = taken()
            assign(after)
            return found

        return more, item

    return Stepped(step, lambda: positions.is_still(narrow(without_unbound(read()))))


def entered_at(points: Collection[int]) -> Condition:
    """Return whether the generator that runs was entered at one of some points."""
    step = tracer().consumers[-1]
    assert isinstance(step, Step)
    names = {str(point) if point else START for point in points}
    return any_of(when for when, where in alternatives(step.where) if where in names)


def entered_loop(points: Collection[int], rest: Block, loop: Block) -> Code:
    """Run a loop, and before it the rest of an iteration if the generator was entered in it."""
    depth = len(tracer().stack)
    first = run_block(lambda: if_(entered_at(points), rest, nothing))
    return after_loop(first.renamed({CONTINUE: NORMAL}), loop, depth)


def refuse(message: str) -> NoReturn:
    """Refuse to go through a generator step by step."""
    raise unsupported(message)


def received() -> Any:
    """Return what a `yield` gives when the generator is taken up, or raise what was thrown."""
    step = tracer().consumers[-1]
    assert isinstance(step, Step)
    if step.thrown is not None:
        require_normal(tracer().throw(step.thrown))
    return step.sent


def yield_from(
    loop: Callable[[Block], Code], items: Any, point: int, keep: Callable[[Any], Any]
) -> Any:
    """Run a `yield from`, and return its value.

    Args:
        loop: Goes through the items with a block.
        items: What is delegated to.
        point: The number of the yield.
        keep: Assigns a variable.
    """
    if generators.is_stepping():
        return _delegate(keep(iterator_over(items)), point, None, None)

    def each(item: Any) -> int:
        yield_(item, point)
        return NORMAL

    require_normal(loop(each))
    return result(items) if isinstance(items, Generator) else None


def delegated(content: Any, point: int) -> Any:
    """Go on with a `yield from` when the generator is taken up, and return its value."""
    step = tracer().consumers[-1]
    assert isinstance(step, Step)
    iterator = narrow(without_unbound(content))
    if isinstance(step.thrown, GeneratorExit):
        defined(iteration.closed)(iterator, GeneratorExit)
        require_normal(tracer().throw(step.thrown))
    return _delegate(iterator, point, step.sent, step.thrown)


def _delegate(iterator: Any, point: int, sent: Any, thrown: BaseException | None) -> Any:
    if sent is None and thrown is None:
        more, item = advance(iterator)
    elif isinstance(iterator, Generator):
        more, item = generators.advance(iterator, sent, thrown)
    elif thrown is not None and isinstance(iterator, Cursor):
        require_normal(tracer().throw(thrown))
        more, item = advance(iterator)
    else:
        raise unsupported("what is sent to a `yield from` of one of several is not supported")
    if more.known is not False:
        require_normal(if_(more, lambda: suspend(item(), point), nothing))
    return result(iterator)
