"""Which of numba's implementations serves an operator, found once for the same types.

numba tries about twenty templates for each operation of a source, in type inference and again in
lowering. What it finds for numbers depends on their types alone. Likewise, what a function returns
that calls itself: numba infers the types of its body anew at each such call, though all returns of
a generated function are of one type.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import types
from numba.core.typeinfer import TypeInferer

_found: dict[tuple[Any, tuple[Any, ...]], Any] = {}


@contextmanager
def remembered_signatures(context: Any) -> Iterator[None]:
    """Let a typing context remember what it finds for operators on numbers.

    Args:
        context: numba's typing context, which nobody else may use meanwhile.
    """
    resolve = context.resolve_function_type

    def resolve_once(function: Any, args: Any, keywords: Any) -> Any:
        numbers = all(isinstance(x, types.Number | types.Boolean) for x in args)
        if keywords or not numbers or not _is_operator(function):
            return resolve(function, args, keywords)
        key = function, tuple(args)
        if key not in _found:
            signature = resolve(function, args, keywords)
            if signature is None:
                return None
            _found[key] = signature
        return _found[key]

    partial = TypeInferer.return_types_from_partial

    def return_type_once(inferer: Any) -> Any:
        found = vars(inferer).get("autograph_return_type")
        if found is None:
            found = inferer.autograph_return_type = partial(inferer)
        return found

    context.resolve_function_type = resolve_once
    TypeInferer.return_types_from_partial = return_type_once
    try:
        yield
    finally:
        del context.resolve_function_type
        TypeInferer.return_types_from_partial = partial


def _is_operator(function: Any) -> bool:
    key = getattr(function, "typing_key", None)
    return getattr(key, "__module__", None) == operator.add.__module__
