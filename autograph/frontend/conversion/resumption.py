"""How a generator function is entered where it stopped: its statements, each run if it is due.

Enters: the statements of a generator function. Leaves: statements that go on after a `yield`; which
one is known when they run. What stands before it is left out, what follows it runs. A loop that is
entered has the rest of an iteration to run, and is then the loop that it was; so it is there only
once. Where loops stand in what they go through is kept in variables.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import gast

from autograph.frontend.conversion.quote import place, statements
from autograph.frontend.conversion.yields import separated, yields_in


class Due(gast.stmt):  # type: ignore[misc]
    """Statements that run if the generator was entered at one of some points."""

    _fields = ("body",)


class EnteredLoop(gast.stmt):  # type: ignore[misc]
    """A loop, and before it the rest of an iteration if the generator was entered in it."""

    _fields = ("rest", "loop")


class EnteredWith(gast.stmt):  # type: ignore[misc]
    """The rest of the body of a `with`, whose context manager was entered before."""

    _fields = ("body",)


class Keep(gast.stmt):  # type: ignore[misc]
    """What a loop goes through is kept in a variable."""

    _fields = ("value",)


class Refusal(gast.stmt):  # type: ignore[misc]
    """Says that the generator cannot be gone through step by step, with an attribute `message`."""

    _fields = ()


class Received(gast.expr):  # type: ignore[misc]
    """What a `yield` gives when the generator is taken up."""

    _fields = ()


class Delegated(gast.expr):  # type: ignore[misc]
    """What a `yield from` gives in the end; until then the generator stays there."""

    _fields = ()


def prepare(body: Sequence[gast.stmt], fresh: Callable[[str], str]) -> list[gast.stmt]:
    """Return the statements of a generator function, with all its yields numbered from 1.

    Args:
        body: The statements, which are used up.
        fresh: Returns a new name, given what it starts with.
    """
    found = separated(body, lambda: fresh("temporary"))
    for number, node in enumerate(yields_in(found), 1):
        node.point = number
        if isinstance(node, gast.YieldFrom):
            node.kept = fresh("iterator")
    for statement in found:
        for node in gast.walk(statement):
            if isinstance(node, gast.For) and yields_in(node):
                node.kept = fresh("iterator")
            if isinstance(node, gast.With) and yields_in(node):
                node.kept = fresh("manager")
    return found


def kept_in(body: Sequence[gast.stmt]) -> set[str]:
    """Return the variables that keep what loops go through."""
    nodes = [node for statement in body for node in gast.walk(statement)]
    return {node.kept for node in nodes if hasattr(node, "kept")}


STEP_BY_STEP = "in a generator that is gone through step by step"

START = 0
"""The point at which a generator begins; its yields are the others."""


class _Refused(Exception):
    """A generator cannot be gone through step by step.

    Args:
        node: The yield that stands in the way.
        message: Why.
    """

    def __init__(self, node: gast.AST, message: str) -> None:
        super().__init__(message)
        self.node = node


class Resumption:
    """Writes out how a generator function goes on.

    Args:
        body: Its prepared statements.
    """

    def __init__(self, body: Sequence[gast.stmt]) -> None:
        self._body = body

    def statements(self) -> list[gast.stmt]:
        """Return the statements that go on from any point."""
        try:
            for node in yields_in(self._body):
                if not getattr(node, "is_apart", False):
                    raise _Refused(
                        node,
                        "a yield within this expression is not supported {0}; "
                        "assign its value to a variable first",
                    )
            return self._entered(self._body, {START})
        except _Refused as refused:
            refusal = Refusal()
            refusal.message = str(refused).format(STEP_BY_STEP)
            return [place(refusal, refused.node)]

    def is_guarded(self, point: int) -> bool:
        """Return whether something may have to run if the generator is dropped at a yield."""
        return _is_guarded(self._body, point)

    def _entered(self, body: Sequence[gast.stmt], passed: set[int]) -> list[gast.stmt]:
        """Return statements that go on in a block.

        Args:
            body: The block.
            passed: The points from which the block is run from its beginning.
        """
        found: list[gast.stmt] = []
        before: list[gast.stmt] = []
        every = passed | _points(body)
        passed = set(passed)
        for statement in body:
            points = _points(statement)
            if not points:
                before.append(copy.deepcopy(statement))
                continue
            if isinstance(statement, gast.For | gast.While) and not _points(statement.orelse):
                *setup, loop = _begun([statement])
                found += _due(passed, every, [*before, *setup])
                entered = EnteredLoop(rest=self._entered(statement.body, set()), loop=loop)
                entered.points = points
                found += _due(passed | points, every, [place(entered, statement)])
            else:
                found += _due(passed, every, [*before, *_begun([statement])])
                found += _due(points, every, self._within(statement))
            before = []
            passed |= points
        return [*found, *before]

    def _within(self, node: Any) -> list[gast.stmt]:
        """Return statements that go on in a statement."""
        if isinstance(node, gast.Expr | gast.Assign):
            return [_received(node)]
        if isinstance(node, gast.Try):
            return self._of_try(node)
        if isinstance(node, gast.With):
            entered = EnteredWith(body=self._entered(node.body, set()))
            entered.kept = node.kept
            return [place(entered, node)]
        if isinstance(node, gast.For | gast.While):
            self._refuse(node.orelse, "a yield in the `else` of a loop", "after the loop")
        found: list[gast.stmt] = []
        for block in _blocks(node):
            found += _due(_points(block), _points(node), self._entered(block, set()))
        return found

    def _of_try(self, node: gast.Try) -> list[gast.stmt]:
        self._refuse(node.finalbody, "a yield in a `finally` clause", "after the `try`")
        found: list[gast.stmt] = []
        if _points(node.body):
            (new,) = _begun([node])
            new.body = self._entered(node.body, set())
            found += _due(_points(node.body), _points(node), [new])
        for handler in node.handlers:
            if not _points(handler.body):
                continue
            if any(isinstance(n, gast.Raise) and n.exc is None for n in gast.walk(handler)):
                what = "a yield in a handler that raises again"
                self._refuse(handler.body, what, "after the `try`")
            rest = self._entered(handler.body, set())
            if handler.name is not None:
                name = handler.name.id
                unbind = f"try: _b\nfinally:\n    {name} = None\n    del {name}"
                rest = statements(unbind, handler, _b=rest)
            found += _due(_points(handler.body), _points(node), _finally(rest, node))
        rest = self._entered(node.orelse, set())
        return [*found, *_due(_points(node.orelse), _points(node), _finally(rest, node))]

    def _refuse(self, body: Sequence[gast.stmt], what: str, where: str) -> None:
        for node in yields_in(body):
            raise _Refused(node, f"{what} is not supported {{0}}; yield {where}")


def _due(points: set[int], every: set[int], body: list[gast.stmt]) -> list[gast.stmt]:
    """Return statements that run only if the generator was entered at one of some points."""
    if not points or not body:
        return []
    if points == every:
        return body
    due = Due(body=body)
    due.points = tuple(sorted(points))
    return [place(due, body[0])]


def _begun(body: Sequence[gast.stmt]) -> list[Any]:
    """Return statements that run from their beginning, and keep what their loops go through."""
    keeper = _Keeper()
    found: list[gast.stmt] = []
    for statement in body:
        result = keeper.visit(copy.deepcopy(statement))
        found += result if isinstance(result, list) else [result]
    return found


class _Keeper(gast.NodeTransformer):  # type: ignore[misc]
    def visit_FunctionDef(self, node: gast.FunctionDef) -> gast.AST:
        return node

    visit_Lambda = visit_ClassDef = visit_FunctionDef

    def visit_For(self, node: gast.For) -> Any:
        """Keep what a loop goes through, if it yields."""
        self.generic_visit(node)
        if not hasattr(node, "kept"):
            return node
        node.goes_on = True
        keep = Keep(value=node.iter)
        keep.kept = node.kept
        return [place(keep, node), node]


def _finally(body: list[gast.stmt], node: gast.Try) -> list[gast.stmt]:
    """Return statements under the `finally` clause of another statement."""
    if not node.finalbody or not body:
        return body
    new = gast.Try(body=body, handlers=[], orelse=[], finalbody=copy.deepcopy(node.finalbody))
    return [place(new, node)]


def _is_guarded(body: Sequence[gast.stmt], point: int) -> bool:
    return any(_guards(statement, point) for statement in body if point in _points(statement))


def _guards(node: Any, point: int) -> bool:
    if isinstance(node, gast.With) or (isinstance(node, gast.Try) and node.finalbody):
        return True
    if isinstance(node, gast.Try) and point in _points(node.body):
        kinds = [h.type.id for h in node.handlers if isinstance(h.type, gast.Name)]
        if len(kinds) < len(node.handlers) or {"BaseException", "GeneratorExit"} & {*kinds}:
            return True
    return any(_is_guarded(block, point) for block in _blocks(node))


def _points(node: Any) -> set[int]:
    return {found.point for found in yields_in(node)}


def _blocks(node: Any) -> list[list[gast.stmt]]:
    """Return the blocks of a statement."""
    own = [getattr(node, name, None) for name in ("body", "orelse", "finalbody")]
    parts = (*getattr(node, "handlers", ()), *getattr(node, "cases", ()))
    return [block for block in (*own, *(part.body for part in parts)) if block]


def _received(node: Any) -> gast.stmt:
    """Return the statement of a yield as it goes on when the generator is taken up."""
    new = copy.copy(node)
    if isinstance(node.value, gast.YieldFrom):
        new.value = Delegated()
        new.value.kept, new.value.point = node.value.kept, node.value.point
    else:
        new.value = Received()
    place(new.value, node.value)
    if isinstance(node, gast.Assign):
        new.targets = copy.deepcopy(node.targets)
    return new
