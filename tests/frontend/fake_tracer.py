"""A tracer without control flow: runs a function on run-time values and evaluates the graph."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy as np

from autograph.errors import Site
from autograph.frontend.language.numpy_calls import call_numpy
from autograph.frontend.symbols.context import ProgramRaises, tracing
from autograph.frontend.symbols.facts import Facts
from autograph.frontend.symbols.floating_errors import FloatingErrors
from autograph.frontend.symbols.symbolic import Array, Cell, Number, constant
from autograph.ir.affine import Affine
from autograph.ir.evaluate import CheckFailed, evaluate
from autograph.ir.graph import Graph, Value, building, symbol
from autograph.ir.printer import to_text
from autograph.ir.types import ArrayType, scalar
from autograph.ir.verify import verify
from autograph.ops.control import check

KINDS = {bool: np.bool_, int: np.int64, float: np.float64}


class NeedStatic(Exception):
    """A Python value was needed."""


class FakeTracer:
    """Keeps one graph, and the arrays it has been given."""

    def __init__(self, refused: tuple[str, ...] = ()) -> None:
        self.facts = Facts(refused)
        self.graph = Graph("f")
        self.lifted: list[np.ndarray] = []
        self.cells: list[Cell] = []
        self.checks: list[str] = []
        self.site: Site | None = None
        self.floating_errors = FloatingErrors()

    @contextmanager
    def at_entry(self) -> Iterator[None]:
        yield

    @contextmanager
    def attempt(self) -> Iterator[None]:
        yield

    def new_cell(self, value: Value) -> Cell:
        return Cell(value, self.graph)

    def write_cell(self, cell: Cell, value: Value) -> None:
        assert value.type == cell.value.type
        cell.value = value

    def check(self, condition: Value, message: str) -> None:
        self.checks.append(message)
        check(condition, message=message)

    def catches(self, error: BaseException | type[BaseException]) -> bool:
        return False

    def tells(self, kind: type[BaseException]) -> bool:
        return False

    @contextmanager
    def within_definition(self) -> Iterator[None]:
        yield

    def truth_of(self, atom: Any) -> bool | None:
        return None

    def fail(self, message: str) -> NoReturn:
        raise ProgramRaises(message)

    def need_static(self, number: Number) -> Any:
        raise NeedStatic(repr(number))

    def lift(self, array: np.ndarray) -> Array:
        for known, cell in zip(self.lifted, self.cells, strict=True):
            if known is array:
                return Array(cell)
        handle = self.array_param(f"lifted{len(self.lifted)}", array)
        self.lifted.append(array)
        self.cells.append(handle.cell)
        return handle

    def array_param(self, name: str, x: np.ndarray) -> Array:
        dims = []
        for axis, size in enumerate(x.shape):
            dims.append(symbol(f"{name}_{axis}"))
            self.facts.enter(dims[-1], size, is_size=True)
        from_symbols = tuple(map(_form, dims))
        param = Value(ArrayType(x.dtype, from_symbols), None, name)
        self.graph.params.append(param)
        return Array(Cell(param, self.graph))

    def param(self, name: str, x: Any) -> Any:
        if isinstance(x, np.ndarray):
            return self.array_param(name, x)
        if not isinstance(x, bool | int | float | np.generic):
            return x
        kind = x.dtype if isinstance(x, np.generic) else type(x)
        param = Value(scalar(KINDS.get(kind, kind)), None, name)
        self.graph.params.append(param)
        if type(x) is int:
            self.facts.enter(param, x, is_size=False)
        return Number(kind, param)


def _form(value: Value) -> Affine:
    return Affine.of(value)


class StagedNumpy:
    """Stands for `np` in a traced function."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(np, name)
        if isinstance(found, type):
            return found
        if name == "linalg":
            return SimpleNamespace(norm=StagedFunction(np.linalg.norm))
        return StagedFunction(found) if callable(found) else found


