"""Context managers that `contextlib.contextmanager` makes of generator functions.

The body of the `with` runs inside of the generator, at its `yield`.
"""

from __future__ import annotations

import contextlib
import types
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.frontend.flow.control import Block, Code, condition_of, go_on, run_block
from autograph.frontend.language.generators import Generator, run_inside
from autograph.frontend.symbols.completion import NORMAL, RAISE, THROW, Completion
from autograph.frontend.symbols.condition import all_of, any_of
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.union import Union, alternatives
from autograph.frontend.tracing.journal import UNBOUND, Box, BoxPlace
from autograph.frontend.tracing.tracer import tracer

MANAGER_CODE = contextlib.contextmanager(lambda: iter(())).__code__
"""The code of what `contextmanager` returns."""


ERRSTATE_CODE = np.errstate()(lambda: None).__code__
"""The code of a function that is decorated by an `np.errstate`."""


class Managed(Struct, frozen=True):
    """What a function decorated by `contextmanager` returns."""

    generator: Any


def managed_function(f: Any) -> Any:
    """Return the generator function that `contextmanager` decorates, None for anything else."""
    if isinstance(f, types.FunctionType) and f.__code__ is MANAGER_CODE:
        return f.__wrapped__  # type: ignore[attr-defined]
    return None


def errstate_function(f: Any) -> tuple[np.errstate, Any] | None:
    """Return the `np.errstate` that decorates a function, and the function; None if none does."""
    if not isinstance(f, types.FunctionType) or f.__code__ is not ERRSTATE_CODE:
        return None
    variables = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))
    return variables["self"].cell_contents, variables["func"].cell_contents


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
    completion = run_inside(manager.generator, block, inside=True)
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
