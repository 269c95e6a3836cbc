"""Calls that are made while the program is traced: of what is neither traced nor staged.

Enters: a function or class, and arguments. Leaves: what the call returned. Run-time values may
only get into what stores them as they are.
"""

from __future__ import annotations

import itertools
import types
from typing import Any

import numpy as np

from autograph.errors import UnsupportedError
from autograph.frontend.language import stand_ins
from autograph.frontend.language.iterators import KnownIterator, has_symbols
from autograph.frontend.language.local_classes import MAKERS, made_by_call
from autograph.frontend.numpy_api.library_calls import (
    LIBRARIES,
    call_on_host,
    is_library_function,
    library_rewrite,
    needs_known,
)
from autograph.frontend.numpy_api.library_objects import is_library_object
from autograph.frontend.symbols.context import run, unsupported
from autograph.frontend.tracing.tracer import tracer
from autograph.ops.library import public_name

STORING = (list, tuple, dict, set, slice, zip, enumerate, reversed)
"""Builtin classes that only store what they are made from, or pass it on."""

KEEPING = ("itertools", "functools", "collections", "operator")
"""Modules whose classes keep what they are given, and do not look into it before it is needed."""

ITERATORS = (zip, enumerate, reversed)
"""Builtin classes whose objects can be gone through only once."""


def call_on_known(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the result of a call that is made now, which no run-time value may get into."""
    if not _may_take_symbols(f) and has_symbols((args, kwargs)):
        in_libraries = (getattr(f, "__module__", None) or "").partition(".")[0] in LIBRARIES
        rewrite = library_rewrite() if in_libraries else "call it outside, and pass the result in"
        raise unsupported(f"{public_name(f)} is not supported on run-time values; {rewrite}")
    if f in ITERATORS:
        return KnownIterator(f.__name__, run(f, args, kwargs))
    if f not in STORING:
        tracer().outside.expose(*args, *kwargs.values())
    made = _run_now(f, args, kwargs)
    if is_library_object(made):
        return call_on_host(f, args, kwargs)
    if type(made).__module__ == itertools.__name__ and not isinstance(made, itertools.groupby):
        return KnownIterator(type(made).__name__, made)
    return made_by_call(made) if f in MAKERS else stand_ins.made(made)


def _run_now(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the result of a call that is made now; what refuses it is said of the call."""
    try:
        return run(f, args, kwargs)
    except UnsupportedError:
        if not (isinstance(f, types.FunctionType) and is_library_function(f)):
            raise
        raise unsupported(needs_known(f)) from None


def _may_take_symbols(f: Any) -> bool:
    """Return whether a call only stores its arguments: containers and user-defined classes."""
    if isinstance(f, type):
        if issubclass(f, (BaseException, *STORING)) or f in STORING:
            return True
        root = f.__module__.partition(".")[0]
        return root in KEEPING or (
            root not in LIBRARIES
            and any(
                isinstance(getattr(f, name), types.FunctionType) for name in ("__init__", "__new__")
            )
        )
    owner = getattr(f, "__self__", None)
    return isinstance(owner, list | dict | set | tuple) or not isinstance(
        f, types.BuiltinFunctionType | types.FunctionType | np.ufunc
    )
