"""Branches, blocks and function bodies: what converted code calls for control flow but loops."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any

from autograph.errors import AutographError, InternalError
from autograph.frontend.arrays.one_value import one_value
from autograph.frontend.numpy_api.defined import Definition
from autograph.frontend.numpy_api.operators import truth
from autograph.frontend.symbols.completion import (
    BREAK,
    CONTINUE,
    NORMAL,
    RAISE,
    RETURN,
    Completion,
)
from autograph.frontend.symbols.condition import (
    Condition,
    all_of,
    known_condition,
    meaning,
    positive,
)
from autograph.frontend.symbols.context import Leaves, ProgramRaises, run, unsupported
from autograph.frontend.symbols.decisions import Restart
from autograph.frontend.symbols.frames import raised_in_package
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.implicit import implicit_error
from autograph.frontend.symbols.symbolic import Symbolic
from autograph.frontend.symbols.union import Ended, Union, Unjoined, alternatives, narrow
from autograph.frontend.tracing.correspond import serve_for_both
from autograph.frontend.tracing.heap import method_of
from autograph.frontend.tracing.join import join
from autograph.frontend.tracing.journal import UNBOUND, Box, BoxPlace, Region
from autograph.frontend.tracing.tracer import tracer

Block = Callable[..., Any]
Code = Completion | int


def nothing() -> int:
    """Do nothing: the arm or `else` that the program does not have."""
    return NORMAL


# ---------------------------------------------------------------- conditions


def condition_of(x: Any) -> Condition:
    """Return the condition that the truth of a value is."""
    if isinstance(x, Condition):
        return x
    x = narrow(x)
    if isinstance(x, Union):
        number = one_value(x)
        x = fork(x, lambda a: condition_of(a).number()) if number is None else number
    items = growing_of(x)
    if items is not None:
        return positive(items.length)
    if getattr(x, "is_text", False):
        return condition_of(x.truth())
    method = method_of(x, "__bool__", "__len__")
    if method is not None:
        return condition_of(Definition.convert(method)(x))
    if not isinstance(x, Symbolic):
        tracer().outside.expose(x)
        return known_condition(bool(x))
    decided = truth(x)
    return known_condition(decided) if isinstance(decided, bool) else meaning(decided.value())


def decide(x: Any) -> bool:
    """Return a truth that is needed now.

    Raises:
        UnsupportedError: If it is known only when the program runs.
    """
    known = condition_of(x).known
    if known is None:
        raise unsupported(
            "a condition of a comprehension depends on a run-time value; use a `for` loop over "
            "an array, or a mask"
        )
    return known


# ---------------------------------------------------------------- blocks and regions


def run_block(block: Block, *args: Any) -> Completion:
    """Run a block, close the regions that it left open, and return how it completed.

    An exception that the program raises whatever the values is a completion, too. Where nothing
    catches it, the path ends in a check that fails, and the original Python raises it again.
    """
    trace = tracer()
    depth, frames = len(trace.stack), len(trace.frames)
    try:
        completion = Completion.of(block(*args))
    except Leaves as left:
        completion = Completion.of(left.completion)
    except ProgramRaises as raised:
        completion = Completion.of(trace.throw(raised.error or implicit_error(raised.args[0])))
    except AutographError:
        raise
    except RecursionError as error:
        raise unsupported(
            "calls go deeper than Python allows while the program is compiled; use a loop, or pass "
            "the depth as a run-time number"
        ) from error
    except Exception as error:
        if raised_in_package(error.__traceback__) and not is_users(error):
            message = f"{type(error).__name__} while tracing: {error}"
            raise InternalError(message, trace.site) from error
        completion = Completion.of(trace.throw(error))
    del trace.frames[frames:]
    return close_open_regions(depth, completion)


def is_users(error: Exception) -> bool:
    """Return whether an error was raised on purpose, as the program itself would raise it."""
    return getattr(error, "raised_for_user", False)


def close_open_regions(depth: int, completion: Completion) -> Completion:
    """Join the regions that were left open for the rest of a block."""
    trace = tracer()
    while len(trace.stack) > depth:
        scope = trace.top
        if scope.guard is None:
            raise InternalError("a region was not closed")
        condition, other, other_first = scope.guard
        scope.guard = None
        mine = Region(scope, completion, trace.pop(scope))
        arms = (other, mine) if other_first else (mine, other)
        completion = _joined(condition, *arms)
    return completion


def region(name: str, block: Block, condition: Condition) -> Region:
    """Trace a block as a region in which a condition holds."""
    trace = tracer()
    scope = trace.push(name, condition)
    completion = run_block(block)
    return Region(scope, completion, trace.pop(scope))


# ---------------------------------------------------------------- branches


def if_(test: Any, then: Block, orelse: Block) -> Code:
    """Run an `if`; return the code with which the block around it goes on or leaves."""
    condition = condition_of(test)
    known = condition.known
    if known is not None:
        return (then if known else orelse)() or NORMAL
    return branch(condition, region("then", then, condition), region("else", orelse, ~condition))


def branch(condition: Condition, then: Region, orelse: Region) -> Code:
    """Act on two traced arms; where one of them always leaves, go on inside the other."""
    codes = (then.completion.codes, orelse.completion.codes)
    if RAISE not in (then.completion.only, orelse.completion.only):
        if NORMAL not in codes[0] and orelse.completion.only == NORMAL:
            return _go_on_inside(orelse, (condition, then, True))
        if NORMAL not in codes[1] and then.completion.only == NORMAL:
            return _go_on_inside(then, (condition, orelse, False))
    return go_on(_joined(condition, then, orelse))


def _go_on_inside(region_: Region, guard: tuple[Condition, Region, bool]) -> int:
    tracer().reopen(region_.scope, region_.changes)
    region_.scope.guard = guard
    return NORMAL


def _joined(condition: Condition, then: Region, orelse: Region) -> Completion:
    """Join two arms; one that always raises becomes a check before the other one."""
    if then.completion.only == RAISE == orelse.completion.only:
        return Completion.of(RAISE)
    if then.completion.only == RAISE:
        return _after_check(~condition, orelse)
    if orelse.completion.only == RAISE:
        return _after_check(condition, then)
    return join(condition, then, orelse)


def _after_check(condition: Condition, rest: Region) -> Completion:
    """Emit a check, and what happens if it passes."""
    trace = tracer()
    trace.check(condition.value(), "the program raises an exception")
    trace.learn(condition)
    trace.top.graph.nodes.extend(rest.scope.graph.nodes)
    for place, content in rest.changes.values():
        trace.write(place, content)
    return rest.completion


def go_on(completion: Completion) -> Code:
    """Return the code of a completion; where some ways leave, go on in a region of the others."""
    if completion.only is not None:
        if completion.only == RAISE:
            raise ProgramRaises("the program raises an exception on all paths")
        return completion.only
    if NORMAL not in completion.codes:
        return completion
    trace = tracer()
    leaving = completion.leaving()
    away = trace.push("leave", leaving)
    gone = Completion(tuple(way for way in completion.ways if way[0] != NORMAL))
    if len(gone.ways) == 1:
        gone = Completion.of(gone.ways[0][0])
    left = Region(away, gone, trace.pop(away))
    trace.push("stay", ~leaving).guard = (leaving, left, True)
    return NORMAL


def require_normal(code: Code) -> None:
    """Leave the block from within an expression, unless it is to go on."""
    if code != NORMAL:
        raise Leaves(code)


# ---------------------------------------------------------------- values of branches


def value_if(test: Any, then: Callable[[], Any], orelse: Callable[[], Any]) -> Any:
    """Return the value of one of two expressions, evaluated only if it is asked for."""
    condition = condition_of(test)
    if condition.known is not None:
        return then() if condition.known else orelse()
    return _value(condition, then, orelse, alike=False)


def _value(
    condition: Condition, then: Callable[[], Any], orelse: Callable[[], Any], *, alike: bool
) -> Any:
    trace, box = tracer(), Box()
    place = BoxPlace(box, "the expression")
    trace.born(box)
    trace.frames.append((place,))

    def put(expression: Callable[[], Any]) -> int:
        trace.write(place, expression())
        return NORMAL

    first = region("then", lambda: put(then), condition)
    second = region("else", lambda: put(orelse), ~condition)
    trace.frames.pop()
    if not (alike and serve_for_both(condition, first, second)):
        require_normal(branch(condition, first, second))
    content = narrow(without_unbound(box.content))
    if isinstance(content, Unjoined):
        raise content.error("this expression")
    return content


def fork(content: Any, use: Callable[[Any], Any]) -> Any:
    """Return what `use` makes of a content, whichever of its alternatives it is."""
    content = narrow(content)
    if isinstance(content, Unjoined):
        raise content.error("this expression")
    if not isinstance(content, Union):
        return use(content)
    (condition, first), *rest = alternatives(content)
    others = Union(tuple(rest)) if len(rest) > 1 else rest[0][1]
    return _value(condition, lambda: use(first), lambda: fork(others, use), alike=True)


def value_and(first: Any, *rest: Callable[[], Any]) -> Any:
    """Return the value of `and`."""
    if not rest:
        return first
    return value_if(first, lambda: value_and(rest[0](), *rest[1:]), lambda: first)


def value_or(first: Any, *rest: Callable[[], Any]) -> Any:
    """Return the value of `or`."""
    if not rest:
        return first
    return value_if(first, lambda: first, lambda: value_or(rest[0](), *rest[1:]))


def value_not(test: Any) -> Any:
    """Return the value of `not`."""
    return (~condition_of(test)).number()


def test_not(test: Any) -> Condition:
    """Return the truth of `not`."""
    return ~condition_of(test)


def test_and(first: Any, *rest: Callable[[], Any]) -> Condition:
    """Return the truth of `and`."""
    condition = condition_of(first)
    for later in rest:
        if condition.known is False:
            return condition
        condition = condition_of(later()) if condition.known else _both(condition, later)
    return condition


def test_or(first: Any, *rest: Callable[[], Any]) -> Condition:
    """Return the truth of `or`."""
    condition = condition_of(first)
    for later in rest:
        if condition.known:
            return condition
        if condition.known is False:
            condition = condition_of(later())
        else:
            condition = ~_both(~condition, partial(_negated, later))
    return condition


def _negated(test: Callable[[], Any]) -> Condition:
    return test_not(test())


def _both(condition: Condition, later: Callable[[], Any]) -> Condition:
    """Return the conjunction of a condition and a test that runs only where it holds."""
    trace, box = tracer(), Box()
    place = BoxPlace(box, "the condition")
    trace.born(box)
    trace.frames.append((place,))

    def put() -> int:
        trace.write(place, condition_of(later()).number())
        return NORMAL

    tested = region("then", put, condition)
    trace.frames.pop()
    unchanged = set(tested.changes) <= {place.key}
    if tested.completion.only == NORMAL and unchanged and _is_harmless(tested):
        trace.top.graph.nodes.extend(tested.scope.graph.nodes)
        second = condition_of(tested.changes[place.key][1])
        return all_of([condition, second])
    scope = trace.push("else", ~condition)
    trace.write(place, False)
    skipped = Region(scope, Completion.of(NORMAL), trace.pop(scope))
    require_normal(branch(condition, tested, skipped))
    return condition_of(without_unbound(box.content))


def _is_harmless(tested: Region) -> bool:
    """Return whether a region may run where its condition does not hold, at no cost."""
    kinds = ("elementwise", "create")
    nodes = tested.scope.graph.nodes
    return all(node.op.kind in kinds and all(v.ndim == 0 for v in node.results) for node in nodes)


def chain(first: Any, *links: tuple[Callable[[Any, Any], Any], Callable[[], Any]]) -> Any:
    """Return the value of a chain of comparisons, each operand evaluated once."""
    (compare, operand), *rest = links
    second = operand()
    result = run(compare, (first, second), {})
    if not rest:
        return result
    return value_if(result, lambda: chain(second, *rest), lambda: result)


# ---------------------------------------------------------------- functions and native loops


def function(body: Block, result: Callable[[], Any]) -> Any:
    """Run the body of a function and return its result."""
    completion = run_body(body, sys._getframe(1).f_code.co_cellvars)
    require_normal(go_on(completion.renamed({RETURN: NORMAL})))
    return returned(result)


def run_body(body: Block, variables: Collection[str]) -> Completion:
    """Run the body of a function, among whose blocks' variables these are its own."""
    trace = tracer()
    names, cells = body.__code__.co_freevars, body.__closure__ or ()
    for name, cell in zip(names, cells, strict=True):
        if name in variables:
            trace.born(cell)
    places = trace.log_variables(names, cells)
    for place in places:
        content = place.read()
        if isinstance(content, Ended):
            raise content.error(place.name)
    trace.frames.append(places)
    try:
        return run_block(body)
    finally:  # told apart by identity: cells with equal contents are equal
        trace.frames[:] = [frame for frame in trace.frames if frame is not places]


