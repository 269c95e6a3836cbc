"""`compile`, `grad` and `value_and_grad`: plain functions in, compiled functions out.

A compiled function keeps a list of specialisations for each signature key. A call first tries the
specialisation that ran last, at the cost of a type check; if that does not fit, `Compiled.call`
looks for one that does, or traces the function anew with the arguments at hand as hints.
"""

from __future__ import annotations

import builtins
import inspect
import itertools
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import update_wrapper
from pathlib import Path
from types import FunctionType
from typing import Any

from autograph.differentiation import Differentiation
from autograph.errors import AutographError, InternalError, UnsupportedError
from autograph.explain import explain
from autograph.frontend import Decisions, convert, converted_source, refuse_guard
from autograph.opt import Claim
from autograph.pipeline import STAGES, Options
from autograph.signature import Key, signature_key
from autograph.specialise import CHECK_FAILED, GUARD_FAILED, Direct, Specialisation

MAXIMUM_SPECIALISATIONS = 32
"""Specialisations of one signature; more means that guards keep failing, which is an error."""


class AutographWarning(UserWarning):
    """Something that costs time without being wrong."""


@dataclass
class Statistics:
    """Counters of one compiled function."""

    specialisations: int = 0
    restarts: int = 0
    replays: int = 0


class Compiled:
    """The state behind a compiled function.

    Args:
        fn: The plain function.
        options: How to compile.
        differentiation: What derivative to compute, if one is wanted.
    """

    def __init__(
        self, fn: FunctionType, options: Options, differentiation: Differentiation | None
    ) -> None:
        convert(fn)
        self.fn = fn
        self.options = options
        self.differentiation = differentiation
        self.signature = inspect.signature(fn)
        self.statistics = Statistics()
        self.calls = itertools.count()
        self.specialisations: dict[Key, list[Specialisation]] = {}
        self.decisions: dict[Key, Decisions] = {}
        self.lock = threading.RLock()

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """Return the arguments in the order of the parameters, defaults filled in."""
        if not kwargs and len(args) == len(self.signature.parameters):
            return args
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        if bound.kwargs:
            raise UnsupportedError(
                f"{self.fn.__qualname__} takes keyword-only or **keyword parameters; "
                "make them positional parameters"
            )
        return bound.args

    def specialisation(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Specialisation:
        """Return a specialisation that fits a call, without running it."""
        arguments = self.bind(args, kwargs)
        key = signature_key(arguments)
        for candidate in self.specialisations.get(key, ()):
            if candidate.fits(arguments):
                return candidate
        return self.specialise(key, arguments)

    def specialise(self, key: Key, arguments: tuple[Any, ...]) -> Specialisation:
        """Trace and compile for these arguments; guards that failed for them are not assumed."""
        with self.lock:
            known = self.specialisations.setdefault(key, [])
            if len(known) >= MAXIMUM_SPECIALISATIONS:
                raise InternalError(f"the guards of {self.fn.__qualname__} never settle")
            decisions = self.decisions.get(key, Decisions())
            for candidate in known:
                for guard in candidate.failed_guards(arguments):
                    decisions = refuse_guard(decisions, guard)
            made = Specialisation(self.fn, arguments, decisions, self.options, self.differentiation)
            self.decisions[key] = made.traced.decisions
            known.insert(0, made)
            self.statistics.specialisations += 1
            self.statistics.restarts += made.traced.restarts
            return made

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Specialisation, Any]:
        """Run a call by a specialisation that fits; return it with the result."""
        arguments = self.bind(args, kwargs)
        key = signature_key(arguments)
        for candidate in list(self.specialisations.get(key, ())):
            status, result = candidate.run(arguments)
            if status == CHECK_FAILED:
                return candidate, self.replay(arguments)
            if status != GUARD_FAILED:
                return candidate, result
        made = self.specialise(key, arguments)
        status, result = made.run(arguments)
        if status == GUARD_FAILED:
            raise InternalError(f"{self.fn.__qualname__} refuses the call it was compiled for")
        if status == CHECK_FAILED:
            return made, self.replay(arguments)
        return made, result

    def replay(self, arguments: tuple[Any, ...]) -> Any:
        """Run the plain function, which raises what the compiled one could only detect."""
        self.statistics.replays += 1
        plain = arguments
        if self.differentiation is not None:
            plain = tuple(x.copy() if hasattr(x, "copy") else x for x in arguments)
        result = self.fn(*plain)
        if self.differentiation is not None:
            raise UnsupportedError(
                f"the gradient of {self.fn.__qualname__} stopped at a check that plain Python "
                "passes, such as that Python's integers stay within 64 bits"
            )
        warnings.warn(
            f"{self.fn.__qualname__} ran as plain Python: the compiled code stopped at a check "
            "that plain Python passes, such as that Python's integers stay within 64 bits",
            AutographWarning,
            stacklevel=4,
        )
        return result

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
        return self.specialisation(args, kwargs).stages.text(stage)

    def explain(self, *args: Any, **kwargs: Any) -> str:
        """Return in words what became of the function for a call with these arguments."""
        return explain(self.specialisation(args, kwargs).stages)

    def stats(self) -> dict[str, int]:
        """Return the counters: calls, specialisations, restarts, replays, cache hits."""
        counters = dict(vars(self.statistics))
        counters["calls"] = self.calls.__reduce__()[1][0]
        counters["cache_hits"] = sum(
            s.cache_hit for group in self.specialisations.values() for s in group
        )
        return counters


