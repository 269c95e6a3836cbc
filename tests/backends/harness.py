"""Runs hand-built graphs through the scheduler and compares with the reference evaluator."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
import scipy.special

import autograph.ops  # noqa: F401
from autograph.backends.loops import LoopFunction
from autograph.backends.numba import emit as numba_emit
from autograph.backends.numba import library_calls, routine_calls, vocabulary
from autograph.backends.numba.compilation import vector_math
from autograph.backends.schedule import schedule
from autograph.ir.affine import Affine
from autograph.ir.evaluate import CheckFailed, GuardFailed, evaluate
from autograph.ir.graph import Graph, Value, building, symbol
from autograph.ir.op import get_op
from autograph.ir.types import array, scalar
from autograph.ir.verify import verify

PLAIN: dict[str, Callable[..., Any]] = {
    "fabs": np.abs,
    "pow": np.power,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "asin": np.arcsin,
    "acos": np.arccos,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "erf": scipy.special.erf,
    "erfc": scipy.special.erfc,
    "lgamma": scipy.special.gammaln,
}


def poisoned_empty(shape: Any, dtype: Any) -> Any:
    """Return an array filled with a recognisable number."""
    a = np.empty(shape, dtype)
    a[...] = np.array(-7777.5).astype(dtype)
    return a


@functools.cache
def machine_code() -> dict[str, Any]:
    """Return all that compiled source may refer to."""
    return vocabulary.load(vocabulary.MODULES)


def plain_namespace() -> dict[str, Any]:
    """What generated source refers to, in plain NumPy scalars: runs it without compiling.

    Functions that need no words of their own in it, such as sorts, are the compiled ones.
    """
    names: dict[str, Any] = {"np": np, "math": math, **machine_code()}
    for name in vector_math.namespace():
        stem = name.rsplit("_", 1)[0]
        names[name] = PLAIN.get(stem) or getattr(np, stem)
    names["reassociated_add"] = lambda a, b: a + b
    names["reassociated_multiply"] = lambda a, b: a * b
    names["wrapping_add"] = lambda a, b: np.add(a, b, dtype=np.int64)
    names["wrapping_subtract"] = lambda a, b: np.subtract(a, b, dtype=np.int64)
    names["wrapping_multiply"] = lambda a, b: np.multiply(a, b, dtype=np.int64)
    names["same_memory"] = lambda a, b: a is b
    names["overlapping"] = np.may_share_memory
    names["max"], names["min"] = max, min
    names["floor_divide"] = np.floor_divide
    names["remainder"] = np.remainder
    names["unsigned_power"] = np.power
    names["float_to_uint64"] = lambda x: np.asarray(x).astype(np.uint64)[()]
    names["detached"] = lambda a: a
    names["chosen"] = lambda condition, a, b: a if condition else b
    names["contiguous"] = lambda a: a if a.flags.c_contiguous else a.copy()
    names["stack_position"] = lambda: 0
    names["is_too_deep"] = lambda calls, deepest, start: calls > deepest
    names["prefetch_row"] = lambda a, start, count: None
    names["assume_nonnegative"] = lambda x: None
    # In any order, as the iterations of these loops may run.
    names["independent"] = names["independent_rest"] = lambda *bounds: reversed(range(*bounds))
    names["empty"] = poisoned_empty
    names["zeros"] = np.zeros
    names["call_routine"] = call_routine
    names["library_run"] = library_run
    names["library_results"] = library_results
    for exponent in vocabulary.EXPONENTS:
        names[vocabulary.power_name(exponent)] = functools.partial(whole_power, exponent)
    for name, options in LAPACK.items():
        names[f"lapack_{name}"] = lapack(name, options)
    return names


def whole_power(exponent: int, x: Any) -> Any:
    """Return a power by repeated products."""
    return x**exponent


LAPACK: dict[str, tuple[str, ...]] = {
    "lu": (),
    "lu_solve": ("transposed",),
    "triangular_solve": ("lower", "transposed", "unit"),
    "cholesky": (),
}
"""The options of the routines that machine code calls directly."""


def lapack(name: str, options: Sequence[str]) -> Callable[..., None]:
    """Return what calls a routine of LAPACK as generated source does."""
    op = get_op(name)
    count = {"lu_solve": 3, "triangular_solve": 2}.get(name, 1)

    def call(*given: Any) -> None:
        arrays = given[: len(given) - len(options)]
        chosen = dict(zip(options, map(bool, given[len(arrays) :]), strict=True))
        assert op.routine is not None
        with np.errstate(all="ignore"):
            results = op.routine(*arrays[:count], **chosen)
        for target, result in zip(arrays[count:], results, strict=True):
            target[...] = result

    return call


def call_routine(text: str, arrays: Sequence[Any]) -> bool:
    """Run a routine, as machine code does through a function in C."""
    routine = routine_calls.routine_of(text.encode())
    count = len(routine.inputs)
    given = [x if ndim else x.item() for x, (_, ndim) in zip(arrays, routine.inputs, strict=False)]
    try:
        with np.errstate(all="ignore"):
            results = routine.function(*given)
    except Exception:
        return False
    for target, result in zip(arrays[count:], results, strict=True):
        target[...] = result
    return True


def library_run(number: int, found: Any, operands: Sequence[Any]) -> bool:
    """Call a function of a library, and keep its results."""
    scalars = library_calls.statement_of(number).scalars
    given = [x[0] if scalar else x for x, scalar in zip(operands, scalars, strict=True)]
    try:
        found[:] = library_calls.run_on(number, given)
    except Exception:
        return False
    return True


def library_results(ticket: int, outputs: Sequence[Any]) -> bool:
    """Copy the results of a call."""
    for out, leaf in zip(outputs, library_calls.returned_by(ticket), strict=True):
        if leaf.shape not in (out.shape, ()):
            return False
        out[...] = leaf
    return True


def entry(name: str, *params: Value) -> Graph:
    return Graph(name, list(params))


def param(name: str, ndim: int = 0, dtype: Any = np.float64, dims: Sequence[Any] = ()) -> Value:
    if dims:
        return Value(array(dtype, dims), None, name)
    if not ndim:
        return Value(scalar(dtype), None, name)
    return Value(array(dtype, [symbol(f"{name}{k}") for k in range(ndim)]), None, name)


def interpreted(function: LoopFunction, source: str) -> Callable[..., Any]:
    namespace = plain_namespace()
    exec(compile(source, "<loops>", "exec"), namespace)
    return namespace[numba_emit.entry_name(function)]  # type: ignore[no-any-return]


def compiled(function: LoopFunction, source: str) -> Callable[..., Any]:
    namespace = {"np": np, "math": math, **machine_code()}
    exec(compile(source, "<loops>", "exec"), namespace)
    return numba.njit(error_model="numpy")(namespace[numba_emit.entry_name(function)])  # type: ignore[no-any-return]


def typed(graph: Graph, inputs: Sequence[Any]) -> list[Any]:
    """The inputs as a caller would pass them: arrays as given, numbers as NumPy scalars."""
    return [x if p.ndim else p.dtype.type(x) for p, x in zip(graph.params, inputs, strict=True)]


class Program:
    """A graph, its loop form, and ways to run it."""

    def __init__(self, graph: Graph, ordered: bool = True) -> None:
        self.graph = verify(graph)
        self.loops = schedule(graph, ordered=ordered)
        verify(graph)
        self.source = numba_emit.emit(self.loops)
        self.plain = interpreted(self.loops, self.source)
        self._compiled: Callable[..., Any] | None = None

    @property
    def compiled(self) -> Callable[..., Any]:
        if self._compiled is None:
            self._compiled = compiled(self.loops, self.source)
        return self._compiled

    def check(self, *inputs: Any, compile_: bool = False, rtol: float = 1e-12) -> tuple[Any, ...]:
        """Compare a run with the reference evaluator, written arguments included."""
        run = self.compiled if compile_ else self.plain
        before = [np.array(x) for x in inputs]
        status_wanted, wanted = self.expected(inputs)
        with np.errstate(all="ignore"):
            status, *returned = run(*typed(self.graph, inputs))
        assert status == status_wanted, f"status {status}, wanted {status_wanted}"
        if status == 1:
            for old, x in zip(before, inputs, strict=True):
                np.testing.assert_array_equal(old, x)
        if status:
            return tuple(returned)
        fresh, writes = iter(returned), self.graph.writes
        results = [
            inputs[writes[k]] if k in writes else next(fresh)
            for k in range(len(self.graph.results))
        ]
        for k, (got, want) in enumerate(zip(results, wanted, strict=True)):
            note = f"result {k} of {self.graph.name}\n{self.source}"
            assert np.shape(got) == np.shape(want), note
            dtype = self.graph.results[k].dtype
            if isinstance(got, np.ndarray):
                assert got.dtype == dtype, note
            np.testing.assert_allclose(got, want, rtol=rtol, atol=rtol, err_msg=note)
        self.check_memory(inputs, before, results, wanted, rtol)
        return tuple(results)

    def check_memory(
        self, inputs: Any, before: Any, results: Any, wanted: Any, rtol: float
    ) -> None:
        """Check that arguments hold what they should, and that no memory is shared."""
        for k, p in self.graph.writes.items():
            np.testing.assert_allclose(inputs[p], wanted[k], rtol=rtol, atol=rtol)
        written = set(self.graph.writes.values())
        for k, (old, x) in enumerate(zip(before, inputs, strict=True)):
            if k not in written:
                np.testing.assert_array_equal(old, x, err_msg=f"input {k} changed\n{self.source}")
        fresh = [r for k, r in enumerate(results) if k not in self.graph.writes and np.ndim(r)]
        for k, r in enumerate(fresh):
            for other in [*fresh[:k], *(x for x in inputs if isinstance(x, np.ndarray))]:
                assert not np.shares_memory(r, other), f"results share memory\n{self.source}"

    def expected(self, inputs: Sequence[Any]) -> tuple[int, list[Any]]:
        try:
            return 0, evaluate(self.graph, typed(self.graph, inputs))
        except GuardFailed:
            return 1, []
        except CheckFailed:
            return 2, []


__all__ = ["Affine", "Program", "building", "entry", "param"]
