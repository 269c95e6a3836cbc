"""Variables around a function that differ from call to call: those of functions that run, too.

A function of a recursive routine may be defined in another one of it. What its variables around it
hold is handed over with its arguments then, and the routine puts it in variables of its own.
"""

from __future__ import annotations

import dis
from collections.abc import Mapping
from types import CellType, CodeType, FunctionType
from typing import Any

from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.decisions import AROUND, Decisions, Key
from autograph.frontend.symbols.union import narrow
from autograph.frontend.tracing.journal import UNBOUND, Scope
from autograph.frontend.tracing.local_classes import CONVERTED
from autograph.frontend.tracing.tracer import tracer

ASSIGNING = ("STORE_DEREF", "DELETE_DEREF")
"""The instructions that change a variable around a function."""


def over(function: FunctionType, cells: Mapping[str, CellType]) -> FunctionType:
    """Return a function whose variables outside are these, as far as they have the names."""
    code = function.__code__
    pairs = zip(code.co_freevars, function.__closure__ or (), strict=True)
    closure = tuple(cells.get(name, cell) for name, cell in pairs)
    bound = FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, closure
    )
    bound.__kwdefaults__ = function.__kwdefaults__
    return bound


def handed_over(decisions: Decisions, site: Any) -> frozenset[str]:
    """Return the variables around a function that calls of it hand over, as was decided."""
    keys = [key for key in decisions.keys if key[0] == AROUND and key[1] == site]
    return frozenset(name for key in keys for name in key[2:])


def differing(function: FunctionType, like: FunctionType, scope: Scope) -> frozenset[str]:
    """Return the variables around a function that are not those around another one like it.

    Args:
        function: The function that is called.
        like: The function that the routine has.
        scope: The body of the routine: what is made in it is another thing in each call.
    """
    known = _variables(like)
    births = {name: tracer().birth(cell) for name, cell in _variables(function).items()}
    return frozenset(
        name
        for name, cell in _variables(function).items()
        if cell is not known.get(name)
        or ((birth := births[name]) is not None and birth.within(scope))
    )


def needed(function: FunctionType, site: Any, names: frozenset[str]) -> Key:
    """Return the decision to hand over variables around a function.

    Raises:
        UnsupportedError: If the function assigns one of them: nobody else would see it.
    """
    assigned = sorted(names & _assigned(function.__code__))
    if assigned:
        raise unsupported(
            f"'{assigned[0]}' is assigned by {function.__name__}, which the function that has this "
            "variable calls, and which calls that in turn, as deep as run-time values say; this is "
            "not supported: return what it becomes, or keep it in a list of one item"
        )
    return (AROUND, site, *sorted(names))


def contents_around(function: FunctionType, names: frozenset[str]) -> dict[str, Any]:
    """Return what variables around a function hold, but for functions, which are made again."""
    variables = _variables(function)
    found = {name: _content(variables[name]) for name in sorted(names & variables.keys())}
    return {name: narrow(x) for name, x in found.items() if not _is_converted(x)}


class Lifted:
    """A function like another one whose variables around it hold what was handed over.

    Args:
        function: The other one.
        names: The variables around it that are handed over, functions among them.
        contents: What they hold.

    Attributes:
        function: The function.
    """

    def __init__(
        self, function: FunctionType, names: frozenset[str], contents: Mapping[str, Any]
    ) -> None:
        self._names, self._contents = names, contents
        self._made: dict[int, FunctionType] = {}
        self.function = self._like(function, "")

    def _like(self, function: FunctionType, prefix: str) -> FunctionType:
        if id(function) in self._made:
            return self._made[id(function)]
        cells: dict[str, CellType] = {}
        inner: list[tuple[CellType, FunctionType, str]] = []
        for name, cell in _closure(function):
            path = prefix + name
            around = any(other.startswith(path + ".") for other in self._names)
            if path in self._contents:
                cells[name] = CellType(self._contents[path])
            elif (around or path in self._names) and _is_converted(_content(cell)):
                cells[name] = CellType()
                inner.append((cells[name], cell.cell_contents, path + "."))
        made = self._made[id(function)] = over(function, cells) if cells else function
        for cell, content, path in inner:
            cell.cell_contents = self._like(content, path)
        for cell in cells.values():
            tracer().born(cell)
        return made


def _assigned(code: CodeType) -> set[str]:
    """Return the variables around a function that it assigns, in its blocks as a rule."""
    found = {i.argval for i in dis.get_instructions(code) if i.opname in ASSIGNING}
    for const in code.co_consts:
        if isinstance(const, CodeType):
            found |= _assigned(const)
    return found & set(code.co_freevars)


def _variables(function: FunctionType) -> dict[str, CellType]:
    """Return the variables around a function, and around the functions that these hold."""
    found: dict[str, CellType] = {}
    todo, seen = [("", function)], {id(function)}
    while todo:
        prefix, f = todo.pop(0)
        for name, cell in _closure(f):
            found[prefix + name] = cell
            content = _content(cell)
            if _is_converted(content) and id(content) not in seen:
                seen.add(id(content))
                todo.append((f"{prefix}{name}.", content))
    return found


def _closure(function: FunctionType) -> list[tuple[str, CellType]]:
    pairs = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return [(name, cell) for name, cell in pairs if name != CONVERTED]


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return UNBOUND


def _is_converted(content: Any) -> bool:
    return isinstance(content, FunctionType) and CONVERTED in content.__code__.co_freevars
