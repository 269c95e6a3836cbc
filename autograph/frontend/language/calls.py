"""Calls: which of the ways of calling something is right for it.

Plain Python functions are converted and traced into the caller; functions of NumPy, `math` and the
builtins have staged forms; containers are changed under the journal; anything else runs as it is,
as long as no run-time value gets into it.
"""

from __future__ import annotations

import builtins
import functools
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograph.errors import UnsupportedError, UnsupportedSyntaxError
from autograph.frontend import standard_library
from autograph.frontend.arrays.one_value import one_value
from autograph.frontend.conversion.convert import is_converted
from autograph.frontend.flow.control import condition_of, fork
from autograph.frontend.flow.recursion import called
from autograph.frontend.language import list_arrays, lists, random_numbers, stand_ins, stepping
from autograph.frontend.language.error_state import geterr, seterr
from autograph.frontend.language.forking import fork_within as fork_within
from autograph.frontend.language.generators import Generator
from autograph.frontend.language.iterables import (
    in_common,
    staged_enumerate,
    staged_iterable,
    staged_range,
    staged_reversed,
    staged_zip,
)
from autograph.frontend.language.iterators import (
    Iterator,
    KnownIterator,
    StagedIterable,
    StagedIterator,
    has_symbols,
)
from autograph.frontend.language.known_calls import call_on_known
from autograph.frontend.language.library_functions import STAGED, definition_of
from autograph.frontend.language.local_classes import MAKERS, compared
from autograph.frontend.language.managers import (
    Managed,
    errstate_function,
    managed_function,
)
from autograph.frontend.language.memories import CACHED, kept, remembering
from autograph.frontend.language.numpy_calls import call_numpy, handler_of
from autograph.frontend.language.plain_builtins import CHOOSING, MADE, PLAIN, choice_by_key
from autograph.frontend.language.positions import Cursor
from autograph.frontend.language.refused_calls import refuse_call
from autograph.frontend.language.text import Text
from autograph.frontend.numpy_api import definitions
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import lists as python_lists
from autograph.frontend.numpy_api.definitions import shaping
from autograph.frontend.numpy_api.library_calls import call_on_host, is_library_function
from autograph.frontend.numpy_api.library_objects import is_library_class
from autograph.frontend.numpy_api.operators import item
from autograph.frontend.symbols.context import run as run
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.floating_errors import under_errstate, without_certainty
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.inputs import plain_function
from autograph.frontend.symbols.staged import staged_form
from autograph.frontend.symbols.symbolic import Array, Number, Symbolic, python_number
from autograph.frontend.symbols.union import Union, narrow
from autograph.frontend.tracing.escape import keep_arrays
from autograph.frontend.tracing.heap import is_object
from autograph.frontend.tracing.pools import has_rows
from autograph.frontend.tracing.stand_in import class_of
from autograph.frontend.tracing.tracer import tracer

DEFINITIONS = (
    definitions.__name__,
    standard_library.__name__,
    "autograph.frontend.transforms.definitions",
    "autograph.solvers",
)
"""Where functions are that are traced: in place of libraries' own, transformations, solvers."""

LIBRARIES = (
    *("autograph", "numpy", "scipy", "math", "cmath"),
    *("operator", "builtins", "functools", "itertools", "contextlib"),
)
"""Top-level modules whose Python functions are not converted."""

ORDERINGS = ("__lt__", "__le__", "__gt__", "__ge__")

STAGED_ITERABLES = (StagedIterable, StagedIterator, Generator, Cursor)
"""What is gone through by code that is traced as a loop."""

ADDING = ("append", "extend", "insert", "update", "setdefault")
"""Methods of containers that only store their arguments."""


def call(
    f: Any,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    inline: Callable[[types.FunctionType], types.FunctionType],
) -> Any:
    """Return the result of a call.

    Args:
        f: What is called.
        args: Positional arguments.
        kwargs: Keyword arguments.
        inline: Returns the converted form of a plain function.
    """
    f = narrow(f)
    if isinstance(f, Union):
        return fork(f, lambda g: call(g, args, kwargs, inline))
    f = plain_function(f) if not isinstance(f, Symbolic | type) else f
    staged = None if isinstance(f, Symbolic | type) else staged_form(f)
    if staged is not None:
        return run(staged, args, kwargs)
    f, args = random_numbers.defined_call(f, args)
    if isinstance(f, types.MethodType) and not (f.__module__ or "").startswith("scipy.stats."):
        return call(f.__func__, (f.__self__, *args), kwargs, inline)
    result = _cached_call(f, args, kwargs, inline) if isinstance(f, CACHED) else NotImplemented
    if result is not NotImplemented:
        return result
    unwrapped = None if isinstance(f, Symbolic | type) else _unwrapped(f, args, kwargs)
    if unwrapped is not None:
        return call(*unwrapped, inline)
    managed = managed_function(f)
    if managed is not None:
        return Managed(call(managed, args, kwargs, inline))
    decorated = errstate_function(f)
    if decorated is not None:
        manager, f = decorated
        with under_errstate(manager):
            return call(f, args, kwargs, inline)
    if isinstance(f, types.FunctionType) and not _is_library(f):
        function = f if is_converted(f) else _inlined(f, inline)
        return called(function, args, kwargs)
    return _builtin_call(f, args, kwargs, inline)


