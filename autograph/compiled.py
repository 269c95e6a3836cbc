"""The compiled function: its specialisations, and how a call finds the one that serves it.

A call first tries the specialisation that ran last, through generated code that tests its premises.
If that does not fit, `Compiled.call` looks for one that does, or traces the function anew with the
arguments at hand as hints.
"""

from __future__ import annotations

import builtins
import copy
import itertools
import os
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import asdict

from autograph.errors import AutographError, InternalError, UnsupportedError
from autograph.explain import explain
from autograph.floating_point import checked
from autograph.floating_point import state as floating_state
from autograph.frontend import (
    DYNAMIC,
    STATIC,
    STRETCH,
    Argument,
    Decisions,
    IsEqual,
    Parameters,
    Premise,
    Transformed,
    UsersFrames,
    convert,
    converted_source,
    is_number,
    refuse_guard,
)
from autograph.garbage import collection_paused
from autograph.pipeline import STAGES, Options
from autograph.preparation import GENERATED
from autograph.signature import Key, signature_key
from autograph.specialise import CHECK_FAILED, GUARD_FAILED, Specialisation

MANY_SPECIALISATIONS, MAXIMUM_SPECIALISATIONS = 8, 64
"""Specialisations of one signature: so many bring a warning, more than that are an error."""

_PACKAGE = str(Path(__file__).parent)

compiling = threading.RLock()
"""Held while a function is traced and compiled: one lock for all, as functions trace each other."""


def _renew_lock() -> None:
    """Give a forked process a lock of its own: nobody would release the one it inherited."""
    global compiling
    compiling = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


class AutographWarning(UserWarning):
    """Something that costs time without being wrong."""


