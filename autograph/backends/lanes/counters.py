"""Counters in step with a loop, as forms of the loop's own index.

Enters: the parts of an iteration. Leaves: the same, where what moves by a fixed step in each
iteration of an inner loop is no longer read there: the place in a stack that a loop fills, and the
place of what a later loop takes from it. Iterations of the same number are then at the same place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from autograph.backends import loops as lp
from autograph.backends.lanes.parts import Inner, Part
from autograph.backends.rewrite import Substitution
from autograph.ir.affine import Affine
from autograph.ir.graph import Value

_INTEGER = np.dtype(np.int64)


def count_by_index(parts: Sequence[Part]) -> None:
    """Replace what is read of counters by forms of the indices of loops, in place."""
    known: dict[Value, Affine] = {}
    for position, part in enumerate(parts):
        if isinstance(part, Inner):
            later = {s.value for p in parts[position + 1 :] for s in _assignments(p.body)}
            _count_in_loop(part, known, later)
        else:
            part.body[:] = _followed(part.body, known)


def _assignments(body: Sequence[lp.Stmt]) -> list[lp.Let | lp.Assign]:
    return [s for s in lp.walk(body) if isinstance(s, lp.Let | lp.Assign)]


def _form(expr: lp.Expr) -> Affine | None:
    """Return an int64 expression as a form, if it is one."""
    match expr:
        case lp.Form(form):
            return form
        case lp.Read(value) if value.dtype == _INTEGER:
            return Affine.of(value)
        case lp.Constant(value) if value.dtype == _INTEGER:
            return Affine(int(value))
    return None


def _followed(body: Sequence[lp.Stmt], known: dict[Value, Affine]) -> list[lp.Stmt]:
    """Return statements that read forms instead of variables, of which `known` keeps account."""
    result = []
    for statement in body:
        statement = Substitution(dict(known)).statement(statement)
        result.append(statement)
        changed = {s.value for s in _assignments([statement])}
        _forget(known, changed)
        if isinstance(statement, lp.Let | lp.Assign):
            form = _form(statement.expr)
            if form is not None and statement.value not in form.symbols:
                known[statement.value] = form
    return result


def _forget(known: dict[Value, Affine], changed: set[Value]) -> None:
    for value in [v for v, form in known.items() if v in changed or changed & {*form.symbols}]:
        del known[value]


def _count_in_loop(loop: Inner, known: dict[Value, Affine], later: set[Value]) -> None:
    """Rewrite a loop, and learn what its counters are when it has ended."""
    if loop.length is not None:
        loop.length = loop.length.substitute(known)
    steps = _steps(loop, known)
    changed = {s.value for s in _assignments(loop.body)}
    starts = {v: known[v] for v in steps if v in known and changed.isdisjoint(known[v].symbols)}
    _forget(known, changed)
    before = Affine.of(loop.index)
    if loop.reverse:
        assert loop.length is not None
        before = loop.length - 1 - before
    inside = {**known, **{v: start + before * steps[v] for v, start in starts.items()}}
    ends: dict[Value, int] = {}
    body: list[lp.Stmt] = []
    for statement in loop.body:
        statement = Substitution(inside).statement(statement)
        body.append(statement)
        if isinstance(statement, lp.Let):
            form = _form(statement.expr)
            if form is not None and changed.isdisjoint(form.symbols):
                inside[statement.value] = form
        elif isinstance(statement, lp.Assign) and statement.value in starts:
            inside[statement.value] = inside[statement.value] + steps[statement.value]
            ends[statement.value] = sum(1 for k in loop.breaks if k < len(body))
    loop.body = body
    counting = [v for v in starts if steps[v] == 1 and starts[v] == 0 and v not in later]
    if not counting:
        return
    loop.trips = counting[0]
    for value, start in starts.items():
        if value is not loop.trips and ends[value] == ends[loop.trips] and value not in later:
            known[value] = start + Affine.of(loop.trips) * steps[value]


def _steps(loop: Inner, known: Mapping[Value, Affine]) -> dict[Value, int]:
    """Return by how much variables change in each iteration, where that is always the same."""
    of_next = None if loop.reverse else Affine.of(loop.index) + 1
    now: dict[Value, Affine] = {}
    for statement in loop.body:
        changed = {s.value for s in _assignments([statement])}
        form = None
        if isinstance(statement, lp.Let | lp.Assign):
            form = _form(statement.expr)
            form = form.substitute(now) if form is not None else None
        for value in changed:
            now[value] = Affine.of(Value(value.type)) if form is None else form
    found = {}
    for value in {s.value: None for s in loop.body if isinstance(s, lp.Assign)}:
        if value.dtype != _INTEGER or sum(s.value is value for s in _assignments(loop.body)) > 1:
            continue
        step = (now[value] - value).constant
        if step is not None:
            found[value] = step
        elif now[value] == of_next and known.get(value) == 0:
            found[value] = 1
    return found
