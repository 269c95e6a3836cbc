"""Rules of Fourier transforms, which are linear: tangents are transformed alike.

Transposed, the transform of complex numbers is itself. That of real numbers has as transpose the
real inverse, but for the weight of the frequencies that stand for two, and for the conjugate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograph.autodiff.cotangents import Cotangents
from autograph.autodiff.primal import Frame
from autograph.ir.affine import Affine
from autograph.ir.graph import Copier, Node, Value
from autograph.ir.op import constant_of, form_value
from autograph.ops.complex_parts import conjugate, make_complex, real
from autograph.ops.elementwise import divide, equal, logical_or, multiply, switch
from autograph.ops.fourier import fft, irfft, rfft
from autograph.ops.structure import broadcast, iota

SWAPPED = {"backward": "forward", "ortho": "ortho", "forward": "backward"}

TRANSFORMS = (fft, rfft, irfft)


def forward(node: Node, copier: Copier, tangents: Mapping[Value, Value]) -> Sequence[Value]:
    """Return the tangent of a transform."""
    others = map(copier.value, node.operands[1:])
    return [node.op(tangents[node.operands[0]], *others, **copier.attrs(node))]


def reverse(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    """Pass the cotangent of a transform on."""
    x, axis, norm = node.operands[0], node.attrs["axis"], node.attrs["norm"]
    if node.op is fft:
        found = fft(g, axis=axis, inverse=node.attrs["inverse"], norm=norm)
        cotangents.add(x, found if x.dtype.kind == "c" else real(found))
        return
    dims = frame.dims(x)
    attrs = {"axis": axis, "norm": SWAPPED[norm], "length": dims[axis]}
    if node.op is rfft:
        size = frame.dims(x)[axis]
        weighted = divide(conjugate(g), _as_complex(_weights(g, axis, size), g))
        cotangents.add(x, irfft(weighted, form_value(size), **attrs))
        return
    halves = conjugate(rfft(g, **attrs))
    size = g.dims[axis]
    cotangents.add(x, multiply(halves, _as_complex(_weights(halves, axis, size), halves)))


def _weights(half: Value, axis: int, size: Affine) -> Value:
    """Return, along an axis, how many frequencies of a whole transform each number stands for."""
    count = half.dims[axis]
    along = broadcast(
        iota(length=count),
        dims=tuple(count if k == axis else Affine(1) for k in range(half.ndim)),
        axes=(axis,),
    )
    last = equal(multiply(along, 2), form_value(size))
    alone = logical_or(equal(along, 0), last)
    dtype = real(half).dtype
    result: Value = switch(alone, constant_of(1, dtype), constant_of(2, dtype))
    return result


def _as_complex(x: Value, like: Value) -> Value:
    result: Value = make_complex(x, constant_of(0, x.dtype))
    assert result.dtype == like.dtype
    return result
