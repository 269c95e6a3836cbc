"""What a library function returns: found out by calling it on samples of its arguments.

Enters: a call and its operands. Leaves: the structure of the result, with the dtype and dims of
each array in it. An extent that is the same combination of the operands' extents for samples of
several sizes follows from the sizes; one that differs between contents depends on the data.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.frontend.numpy_api.library_objects import (
    Held,
    Kind,
    OfLibrary,
    Sizes,
    arrays_of,
    is_library_class,
)
from autograph.frontend.symbols import integers
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.symbolic import Array, Number, fail
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import DType
from autograph.ops.library import Dims, LibraryCall, is_known

FLOAT64 = np.dtype(np.float64)

LARGE = 1 << 20
"""Operands of more elements are not tried out at their own size."""


NUMBERS = (bool, int, float, complex, np.ndarray)
"""Types of results, besides NumPy's scalars: no subclasses, such as masked arrays."""


class Leaf(Struct, frozen=True):
    """A number or array in a result, or the ticket of an object.

    `kind` is a Python type, np.generic, np.ndarray, or the kind of the object.
    """

    kind: Any
    dtype: DType
    dims: Dims


def leaves_of(expected: Any, found: list[Leaf]) -> None:
    """Collect the leaves of an expected result in order."""
    if isinstance(expected, Leaf):
        found.append(expected)
    elif isinstance(expected, tuple | list | dict):
        for part in expected.values() if isinstance(expected, dict) else expected:
            leaves_of(part, found)


def known_in(expected: Any) -> list[Any]:
    """Return what is known of an expected result, in order."""
    if isinstance(expected, dict):
        return [*expected, *known_in(tuple(expected.values()))]
    if isinstance(expected, tuple | list):
        return [x for part in expected for x in known_in(part)]
    if not isinstance(expected, Leaf):
        return [expected]
    if isinstance(expected.kind, Kind) or expected.kind is np.ndarray:
        return []
    return [expected.dtype.type if expected.kind is np.generic else expected.kind]


