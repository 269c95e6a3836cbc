"""Exceptions in converted code: `try`, `raise`, `assert`, `with`.

Where some `try` may catch an exception, it is a completion of the block that it leaves, like a
`break`; the exception itself is kept in a place of the tracer until a handler takes it. Where none
does, the path ends in a check that fails, and the original Python raises it.
"""

from __future__ import annotations

import contextlib
import dis
import types
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np

from autograph.errors import UnsupportedError
from autograph.frontend.flow.control import (
    Block,
    Code,
    branch,
    condition_of,
    fork,
    go_on,
    if_,
    nothing,
    region,
    require_normal,
    run_block,
    without_unbound,
)
from autograph.frontend.language.generators import is_stepping
from autograph.frontend.language.local_classes import compared
from autograph.frontend.language.managers import Managed, with_managed
from autograph.frontend.symbols.completion import NORMAL, RAISE, SUSPEND, THROW, Completion
from autograph.frontend.symbols.condition import Condition, all_of, any_of
from autograph.frontend.symbols.context import ProgramRaises, unsupported
from autograph.frontend.symbols.floating_errors import under_errstate
from autograph.frontend.symbols.implicit import untold_error
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.journal import UNBOUND, VariablePlace
from autograph.frontend.tracing.tracer import tracer

Handler = tuple[Callable[[], Any] | None, Block, Callable[[], Any] | None]
"""The classes that an `except` names, its block, and a function of the variable that it binds."""

Call = Callable[..., Any]


class Caller(Protocol):
    """Calls things as converted code does."""

    @property
    def call(self) -> Call:
        """Return what calls a function with arguments."""


# ---------------------------------------------------------------- raising


def raise_(
    runtime: Caller,
    kind: Callable[[], Any] | None = None,
    value: Callable[[], Any] | None = None,
    cause: Callable[[], Any] | None = None,
) -> int:
    """Run a `raise`; return the code with which the block ends.

    Args:
        runtime: What converted code calls.
        kind: The class, or whatever else is called to make the exception, or the exception.
        value: The exception or its class; None: the one that is being handled.
        cause: What follows `from`.
    """
    trace = tracer()
    if not trace.handlers:
        return RAISE
    if kind is None or value is None:
        return _throw(trace.handled[-1]) if trace.handled else RAISE
    error = fork(_evaluated(kind(), value), partial(_instance, runtime.call))
    if cause is not None:
        reason = cause()
        for _, e in alternatives(error):
            e.__cause__ = reason if isinstance(reason, BaseException) else None
    return _throw(error)


def _evaluated(kind: Any, value: Callable[[], Any]) -> Any:
    """Return the exception, without its arguments if they cannot be known at trace time."""
    trace = tracer()
    try:
        with trace.attempt():
            return narrow(value())
    except UnsupportedError:
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise
        return trace.mark_made(untold_error(kind))


def _instance(call: Call, value: Any) -> Any:
    if isinstance(value, type) and issubclass(value, BaseException):
        return call(value)
    if not isinstance(value, BaseException):
        raise ProgramRaises("TypeError: exceptions must derive from BaseException")
    return value


def _throw(error: Any) -> int:
    """Keep an exception for its handler, if one may catch it; return the completion's code."""
    trace = tracer()
    if not any(trace.catches(e) for _, e in alternatives(error)):
        return RAISE
    trace.write(trace.pending, trace.as_seen(error))
    return THROW


def require(runtime: Caller, test: Any, message: Callable[[], Any] | None = None) -> None:
    """Run an `assert`."""
    trace, condition = tracer(), condition_of(test)
    if condition.known:
        return
    if not trace.catches(AssertionError):
        if condition.known is False:
            raise ProgramRaises("AssertionError")
        trace.check(condition.value(), "the program raises an exception")
        trace.learn(condition)
        return

    def error() -> Any:
        make = partial(runtime.call, AssertionError)
        return _evaluated(AssertionError, lambda: make(message()) if message else make())

    if condition.known is False:
        trace.write(trace.pending, trace.as_seen(error()))
        require_normal(THROW)
    trace.throw_unless(condition, error)


# ---------------------------------------------------------------- handling


def try_(
    body: Block,
    handlers: Sequence[Handler],
    orelse: Block,
    final: Block = nothing,
    *,
    overrides: bool = False,
) -> Code:
    """Run a `try`; return the code with which the block around it goes on or leaves.

    Args:
        body: What is tried.
        handlers: The `except` clauses.
        orelse: The `else` block.
        final: The `finally` block.
        overrides: Whether the `finally` block may jump away, and so drop an exception.
    """
    if final is not nothing:
        return _finally(partial(try_, body, handlers, orelse), final, overrides)
    if not handlers:
        return body() or NORMAL
    trace = tracer()
    clauses = [(_classes(kinds), block, variable) for kinds, block, variable in handlers]
    with trace.catching(*(kind for kinds, _, _ in clauses for kind in kinds)):
        completion = run_block(body)
    return go_on_handled(completion, partial(_dispatch, clauses), orelse)


