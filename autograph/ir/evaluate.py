"""The reference evaluator: runs a graph op by op on NumPy values.

The oracle of all later stages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograph.errors import InternalError
from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Node, Value
from autograph.ir.types import ArrayType


class CheckFailed(Exception):
    """A `check` found a false condition: the original Python function must run instead."""


class GuardFailed(Exception):
    """A guard of the entry graph does not hold for these inputs."""


class _Environment(dict[Value, Any]):
    """Values so far; forms are evaluated in it.

    Attributes:
        routine: The routine that runs, None for the entry graph.
        allowed: How many calls of it may be made inside one another from here.
    """

    routine: Graph | None = None
    allowed = 0

    def form(self, form: Affine) -> int:
        return form.evaluate(self)


def evaluate(graph: Graph, inputs: Sequence[Any]) -> list[Any]:
    """Return the results of an entry graph; the inputs are never changed.

    Raises:
        GuardFailed: If a guard does not hold.
        CheckFailed: If a check fails.
    """
    env = _Environment()
    for param, x in zip(graph.params, inputs, strict=True):
        env[param] = np.array(x) if param.ndim else np.asarray(x)[()]
        _require_type(param, env[param], env=None)
    for symbol, (k, axis) in graph.dim_symbols().items():
        env[symbol] = np.int64(inputs[k].shape[axis])
    for guard in graph.guards:
        if not guard.holds(env):
            raise GuardFailed(str(guard))
    with np.errstate(all="ignore"):
        return _run(graph, env)


def _run(graph: Graph, env: _Environment) -> list[Any]:
    for node in graph.nodes:
        operands = [env[v] for v in node.operands]
        if node.op.name == "scan":
            results = _scan(node, operands, env)
        elif node.op.name == "ifelse":
            results = _run(node.regions[0 if operands[0] else 1], env)
        elif node.op.name == "recursion":
            results = _call(node.regions[0], operands, node.attrs["deepest"])
        elif node.op.name == "recurse":
            assert env.routine is not None
            results = _call(env.routine, operands, env.allowed - 1)
        elif node.op.name == "check":
            if not np.all(operands[0]):
                raise CheckFailed(node.attrs["message"])
            results = []
        else:
            assert node.op.evaluate is not None, node.op.name
            results = list(node.op.evaluate(node, operands, env.form))
        for value, result in zip(node.results, results, strict=True):
            _require_type(value, result, env)
            env[value] = result
    return [env[v] for v in graph.results]


def _call(routine: Graph, operands: Sequence[Any], allowed: int) -> list[Any]:
    """Run a routine, which sees nothing but its params."""
    if allowed <= 0:
        raise CheckFailed("the recursion is too deep")
    env = _Environment(zip(routine.params, operands, strict=True))
    env.routine, env.allowed = routine, allowed
    try:
        return _run(routine, env)
    except RecursionError:
        raise CheckFailed("the recursion is too deep") from None


def _scan(node: Node, operands: Sequence[Any], env: _Environment) -> list[Any]:
    body, until, count = node.regions[0], node.attrs["until"], node.attrs["carries"]
    length = None if node.attrs["length"] is None else env.form(node.attrs["length"])
    carry, tapes = list(operands[:count]), [list(tape) for tape in operands[count:]]
    pushed: list[list[Any]] = [[] for _ in body.results[count : -1 if until else None]]
    trips, stop = 0, False
    while not stop and (length is None or trips < length):
        if len(node.regions) > 1:
            env.update(zip(node.regions[1].params, carry, strict=True))
            if not _run(node.regions[1], env)[0]:
                break
        index = length - 1 - trips if node.attrs["reverse"] and length is not None else trips
        env.update(
            zip(body.params, [np.int64(index), *carry, *(t.pop() for t in tapes)], strict=True)
        )
        results = _run(body, env)
        carry, trips = results[:count], trips + 1
        stop = bool(results[-1]) if until else False
        for tape, element in zip(pushed, results[count:], strict=False):
            tape.append(element)
    counted = length is None or until
    return [*carry, *([np.int64(trips)] if counted else []), *pushed]


def _require_type(value: Value, result: Any, env: _Environment | None) -> None:
    """Raise where a result is not of the type that the graph claims."""
    type_ = value.type
    if not isinstance(type_, ArrayType):
        return
    dtype, shape = getattr(result, "dtype", None), np.shape(result)
    wrong = dtype != type_.dtype or len(shape) != type_.ndim
    if not wrong and env is not None:
        wrong = shape != tuple(map(env.form, type_.dims))
    if wrong:
        raise InternalError(f"{value!r} evaluates to {dtype} of shape {shape}")