def returned(result: Callable[[], Any]) -> Any:
    """Return what a function has returned, given a function of the variable that holds it."""
    (cell,) = result.__closure__ or ()
    return narrow(without_unbound(cell.cell_contents))


def without_unbound(content: Any) -> Any:
    """Return a content that is known to be bound."""
    if not isinstance(content, Union):
        return content
    unbound = [condition for condition, part in alternatives(content) if part is UNBOUND]
    if not unbound:
        return content
    tracer().learn(all_of(~condition for condition in unbound))
    bound = tuple(a for a in alternatives(content) if a[1] is not UNBOUND)
    return bound[0][1] if len(bound) == 1 else Union(bound)


def after_loop(completion: Completion, orelse: Block, depth: int) -> Code:
    """Go on after a loop: with its `else` unless it was left.

    Args:
        completion: How the loop ended.
        orelse: The `else` block.
        depth: How many regions were open before the loop.
    """
    code = go_on(completion)
    if code == NORMAL:
        code = orelse() or NORMAL
    ended = close_open_regions(depth, Completion.of(code))
    return go_on(ended.renamed({BREAK: NORMAL}))


def native_loop(
    items: Iterable[Any], body: Block, orelse: Block, at_jump: Restart | None = None
) -> Code:
    """Run a loop over Python values at trace time.

    A jump that depends on run-time values guards what follows it, or starts the trace again if
    `at_jump` is given.
    """
    depth = len(tracer().stack)
    code: Code = NORMAL
    for item in items:
        completion = run_block(body, item).renamed({CONTINUE: NORMAL})
        if completion.only is None and at_jump is not None:
            raise at_jump
        code = go_on(completion)
        if code != NORMAL:
            break
    else:
        code = orelse() or NORMAL
    ended = close_open_regions(depth, Completion.of(code))
    return go_on(ended.renamed({BREAK: NORMAL}))