def go_on_handled(completion: Completion, handle: Callable[[Any], Code], orelse: Block) -> Code:
    """Go on after the body of a `try`: handle an exception, else run what follows.

    Args:
        completion: How the body ended.
        handle: What to do with an exception.
        orelse: What to do where the body ran to its end.
    """
    thrown = completion.condition(THROW)
    error = _taken()

    def caught() -> Code:
        return handle(narrow(error))

    def passed() -> Any:
        return _then(completion.without(THROW), orelse)

    if thrown.known is not None:
        return caught() if thrown.known else go_on(passed())
    handled = region("except", caught, thrown)
    return branch(thrown, handled, region("else", passed, ~thrown))


def _taken() -> Any:
    """Return the exception that is on its way to its handler, and keep it no longer."""
    trace = tracer()
    error = trace.pending.read()
    if error is not UNBOUND:
        trace.write(trace.pending, UNBOUND)
    return error


def _then(completion: Completion, block: Block) -> Completion:
    """Return how a block ends that goes on with another one where it ran to its end."""
    normal = completion.condition(NORMAL)
    if block is nothing or normal.known is False:
        return completion
    if normal.known:
        return run_block(block)
    rest = completion.without(NORMAL)
    return Completion.of(
        branch(normal, region("then", block, normal), region("else", lambda: rest, ~normal))
    )


def _settled(completion: Completion) -> Completion:
    """Return a completion in which an exception that nothing catches has become a check."""
    trace = tracer()
    thrown = completion.condition(THROW)
    if trace.handlers or THROW not in completion.codes:
        return completion
    if completion.only == THROW:
        return Completion.of(RAISE)
    trace.check((~thrown).value(), "the program raises an exception")
    trace.learn(~thrown)
    return completion.without(THROW)


def _classes(kinds: Callable[[], Any] | None) -> tuple[type[BaseException], ...]:
    """Return the classes that an `except` clause catches."""
    found = BaseException if kinds is None else narrow(kinds())
    classes = found if isinstance(found, tuple) else (found,)
    compared(classes)
    if not all(isinstance(k, type) and issubclass(k, BaseException) for k in classes):
        raise unsupported(
            "the classes of an `except` clause must be known while the program is compiled; "
            "name them in the clause"
        )
    return classes


def _dispatch(clauses: Sequence[Any], error: Any) -> Code:
    """Run the first clause that catches an exception; throw the exception on if none does."""
    if not clauses:
        return _throw(error)
    (kinds, block, variable), *rest = clauses
    caught = [(c, e) for c, e in alternatives(error) if isinstance(e, kinds)]
    others = [(c, e) for c, e in alternatives(error) if not isinstance(e, kinds)]
    if not others:
        return _handle(block, variable, error)
    if not caught:
        return _dispatch(rest, error)
    return if_(
        any_of(c for c, _ in caught),
        lambda: _handle(block, variable, _one_of(caught)),
        lambda: _dispatch(rest, _one_of(others)),
    )


def _one_of(contents: list[tuple[Condition, Any]]) -> Any:
    return contents[0][1] if len(contents) == 1 else Union(tuple(contents))


def _handle(block: Block, variable: Callable[[], Any] | None, error: Any) -> Code:
    """Run the block of an `except` clause; what it binds is unbound afterwards."""
    trace = tracer()
    trace.handled.append(error)
    completion = run_block(block, error)
    trace.handled.pop()
    if variable is not None:
        (cell,) = variable.__closure__ or ()
        trace.write(VariablePlace(cell), UNBOUND)
    return go_on(completion)


def _finally(block: Block, final: Block, overrides: bool) -> Code:
    """Run a block and then, however it ended, another one, which may override how."""
    trace = tracer()
    with trace.catching(*((BaseException,) if overrides else ())):
        completion = run_block(block)
    if completion.only == RAISE:
        return RAISE
    return _unless_suspended(completion, lambda rest: _finally_after(rest, final))


def _unless_suspended(completion: Completion, leave: Callable[[Completion], Code]) -> Code:
    """Leave a block for good, unless a generator has only stopped in it."""
    suspended = completion.condition(SUSPEND)
    if suspended.known is not None:
        return SUSPEND if suspended.known else leave(completion)
    rest = completion.without(SUSPEND)
    left = region("else", lambda: leave(rest), ~suspended)
    return branch(suspended, region("then", lambda: SUSPEND, suspended), left)


