"""The arguments of a transformed call: copies for the function, variables to differentiate by."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import combinations
from typing import Any

import numpy as np

from autograph.errors import AutographError
from autograph.frontend.numpy_api.defined import Definition
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.inputs import plain_function
from autograph.frontend.symbols.promotion import kind_of, value_of
from autograph.frontend.symbols.staged import Transformed
from autograph.frontend.symbols.symbolic import (
    Array,
    Cell,
    numpy_scalar,
    python_number,
    under_dims,
)
from autograph.frontend.symbols.union import narrow
from autograph.frontend.tracing.heap import is_object
from autograph.frontend.tracing.shared_memory import HaveNothingInCommon, share_memory
from autograph.frontend.tracing.tracer import tracer
from autograph.frontend.transforms.trees import (
    attributes_of,
    dtype_of,
    is_inexact,
    mapped,
    new_object,
    refused,
)
from autograph.ir.graph import Value
from autograph.ops.complex_parts import conjugate
from autograph.ops.derivative import emit_derivative, new_variable, pullback, pushforward

Argnums = int | str | tuple[int | str, ...]
"""Which arguments to differentiate by: positions or names, one or several."""


def applied(fn: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return what the program sees of the result of a call."""
    return narrow(Definition.convert(_call)(fn, tuple(args), dict(kwargs)))


def _call(fn: Any, args: Any, kwargs: Any) -> Any:
    return fn(*args, **kwargs)


@contextmanager
def differentiated(times: int) -> Iterator[None]:
    """Note that what is traced inside will be differentiated so many times more."""
    tracer().order += times
    try:
        yield
    finally:
        tracer().order -= times


def parameter_names(fn: Any) -> tuple[str, ...]:
    """Return the names of the parameters that positional arguments go to."""
    while isinstance(fn, Transformed):
        fn = fn.fn
    try:
        parameters = inspect.signature(plain_function(fn)).parameters.values()
    except (TypeError, ValueError):
        return ()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(p.name for p in parameters if p.kind in kinds)


class Copies:
    """Copies of arguments, which the function may change without the caller's notice.

    What shares memory or is one object goes on to do so.
    """

    def __init__(self) -> None:
        self._made: dict[int, tuple[Any, Any]] = {}
        self._cells: list[tuple[Cell, Cell, Value]] = []

    def of(self, content: Any) -> Any:
        """Return a copy of arrays, and of the containers and objects that hold them."""
        content = narrow(content)
        if isinstance(content, np.ndarray):
            content = tracer().lift(content)
        if isinstance(content, Array):
            return Array(self._cell(content.cell), content.view)
        if isinstance(content, tuple):
            return tuple.__new__(type(content), map(self.of, content))
        known = self._made.get(id(content))
        if known is not None:
            return known[1]
        made = self._container(content)
        self._made[id(content)] = (content, made)
        return made

    def _container(self, content: Any) -> Any:
        if growing_of(content) is not None:
            return content
        if type(content) is list:
            return tracer().mark_made([self.of(x) for x in content])
        if type(content) is dict:
            return tracer().mark_made({k: self.of(x) for k, x in content.items()})
        if is_object(content) and not callable(content):
            attributes = attributes_of(content)
            return new_object(type(content), {k: self.of(x) for k, x in attributes.items()})
        return content

    def _cell(self, cell: Cell) -> Cell:
        known = self._made.get(id(cell))
        if known is None:
            made = tracer().new_cell(cell.value)
            made.contiguous = cell.contiguous
            known = self._made[id(cell)] = (cell, made)
            self.note(cell, made)
        made = known[1]
        assert isinstance(made, Cell)
        return made

    def note(self, cell: Cell, made: Cell) -> None:
        """Note that a buffer stands for another one."""
        self._cells.append((cell, made, made.value))

    def require_apart(self, found: Sequence[Cell]) -> None:
        """Refuse writes into an argument that another one shares memory with.

        Args:
            found: The arrays that the function found outside, which may be arguments, too.

        Raises:
            NondifferentiableError: If the other one would have had to change, too.
        """
        outside = {id(cell) for cell in found}
        for cell, made, before in self._cells:
            if made.value is not before and id(cell) in outside:
                _require_apart(cell, cell)
        for first, second in combinations(self._cells, 2):
            written = any(made.value is not before for _, made, before in (first, second))
            if written and first[1] is not second[1]:
                _require_apart(first[0], second[0])
        passed = {id(cell) for cell, _, _ in self._cells}
        around = [e.cell for e in tracer().inputs if e.cell and id(e.cell) not in passed]
        for cell, made, before in self._cells:
            for other in around if made.value is not before else ():
                _require_apart(cell, other)


def _require_apart(a: Cell, b: Cell) -> None:
    """Refuse arrays of the caller that have an element in common, in this call or a later one."""
    found = [next((e for e in tracer().inputs if e.cell is cell), None) for cell in (a, b)]
    first, second = found
    arrays = [e for e in found if e is not None and isinstance(e.example, np.ndarray)]
    if a is b or (len(arrays) == 2 and share_memory(*(e.example for e in arrays))):
        raise refused(
            "an argument to differentiate by shares its memory with an array that is "
            "written, and has no gradient of its own then: pass a copy"
        )
    if len(arrays) == 2 and first is not None and second is not None:
        tracer().outside.note(HaveNothingInCommon(first.source, second.source))


