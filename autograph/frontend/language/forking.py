"""Makes operators and functions work on contents that are one of several things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograph.frontend.arrays import indexing, one_value
from autograph.frontend.flow.control import fork
from autograph.frontend.language import attributes, numpy_calls
from autograph.frontend.numpy_api import operators
from autograph.frontend.symbols.symbolic import Symbolic
from autograph.frontend.symbols.union import Union

DEFINED_BY = (attributes, indexing, numpy_calls, operators)
"""The modules that say what the operators do on single values; they have to come first."""


def forking(name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
    """Return an operation that is applied to each alternative of its operands."""

    def apply(*operands: Any) -> Any:
        if any(isinstance(operand, Union) for operand in operands):
            result = one_value.applied(name, operation, operands)
            if result is not NotImplemented:
                return result
        for k, operand in enumerate(operands):
            if isinstance(operand, Union):
                before, after = operands[:k], operands[k + 1 :]
                return fork(operand, lambda a: apply(*before, a, *after))  # noqa: B023
        return operation(*operands)

    return apply


def fork_within(content: Any, use: Callable[[Any], Any]) -> Any:
    """Return what `use` makes of a content, whichever alternatives the parts of it are."""
    part = _first_union(content)
    if part is None:
        return use(content)
    return fork(part, lambda a: fork_within(_replaced(content, part, a), use))


def _first_union(x: Any) -> Union | None:
    if isinstance(x, Union):
        return x
    if isinstance(x, slice):
        return _first_union((x.start, x.stop, x.step))
    if not isinstance(x, tuple | list | dict):
        return None
    parts = x.values() if isinstance(x, dict) else x
    return next((u for u in map(_first_union, parts) if u is not None), None)


def _replaced(x: Any, old: Union, new: Any) -> Any:
    """Return a copy of nested containers with one of the contents replaced."""
    if x is old:
        return new
    if isinstance(x, slice):
        return slice(*(_replaced(part, old, new) for part in (x.start, x.stop, x.step)))
    if isinstance(x, dict):
        return {key: _replaced(part, old, new) for key, part in x.items()}
    if not isinstance(x, tuple | list):
        return x
    parts = [_replaced(part, old, new) for part in x]
    return x._make(parts) if hasattr(x, "_make") else type(x)(parts)


def _attribute(self: Union, name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return fork(self, lambda a: getattr(a, name))


def _in_each_case(protocol: Callable[..., Any]) -> Callable[..., Any]:
    """Return what a function of NumPy does with arguments that are one of several things."""

    def apply(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return fork_within((args, kwargs), lambda given: protocol(f, *given))

    return apply


def install() -> None:
    """Put the forking forms in the place of the operators of symbolic values."""
    for name, operation in list(Symbolic.operators.items()):
        Symbolic.operators[name] = forking(name, operation)
    Symbolic.ufunc_protocol = _in_each_case(Symbolic.ufunc_protocol)
    Symbolic.function_protocol = _in_each_case(Symbolic.function_protocol)
    setattr(Union, "__getattr__", _attribute)  # noqa: B010