def _finally_after(completion: Completion, final: Block) -> Code:
    """Run a `finally` clause, given how what is before it ended."""
    trace = tracer()
    error = trace.pending.read()
    after = run_block(final)
    if after.only is not None and after.only != NORMAL:
        return go_on(after)
    if error is not UNBOUND:
        thrown = after.condition(THROW)
        latest = Union(((thrown, trace.pending.read()), (~thrown, error)))
        trace.write(trace.pending, narrow(latest))
    goes_on = after.condition(NORMAL)
    ways = {code: [when] for code, when in after.ways if code != NORMAL}
    for code, when in completion.ways:
        ways.setdefault(code, []).append(all_of([goes_on, when]))
    if len(ways) == 1:
        return go_on(_settled(Completion.of(next(iter(ways)))))
    whole = Completion(tuple((code, any_of(conditions)) for code, conditions in ways.items()))
    return go_on(_settled(whole))


# ---------------------------------------------------------------- context managers


def with_(
    runtime: Caller, manager: Any, body: Block, keep: Callable[[Any], Any] | None = None
) -> Code:
    """Run a `with`; return the code with which the block around it goes on or leaves.

    Args:
        runtime: What converted code calls.
        manager: The context manager.
        body: Takes what that gives.
        keep: Keeps the context manager, of a `with` that yields in a generator.
    """
    manager = narrow(manager)
    if keep is not None and is_stepping():
        keep(manager)
    if isinstance(manager, contextlib.suppress):
        kinds: Any = vars(manager)["_exceptions"]
        return try_(lambda: body(manager), [(lambda: kinds, lambda _: NORMAL, None)], nothing)
    if isinstance(manager, Managed):
        return with_managed(manager, body)
    if isinstance(manager, np.errstate):
        return _with_errstate(manager, body)
    value = runtime.call(_method(manager, "__enter__"), manager)
    return entered_with(runtime, manager, partial(body, value))


def entered_with(runtime: Caller, manager: Any, body: Block) -> Code:
    """Run the body of a `with` whose context manager was entered, and leave that."""
    manager = narrow(without_unbound(manager))
    if isinstance(manager, Managed | np.errstate | contextlib.suppress):
        raise unsupported(
            "a yield in this kind of `with` is not supported where the generator is gone through "
            "step by step; write the context manager as a class"
        )
    leave = _method(manager, "__exit__")
    end = partial(runtime.call, leave, manager)
    trace = tracer()
    with contextlib.ExitStack() as stack:
        if _may_swallow(leave):
            stack.enter_context(trace.catching(BaseException))
        completion = run_block(body)
    return _unless_suspended(completion, partial(_leave, end))


def _leave(end: Call, completion: Completion) -> Code:
    """Leave a `with`, given how its body ended."""
    if THROW not in completion.codes:
        return _ended(end, completion)
    thrown = completion.condition(THROW)
    error = _taken()
    failed = partial(_failed, end, error)
    rest = completion.without(THROW)
    if thrown.known:
        return failed()
    regions = region("except", failed, thrown), region("else", lambda: _ended(end, rest), ~thrown)
    return branch(thrown, *regions)


def _ended(end: Call, completion: Completion) -> Code:
    """Leave a `with` without an exception."""
    if completion.only != RAISE:
        end(None, None, None)
    return go_on(completion)


def _failed(end: Call, error: Any) -> Code:
    """Leave a `with` by an exception, unless the context manager swallows it."""
    trace, error = tracer(), narrow(error)
    trace.handled.append(error)
    swallowed = fork(error, lambda e: end(type(e), e, None))
    trace.handled.pop()
    return if_(swallowed, nothing, lambda: _throw(error))


def _method(manager: Any, name: str) -> Any:
    """Return a method of a context manager that can be traced."""
    method = getattr(type(manager), name, None)
    if isinstance(method, types.FunctionType):
        return method
    raise unsupported(
        f"`with` of {type(manager).__qualname__} is not supported; use a context manager written "
        "in Python, or enter it around the call of the compiled function"
    )


def _may_swallow(leave: types.FunctionType) -> bool:
    """Return whether `__exit__` may return anything but None or False."""
    before = None
    for instruction in dis.get_instructions(leave):
        if instruction.opname == "RETURN_VALUE":
            constant = before is not None and before.opname == "LOAD_CONST"
            if before is None or not constant or before.argval not in (None, False):
                return True
        before = instruction
    return False


def _with_errstate(manager: np.errstate, body: Block) -> Code:
    """Run a block under `np.errstate`; compiled code gives no floating-point warnings anyway."""
    with under_errstate(manager):
        return body(manager) or NORMAL