def arrays_in(result: Any) -> list[np.ndarray[Any, Any]]:
    """Return the arrays in a result, in order."""
    if isinstance(result, dict):
        result = tuple(result.values())
    if isinstance(result, tuple | list):
        return [x for part in result for x in arrays_in(part)]
    return [result] if type(result) is np.ndarray else []


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
        sizes = {s for f in forms for s in f.symbols}
        sizes |= {s for x in operands if isinstance(x, Held) for s in x.kind.symbols}
        self.symbols = sorted(sizes, key=lambda s: s.id)
        numbers = {s for x in operands if isinstance(x, Number) and x.form for s in x.form.symbols}
        self.all_symbols = sorted(sizes | numbers, key=lambda s: s.id)
        self.calls_back = any(call.callbacks())
        self.holds_texts = self.calls_back or any(
            isinstance(x, Held) and issubclass(x.kind.of, dict) for x in operands
        )
        self.has_given = any(isinstance(x, Held) and x.kind.is_given for x in operands)
        self.shares: set[int] = set()
        self.tried: Sizes = {}
        self.shapes: list[tuple[int, ...]] = []
        self.error: Exception | None = None

    def result(self) -> Any:
        """Return the expected result, with a `Leaf` for each number and array."""
        has_object = any(isinstance(x, Held) for x in self.operands)
        has_object |= isinstance(self.call.function, type) or self.calls_back
        given = [] if has_object else [self._small()]
        for sizes, *others in (*given, self._exact()):
            first = self._sample(sizes, "random", 0)
            if first is None:
                continue
            resized = [self._sample(s, "random", 1) or self._sample(s, "random", 0) for s in others]
            kinds = () if self.calls_back else ("ones", "zeros", "large", "shuffled")
            more = [self._sample(sizes, contents, 0) for contents in kinds]
            same_sizes = [first, *(sample for sample in more if sample is not None)]
            expected = self._merged([s.result for s in same_sizes], [first, *resized], ())
            self.shapes = [x.shape for x in arrays_in(first.result)]
            if has_object or self._fits(expected):
                return expected
        if isinstance(self.error, TypeError | ValueError | IndexError):
            if "read-only" in str(self.error):
                raise unsupported(f"{self.call.name} changes its argument, which is not supported")
            fail(f"{type(self.error).__name__}: {self.error}")
        raise unsupported(f"{self.call.name} is not supported here: {self.error}")

    def _fits(self, expected: Any) -> bool:
        """Return whether extents are as expected for the sizes of the traced call, too."""
        estimate = current_tracer().facts.estimate
        sizes, *_ = self._exact()
        shapes = [
            [d.evaluate(sizes) for d in x.dims] for x in self.operands if isinstance(x, Array)
        ]
        if sizes == self.tried or sum(map(math.prod, shapes)) > LARGE:
            return True
        self.tried = sizes
        found = self._sample(sizes, "random", 0)
        leaves: list[Leaf] = []
        leaves_of(expected, leaves)
        arrays = [] if found is None else arrays_in(found.result)
        forms = [leaf.dims for leaf in leaves if leaf.kind is np.ndarray]
        return all(
            dim is None or estimate(dim) in (None, size)
            for x, dims in zip(arrays, forms, strict=False)
            for size, dim in zip(x.shape, dims, strict=False)
        )

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
        exact = {s: facts.estimate(Affine.of(s)) for s in self.all_symbols}
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
            elif isinstance(x, Held):
                try:
                    values.append(x.kind.sample(sizes, contents, step))
                except Exception as error:
                    self.error = error
                    return None
            else:
                values.append(self._number(x, sizes, step))
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
        if contents == "random":
            self._require_no_view(raw, arrays)
        self._note_shared(raw, values)
        return _Sample(sizes, numbers, raw)

    def _called(self, values: Sequence[Any]) -> Any:
        holder: list[Any] = []

        def function(*args: Any, **kwargs: Any) -> Any:
            holder.append(self.call.function(*args, **kwargs))
            return ()

        LibraryCall(function, self.call.args, self.call.kwargs).run(values, tried=True)
        return holder[0]

    def _number(self, x: Number, sizes: Sizes, step: int) -> Any:
        if x.form is not None:
            if x.form.symbols and all(s in sizes for s in x.form.symbols):
                return x.dtype.type(x.form.evaluate(sizes))
            estimate = current_tracer().facts.estimate(x.form)
            return x.dtype.type((1 if estimate is None else estimate) + step)
        return x.dtype.type(1 if x.dtype.kind in "iub" else 0.5)

    def object_sample(self, path: Sequence[Any]) -> Callable[[Sizes, str, int], Any]:
        """Return what makes samples of an object that lies in the result."""

        @functools.cache
        def sampled(sizes: tuple[tuple[Value, int], ...], contents: str, step: int) -> Any:
            return self._sample(dict(sizes), contents, step)

        def sample(sizes: Sizes, contents: str, step: int) -> Any:
            mine = tuple((s, sizes[s]) for s in self.all_symbols)
            found = sampled(mine, contents, step)
            if found is None:
                raise self.error or ValueError(f"a sample for {self.call.name}")
            x = found.result
            for key in path:
                x = x[key]
            return x

        return sample

    def _object(self, samples: Sequence[Any], path: Sequence[Any]) -> Leaf:
        """Return what stands for an object in the result."""
        classes = type(samples[0]).__mro__  # That of a spline may depend on the data.
        of = next(c for c in classes if all(isinstance(x, c) for x in samples))
        if of is not str and not is_library_class(of):
            raise unsupported(
                f"{self.call.name} returns a {of.__name__}, which is not supported as the result "
                "of a library function"
            )
        kind = Kind(of, self.object_sample(path), tuple(self.all_symbols))
        return Leaf(OfLibrary.interned(samples[0], kind), FLOAT64, ())

    def _note_shared(self, result: Any, values: Sequence[Any]) -> None:
        """Note which operands lie in the memory of an object in the result, or of a result."""
        if isinstance(result, tuple | list):
            for part in result:
                self._note_shared(part, values)
        mine = [result] if isinstance(result, np.ndarray) else arrays_of(result)
        for k, x in enumerate(values):
            theirs = [x] if isinstance(x, np.ndarray) else arrays_of(x)
            if any(np.may_share_memory(a, b) for a in mine for b in theirs):
                self.shares.add(k)

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

    def _merged(
        self, same_sizes: Sequence[Any], other: Sequence[_Sample | None], path: tuple[Any, ...]
    ) -> Any:
        """Return the expected result from results for the same sizes, and for other ones."""
        parts = [same_sizes[0], *(s.result for s in other if s is not None)]
        first = parts[0]
        everything = [*same_sizes, *parts]
        if type(first) is dict or isinstance(first, tuple | list):
            keys = tuple(first) if type(first) is dict else tuple(range(len(first)))
            if any(type(r) is not type(first) or _keys(r) != keys for r in everything):
                raise self._unlike()
            merged = {
                key: self._merged(
                    [r[key] for r in same_sizes],
                    [s and _Sample(s.sizes, s.numbers, s.result[key]) for s in other],
                    (*path, key),
                )
                for key in keys
            }
            return merged if type(first) is dict else like(first, list(merged.values()))
        if type(first) in NUMBERS or isinstance(first, np.generic):
            return self._leaf(same_sizes, other)
        if self.holds_texts and all(type(x) is str for x in everything):
            return self._object(everything, path)
        if is_known(first):
            if any(r is not first and r != first for r in everything):
                raise self._unlike()
            return first
        return self._object(everything, path)

    def _leaf(self, same_sizes: Sequence[Any], other: Sequence[_Sample | None]) -> Leaf:
        arrays = [np.asarray(r) for r in (*same_sizes, *(s.result for s in other if s))]
        first = arrays[0]
        plain = [type(r) for r in same_sizes]
        kind = np.generic if isinstance(same_sizes[0], np.generic) else plain[0]
        unlike = any(a.dtype != first.dtype or a.ndim != first.ndim for a in arrays)
        if unlike or first.dtype.kind not in "biufc":
            raise self._unlike()
        if kind is not np.ndarray and kind is not np.generic and first.dtype.kind not in "biufc":
            raise self._unlike()
        dims: list[Affine | None] = []
        for axis in range(first.ndim):
            varies = len({np.shape(r)[axis] for r in same_sizes}) > 1
            seen = [(s, np.shape(s.result)[axis]) for s in other if s is not None]
            known = not varies and len(seen) == len(other)
            found = self._dim(seen, axis, first.ndim) if known else None
            dims.append(self._dim_as_given(seen, axis) if len(seen) == 1 and not varies else found)
        return Leaf(kind, first.dtype, tuple(dims))

    def _unlike(self) -> Exception:
        return unsupported(
            f"what {self.call.name} returns depends on the data in another way than by its sizes, "
            "which is not supported"
        )

    def _dim_as_given(self, seen: Sequence[tuple[_Sample, int]], axis: int) -> Affine | None:
        """Return a form that gives an extent, where objects from outside have one size only."""
        sample, wanted = seen[0]
        forms = [x.dims[axis] for x in self.operands if isinstance(x, Array) and axis < x.ndim]
        alike = [dim for dim in forms if dim.evaluate(sample.sizes) == wanted]
        return alike[0] if self.has_given and alike else None

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
            is_chance = self.has_given or self.calls_back or wanted[0] == 0  # no peaks in samples
            return None if is_chance else Affine(wanted[0])
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


def _keys(x: Any) -> tuple[Any, ...]:
    return tuple(x) if type(x) is dict else tuple(range(len(x)))


def like(first: Any, parts: list[Any]) -> Any:
    """Return a tuple or list like another one, made of other parts."""
    if hasattr(first, "_make"):
        return first._make(parts)
    if type(first) in (tuple, list):
        return type(first)(parts)
    made = tuple.__new__(type(first), parts)
    for name, x in getattr(first, "__dict__", {}).items():
        if is_known(x):
            vars(made)[name] = x
    return made


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
    if len(shape) == 1 and contents != "shuffled":
        values.sort()  # positions of nodes or edges have to be
    if len(shape) >= 2 and shape[-1] == shape[-2]:  # symmetric and positive definite
        values = values + np.swapaxes(values, -1, -2) + 2 * shape[-1] * np.eye(shape[-1])
    return values.astype(dtype)
