"""Variables of functions that are written from generated source, and how they end.

Enters: a function of generated source and the types in it. Leaves: a place on the stack for each
variable. What is an array begins empty, and is empty again when it has ended, so that nothing is
released twice. Arguments that are never assigned need no place: the caller keeps what they hold.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Sequence
from typing import Any

from numba.core import cgutils, types
from numba.core.types.misc import MemInfoPointer

from autograph.backends.numba.compilation.source_types import SourceTypes, UnknownSourceError


class Variables:
    """The variables of a function.

    Args:
        context: numba's target context.
        builder: What writes the function, at its beginning.
        function: The function.
        found: The types in it.
    """

    def __init__(
        self, context: Any, builder: Any, function: ast.FunctionDef, found: SourceTypes
    ) -> None:
        self._context, self._builder, self._function = context, builder, function
        self._types, self._assigned = found.variables, found.assigned
        self._fixed: dict[str, Any] = {}
        self._places: dict[str, Any] = {}
        self._arrays: list[str] = []
        self._ends: dict[ast.stmt, list[str]] = {}

    def begin(self, arguments: Sequence[Any]) -> None:
        """Make room for the variables, and give the arguments their values."""
        names = [argument.arg for argument in self._function.args.args]
        self._fixed = {
            name: value
            for name, value in zip(names, arguments, strict=True)
            if name not in self._assigned
        }
        for name, kind in self._types.items():
            if name not in self._fixed:
                self._make(name, kind)
        for name in self._arrays:
            end = _end(self._function.body, name, False) if name not in names else None
            if end is not None:
                self._ends.setdefault(end, []).append(name)
        for name, value in zip(names, arguments, strict=True):
            if name not in self._fixed:
                if name in self._arrays:
                    self._context.nrt.incref(self._builder, self._types[name], value)
                self.store(name, value)

    def _make(self, name: str, kind: Any) -> None:
        place = self._builder.alloca(self._context.get_value_type(kind), name=name)
        self._places[name] = place
        if isinstance(kind, types.Array):
            self._arrays.append(name)
            field = self._field(name, "meminfo")
            self._builder.store(field.type.pointee(None), field)
        elif not isinstance(kind, types.Number | types.Boolean):
            raise UnknownSourceError(f"{name}: {kind}")

    def load(self, name: str) -> Any:
        """Return what a variable holds; it stays its own."""
        found = self._fixed.get(name)
        return self._builder.load(self._places[name]) if found is None else found

    def store(self, name: str, value: Any) -> None:
        """Give a variable what it owns from now on."""
        if isinstance(self._types[name], types.Array):
            self._release(name)
        self._builder.store(value, self._places[name])

    def field(self, name: str, field: str, number: int | None = None) -> Any:
        """Return a field of an array, or a number of it."""
        if name in self._places:
            return self._builder.load(self._field(name, field, number))
        model = self._context.data_model_manager[self._types[name]]
        found = model.get(self._builder, self._fixed[name], field)
        return found if number is None else self._builder.extract_value(found, number)

    def _field(self, name: str, field: str, number: int | None = None) -> Any:
        position = self._context.data_model_manager[self._types[name]].get_field_position(field)
        path = [position] if number is None else [position, number]
        return cgutils.gep_inbounds(self._builder, self._places[name], 0, *path)

    def end_after(self, statement: ast.stmt) -> None:
        """Release what nothing reads after a statement."""
        for name in self._ends.get(statement, ()):
            self._release(name)
            field = self._field(name, "meminfo")
            self._builder.store(field.type.pointee(None), field)

    def release_all(self) -> None:
        """Release what variables hold when the function ends."""
        for name in self._arrays:
            self._release(name)

    def _release(self, name: str) -> None:
        kind = MemInfoPointer(self._types[name].dtype)
        held = self._builder.load(self._field(name, "meminfo"))
        self._context.nrt.decref(self._builder, kind, held)


def _end(block: Sequence[ast.stmt], name: str, repeated: bool) -> ast.stmt | None:
    """Return the statement after which a variable is not read, as deep in loops as possible.

    Args:
        block: The statements among which all are that use it.
        name: The variable.
        repeated: Whether they are in a loop, which may read what an iteration before has left.
    """
    using = [statement for statement in block if name in _names(statement)]
    if not using:
        return None
    last = using[-1]
    inner = [part for part in _blocks(last) if any(name in _names(s) for s in part)]
    if len(using) == 1 and len(inner) == 1 and not _in_head(last, name):
        is_loop = isinstance(last, ast.For | ast.While)
        found = _end(inner[0], name, repeated or is_loop)
        if found is not None:
            return found
    return None if repeated and not _is_begun(using[0], name) else last


def _blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    if isinstance(statement, ast.If | ast.For | ast.While):
        return [statement.body, statement.orelse]
    return []


def _in_head(statement: ast.stmt, name: str) -> bool:
    head: list[ast.AST] = []
    if isinstance(statement, ast.If | ast.While):
        head = [statement.test]
    elif isinstance(statement, ast.For):
        head = [statement.target, statement.iter]
    return any(isinstance(n, ast.Name) and n.id == name for x in head for n in ast.walk(x))


def _is_begun(statement: ast.stmt, name: str) -> bool:
    """Return whether a statement gives a variable a value that does not depend on its own."""
    if not isinstance(statement, ast.Assign) or name in _names_in(statement.value):
        return False
    target = statement.targets[0]
    parts = target.elts if isinstance(target, ast.Tuple) else [target]
    return any(isinstance(part, ast.Name) and part.id == name for part in parts)


@functools.lru_cache(maxsize=1 << 14)
def _names(node: ast.stmt) -> frozenset[str]:
    return _names_in(node)


def _names_in(node: ast.AST) -> frozenset[str]:
    return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
