"""Operations on numbers that are one instruction of LLVM.

Leaves: `result_of`, which tells the type of their result, and `write`, which writes them as numba
does: integers are taken not to overflow, comparisons with NaN are false but for `!=`.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from numba.core import types

_ARITHMETIC: dict[Any, str] = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul"}
_LOGIC: dict[Any, str] = {ast.BitAnd: "and_", ast.BitOr: "or_", ast.BitXor: "xor"}
_RELATIONS: dict[Any, str] = {
    **{ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
}


def result_of(op: Any, kinds: Sequence[Any]) -> Any:
    """Return the type of the result of an operation, None if it is none of these."""
    kind = kinds[0]
    if len(kinds) != 2 or kinds[1] != kind:
        return None
    if kind in (types.int64, types.float64, types.float32):
        if op in _RELATIONS:
            return types.boolean
        is_float = kind != types.int64
        known = op in _ARITHMETIC or (op is ast.Div if is_float else op in _LOGIC)
        return kind if known else None
    is_logic = op in _LOGIC or op in (ast.Eq, ast.NotEq)
    return kind if kind == types.boolean and is_logic else None


def write(builder: Any, op: Any, kind: Any, first: Any, second: Any) -> Any:
    """Write an operation on two operands of a type; return its result."""
    is_float = isinstance(kind, types.Float)
    if op in _RELATIONS:
        compared = builder.icmp_signed
        if is_float:
            compared = builder.fcmp_unordered if op is ast.NotEq else builder.fcmp_ordered
        return compared(_RELATIONS[op], first, second)
    if op in _LOGIC:
        return getattr(builder, _LOGIC[op])(first, second)
    if is_float:
        name = "fdiv" if op is ast.Div else f"f{_ARITHMETIC[op]}"
        return getattr(builder, name)(first, second)
    return getattr(builder, _ARITHMETIC[op])(first, second, flags=("nsw",))
