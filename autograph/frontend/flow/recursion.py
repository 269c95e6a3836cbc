"""Calls of converted functions: traced into the caller, or routines where they recur.

A function that is called again while it runs, under a branch or loop that run-time values decide,
could be traced into itself without end. Then the trace starts again with the decision that the
function, for arguments of these kinds, is a routine: traced once, over params, with calls of itself
as nodes.
"""

from __future__ import annotations

import types
from collections.abc import Hashable, Mapping, Sequence
from inspect import BoundArguments, signature
from typing import Any

import numpy as np

from autograph.frontend.arrays.masked import Masked
from autograph.frontend.flow.activations import traced
from autograph.frontend.flow.routine import Routine
from autograph.frontend.symbols.context import run, unsupported
from autograph.frontend.symbols.decisions import ROUTINE, TOGETHER, UNROLL, Key, Restart
from autograph.frontend.symbols.leaves import is_number, kind_key
from autograph.frontend.symbols.promotion import kind_of
from autograph.frontend.symbols.staged import STAGED, Transformed
from autograph.frontend.symbols.symbolic import Array
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.heap import is_heap
from autograph.frontend.tracing.stand_in import StandIn, family_of
from autograph.frontend.tracing.tracer import tracer

MAXIMUM_DEPTH = 24
"""How deep a function may call itself under run-time decisions with arguments of other kinds."""


def called(function: types.FunctionType, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return the result of a call of a converted function."""
    trace = tracer()
    routine: Routine | None = trace.routines[-1] if trace.routines else None
    start = routine.start if routine is not None else 0
    own = [a for a in trace.activations[start:] if a.function.__code__ is function.__code__]
    key = None
    if own or is_routine(function):
        key = _key(function, args, kwargs)
        if routine is not None and key in routine.members.keys:
            return routine.call_itself(key, function, _bound(function, args, kwargs))
        inlined = any((a.key or _key(a.function, a.args, a.kwargs)) == key for a in own)
        if (UNROLL, key) not in trace.decisions:
            if key in trace.decisions:
                _require_not_entangled(key)
                return Routine(key, _bound(function, args, kwargs), function).call()
            if inlined and any(a.depth < len(trace.stack) for a in own):
                raise Restart(key)
        if len({len(trace.stack), *(a.depth for a in own)}) > MAXIMUM_DEPTH:
            raise _too_deep(function)
    elif any(isinstance(x, Union) for x in (*args, *kwargs.values())):
        key = _key(function, args, kwargs)  # later, fewer alternatives may be left
    return traced(function, args, kwargs, key)


def is_routine(function: types.FunctionType) -> bool:
    """Return whether a function was found to call itself as deep as run-time values say."""
    site = _site(function)
    return any(key[0] == ROUTINE and key[1] == site for key in tracer().decisions.keys)


def _require_not_entangled(key: Key) -> None:
    """Start again with one routine where a routine within another one calls that one."""
    for number, outer in enumerate(tracer().routines):
        if key in outer.members.keys:
            raise Restart((TOGETHER, key, *(r.key for r in tracer().routines[number:])))


def _too_deep(function: types.FunctionType) -> Exception:
    return unsupported(
        f"{function.__name__} calls itself as deep as run-time values say, each time with "
        "arguments of another kind, or with one that must be known while compiling (a text, a "
        "function, a length, an axis), which is not supported; pass numbers and arrays that are "
        "of one kind in all calls, or use a loop"
    )


# ---------------------------------------------------------------- telling calls apart


def _site(function: types.FunctionType) -> Hashable:
    code = function.__code__
    return (code.co_filename, code.co_firstlineno, code.co_qualname)


def _bound(
    function: types.FunctionType, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> BoundArguments:
    bound: BoundArguments = run(signature(function).bind, args, kwargs)
    for name, content in bound.arguments.items():
        if isinstance(content, Masked):
            bound.arguments[name] = content.elements()
    return bound


def _key(function: types.FunctionType, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Key:
    """Return what a routine is known by: the function and the kinds of its arguments."""
    bound = _bound(function, args, kwargs).arguments
    kinds = tuple((name, _kind(content)) for name, content in bound.items())
    errors = tracer().floating_errors.raising
    return (ROUTINE, _site(function), kinds, _functions_around(function), errors)


def _kind(content: Any) -> Hashable:
    """Return what is equal for contents that one routine can take: the same in each trace."""
    content = narrow(content)
    if isinstance(content, Union):
        kinds = frozenset(_kind(c) for _, c in alternatives(content))
        return kinds if len(kinds) > 1 else next(iter(kinds))
    if isinstance(content, Array | np.ndarray):
        return ("array", content.dtype.str, content.ndim)
    if is_number(content):
        return kind_key(kind_of(content))
    if isinstance(content, tuple):
        return (type(content).__qualname__, *map(_kind, content))
    if isinstance(content, types.FunctionType):
        return _kind_of_function(content)
    made = is_heap(content) and tracer().birth(content) is not None
    family = family_of(content).site if isinstance(content, StandIn) else None
    return (type(content).__qualname__, made, family)


def _kind_of_function(function: types.FunctionType) -> Hashable:
    """Return what tells functions apart: their code, what they transform or call around them."""
    return (_transformed(function), _functions_around(function))


def _functions_around(function: types.FunctionType) -> Hashable:
    """Return the code of the functions that a function sees in variables around it."""
    cells = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    return tuple(_transformed(f) for f in cells if isinstance(f, types.FunctionType))


def _transformed(function: types.FunctionType) -> Hashable:
    """Return the code of a function, and how it is transformed."""
    staged = getattr(function, STAGED, None)
    if isinstance(staged, Transformed):
        return (staged.transform.name, _transformed(staged.fn))
    return _site(function)


def _is_filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False
