"""Broadcasting of dims that are known only as forms.

Two dims match if they are equal or one is 1. Where that cannot be proved, what holds in the traced
call is assumed and guarded; where it cannot be assumed, equality is checked when the program runs.
If that fails because a computed size is 1, the function is traced again with code that finds out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograph.frontend.symbols.context import current_tracer
from autograph.frontend.symbols.decisions import STRETCH, Restart
from autograph.frontend.symbols.symbolic import (
    INT64,
    constant,
    fail,
    require,
    under_dims,
    value_of_form,
)
from autograph.frontend.symbols.view import Dims, Selection
from autograph.ir.affine import Affine
from autograph.ir.graph import At, Value
from autograph.ops.control import make_ifelse
from autograph.ops.elementwise import equal, logical_or, switch
from autograph.ops.structure import assume_dims, broadcast, get

ONE = Affine(1)

Message = Callable[[], str] | None
"""Makes the message of a check that dims fit, if it has a text of its own."""


def common_dims(shapes: Sequence[Dims], message: Message = None) -> Dims:
    """Return the dims that arrays of these dims broadcast to."""
    facts = current_tracer().facts
    result: list[Affine] = [ONE] * max((len(dims) for dims in shapes), default=0)
    for dims in shapes:
        for axis, dim in enumerate(dims, start=len(result) - len(dims)):
            result[axis] = _common_dim(result[axis], facts.canonical(dim), message)
    return tuple(map(facts.canonical, result))


def _common_dim(a: Affine, b: Affine, message: Message) -> Affine:
    facts = current_tracer().facts
    if a in (b, ONE) or b == ONE:
        return b if a == ONE else a
    if facts.equal(a, b):
        return a
    for stretched, kept in ((a, b), (b, a)):
        if _is_stretched(stretched, kept, message):
            return kept
    if facts.assume_equal(a, b):
        return a
    if _may_stretch(a, b):
        return _stretched_dim(a, b, message)
    require_equal(a, b, message)
    return a


def _is_stretched(dim: Affine, wanted: Affine, message: Message = None) -> bool:
    """Return whether a dim is 1 and the wanted one is not, as far as the traced call tells.

    Where both are 1 they are taken as equal, unless that was assumed before and failed. Computed
    sizes, of which nothing can be assumed, then have to be equal in every call, unless that has
    failed, too.
    """
    facts = current_tracer().facts
    if facts.equal(dim, ONE):
        return True
    size, other = facts.estimate(dim), facts.estimate(wanted)
    if size != 1 or other is None:
        return False
    if other == 1 and (facts.assume_equal(dim, wanted) or facts.hint(dim - wanted) is None):
        return False
    if facts.hint(dim) is None and _may_stretch(dim, wanted):
        return False
    require_equal(dim, ONE, message)
    return True


def _may_stretch(a: Affine, b: Affine) -> bool:
    """Return whether the code has to find out which of two dims is 1.

    It need not where a guard can say that neither is. That no computed size is 1 is taken for
    granted until it turns out to be wrong, which cannot be told where the program handles errors.
    """
    facts = current_tracer().facts
    decided = [facts.hint(dim) is not None and facts.assume_unequal(dim, ONE) for dim in (a, b)]
    if all(decided):
        return False
    if not facts.stretches and current_tracer().catches(ValueError):
        raise Restart((STRETCH,))
    facts.sizes_in_doubt = True
    return facts.stretches


def _stretched_dim(a: Affine, b: Affine, message: Message) -> Affine:
    """Return the dim that two dims broadcast to, whichever of them is 1 when the program runs."""
    one = constant(1, INT64)
    first, second = value_of_form(a), value_of_form(b)
    common = switch(equal(first, one), second, first)
    fits = logical_or(equal(second, common), equal(second, one))
    require(fits, _said(message, a, b))
    dim = Affine.of(common)
    current_tracer().facts.learn(dim)
    return dim


def _said(message: Message, a: Affine, b: Affine) -> str:
    if message is not None:
        return message()
    return f"ValueError: operands could not be broadcast together: {a} and {b} differ"


def require_equal(a: Affine, b: Affine, message: Message = None) -> None:
    """Make two dims equal: proved, assumed of the arguments, or checked at run time."""
    facts = current_tracer().facts
    if facts.assume_equal(a, b):
        return
    said = _said(message, a, b)
    difference = facts.canonical(a - b).constant
    if difference is not None:
        fail(said)
    for dim in (a, b):  # a later call in which one of them is 1 is none of this trace's business
        facts.assume_unequal(dim, ONE)
    require(equal(value_of_form(a), value_of_form(b)), said)


def fitted(value: Value, dims: Dims) -> Value:
    """Return the value with each dim as the dim it broadcasts to is written, or 1."""
    wanted = dims[len(dims) - value.ndim :]
    if current_tracer().facts.stretches:
        value = _stretched(value, wanted)
    return under_dims(value, tuple(map(_fitted_dim, value.dims, wanted)))


def _fitted_dim(own: Affine, wanted: Affine) -> Affine:
    facts = current_tracer().facts
    own = facts.canonical(own)
    if own in (wanted, ONE):
        return own
    return ONE if not facts.equal(own, wanted) and facts.equal(own, ONE) else wanted


def _stretched(value: Value, dims: Dims) -> Value:
    """Return the value with the axes repeated that may be 1 where more is wanted."""
    facts = current_tracer().facts
    for axis, wanted in enumerate(dims):
        own = facts.canonical(value.dims[axis])
        if own not in (wanted, ONE) and not facts.equal(own, wanted) and not facts.equal(own, ONE):
            value = _stretched_axis(value, axis, wanted)
    return value


def _stretched_axis(value: Value, axis: int, wanted: Affine) -> Value:
    dims = (*value.dims[:axis], wanted, *value.dims[axis + 1 :])
    others = tuple(k for k in range(value.ndim) if k != axis)
    whole = Selection.whole(value.dims).index
    first = (*whole[:axis], At(Affine(0)), *whole[axis + 1 :])
    is_one = equal(value_of_form(value.dims[axis]), constant(1, INT64))
    (stretched,) = make_ifelse(
        is_one,
        lambda: [broadcast(get(value, index=first), dims=dims, axes=others)],
        lambda: [assume_dims(value, dims=dims)],
    )
    return stretched


def fitted_to(value: Value, dims: Dims) -> Value:
    """Return the value ready to be broadcast to `dims`."""
    facts = current_tracer().facts
    if value.ndim > len(dims):
        fail(f"ValueError: cannot broadcast {value.ndim} axes to {len(dims)}")
    for own, wanted in zip(value.dims, dims[len(dims) - value.ndim :], strict=True):
        require_fitting(own, wanted)
    return fitted(value, tuple(map(facts.canonical, dims)))


def without_leading_ones(value: Value, ndim: int) -> Value:
    """Return the value without axes of length 1 in front, that `ndim` axes have no room for."""
    spare = max(value.ndim - ndim, 0)
    if spare == 0:
        return value
    for dim in value.dims[:spare]:
        require_equal(dim, Affine(1))
    whole = Selection.whole(value.dims)
    index = (*(At(Affine(0)) for _ in range(spare)), *whole.index[spare:])
    return Selection(index, tuple(range(ndim))).read(value)


def require_fitting(own: Affine, wanted: Affine, message: Message = None) -> None:
    """Make a dim equal to the wanted one, or 1 where that may be."""
    facts = current_tracer().facts
    own, wanted = facts.canonical(own), facts.canonical(wanted)
    if own in (wanted, ONE) or _is_stretched(own, wanted, message):
        return
    if facts.assume_equal(own, wanted):
        return
    if not _may_stretch(own, Affine(0)):
        require_equal(own, wanted, message)
        return
    value = value_of_form(own)
    fits = logical_or(equal(value, value_of_form(wanted)), equal(value, constant(1, INT64)))
    require(fits, _said(message, own, wanted))
