"""One specialisation: a function compiled for one signature, and how a call runs it.

Enters: the plain function and the arguments of the call that asks for it. Leaves: an object that
runs calls of the same signature, or says that a guard or a check stopped them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from autograph.differentiation import Conversion, Differentiation, loss_graph
from autograph.errors import NondifferentiableError, UnsupportedError
from autograph.frontend import (
    Argument,
    Decisions,
    Fresh,
    Given,
    Known,
    Scalar,
    Source,
    Traced,
    trace,
)
from autograph.ir.graph import Graph, Guard, Value
from autograph.pipeline import Options, Stages
from autograph.target import CHECK_FAILED as CHECK_FAILED
from autograph.target import GUARD_FAILED as GUARD_FAILED
from autograph.target import OK as OK
from autograph.target import target_of


def argument_position(source: Source) -> int | None:
    """Return the position of the argument that a param is, None for anything else."""
    if isinstance(source, Argument) and len(source.path) == 1:
        position: int = source.path[0]
        return position
    return None


def _param_of_argument(argument: int, traced: Traced) -> int:
    for k, entry in enumerate(traced.inputs):
        if argument_position(entry.source) == argument:
            dtype = entry.param.dtype
            if dtype.kind != "f":
                raise NondifferentiableError(
                    f"argument {argument} ({entry.name}) has dtype {dtype}; a gradient needs a "
                    "float argument: pass it as float64, or leave it out of argnums"
                )
            return k
    raise NondifferentiableError(
        f"argument {argument} is no array or number that the function was traced with"
    )


@dataclass(frozen=True)
class Direct:
    """What a generated call needs to go straight to a compiled entry.

    Attributes:
        types: Types of the arguments, which are the params of the graph, in order.
        entry: The compiled entry; it refuses arrays of another dtype, number of axes or layout.
        mismatch: What the entry raises for what it was not compiled for.
        result: Expression over `results`, `arguments` and `a0`, `a1`, ... that is returned.
        finish: What the expression may call as `finish(results, arguments)`.
    """

    types: tuple[type, ...]
    entry: Callable[..., Any]
    mismatch: tuple[type[Exception], ...]
    result: str
    finish: Callable[..., Any]


class Specialisation:
    """A function compiled for one signature.

    Args:
        fn: The plain function.
        arguments: Arguments of the call to compile for; their sizes are hints, no more.
        decisions: What earlier specialisations found out: guards that failed are not assumed.
        options: How to compile.
        differentiation: What derivative to compute, if one is wanted.

    Attributes:
        traced: The traced program.
        stages: The products of the pipeline.
        types: Types of the arguments.
        cache_hit: Whether the machine code came from the disk cache.
        direct: What a generated call needs to go to the compiled entry without further ado; None
            where a call has to look at more than the types of its arguments.
    """

    def __init__(
        self,
        fn: FunctionType,
        arguments: tuple[Any, ...],
        decisions: Decisions,
        options: Options,
        differentiation: Differentiation | None,
    ) -> None:
        self._target = target_of(_names(fn, len(arguments)), arguments)
        self.traced = trace(fn, self._target.examples(arguments), {}, decisions)
        if options.strict:
            _refuse_library_calls(self.traced.graph)
        self.types = tuple(map(type, arguments))
        transform: Callable[[Graph], Graph] | None = None
        graph = self.traced.graph
        if differentiation is not None:
            graph, value_type = loss_graph(self.traced)
            wrt = [_param_of_argument(k, self.traced) for k in differentiation.positions]
            transform = partial(differentiation.transform, wrt=wrt)
        self.stages = Stages(graph, transform, options)
        self._convert = _conversions(self.stages.optimized)
        self._template = self.traced.output.template if differentiation is None else None
        if differentiation is None:
            self._build = self.traced.output.build
        else:
            types = [value_type, *(_python_type(self.traced.inputs[k].example) for k in wrt)]
            self._build = partial(differentiation.build, types)
        self._compile(arguments)

    def _compile(self, arguments: tuple[Any, ...]) -> None:
        """Compile the entry for the types of the arguments."""
        self._entry = self._target.compile(self.stages, self._fetch(arguments))
        self.cache_hit = self._entry.cache_hit
        graph = self.stages.optimized
        has_checks = any(node.op.kind in ("effect", "routine") for node in graph.walk())
        self._written = sorted(set(graph.writes.values())) if has_checks else []
        self.direct: Direct | None = None
        positions = [argument_position(entry.source) for entry in self.traced.inputs]
        known = self.traced.constants or self.traced.statics
        simple = positions == list(range(len(arguments))) and not known and not self._written
        if simple and self._entry.takes_calls:
            self.direct = Direct(
                self.types,
                self._entry.run,
                self._entry.mismatch,
                self._result_text(),
                self._finish,
            )

    def _result_text(self) -> str:
        """Return the expression over `results` and the arguments that gives what is returned."""
        template = self._template
        if isinstance(template, Fresh):
            return f"results[{template.result + 1}]"
        if isinstance(template, Scalar) and template.kind is not None:
            return f"results[{template.result + 1}]"  # boxed as a Python number
        if isinstance(template, Given):
            return f"a{template.param}"
        if isinstance(template, Known) and template.content is None:
            return "None"
        return "finish(results, arguments)"

    # ------------------------------------------------------------ calls

    def _fetch(self, arguments: tuple[Any, ...]) -> list[Any]:
        """Return the values of the graph's params for a call."""
        return [entry.fetch(arguments, {}) for entry in self.traced.inputs]

    def holds(self, arguments: tuple[Any, ...]) -> bool:
        """Return whether what was taken as known while tracing is still so."""
        return all(c.holds() for c in self.traced.constants) and all(
            s.holds(arguments, {}) for s in self.traced.statics
        )

    def run(self, arguments: tuple[Any, ...]) -> tuple[int, Any]:
        """Return the status of a call and its result; nothing is changed unless it is OK."""
        if not self.holds(arguments):
            return GUARD_FAILED, None
        values = self._fetch(arguments)
        saved = [(values[k], values[k].copy()) for k in self._written]
        try:
            results = self._entry.run(*values)
        except self._entry.mismatch:  # a global or closure variable has become of another type
            return GUARD_FAILED, None
        if results[0] == CHECK_FAILED:
            for array, before in saved:
                array[...] = before
        if results[0] != OK:
            return results[0], None
        return OK, self._finish(results, values)

    def _finish(self, results: Sequence[Any], values: Sequence[Any]) -> Any:
        """Return what the user's function returns, from what the entry returns."""
        converted = [f(x) if f else x for f, x in zip(self._convert, results[1:], strict=False)]
        return self._target.deliver(self._build(converted, values))

    # ------------------------------------------------------------ guards

    def fits(self, arguments: tuple[Any, ...]) -> bool:
        """Return whether a call with these arguments would run."""
        return self.holds(arguments) and not self.failed_guards(arguments)

    def failed_guards(self, arguments: tuple[Any, ...]) -> list[Guard]:
        """Return the guards that do not hold for the arguments of a call."""
        symbols = self._symbols(self._fetch(arguments))
        return [g for g in self.traced.graph.guards if not g.holds(symbols)]

    def _symbols(self, values: Sequence[Any]) -> Mapping[Value, int]:
        graph = self.traced.graph
        found: dict[Value, int] = {
            param: int(x)
            for param, x in zip(graph.params, values, strict=True)
            if not param.ndim and param.dtype == np.int64
        }
        for symbol, (k, axis) in graph.dim_symbols().items():
            found[symbol] = values[k].shape[axis]
        return found


def _refuse_library_calls(graph: Graph) -> None:
    for node in graph.walk():
        if node.op.name == "library":
            name = node.attrs["call"].name
            raise UnsupportedError(
                f"{name} has no compiled form and would be called as it is; strict=True refuses it",
                node.site,
            )


def _names(fn: FunctionType, count: int) -> list[str]:
    """Return the names of the parameters that so many arguments go to, for messages."""
    code = fn.__code__
    names = list(code.co_varnames[: code.co_argcount])
    return names + [f"argument {k}" for k in range(len(names), count)]


def _python_type(example: Any) -> Conversion:
    """Return what makes a gradient of the type of its argument: a Python float, or nothing."""
    return float if type(example) is float else None


def _conversions(graph: Graph) -> list[Conversion]:
    """Return what makes NumPy scalars of the scalar results, which come as Python numbers."""
    return [None if v.ndim else v.dtype.type for v in graph.results]