class StagedFunction:
    """Stands for a function of NumPy or one of a ufunc's methods."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return call(self.function, args, kwargs)

    def __getattr__(self, name: str) -> StagedFunction:
        return StagedFunction(getattr(self.function, name))


def call(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    result = call_numpy(function, args, kwargs)
    assert result is not NotImplemented, function
    return result


@contextmanager
def fake_tracing(refused: tuple[str, ...] = ()) -> Iterator[FakeTracer]:
    tracer = FakeTracer(refused)
    with tracing(tracer), building(tracer.graph):
        yield tracer


class Program:
    """The graph of a function, and how to run it."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], refused: Any = ()) -> None:
        with fake_tracing(refused) as tracer:
            handles = [tracer.param(f"x{k}", x) for k, x in enumerate(args)]
            try:
                self.result = f(StagedNumpy(), *handles)
            except ProgramRaises as raised:
                self.result = None
                tracer.check(constant(False, np.bool_), str(raised))
            self.tracer, self.graph = tracer, tracer.graph
            self.arrays = [k for k, x in enumerate(args) if isinstance(x, np.ndarray)]
            self.leaves = [leaf for leaf in _flat(self.result) if isinstance(leaf, Array | Number)]
            self.graph.results = [
                leaf.read() if isinstance(leaf, Array) else leaf.value() for leaf in self.leaves
            ]
            self.graph.results += [handles[k].cell.value for k in self.arrays]
        self.graph.guards = tracer.facts.guards
        verify(self.graph)

    @property
    def text(self) -> str:
        return to_text(self.graph)

    @property
    def ops(self) -> list[str]:
        return [node.op.name for node in self.graph.walk()]

    def run(self, *args: Any) -> tuple[Any, list[np.ndarray]]:
        """Return the result, and what the array arguments contain afterwards."""
        given = [x for x in args if isinstance(x, np.ndarray | bool | int | float | np.generic)]
        results = iter(evaluate(self.graph, [*given, *self.tracer.lifted]))
        built = _built(self.result, results)
        return built, list(results)


def _flat(x: Any) -> Iterator[Any]:
    if isinstance(x, tuple | list):
        for item in x:
            yield from _flat(item)
    else:
        yield x


def _built(x: Any, results: Iterator[Any]) -> Any:
    if isinstance(x, tuple | list):
        return type(x)(_built(item, results) for item in x)
    if isinstance(x, Array):
        return np.asarray(next(results))
    if isinstance(x, Number):
        value = next(results)
        return x.kind(value) if x.is_python else x.dtype.type(value)
    return x


def assert_same(found: Any, wanted: Any) -> None:
    """Assert equal values, types, dtypes and shapes."""
    if isinstance(wanted, tuple | list):
        assert type(found) is type(wanted)
        for a, b in zip(found, wanted, strict=True):
            assert_same(a, b)
        return
    assert type(found) is type(wanted), (found, wanted)
    if wanted is None:
        return
    if isinstance(wanted, np.ndarray | np.generic):
        assert found.dtype == wanted.dtype
        assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-300)


def check_program(
    f: Callable[..., Any], *args: Any, others: Any = (), refused: Any = ()
) -> Program:
    """Assert that a function traced on `args` gives what NumPy gives, on `args` and on `others`."""
    program = Program(f, args, refused)
    for inputs in (args, *others):
        mine, numpys = copy.deepcopy(inputs), copy.deepcopy(inputs)
        result, contents = program.run(*mine)
        with np.errstate(all="ignore"):
            wanted = f(np, *numpys)
        assert_same(result, wanted)
        arrays = [x for x in numpys if isinstance(x, np.ndarray)]
        for after, plain in zip(contents, arrays, strict=True):
            assert_same(np.asarray(after), plain)
    return program


def check_fails(f: Callable[..., Any], *args: Any, error: type[Exception]) -> Program:
    """Assert that a check fails where NumPy or Python raises."""
    program = Program(f, args)
    try:
        f(np, *copy.deepcopy(args))
    except error:
        pass
    else:
        raise AssertionError(f"no {error.__name__}")
    try:
        program.run(*args)
    except CheckFailed:
        return program
    raise AssertionError("no check failed")