class Differentiated:
    """The arguments of a call that is differentiated.

    Args:
        fn: The function.
        args: Its positional arguments.
        kwargs: Its keyword arguments.
        argnums: Which of them to differentiate by.
        lenient: Whether what is no float may stand among these, and has no derivative.

    Attributes:
        args: The positional arguments to call the function with.
        kwargs: The keyword arguments.
        variables: What is differentiated by.
    """

    def __init__(
        self,
        fn: Any,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        argnums: Argnums,
        *,
        lenient: bool = False,
    ) -> None:
        self._copies = Copies()
        self._names = parameter_names(fn)
        self._lenient = lenient
        self._single = not isinstance(argnums, tuple)
        self.variables: list[Value] = []
        self.args, self.kwargs = list(args), dict(kwargs)
        chosen = [self._place(k) for k in (argnums if isinstance(argnums, tuple) else (argnums,))]
        self._trees = [self._marked(place) for place in chosen]
        for places in (range(len(self.args)), list(self.kwargs)):
            for place in places:
                if place not in chosen:
                    self._holder(place)[place] = self._copies.of(self._holder(place)[place])
        for place, tree in zip(chosen, self._trees, strict=True):
            self._holder(place)[place] = mapped(tree, lambda x, name: x)

    def _holder(self, place: int | str) -> Any:
        return self.kwargs if isinstance(place, str) else self.args

    def _place(self, argnum: int | str) -> int | str:
        """Return where an argument is: its position, or its name among the keywords."""
        count = len(self.args)
        if isinstance(argnum, str):
            if argnum in self.kwargs:
                return argnum
            if argnum in self._names[:count]:
                return self._names.index(argnum)
            known = ", ".join(map(repr, self._names))
            raise AutographError(f"there is no argument {argnum!r} to differentiate by, of {known}")
        place = argnum + count if argnum < 0 else argnum
        if 0 <= place < count:
            return place
        if 0 <= place < len(self._names) and self._names[place] in self.kwargs:
            return self._names[place]
        raise AutographError(
            f"there is no argument {argnum} to differentiate by: {count} were passed by position"
        )

    def _marked(self, place: int | str) -> Any:
        name = place if isinstance(place, str) else dict(enumerate(self._names)).get(place, "")
        label = f"argument {place}" + (f" ({name})" if name and place != name else "")
        first = len(self.variables)
        made = mapped(self._holder(place)[place], self._variable, label)
        if len(self.variables) == first and not self._lenient:
            raise refused(f"{label} holds no float array or number to differentiate by")
        return made

    def _variable(self, x: Any, name: str) -> Any:
        dtype = dtype_of(x)
        if not is_inexact(x):
            if self._lenient:
                return self._copies.of(x)
            raise refused(
                f"{name} has dtype {dtype}; a gradient needs a float argument: pass it as "
                "float64, or leave it out of argnums"
            )
        value = new_variable(value_of(x))
        self.variables.append(value)
        if not isinstance(x, Array):
            return number_like(x, value)
        value.name = x.cell.value.name
        cell = tracer().new_cell(value)
        cell.contiguous = x.cell.contiguous and not x.view.derived
        self._copies.note(x.cell, cell)
        return Array(cell)

    def call(self, fn: Any) -> Any:
        """Return the result of the function."""
        begun = len(tracer().lifted)
        with differentiated(1):
            result = applied(fn, self.args, self.kwargs)
        self._copies.require_apart(tracer().lifted[begun:])
        return result

    def filled(self, values: Sequence[Value]) -> Any:
        """Return something for each variable, in the structure of the chosen arguments."""
        rest = iter(values)

        def leaf(x: Any, name: str) -> Any:
            return content_like(x, next(rest)) if is_inexact(x) else None

        return mapped(self.tree(), leaf, "", _nothing)

    def tree(self) -> Any:
        """Return the chosen arguments, one or a tuple of them, before the call."""
        return self._trees[0] if self._single else tuple(self._trees)


def _nothing(x: Any, name: str) -> None:
    """Stand for what is no array and no number."""
    return None


def number_like(x: Any, value: Value) -> Any:
    """Return a value as a number of the kind of another one."""
    kind = kind_of(x)
    if value.dtype.kind != np.dtype(kind).kind:
        of_python: type = complex if value.dtype.kind == "c" else float
        kind = of_python if isinstance(kind, type) else value.dtype
    return python_number(kind, value) if isinstance(kind, type) else numpy_scalar(kind, value)


def content_like(x: Any, value: Value) -> Any:
    """Return a value as a new array, or as a number of the kind of another one."""
    is_array = isinstance(x, Array) or value.ndim > 0
    return Array(tracer().new_cell(value)) if is_array else number_like(x, value)


def pulled_back(
    outputs: Sequence[Value], variables: Sequence[Value], cotangents: Sequence[Value]
) -> tuple[Value, ...]:
    """Emit the cotangents of variables.

    Users see those of complex numbers as pairs: dL/dx + i dL/dy for x + iy. In graphs they are the
    conjugates of these, so that Re(g * change) is the change of the loss.
    """
    given = map(conjugated, _alike(cotangents, outputs))
    found = emit_derivative(pullback, outputs, variables, list(given))
    return tuple(map(conjugated, found))


def conjugated(x: Value) -> Value:
    """Return the conjugate of complex numbers, and real ones as they are."""
    result: Value = conjugate(x) if x.dtype.kind == "c" else x
    return result


def pushed_forward(
    outputs: Sequence[Value], variables: Sequence[Value], tangents: Sequence[Value]
) -> tuple[Value, ...]:
    """Emit the outputs, then their tangents."""
    return emit_derivative(pushforward, outputs, variables, _alike(tangents, variables))


def _alike(directions: Sequence[Value], values: Sequence[Value]) -> list[Value]:
    """Return directions under the dims of the values that they belong to."""
    return [under_dims(d, v.dims) for d, v in zip(directions, values, strict=True)]
