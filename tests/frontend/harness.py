"""Runs programs through trace and reference evaluator, and compares them with plain Python."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.frontend import Decisions, Traced, refuse_guard, trace
from autograph.ir.evaluate import CheckFailed, GuardFailed, evaluate
from autograph.ir.printer import to_text
from autograph.ir.verify import verify


class Program:
    """A traced function, run by the reference evaluator on the arguments of each call.

    Args:
        fn: The plain function.
        refuse_guards: Trace without assuming any guard, so that one graph serves every call.
    """

    def __init__(self, fn: Callable[..., Any], *, refuse_guards: bool = False) -> None:
        self.fn = fn
        self.refuse_guards = refuse_guards
        self.traces: list[Traced] = []
        self.replays = 0

    def __call__(self, *args: Any) -> Any:
        for traced in self.traces:
            try:
                return self._run(traced, args)
            except GuardFailed:
                continue
        self.traces.append(self._trace(args))
        return self._run(self.traces[-1], args)

    def _trace(self, args: tuple[Any, ...]) -> Traced:
        traced = trace(self.fn, args)
        while self.refuse_guards and any(g.relation == ">=0" for g in traced.graph.guards):
            decisions: Decisions = traced.decisions
            for guard in traced.graph.guards:
                if guard.relation == ">=0":
                    decisions = refuse_guard(decisions, guard)
            traced = trace(self.fn, args, decisions=decisions)
        verify(traced.graph)
        return traced

    def _run(self, traced: Traced, args: tuple[Any, ...]) -> Any:
        if not all(premise.holds(args) for premise in traced.premises):
            raise GuardFailed("premise")
        inputs = [entry.source.fetch(args) for entry in traced.inputs]
        for x, entry in zip(inputs, traced.inputs, strict=True):
            if type(x) is not entry.kind or np.ndim(x) != entry.param.ndim:
                raise GuardFailed("types")
            if np.asarray(x).dtype != entry.param.dtype:
                raise GuardFailed("dtypes")
        try:
            results = evaluate(traced.graph, inputs)
        except CheckFailed:
            self.replays += 1
            return self.fn(*args)
        for result, param in traced.graph.writes.items():
            inputs[param][...] = results[result]
        returned = [source.fetch(args) for source in reversed(traced.returned)]
        return traced.output.build(results, [*inputs, *returned])


def outcome(fn: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return what a call returns or raises, and its arguments afterwards."""
    args = copy.deepcopy(args)
    try:
        with np.errstate(all="ignore"):
            result = fn(*args)
    except (ArithmeticError, LookupError, NameError, TypeError, ValueError, AssertionError) as e:
        result = (type(e).__name__, str(e))
    return result, args


def equal(a: Any, b: Any) -> bool:
    """Return whether two outcomes are the same in type, dtype, shape and value."""
    if isinstance(a, tuple | list):
        return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, np.ndarray):
        same = type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape
        return same and np.allclose(a, b, rtol=1e-12, equal_nan=True)
    if isinstance(a, float | np.floating):
        return type(a) is type(b) and (a == b or np.isclose(a, b, rtol=1e-12, equal_nan=True))
    return type(a) is type(b) and a == b


def compare(fn: Callable[..., Any], *runs: tuple[Any, ...]) -> Program:
    """Check a program on several argument lists, with guards and without; return it with guards.

    Only calls that raise may replay the original function.
    """
    programs = [Program(fn), Program(fn, refuse_guards=True)]
    for program in programs:
        raised = 0
        for args in runs:
            want, got = outcome(fn, args), outcome(program, args)
            raised += isinstance(want[0], tuple) and str(want[0][0]).endswith("Error")
            text = to_text(program.traces[-1].graph)
            assert equal(want, got), f"{args}: want {want}, got {got}\n{text}"
        assert program.replays <= raised, f"{program.replays} replays\n{text}"
    return programs[0]


def graph_text(fn: Callable[..., Any], *args: Any) -> str:
    """Return the text of the graph of a function."""
    traced = trace(fn, args)
    verify(traced.graph)
    return to_text(traced.graph)
