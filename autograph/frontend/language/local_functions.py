"""The blocks of a generator function, and the functions made in it, apart from its variables.

Each run of a generator has new variables, which get the contents that the last one left. A function
that was made in the generator and shares variables with it is put over the new ones, if a variable
of the generator holds it. If it is kept elsewhere it cannot be used when the run has ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import CellType, FunctionType
from typing import Any

from msgspec import Struct, field

from autograph.frontend.flow.around import over as over
from autograph.frontend.language.iterators import Iterator, StagedIterable
from autograph.frontend.symbols.condition import Condition, any_of
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.frames import RESULT
from autograph.frontend.symbols.union import Ended, Union, alternatives
from autograph.frontend.tracing.heap import content_of, is_heap
from autograph.frontend.tracing.journal import VariablePlace
from autograph.frontend.tracing.tracer import tracer


class GeneratorFunction(Struct, frozen=True, eq=False):
    """The blocks of a generator function, without the variables of a call.

    Attributes:
        name: What the user calls it.
        site: Where it is defined.
        body: What runs with a loop inside of it.
        resumption: What goes on from where it stands.
        guarded: The yields at which something has to run where the generator is dropped.
        variables: Names of the function's variables that blocks share.
        has_functions: Whether functions are made in it.
        cells: The variables of its runs step by step, which may be nested.
    """

    name: str
    site: str
    body: FunctionType
    resumption: FunctionType
    guarded: frozenset[int]
    variables: frozenset[str]
    has_functions: bool
    cells: list[dict[str, CellType]] = field(default_factory=list)

    @property
    def needed(self) -> frozenset[str]:
        """The variables that what is left to run may need."""
        return frozenset({RESULT, *self.resumption.__code__.co_freevars} & self.variables)


class Local(Struct, frozen=True, eq=False):
    """A function defined in a generator, apart from the variables that it shares with it."""

    function: Any


def closure_of(*functions: FunctionType) -> dict[str, CellType]:
    """Return the variables outside that functions share, by name."""
    return {
        name: cell
        for f in functions
        for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True)
    }


def saved(cells: dict[str, CellType], names: frozenset[str], whose: str) -> dict[str, Any]:
    """Return what variables hold, as it can be put into the variables of a later run."""
    found: dict[str, Any] = {}
    own, todo = list(cells.values()), sorted(names)
    for name in todo:
        content = _content(cells[name])
        if shares(content, own):
            parts = [(when, x) for when, x in alternatives(content)]
            if any(shares(x, own) and not isinstance(x, FunctionType) for _, x in parts):
                raise unsupported(
                    f"'{name}' of the generator {whose} refers to a function or generator "
                    "expression that uses variables of the generator, which is not supported "
                    "where the generator is gone through step by step; give them to it as arguments"
                )
            functions = [x for _, x in parts if isinstance(x, FunctionType)]
            todo += sorted({n for x in functions for n in closure_of(x)} & {*cells} - {*todo})
            content = _local_functions(parts, own)
        found[name] = content
    return found


def end(cells: dict[str, CellType], whose: str) -> None:
    """Have the functions fail that were made in a run of a generator and are kept outside of it.

    They would see the variables of that run, which have not got the contents of later ones.
    """
    trace = tracer()
    for name, cell in cells.items():
        reason = (
            f"is used by a function or generator expression that was made in the generator {whose} "
            "and is kept outside of it, which is not supported where the generator is gone "
            f"through step by step; give the function its value as a default ({name}={name}), make "
            "a list instead of the generator expression, or keep what changes outside of the "
            "generator"
        )
        trace.write(VariablePlace(cell, name), Ended(reason, None))


def _local_functions(parts: Sequence[tuple[Condition, Any]], own: Sequence[CellType]) -> Any:
    """Return contents with functions apart from the variables that they share."""
    merged: dict[int, tuple[Any, list[Condition]]] = {}
    for when, x in parts:
        local = _local(x, own) if isinstance(x, FunctionType) else x
        merged.setdefault(id(local), (local, []))[1].append(when)
    found = tuple((any_of(conditions), x) for x, conditions in merged.values())
    return found[0][1] if len(found) == 1 else Union(found)


def restored(content: Any, cells: dict[str, CellType]) -> Any:
    """Return what a variable of a later run holds, given what an earlier one left in it."""
    if isinstance(content, Local):
        return over(content.function, cells)
    if not isinstance(content, Union):
        return content
    return Union(tuple((when, restored(x, cells)) for when, x in content.alternatives))


def _local(function: FunctionType, cells: Sequence[CellType]) -> Local:
    """Return a function apart from the variables that it shares with the generator around it."""
    known = tracer().generator_functions
    outside = {n: c for n, c in closure_of(function).items() if n != "ag__"}
    fixed = tuple(id(c) for c in outside.values() if not any(c is own for own in cells))
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    key = (function.__code__, fixed, tuple(map(id, defaults)))
    local: Local = known.setdefault(key, Local(function))
    return local


def _content(cell: CellType) -> Any:
    return VariablePlace(cell).read()


def shares(x: Any, cells: Sequence[CellType]) -> bool:
    """Return whether something refers to functions that use some variables."""
    seen: dict[int, Any] = {}
    todo = [x]
    while todo:
        x = todo.pop()
        if id(x) in seen:
            continue
        seen[id(x)] = x
        if isinstance(x, FunctionType) and any(c is o for c in x.__closure__ or () for o in cells):
            return True
        todo += _parts(x)
    return False


def _parts(x: Any) -> Iterable[Any]:
    """Return what something refers to."""
    if isinstance(x, FunctionType):
        found = map(_content, x.__closure__ or ())
        return [content for content in found if isinstance(content, FunctionType)]
    if isinstance(x, Union):
        return [part for _, part in alternatives(x)]
    if isinstance(x, tuple | list):
        return x
    if isinstance(x, dict):
        return x.values()
    if isinstance(x, GeneratorFunction):
        return (x.body, x.resumption)
    if isinstance(x, StagedIterable):
        return (x.item,)
    if isinstance(x, Iterator):
        return vars(x).values()
    in_pool = tracer().pools.row_of(x) is not None  # no list holds a function of such variables
    return content_of(x).values() if is_heap(x) and not in_pool else ()
