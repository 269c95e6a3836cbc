"""What a library function returns: found out by calling it on samples of its arguments.

Enters: a call and its operands. Leaves: the structure of the result, with the dtype and dims of
each array in it. An extent that is the same combination of the operands' extents for samples of
several sizes follows from the sizes; one that differs between contents depends on the data.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.frontend.symbols import integers
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.symbolic import Array, Number, fail
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import DType
from autograph.ops.library import Dims, LibraryCall

Sizes = Mapping[Value, int]


NUMBERS = (bool, int, float, complex, np.ndarray)
"""Types of results, besides NumPy's scalars: no subclasses, such as masked arrays."""


class Leaf(Struct, frozen=True):
    """A number or array in a result; `kind` is a Python type, np.generic or np.ndarray."""

    kind: type
    dtype: DType
    dims: Dims


def leaves_of(expected: Any, found: list[Leaf]) -> None:
    """Collect the leaves of an expected result in order."""
    if isinstance(expected, Leaf):
        found.append(expected)
    elif isinstance(expected, tuple | list):
        for part in expected:
            leaves_of(part, found)


class _Sample(Struct):
    """What a call returned for certain sizes of the operands."""

    sizes: Sizes
    numbers: Mapping[int, int]
    result: Any


class Expectation:
    """Finds out what a call returns.

    Args:
        call: The call.
        operands: Its operands, arrays and numbers.
    """

    def __init__(self, call: LibraryCall, operands: Sequence[Any]) -> None:
        self.call = call
        self.operands = operands
        forms = {f for x in operands for f in _forms(x)}
        self.symbols = sorted({s for f in forms for s in f.symbols}, key=lambda s: s.id)
        self.error: Exception | None = None

    def result(self) -> Any:
        """Return the expected result, with a `Leaf` for each number and array."""
        for sizes, *others in (self._small(), self._exact()):
            first = self._sample(sizes, "random", 0)
            if first is None:
                continue
            resized = [self._sample(s, "random", 1) or self._sample(s, "random", 0) for s in others]
            kinds = ("ones", "zeros", "large")
            more = [self._sample(sizes, contents, 0) for contents in kinds]
            same_sizes = [first, *(sample for sample in more if sample is not None)]
            return self._merged([s.result for s in same_sizes], [first, *resized])
        if isinstance(self.error, TypeError | ValueError | IndexError):
            if "read-only" in str(self.error):
                raise unsupported(f"{self.call.name} changes its argument, which is not supported")
            fail(f"{type(self.error).__name__}: {self.error}")
        raise unsupported(f"{self.call.name} is not supported here: {self.error}")

    # ------------------------------------------------------------ samples

    def _small(self) -> tuple[Sizes, ...]:
        """Return sets of small sizes, in which sizes that are equal now are equal."""
        facts = current_tracer().facts
        estimates = {s: facts.estimate(Affine.of(s)) for s in self.symbols}
        order = sorted(e for e in {*estimates.values()} if e is not None)
        rank = {s: len(order) if e is None else order.index(e) for s, e in estimates.items()}
        steps = ((7, 5), (10, 7), (18, 13))
        return tuple({s: first + step * r for s, r in rank.items()} for first, step in steps)

    def _exact(self) -> tuple[Sizes, ...]:
        """Return the sizes of the traced call, and twice those."""
        facts = current_tracer().facts
        exact = {s: facts.estimate(Affine.of(s)) for s in self.symbols}
        sizes = {s: 6 if size is None else size for s, size in exact.items()}
        return sizes, {s: 2 * size for s, size in sizes.items()}

    def _sample(self, sizes: Sizes, contents: str, step: int) -> _Sample | None:
        """Return what the call returns for some contents; None if it raises."""
        rng = np.random.default_rng(step)
        values, numbers = [], {}
        for k, x in enumerate(self.operands):
            if isinstance(x, Array):
                shape = tuple(max(dim.evaluate(sizes), 0) for dim in x.dims)
                values.append(_contents(shape, x.dtype, contents, rng))
            else:
                values.append(self._number(x, step))
                if x.form is not None:
                    numbers[k] = int(values[-1])
        arrays = [v for v in values if isinstance(v, np.ndarray)]
        for v in arrays:
            v.flags.writeable = False
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                raw = self._called(values)
        except Exception as error:
            self.error = error
            return None
        self._require_no_view(raw, arrays)
        return _Sample(sizes, numbers, raw)

    def _called(self, values: Sequence[Any]) -> Any:
        holder: list[Any] = []

        def function(*args: Any, **kwargs: Any) -> Any:
            holder.append(self.call.function(*args, **kwargs))
            return ()

        LibraryCall(function, self.call.args, self.call.kwargs).run(values)
        return holder[0]

    def _number(self, x: Number, step: int) -> Any:
        if x.form is not None:
            estimate = current_tracer().facts.estimate(x.form)
            return x.dtype.type((1 if estimate is None else estimate) + step)
        return x.dtype.type(1 if x.dtype.kind in "iub" else 0.5)

    def _require_no_view(self, result: Any, arrays: Sequence[Any]) -> None:
        if isinstance(result, tuple | list):
            for part in result:
                self._require_no_view(part, arrays)
        elif isinstance(result, np.ndarray) and any(np.may_share_memory(result, a) for a in arrays):
            raise unsupported(
                f"{self.call.name} returns a view of its argument, which is not supported; use "
                "basic slices, .T, reshape or np.moveaxis"
            )

    # ------------------------------------------------------------ types of the results

    def _merged(self, same_sizes: Sequence[Any], other: Sequence[_Sample | None]) -> Any:
        """Return the expected result from results for the same sizes, and for other ones."""
        parts = [same_sizes[0], *(s.result for s in other if s is not None)]
        first = parts[0]
        if isinstance(first, tuple | list):
            everything = [*same_sizes, *parts]
            if any(type(r) is not type(first) or len(r) != len(first) for r in everything):
                raise self._unlike()
            merged = [
                self._merged(
                    [r[k] for r in same_sizes],
                    [s and _Sample(s.sizes, s.numbers, s.result[k]) for s in other],
                )
                for k in range(len(first))
            ]
            return first._make(merged) if hasattr(first, "_make") else type(first)(merged)
        if type(first) in NUMBERS or isinstance(first, np.generic):
            return self._leaf(same_sizes, other)
        if first is None or isinstance(first, str | np.dtype):
            return first
        raise unsupported(
            f"{self.call.name} returns a {type(first).__name__}; only numbers and arrays are "
            "supported as results of library functions"
        )

    def _leaf(self, same_sizes: Sequence[Any], other: Sequence[_Sample | None]) -> Leaf:
        arrays = [np.asarray(r) for r in (*same_sizes, *(s.result for s in other if s))]
        first = arrays[0]
        plain = [type(r) for r in same_sizes]
        kind = np.generic if isinstance(same_sizes[0], np.generic) else plain[0]
        unlike = any(a.dtype != first.dtype or a.ndim != first.ndim for a in arrays)
        if unlike or len(set(plain)) > 1 or first.dtype.kind not in "biufc":
            raise self._unlike()
        if kind is not np.ndarray and kind is not np.generic and first.dtype.kind not in "biufc":
            raise self._unlike()
        dims: list[Affine | None] = []
        for axis in range(first.ndim):
            varies = len({np.shape(r)[axis] for r in same_sizes}) > 1
            seen = [(s, np.shape(s.result)[axis]) for s in other if s is not None]
            known = not varies and len(seen) == len(other)
            dims.append(self._dim(seen, axis, first.ndim) if known else None)
        return Leaf(kind, first.dtype, tuple(dims))

    def _unlike(self) -> Exception:
        return unsupported(
            f"what {self.call.name} returns depends on the data in another way than by its sizes, "
            "which is not supported"
        )

    def _dim(self, seen: Sequence[tuple[_Sample, int]], axis: int, ndim: int) -> Affine | None:
        """Return the form that gives an extent in all samples, None if none is found.

        That of the same axis of an operand with as many axes comes first: others may be equal.
        """
        wanted = [size for _, size in seen]
        known: dict[Affine, list[int]] = {}
        for x in self.operands:
            if isinstance(x, Array) and x.ndim == ndim and x.dims[axis].constant is None:
                known[x.dims[axis]] = [x.dims[axis].evaluate(s.sizes) for s, _ in seen]
        for k, x in enumerate(self.operands):
            for dim in _forms(x):
                known[dim] = [dim.evaluate(s.sizes) for s, _ in seen]
            if isinstance(x, Number) and x.form is not None:
                known[x.form] = [s.numbers[k] for s, _ in seen]
        if len(set(wanted)) == 1 and not any(v == wanted for v in known.values()):
            return Affine(wanted[0])
        return _combined(known, wanted)


