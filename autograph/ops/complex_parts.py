"""Ops between complex numbers and their real and imaginary parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograph.ir.affine import Affine
from autograph.ir.graph import Node
from autograph.ir.op import Op
from autograph.ir.types import ArrayType, DType, Type
from autograph.ops.define import (
    array_types,
    broadcast_dims,
    elementwise,
)


def part_dtype(dtype: DType) -> DType:
    """Return the dtype of the parts of a complex dtype."""
    return np.dtype(f"f{dtype.itemsize // 2}")


def complex_dtype(dtype: DType) -> DType:
    """Return the dtype of complex numbers with parts of a float dtype."""
    return np.dtype(f"c{dtype.itemsize * 2}")


def _infer_part(node: Node) -> Sequence[Type]:
    (x,) = array_types(node)
    if x.dtype.kind != "c":
        raise TypeError(f"{node.op.name} takes complex numbers, got {x}")
    return (ArrayType(part_dtype(x.dtype), x.dims),)


def _part(
    name: str,
    function: Callable[[Any], Any],
    cuda: str,
    derivative: Callable[..., Any],
    tangent: Callable[..., Any],
) -> Op:
    return Op(
        name,
        "elementwise",
        _infer_part,
        lambda node, operands, form: (np.array(function(operands[0]))[()],),
        python=f"({{0}}.{name})",
        cuda=cuda,
        derivative=derivative,
        complex_tangent=tangent,
        cheap=True,
    )


real: Op = _part(
    "real",
    np.real,
    "{0}.real",
    lambda g, y, z: (make_complex(g, 0),),
    lambda t, y, z: (real(t),),
)
imag: Op = _part(
    "imag",
    np.imag,
    "{0}.imag",
    lambda g, y, z: (make_complex(0, -g),),
    lambda t, y, z: (imag(t),),
)


def _infer_complex(node: Node) -> Sequence[Type]:
    a, b = array_types(node)
    if a.dtype.kind != "f" or a.dtype != b.dtype:
        raise TypeError(f"make_complex takes two floats of one dtype, got ({a}, {b})")
    return (ArrayType(complex_dtype(a.dtype), broadcast_dims([a.dims, b.dims])),)


def _evaluate_complex(
    node: Node, operands: Sequence[Any], form: Callable[[Affine], int]
) -> Sequence[Any]:
    a, b = np.broadcast_arrays(*operands)
    made = np.empty(a.shape, complex_dtype(a.dtype))
    made.real, made.imag = a, b
    return (made[()],)


make_complex: Op = Op(
    "make_complex",
    "elementwise",
    _infer_complex,
    _evaluate_complex,
    python="complex({0}, {1})",
    cuda="make_complex",
    derivative=lambda g, y, a, b: (real(g), -imag(g)),
    complex_tangent=lambda t, y, a, b: (make_complex(t, 0), make_complex(0, t)),
    cheap=True,
)
"""The complex number with given parts."""

conjugate: Op = elementwise(
    np.conjugate,
    "{0}.conjugate()",
    "{0}",
    lambda g, y, z: (conjugate(g),),
    cheap=True,
)