def _warn(message: str) -> None:
    """Warn at the line of the user's call."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, AutographWarning, stacklevel=level)


class Statistics(Struct):
    """Counters of one compiled function."""

    specialisations: int = 0
    restarts: int = 0
    replays: int = 0


class Compiled:
    """The state behind a compiled function.

    Args:
        fn: The plain function.
        options: How to compile.
        staged: What is called in the place of the function, if anything is.
        make: Makes specialisations.
    """

    def __init__(
        self,
        fn: FunctionType,
        options: Options,
        staged: Transformed | None = None,
        make: type[Specialisation] = Specialisation,
    ) -> None:
        convert(fn)
        self.make = make
        self.fn = fn
        self.options = options
        self.staged = staged
        self.parameters = Parameters.of(fn.__code__)
        self.statistics = Statistics()
        self.specialisations: dict[Key, list[Specialisation]] = {}
        self.decisions: dict[Key, Decisions] = {}
        self._binder = _binder(fn, self.parameters)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle what a compiled function is made from, not what was compiled."""
        return Compiled, (self.fn, self.options, self.staged, self.make)

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """Return one argument for each parameter, defaults filled in.

        Raises:
            TypeError: As Python itself, if the arguments do not go with the parameters.
        """
        binder, fn = self._binder, self.fn
        binder.__defaults__, binder.__kwdefaults__ = fn.__defaults__, fn.__kwdefaults__
        bound: tuple[Any, ...] = binder(*args, **kwargs)
        return bound

    def specialisation(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Specialisation:
        """Return a specialisation that fits a call, without running it."""
        arguments = self.bind(args, kwargs)
        return self.specialise(self._key(arguments), arguments, ())

    def _key(self, arguments: tuple[Any, ...]) -> Key:
        try:
            return signature_key(arguments)
        except RecursionError:
            raise UnsupportedError(
                f"an argument of {self.fn.__qualname__} is a container that contains itself"
            ) from None

    def specialise(
        self, key: Key, arguments: tuple[Any, ...], tried: tuple[Specialisation, ...]
    ) -> Specialisation:
        """Return a specialisation for these arguments, made now if there is none but those tried.

        Guards that failed for the arguments are not assumed.
        """
        with compiling:
            known = self.specialisations.setdefault(key, [])
            for candidate in known:
                if candidate not in tried and candidate.fits(arguments):
                    return candidate
            self._require_few(known, arguments)
            decisions = self._decisions(key, known, arguments)
            made = self._made(arguments, decisions)
            self.decisions[key] = made.traced.decisions
            known.insert(0, made)
            self.statistics.specialisations += 1
            self.statistics.restarts += made.traced.restarts
            return made

    def _made(self, arguments: tuple[Any, ...], decisions: Decisions) -> Specialisation:
        try:
            with collection_paused():
                return self.make(self.fn, arguments, decisions, self.options, self.staged)
        except AutographError:
            raise
        except Exception as error:
            raise InternalError(
                f"compiling {self.fn.__qualname__} failed with {type(error).__name__}: {error}\n"
                "This is an error in autograph, not in your program."
            ) from error

    def _decisions(
        self, key: Key, known: list[Specialisation], arguments: tuple[Any, ...]
    ) -> Decisions:
        """Return what to assume for a call that none of the known specialisations serves."""
        decisions = self.decisions.get(key, Decisions())
        for candidate in known:
            for guard in candidate.failed_guards(arguments):
                decisions = refuse_guard(decisions, guard)
            for premise in candidate.broken_premises(arguments):
                path = premise.source.path
                if _is_another_number(premise, arguments) and (STATIC, path) not in decisions:
                    decisions = decisions.having((DYNAMIC, path))
        return decisions

    def _require_few(self, known: list[Specialisation], arguments: tuple[Any, ...]) -> None:
        """Warn of a function that is compiled again and again, and end it at last.

        Raises:
            UnsupportedError: If a value that is needed for compiling changes with every call.
        """
        if len(known) < MANY_SPECIALISATIONS:
            return
        changing = {p.source.name: None for s in known for p in s.broken_premises(arguments)}
        if not changing:
            if len(known) >= MAXIMUM_SPECIALISATIONS:
                raise InternalError(f"the guards of {self.fn.__qualname__} never settle")
            return
        names = ", ".join(f"'{name}'" for name in changing)
        message = (
            f"{self.fn.__qualname__} was compiled {len(known)} times because {names} changed: what "
            "is needed while compiling (an axis, a key of a dict, a text, a function) must not "
            "change with every call"
        )
        if len(known) >= MAXIMUM_SPECIALISATIONS:
            raise UnsupportedError(f"{message}; use an array instead, or compile several functions")
        if len(known) == MANY_SPECIALISATIONS:
            _warn(message)

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Specialisation, Any]:
        """Run a call by a specialisation that fits; return it with the result."""
        arguments = self.bind(args, kwargs)
        key = self._key(arguments)
        used, status, result = self.run(key, arguments)
        if status == CHECK_FAILED and used.traced.sizes_in_doubt:
            key = (*key, STRETCH)
            self.decisions.setdefault(key, Decisions().having((STRETCH,)))
            used, status, result = self.run(key, arguments)
        return used, self.replay(arguments, used) if status == CHECK_FAILED else result

    def run(self, key: Key, arguments: tuple[Any, ...]) -> tuple[Specialisation, int, Any]:
        """Run a call by a specialisation whose guards hold; return it, the status, the result."""
        tried = tuple(self.specialisations.get(key, ()))
        for candidate in tried:
            status, result = candidate.run(arguments)
            if status != GUARD_FAILED:
                return candidate, status, result
        made = self.specialise(key, arguments, tried)
        status, result = made.run(arguments)
        if status == GUARD_FAILED:
            raise InternalError(f"{self.fn.__qualname__} refuses the call it was compiled for")
        return made, status, result

    def replay(self, arguments: tuple[Any, ...], used: Specialisation) -> Any:
        """Run the plain function: it raises what the compiled one could only detect.

        It also stops where it starts the debugger, which then shows its own frame and values.
        """
        self.statistics.replays += 1
        if self.staged is not None:
            if used.traced.has_breakpoint:
                raise UnsupportedError(
                    f"{self.fn.__qualname__} starts the debugger, and Python has no gradients to "
                    "go on with; call the function itself to debug it"
                )
            arguments = tuple(map(_copied, arguments))
        args, kwargs = self.parameters.spread(arguments)
        result = self.fn(*args, **kwargs)
        if self.staged is not None:
            raise UnsupportedError(
                f"the gradient of {self.fn.__qualname__} stopped at a check that plain Python "
                "passes, such as that Python's integers stay within 64 bits"
            )
        if not used.traced.has_breakpoint:
            _warn(
                f"{self.fn.__qualname__} ran as plain Python: the compiled code stopped at a check "
                "that plain Python passes, such as that Python's integers stay within 64 bits, or "
                "that no floating-point error is in doubt"
            )
        return result

    def run_plain(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run the plain function, where the caller wants floating-point errors to be noticed."""
        name = self.fn.__qualname__
        if self.staged is not None:
            raise UnsupportedError(
                f"the gradient of {name} does not look for floating-point errors; call it outside "
                "of np.errstate, and test the result with np.isfinite"
            )
        self.statistics.replays += 1
        _warn(f"{name} ran as plain Python: np.errstate asks for floating-point errors")
        return self.fn(*args, **kwargs)

    # ------------------------------------------------------------ what users ask for

    def show(self, stage: str, *args: Any, **kwargs: Any) -> str:
        """Return the text of a stage for a call with these arguments.

        Args:
            stage: `python`, `graph`, `optimized`, `loops`, `numba` or `cuda`.
            *args: Arguments of the call; not needed for `python`.
            **kwargs: Keyword arguments of the call.
        """
        if stage not in STAGES:
            raise ValueError(f"no stage {stage!r}; stages are {', '.join(STAGES)}")
        if stage == "python":
            return converted_source(self.fn)
        with UsersFrames():
            return self.specialisation(args, kwargs).stages.text(stage)

    def explain(self, *args: Any, **kwargs: Any) -> str:
        """Return in words what became of the function for a call with these arguments."""
        with UsersFrames():
            return explain(self.specialisation(args, kwargs).stages)


class EntryPoint:
    """Where calls go: to the specialisation that ran last, or to `Compiled.call`.

    Args:
        compiled: The compiled function.

    Attributes:
        count: To be called once for each call.
        arity: How many positional arguments `fast` takes; -1 before the first call.
        fast: Runs calls that the last specialisation serves; others go to `slow`.
        state: Returns what NumPy does about floating-point errors; here and no global of `call`,
            because that is pickled with what it refers to.
        checked: The state that was last looked at.
    """

    __slots__ = ("_calls", "arity", "checked", "compiled", "count", "fast", "state")

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self._calls = itertools.count()
        self.count = self._calls.__next__
        self.arity = -1
        self.state, self.checked = floating_state, checked
        self.fast: Callable[..., Any] = self.slow

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle what it is made from."""
        return EntryPoint, (self.compiled,)

    def slow(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run a call, and send calls like it to the same specialisation."""
        if checked.are_errors_wanted():
            return self.compiled.run_plain(args, kwargs)
        with UsersFrames():
            used, result = self.compiled.call(args, kwargs)
        fast = used.direct_call(self.slow)
        if fast is not None:
            self.fast, self.arity = fast, -1 if self.compiled.parameters.variadic else used.count
        return result

    def stats(self) -> dict[str, int]:
        """Return the counters: calls, specialisations, restarts, replays, cache hits."""
        counters = asdict(self.compiled.statistics)
        counters["calls"] = int(repr(self._calls)[len("count(") : -1])
        counters["cache_hits"] = sum(
            s.cache_hit for group in self.compiled.specialisations.values() for s in group
        )
        return counters


def entry_point(compiled: Compiled) -> Callable[..., Any]:
    """Return the function that users call."""
    entry = EntryPoint(compiled)

    def call(*args: Any, **kwargs: Any) -> Any:
        entry.count()
        if kwargs or len(args) != entry.arity or entry.state() is not entry.checked.state:
            return entry.slow(args, kwargs)
        return entry.fast(*args)

    call.show = compiled.show  # type: ignore[attr-defined]
    call.explain = compiled.explain  # type: ignore[attr-defined]
    call.stats = entry.stats  # type: ignore[attr-defined]
    return call


def _binder(fn: FunctionType, parameters: Parameters) -> FunctionType:
    """Return a function with the parameters of another one that returns the arguments."""
    text = f"def bind({parameters.text()}): return ({''.join(n + ', ' for n in parameters.names)})"
    scope: dict[str, Any] = {}
    exec(builtins.compile(text, GENERATED, "exec"), scope)
    binder: FunctionType = scope["bind"]
    binder.__name__, binder.__qualname__ = fn.__name__, fn.__qualname__
    return binder


def _is_another_number(premise: Premise, arguments: tuple[Any, ...]) -> bool:
    """Return whether a number was taken as known, and there is another one now.

    Truth values remain constants: there are but two.
    """
    if not isinstance(premise, IsEqual) or isinstance(premise.source.root, Argument):
        return False
    try:
        now = premise.source.fetch(arguments)
    except Exception:
        return False
    return all(is_number(x) and not isinstance(x, bool | np.bool_) for x in (now, premise.content))


def _copied(argument: Any) -> Any:
    """Return an argument that a function may write without the caller's notice."""
    if isinstance(argument, tuple | list | dict):
        return copy.deepcopy(argument)
    return argument.copy() if hasattr(argument, "copy") else argument