_SHIFTED = ((1, 0), (1, -1), (1, 1), (2, 0), (1, -2), (1, 2), (3, 0))
"""Factor and shift of the multiples of an extent that are recognised, likeliest first."""


def _combined(known: Mapping[Affine, Sequence[int]], wanted: Sequence[int]) -> Affine | None:
    """Return a simple combination of known extents that gives the wanted numbers."""
    for factor, shift in _SHIFTED:
        for form, values in known.items():
            if [factor * v + shift for v in values] == list(wanted):
                return form * factor + shift
    for form, values in known.items():
        if [v // 2 + 1 for v in values] == list(wanted):
            return integers.floor_divide(form, Affine(2)) + 1
    return _combined_pair(known, wanted)


def _combined_pair(known: Mapping[Affine, Sequence[int]], wanted: Sequence[int]) -> Affine | None:
    """Return a combination of two known extents that gives the wanted numbers."""
    for a, left in known.items():
        for b, right in known.items():
            pairs = list(zip(left, right, strict=True))
            if [min(p) for p in pairs] == list(wanted):
                return integers.minimum(a, b)
            for shift in (0, -1):
                if [x + y + shift for x, y in pairs] == list(wanted):
                    return a + b + shift
            if [x * y for x, y in pairs] == list(wanted):
                return integers.product(a, b)
    return None


def _forms(x: Any) -> Sequence[Affine]:
    return [d for d in x.dims if d.constant is None] if isinstance(x, Array) else ()


def _contents(shape: tuple[int, ...], dtype: DType, contents: str, rng: np.random.Generator) -> Any:
    """Return an array that most functions of its shape can be applied to."""
    if contents in ("ones", "zeros"):
        return np.full(shape, contents == "ones", dtype)
    if dtype.kind in "iu":
        return rng.integers(0, 2 if contents == "random" else 40, shape).astype(dtype)
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(dtype)
    values = rng.uniform(0.1, 1.0, shape)
    if len(shape) == 1:
        values.sort()  # positions of nodes or edges have to be
    if len(shape) >= 2 and shape[-1] == shape[-2]:  # symmetric and positive definite
        values = values + np.swapaxes(values, -1, -2) + 2 * shape[-1] * np.eye(shape[-1])
    return values.astype(dtype)
