"""The phases of complex eigenvectors and singular vectors.

Any phase would do; LAPACK's reductions leave one component of each vector real. So what moves must
stay that: vectors turn back by as much as that component would turn.
"""

from __future__ import annotations

from autograph.autodiff.matrices import column, conjugated
from autograph.ir.affine import Affine
from autograph.ir.graph import At, Slice, Value
from autograph.ops.complex_parts import imag, make_complex, real
from autograph.ops.elementwise import add, divide, equal, multiply, negative, switch
from autograph.ops.reduction import sum_
from autograph.ops.structure import get, inc


def _component(vectors: Value, at: Affine) -> tuple[Slice, At]:
    """Return the index of one component of vectors, which are the rows of a matrix."""
    return Slice(Affine(0), vectors.dims[0]), At(at)


def _quotient(a: Value, b: Value) -> Value:
    """Return a / b, zero where b is zero."""
    nothing = equal(b, 0)
    result: Value = switch(nothing, 0, divide(a, switch(nothing, 1, b)))
    return result


def turns(change: Value, vectors: Value, at: Affine) -> Value:
    """Return by which imaginary multiples of them vectors turn back; `change` is their tangent."""
    index = _component(vectors, at)
    turn = _quotient(imag(get(change, index=index)), real(get(vectors, index=index)))
    result: Value = column(make_complex(0, negative(turn)))
    return result


def turned(change: Value, vectors: Value, turn: Value) -> Value:
    """Return a tangent of vectors that turn back."""
    result: Value = add(change, multiply(turn, vectors))
    return result


def pull(*pairs: tuple[Value, Value]) -> Value:
    """Return, per vector, how much a turn matters; given vectors and their adjoint cotangents."""
    total: Value | None = None
    for vectors, g in pairs:
        part = sum_(imag(multiply(conjugated(g), vectors)), axes=(1,))
        total = part if total is None else add(total, part)
    assert total is not None
    return total


def with_turns(g: Value, vectors: Value, pulled: Value, at: Affine) -> Value:
    """Return the cotangent of vectors with that of the component that decides how they turn."""
    index = _component(vectors, at)
    share = _quotient(pulled, real(get(vectors, index=index)))
    result: Value = inc(g, make_complex(0, share), index=index)
    return result