def _entry_point(compiled: Compiled) -> Callable[..., Any]:
    """Return the function that users call."""
    arity = -1
    fast: Callable[..., Any] = compiled.call
    count = compiled.calls.__next__

    def slow(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        nonlocal arity, fast
        used, result = compiled.call(args, kwargs)
        if used.direct is not None:
            arity, fast = len(used.types), _direct_call(used.direct, slow)
        return result

    def call(*args: Any, **kwargs: Any) -> Any:
        count()
        if kwargs or len(args) != arity:
            return slow(args, kwargs)
        return fast(*args)

    return call


_DIRECT_CALL_FILE = str(Path(__file__).with_name("direct_call"))
"""Where tracebacks say that generated calls are: in this package, so not in the user's code."""

_DIRECT_CALL = """
def direct_call({params}):
    try:
        if {tests}:
            results = entry({params})
            if results[0] == 0:
                return {result}
    except mismatch:
        pass
    return slow({arguments}, {{}})
"""


def _direct_call(direct: Direct, slow: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that calls a compiled entry if the arguments have its types.

    It is generated with explicit parameters because `*args` alone would cost as much as all the
    rest of a call.
    """
    params = [f"a{k}" for k in range(len(direct.types))]
    packed = f"({', '.join(params)},)" if params else "()"
    tests = " and ".join(f"type({p}) is t{k}" for k, p in enumerate(params)) or "True"
    source = _DIRECT_CALL.format(
        params=", ".join(params),
        tests=tests,
        result=direct.result.replace("arguments", packed),
        arguments=packed,
    )
    scope: dict[str, Any] = {f"t{k}": type_ for k, type_ in enumerate(direct.types)}
    scope |= {"entry": direct.entry, "finish": direct.finish, "slow": slow}
    scope["mismatch"] = direct.mismatch
    exec(builtins.compile(source, _DIRECT_CALL_FILE, "exec"), scope)
    made: Callable[..., Any] = scope["direct_call"]
    return made


def _make(
    fn: Callable[..., Any], options: Options, differentiation: Differentiation | None
) -> Callable[..., Any]:
    plain = getattr(fn, "__autograph_wrapped__", fn)
    if not isinstance(plain, FunctionType):
        raise UnsupportedError(f"{plain!r} is no plain Python function; wrap it: lambda x: f(x)")
    compiled = Compiled(plain, options, differentiation)
    call = _entry_point(compiled)
    if differentiation is None:
        update_wrapper(call, plain)
        call.__autograph_wrapped__ = plain  # type: ignore[attr-defined]
    else:
        call.__name__ = f"{differentiation.name}_{plain.__name__}"
        call.__doc__ = f"{differentiation.name} of {plain.__qualname__}."
    call.show = compiled.show  # type: ignore[attr-defined]
    call.explain = compiled.explain  # type: ignore[attr-defined]
    call.stats = compiled.stats  # type: ignore[attr-defined]
    return call


def compile(
    fn: Callable[..., Any] | None = None,
    *,
    claims: Sequence[Claim] = ("exact", "stabler"),
    debug: bool = False,
    strict: bool = False,
) -> Any:
    """Compile a plain NumPy function; use as `@compile` or `@compile(...)`.

    The compiled function returns what the plain one returns, changes its arguments in the same way
    and raises the same exceptions. It has the methods `show(stage, *args)`, `explain(*args)` and
    `stats()`.

    Args:
        fn: A function of arrays and numbers.
        claims: Claims of the rewrite rules to apply: `exact`, `stabler`, `rounding`, `unsafe`.
        debug: Whether to verify every stage.
        strict: Whether to refuse library functions without a compiled form, which are otherwise
            called as they are; `explain` lists them.

    Raises:
        UnsupportedSyntaxError: If the function contains a construct that cannot be compiled.
    """
    options = Options(frozenset(claims), debug, strict)
    if fn is None:
        return lambda f: _make(f, options, None)
    return _make(fn, options, None)


def grad(
    fn: Callable[..., Any], argnums: int | Sequence[int] = 0, *, debug: bool = False
) -> Callable[..., Any]:
    """Return the function that computes the gradient of a scalar function.

    Args:
        fn: A plain or compiled function that returns a real number.
        argnums: Position of the argument to differentiate by, or several: then the gradients come
            as a tuple. The gradient is with respect to the values on entry; the arguments are left
            as they are.
        debug: Whether to verify every stage.

    Raises:
        NondifferentiableError: At the call, if an argument or the result is not a real float.
    """
    return _make(fn, Options(debug=debug), Differentiation(_positions(argnums), with_value=False))


def value_and_grad(
    fn: Callable[..., Any], argnums: int | Sequence[int] = 0, *, debug: bool = False
) -> Callable[..., Any]:
    """Return the function that computes the value of a scalar function and its gradient.

    Args:
        fn: A plain or compiled function that returns a real number.
        argnums: As for `grad`.
        debug: Whether to verify every stage.

    Raises:
        NondifferentiableError: At the call, if an argument or the result is not a real float.
    """
    return _make(fn, Options(debug=debug), Differentiation(_positions(argnums), with_value=True))


def _positions(argnums: int | Sequence[int]) -> int | tuple[int, ...]:
    if isinstance(argnums, int):
        return argnums
    positions = tuple(argnums)
    if not positions or not all(isinstance(k, int) for k in positions):
        raise AutographError(f"argnums is an int or a sequence of ints, got {argnums!r}")
    return positions