def _builtin_call(f: Any, args: Sequence[Any], kwargs: Mapping[str, Any], inline: Any) -> Any:
    """Return the result of a call of what is not written in Python, or not by the user."""
    plain = _plain_form(f, args, kwargs)
    if plain is not None:
        function, given, named = plain
        return run(without_certainty(inline(function)), given, named)
    numbers = [one_value(x) if isinstance(x, Union) else x for x in args]
    if all(number is not None for number in numbers) and (f is min or f is max):
        return _library_call(f, tuple(args), dict(kwargs))
    if (isinstance(f, np.ufunc) and f.nin == 1) or getattr(f, "__module__", None) == "math":
        # A float64 and a float give the same.
        args = [x if number is None else number for x, number in zip(args, numbers, strict=True)]
    return _in_each_case(f, tuple(args), dict(kwargs))


PASSING_ITEMS_ON = (zip, enumerate, reversed, iter, list, tuple)
"""What only goes through its arguments; items may be one of several things."""


def _in_each_case(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the result of a call of a library, whichever alternatives its arguments are."""
    appends = getattr(f, "__name__", "") == "append" and type(getattr(f, "__self__", 0)) is list
    if appends:
        keep_arrays(args)
    passes_on = appends or any(f is g for g in PASSING_ITEMS_ON)
    if passes_on and not appends:
        args = tuple(map(in_common, args))
    looked_at = args[:1] if appends else (*args, *kwargs.values())
    if passes_on and not any(isinstance(x, Union) for x in looked_at):
        return _library_call(f, args, kwargs)
    if _is_of_numpy(f):
        args, kwargs = list_arrays.with_arrays(f, args, kwargs)
    return fork_within((args, kwargs), lambda given: _library_call(f, given[0], given[1]))


def _is_of_numpy(f: Any) -> bool:
    """Return whether a function is one of NumPy's that has a staged form."""
    return getattr(f, "__module__", None) == "numpy" and handler_of(f) is not None


def _is_breakpoint(f: Any) -> bool:
    """Return whether a function starts the debugger."""
    name = (getattr(f, "__module__", ""), getattr(f, "__name__", ""))
    return f is builtins.breakpoint or name == ("pdb", "set_trace")


def _cached_call(
    f: Any,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    inline: Callable[[types.FunctionType], types.FunctionType],
) -> Any:
    """Return the result of a call of a function that `functools` caches.

    `NotImplemented` if it is made where the program is traced, with arguments that are known.
    """
    if has_symbols((args, kwargs)):
        return _uncached_call(f, args, kwargs, inline)
    if not is_converted(f.__wrapped__):
        return NotImplemented
    return kept(f, args, kwargs, lambda: _uncached_call(f, args, kwargs, inline))


def _uncached_call(f: Any, args: Sequence[Any], kwargs: Mapping[str, Any], inline: Any) -> Any:
    """Return the result of a call of a cached function: what it was for these numbers before."""
    function = f.__wrapped__
    if isinstance(function, types.FunctionType) and not _is_library(function):
        function = function if is_converted(function) else _inlined(function, inline)
        remembered = remembering(f, function, args, kwargs)
        if remembered is not None:
            return run(remembered, (function, *args), {})
    return call(function, args, kwargs, inline)


def _unwrapped(
    f: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Any, Sequence[Any], Mapping[str, Any]] | None:
    """Return the call that a callable object makes in turn; None if it is none of ours."""
    if _is_breakpoint(f):
        tracer().stop_for_debugger()
    if isinstance(f, functools.partial):
        inner, first, named = (
            tracer().outside.attribute(f, name, getattr(f, name))
            for name in ("func", "args", "keywords")
        )
        return inner, (*first, *args), {**named, **kwargs}
    if isinstance(f, np.vectorize) and f.signature is None and not (kwargs or f.excluded):
        return shaping.vectorized, (f.pyfunc, f.otypes, *args), {}
    return None


def _plain_form(
    f: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Any, Sequence[Any], Mapping[str, Any]] | None:
    """Return a function in plain Python, and its arguments, that does what a builtin does."""
    definition = definition_of(f, args, kwargs)
    if definition is not None:
        return definition, args, kwargs
    if f is builtins.min or f is builtins.max:
        chosen = choice_by_key(args, kwargs)
        if chosen is not None:
            return CHOOSING[f], chosen, {}
    found = _plain_builtin(f, args)
    return None if found is None else (*found, kwargs)


def _plain_builtin(f: Any, args: Sequence[Any]) -> tuple[Any, Sequence[Any]] | None:
    owner = getattr(f, "__self__", None)
    if isinstance(owner, list | tuple) and isinstance(f, types.BuiltinMethodType):
        method = _plain_method(owner, f.__name__, args)
        return None if method is None else (method, (owner, *args))
    if isinstance(owner, str) and getattr(f, "__name__", "") == "join" and len(args) == 1:
        made = isinstance(args[0], (*STAGED_ITERABLES, KnownIterator))
        return (python_lists.join, (owner, *args)) if made else None
    try:
        plain = PLAIN.get(f)
    except TypeError:
        return None
    if f in CHOOSING and len(args) > 1 and any(map(is_object, args)):
        args = (args,)
    if plain is None or len(args) != 1 + (f is sum and len(args) == 2):
        return None
    items = narrow(args[0])
    if isinstance(items, (*STAGED_ITERABLES, KnownIterator)):
        is_made = not isinstance(items, KnownIterator) or f is not list
        return (MADE.get(f, plain), args) if is_made else None
    if isinstance(items, Array | np.ndarray):
        return (plain, args) if f in (any, all, list, tuple) else None
    if isinstance(items, list | tuple) and f in (any, all, min, max):
        are_objects = any(map(is_object, items))
        if are_objects or (f in (any, all) and has_symbols(items)):
            return plain, args
    return None if growing_of(items) is None or f is tuple else (plain, args)


def _plain_method(owner: Any, name: str, args: Sequence[Any]) -> Any:
    """Return the function in plain Python that does what a method of a list does."""
    if growing_of(owner) is not None:
        return python_lists.pop if name == "pop" and args else lists.LOOPS.get(name)
    if name in ("pop", "insert") and args and lists.is_runtime_index(narrow(args[0])):
        return python_lists.pop if name == "pop" else python_lists.insert
    known = not any(isinstance(narrow(x), Text | Union | Symbolic) for x in (*owner, *args))
    if name in ("index", "count", "remove") and not (
        known and not has_rows(tracer().pools, (*owner, *args))
    ):
        return lists.LOOPS[name]
    staged = name == "extend" and staged_iterable(narrow(args[0])) is not None
    return python_lists.extend if staged else None


def _is_library(f: types.FunctionType) -> bool:
    module = f.__module__ or ""
    known = f in STAGED or f in MAKERS or module.partition(".")[0] in LIBRARIES
    is_made_of_another = module == "functools" and f.__name__ in ORDERINGS  # by total_ordering
    return known and not module.startswith(DEFINITIONS) and not is_made_of_another


def _inlined(
    f: types.FunctionType, inline: Callable[[types.FunctionType], types.FunctionType]
) -> types.FunctionType:
    defaults, named = tracer().outside.called(f)
    try:
        function = inline(f)
        function.__defaults__, function.__kwdefaults__ = defaults, named
        return function
    except UnsupportedSyntaxError as error:
        message = f"the call of {f.__qualname__} cannot be compiled: {error}"
        raise UnsupportedError(message, tracer().site) from None


def _library_call(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    error = _initialized(f, args)
    if error is not None:
        tracer().log_object(error)
        return run(f, args, kwargs)
    special = _iterables_call(f, args, kwargs)
    if special is not None:
        return special
    refuse_call(f, args)
    if f is isinstance or f is issubclass:
        return _is_of_class(f, *args)
    if isinstance(f, types.FunctionType | types.BuiltinFunctionType) and f in TOLD:
        return run(TOLD[f], args, kwargs)
    if f is type and len(args) == 1:
        return _told_type(args[0])
    owner = getattr(f, "__self__", None)
    if isinstance(owner, list | dict | set):
        return _container_method(owner, f, args, kwargs)
    if args and growing_of(args[0]) is not None:
        return _call_on_growing(f, args, kwargs)
    result = run(call_numpy, (f, args, kwargs), {})
    if result is not NotImplemented:
        return result
    takes_it = is_library_function(f) or (isinstance(f, type) and is_library_class(f))
    if takes_it and has_symbols((args, kwargs)):
        return run(call_on_host, (f, args, kwargs), {})
    return call_on_known(f, args, kwargs)


TOLD: dict[Any, Callable[..., Any]] = {
    callable: callable,
    np.seterr: seterr,
    np.geterr: geterr,
}
"""Functions that are called while the program is traced, or what is called instead."""

NEW_CONTAINERS = ("copy", "union", "intersection", "difference", "symmetric_difference")
"""Methods of containers that return a new one."""


def _container_method(owner: Any, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if args:
        stand_ins.require_for(owner, args[0])
        if isinstance(owner, dict) and stand_ins.is_run_time(args[0]):
            args = (stand_ins.known(args[0]), *args[1:])
    if growing_of(owner) is not None:
        return _method_of_growing(owner, f, args, kwargs)
    if f.__name__ not in ADDING:
        tracer().outside.expose(*args)
    keep_arrays(args)
    tracer().log_object(owner)
    found = run(f, args, kwargs)
    return stand_ins.made(found) if f.__name__ in NEW_CONTAINERS else found


def _method_of_growing(
    owner: list[Any], f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    if f.__name__ == "pop" and not args:
        return lists.pop(owner)
    if f.__name__ not in lists.METHODS or kwargs:
        raise unsupported(
            f"{f.__name__} of a list whose length is known only when the program runs is not "
            "supported; make an array of it first: np.array(items)"
        )
    return tracer().mark_made(lists.METHODS[f.__name__](owner, *args))


def _call_on_growing(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    items = growing_of(args[0])
    assert items is not None
    if f is len:
        return lists.length_of(items)
    if f is tuple:
        return (lists.free(items),)
    if f is bool:
        return condition_of(args[0]).number()
    if f in list_arrays.NUMPY:
        return list_arrays.NUMPY[f](items, *args[1:], **kwargs)
    if f is isinstance or f is type:
        return f(*args)
    name = getattr(f, "__qualname__", None) or type(f).__name__
    raise unsupported(
        f"{name} of a list whose length is known only when the program runs is not supported; "
        "make an array of it first: np.array(items)"
    )


def _iterables_call(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the staged iterable that a call makes, None if it does not make one."""
    if f is range and any(isinstance(a, Number | Array) for a in args):
        return staged_range(*(_integer(a) for a in args))
    if f is len and isinstance(args[0], StagedIterable):
        return python_number(int, args[0].length)
    if f is enumerate and args and isinstance(args[0], Generator | Cursor):
        return defined(python_lists.numbered)(*args, **kwargs)
    if f is filter and len(args) == 2:
        return defined(python_lists.filtered)(*args)
    if f is zip and any(isinstance(a, Generator | Cursor) for a in args):
        return stepping.zipped(args, **kwargs)
    if f not in (zip, enumerate, reversed):
        return None
    if not any(
        isinstance(a, StagedIterable | StagedIterator | Array | np.ndarray)
        or growing_of(a) is not None
        for a in args
    ):
        return None
    if f is enumerate:
        return staged_enumerate(*args, **kwargs)
    if f is reversed:
        return staged_reversed(*args)
    return staged_zip(args)


def _integer(x: Any) -> Any:
    return item(x) if isinstance(x, Array) and x.ndim == 0 else x


def _initialized(f: Any, args: Sequence[Any]) -> BaseException | None:
    """Return the exception that a built-in `__init__` fills, None for any other call."""
    if getattr(f, "__name__", "") != "__init__" or isinstance(f, types.FunctionType):
        return None
    owner = getattr(f, "__self__", None)
    if owner is None and hasattr(f, "__objclass__") and args:
        owner = args[0]
    return owner if isinstance(owner, BaseException) else None


def _is_of_class(f: Any, x: Any, *kinds: Any) -> bool:
    """Return `isinstance(x, kinds)`, of a container whatever its items are, or `issubclass`."""
    compared(*kinds)
    found: bool = run(issubclass, (_python_type(x) if f is isinstance else x, *kinds), {})
    return found


def _told_type(x: Any) -> type:
    """Return `type(x)`."""
    if isinstance(x, StagedIterable) and x.bounds is not None:
        return range
    if isinstance(x, Iterator | Generator | StagedIterable):
        raise unsupported("the type of an iterator; make a list of its items")
    compared(kind := _python_type(x))
    return kind


def _python_type(x: Any) -> type:
    if isinstance(x, Text):
        return str
    if isinstance(x, Number):
        return x.kind if isinstance(x.kind, type) else x.kind.type
    return np.ndarray if isinstance(x, Symbolic) else class_of(x)


def call_method(method: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return the result of a method of a run-time value."""
    return fork_within((tuple(args), dict(kwargs)), lambda given: method(*given[0], **given[1]))
