"""Scalar operations as C++ expressions over operands that are names or literals.

Enters: an elementwise op, the dtypes of its operands and their text. Leaves: an expression whose
value is NumPy's. The op table says how floats are computed; this module adds bool and integers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograph.backends.cuda.c_types import c_type, float_suffix, literal
from autograph.backends.cuda.device_functions import DeviceFunctions
from autograph.errors import UnsupportedError
from autograph.ir.op import Op
from autograph.ir.types import DType

_LARGER, _SMALLER = "({0} > {1} ? {0} : {1})", "({0} < {1} ? {0} : {1})"

_BOOL = {
    "add": "({0} | {1})",
    "multiply": "({0} & {1})",
    "maximum": "({0} | {1})",
    "minimum": "({0} & {1})",
    "fmax": "({0} | {1})",
    "fmin": "({0} & {1})",
    "logical_and": "({0} & {1})",
    "logical_or": "({0} | {1})",
    "logical_xor": "({0} != {1})",
    "logical_not": "(!{0})",
    "invert": "(!{0})",
}

_INTEGER = {
    "maximum": _LARGER,
    "minimum": _SMALLER,
    "fmax": _LARGER,
    "fmin": _SMALLER,
    "invert": "(~{0})",
}

# What bool and integers have in common: they are whole and finite.
_WHOLE = {
    "absolute": "{0}",
    "floor": "{0}",
    "ceil": "{0}",
    "trunc": "{0}",
    "rint": "{0}",
    "isnan": "false",
    "isinf": "false",
    "isfinite": "true",
}


def cast_text(functions: DeviceFunctions, source: DType, target: DType, operand: str) -> str:
    """Return the conversion of an operand to another dtype, as NumPy's `astype` does it."""
    if source == target:
        return operand
    if target.kind == "b":
        return f"({operand} != 0)"
    if source.kind == "f" and target.kind in "iu":
        return f"{functions.cast(source, target)}({operand})"
    return f"({c_type(target)}){operand}"


def operation_text(
    functions: DeviceFunctions, op: Op, dtypes: Sequence[DType], result: DType, args: Sequence[str]
) -> str:
    """Return an elementwise op applied to operands.

    Args:
        functions: Receives the device functions that the text calls.
        op: The op.
        dtypes: Dtypes of the operands.
        result: Dtype of the result.
        args: The operands, each a name or a literal.

    Raises:
        UnsupportedError: If the op has no form for these dtypes on CUDA devices.
    """
    if op.name == "cast":
        return cast_text(functions, dtypes[0], result, args[0])
    if op.name in ("switch", "blend"):
        return op.cuda.format(*args)
    dtype = dtypes[0]
    c_type(dtype)
    if len({(d.kind, d.itemsize) for d in dtypes}) > 1:
        raise UnsupportedError(
            f"{op.name} of {' and '.join(map(str, dtypes))} is not supported on CUDA devices"
        )
    template = _template(functions, op, dtype)
    return template.format(*args, f=float_suffix(dtype))


def _template(functions: DeviceFunctions, op: Op, dtype: DType) -> str:
    own = {"b": _BOOL, "i": _INTEGER, "u": _INTEGER}.get(dtype.kind, {})
    if op.name in own:
        return own[op.name]
    if functions.has_operation(op.name, dtype):
        count = op.ufunc.nin if op.ufunc is not None else 1
        params = ", ".join(f"{{{k}}}" for k in range(count))
        return f"{functions.operation(op.name, dtype)}({params})"
    if dtype.kind in "biu" and op.name in _WHOLE:
        return _WHOLE[op.name]
    if "{0}" not in op.cuda or (dtype.kind in "biu" and "{f}" in op.cuda):
        raise UnsupportedError(f"{op.name} of {dtype} is not supported on CUDA devices")
    return op.cuda


def neutral(op: Op, dtype: DType) -> str:
    """Return the element that changes nothing in a reduction by an op."""
    if op.name in ("logical_and", "logical_or"):
        return "true" if op.name == "logical_and" else "false"
    if op.name in ("maximum", "minimum"):
        return literal(_extreme(dtype, op.name == "minimum"))
    # -0.0 + x is x for all x; 0.0 + -0.0 is not -0.0.
    start = (-0.0 if dtype.kind == "f" else 0) if op.name == "add" else 1
    return literal(dtype.type(start))


def _extreme(dtype: DType, highest: bool) -> np.generic:
    value: np.generic
    if dtype.kind == "b":
        value = np.bool_(highest)
    elif dtype.kind == "f":
        value = dtype.type(np.inf if highest else -np.inf)
    else:
        limits = np.iinfo(dtype)
        value = dtype.type(limits.max if highest else limits.min)
    return value
