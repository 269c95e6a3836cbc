"""Runs functions of a program that library functions call back.

Enters: a callback of a call, and the operands of that call. Leaves: a Python function, compiled,
that takes and returns what the function itself would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from autograph.ir.graph import Graph
from autograph.ops.callback import Callback, CallbackStopped, Returned, Variant
from autograph.pipeline import Options, Stages
from autograph.target import NUMBA, OK, Entry

_entries: WeakKeyDictionary[Variant, Entry] = WeakKeyDictionary()


def prepare(graph: Graph, options: Options) -> None:
    """Compile the functions that library calls of a graph will call back."""
    for node in graph.walk():
        if node.op.name == "library":
            for callback in node.attrs["call"].callbacks():
                for variant in callback.variants:
                    if variant.is_usual:
                        _compiled(variant, options)


def _compiled(variant: Variant, options: Options) -> Entry:
    entry = _entries.get(variant)
    if entry is None:
        examples = [
            np.empty((1,) * param.ndim, param.dtype) if param.ndim else param.dtype.type(0)
            for param in variant.graph.params
        ]
        stages = Stages(variant.graph, options)
        prepare(stages.optimized, options)
        entry = NUMBA.compile(stages, examples)
        _entries[variant] = entry
    return entry


def bound(callback: Callback, operands: Sequence[Any]) -> Callable[..., Any]:
    """Return what a library calls, given the operands of its call."""
    made = [_Variant(v, operands) for v in callback.variants]

    def call(*args: Any) -> Any:
        for variant in made:
            given = variant.accepted(args)
            if given is not None:
                return variant.run(given)
        names = ", ".join(type(x).__name__ for x in args)
        raise CallbackStopped(f"{callback.name} is not compiled for ({names})")

    return callback.with_attributes(_of_one_number(made[0], call))


def _of_one_number(variant: _Variant, slow: Callable[..., Any]) -> Callable[..., Any]:
    """Return a faster function if the usual variant takes a number and returns one."""
    taken = variant.parameters[0].kinds if len(variant.parameters) == 1 else ()
    result = variant.result
    if len(taken) != 1 or not isinstance(result, Returned):
        return slow
    if result.kind is None or result.is_python is not None:
        return slow
    run, captured, position = variant.entry.run, variant.captured, result.position + 1
    of_argument, of_result = taken[0], result.kind

    def call(x: Any, *more: Any) -> Any:
        if type(x) is not of_argument or more:
            return slow(x, *more)
        results = run(*captured, x)
        if results[0] != OK:
            raise CallbackStopped
        return of_result(results[position])

    return call


Callback.bind = staticmethod(bound)


class _Variant:
    """A variant of a callback, with the operands of one call of the library function."""

    def __init__(self, variant: Variant, operands: Sequence[Any]) -> None:
        self._variant = variant
        self.parameters, self.result = variant.parameters, variant.result
        self.captured = [_given(operands[k]) for k in variant.captured]
        sizes = {
            param: value
            for param, value in zip(variant.graph.params, self.captured, strict=False)
            if not param.ndim and param.dtype == np.int64
        }
        self._forms = [
            (p.takes, None if p.kinds else tuple(dim.evaluate(sizes) for dim in p.dims), p)
            for p in variant.parameters
        ]
        self._made: tuple[Callable[..., Any], tuple[type[Exception], ...], Any] | None = None

    @property
    def entry(self) -> Entry:
        """What runs it."""
        return _compiled(self._variant, Options())

    def accepted(self, args: Sequence[Any]) -> list[Any] | None:
        """Return arguments as compiled code takes them, None if they are of other types."""
        given = self.captured.copy()
        for x, (takes, shape, parameter) in zip(args, self._forms, strict=True):
            if not takes(x):
                return None
            given.append(x if shape is None else _array(x, shape) if shape else x[()])
            if len(parameter.kinds) > 1:
                given.append(type(x) is float)
        return given

    def run(self, given: Sequence[Any]) -> Any:
        """Return what the function returns."""
        if self._made is None:
            entry = self.entry
            self._made = entry.run, entry.mismatch, _maker(self.result)
        run, mismatch, make = self._made
        try:
            results = run(*given)
        except mismatch as error:
            raise CallbackStopped(str(error)) from None
        if results[0] != OK:
            raise CallbackStopped
        return make(results)


def _given(x: Any) -> Any:
    """Return an operand as compiled code takes it: a copy, if it is an array."""
    return np.array(x, order="C") if isinstance(x, np.ndarray) else x


def _array(x: np.ndarray[Any, Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Return an array as compiled code takes it."""
    if x.shape != shape:
        raise CallbackStopped(f"an array of shape {x.shape} where {shape} was expected")
    flags = x.flags
    is_plain = flags.c_contiguous and flags.writeable and flags.aligned
    return x if is_plain else np.array(x, order="C")


def _maker(template: Any) -> Callable[[Sequence[Any]], Any]:
    """Return what makes the result of a function from what its entry returns: a status first."""
    if isinstance(template, Returned):
        k, kind = template.position + 1, template.kind
        if template.is_python is not None:
            flag = template.is_python + 1
            return lambda results: float(results[k]) if results[flag] else np.float64(results[k])
        return (lambda results: results[k]) if kind is None else lambda results: kind(results[k])
    if isinstance(template, tuple | list):
        parts, whole = [_maker(x) for x in template], type(template)
        return lambda results: whole([part(results) for part in parts])
    return lambda results: template
