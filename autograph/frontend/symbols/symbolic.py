"""The classes that stand for run-time values while a function is traced.

A `Number` is a scalar that is known only when the program runs, an `Array` a handle of a part of a
buffer, a `Cell` the buffer. They refuse whatever would need the value itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, ClassVar, NoReturn, TypeAlias

import numpy as np

from autograph.errors import UnsupportedError
from autograph.frontend.symbols.context import as_users, current_tracer, unsupported
from autograph.frontend.symbols.magnitude import LARGEST, is_long
from autograph.frontend.symbols.view import Dims, View
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.op import Op, constant_of, form_value
from autograph.ir.types import DType
from autograph.ops.elementwise import (
    absolute,
    add,
    cast,
    greater_equal,
    less,
    less_equal,
    logical_and,
    multiply,
)
from autograph.ops.structure import assume_dims

Kind: TypeAlias = "type | DType"
"""Type of a number: bool, int, float or complex (weak in promotion), or a NumPy scalar's dtype."""

PYTHON_DTYPES: dict[type, DType] = {
    bool: np.dtype(np.bool_),
    int: np.dtype(np.int64),
    float: np.dtype(np.float64),
    complex: np.dtype(np.complex128),
}
"""How Python numbers are represented, weakest type first."""

INT64 = np.dtype(np.int64)

BEYOND_64_BITS = "a Python integer leaves 64 bits"

Operator = Callable[..., Any]


class Symbolic:
    """A value that is known only when the program runs.

    Attributes:
        operators: What the special methods do, by name; filled in by `operators`.
        attributes: What attributes are, by class and name; filled in by `attributes`.
        ufunc_protocol: What a ufunc applied in code that was not converted does.
        function_protocol: The same for other NumPy functions.
    """

    __slots__ = ("__weakref__",)

    operators: ClassVar[dict[str, Operator]] = {}
    attributes: ClassVar[dict[str, Callable[[Any], Any]]] = {}
    ufunc_protocol: Callable[..., Any]
    function_protocol: Callable[..., Any]

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Any:
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return Symbolic.ufunc_protocol(function, args, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return Symbolic.function_protocol(function, args, kwargs)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        asked_by = sys._getframe(1).f_globals.get("__name__", "a library")
        raise unsupported(
            f"{asked_by} needs the numbers in an array that only the running program knows; "
            "use NumPy's functions on arrays instead, or call it outside of the compiled function"
        )

    def __getattr__(self, name: str) -> Any:
        read = type(self).attributes.get(name)
        if read is None:
            raise self._no_attribute(name)
        return read(self)

    def _no_attribute(self, name: str) -> Exception:
        raise NotImplementedError

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise unsupported(
            "the truth of a run-time value is needed in code that is not converted; "
            "move the test into a plain Python function"
        )


def _special_method(name: str) -> Operator:
    def method(self: Symbolic, *args: Any) -> Any:
        return Symbolic.operators[name](self, *args)

    method.__name__ = name
    return method


_BINARY = "add sub mul truediv floordiv mod pow matmul lshift rshift and or xor divmod"
_COMPARISONS = "lt le gt ge eq ne"
_OTHERS = "neg pos abs invert getitem setitem round"

for _name in f"{_BINARY} {_COMPARISONS} {_OTHERS}".split():
    setattr(Symbolic, f"__{_name}__", _special_method(f"__{_name}__"))
for _name in _BINARY.split():
    setattr(Symbolic, f"__r{_name}__", _special_method(f"__r{_name}__"))
    if _name != "divmod":
        setattr(Symbolic, f"__i{_name}__", _special_method(f"__i{_name}__"))


class Number(Symbolic):
    """A run-time scalar: a Python number or a NumPy scalar.

    Attributes:
        kind: `bool`, `int`, `float` or `complex` for a Python number, else the dtype.
        form: What an int64 amounts to: an affine form, at worst a symbol of its own.
    """

    __slots__ = ("_value", "form", "kind")

    attributes: ClassVar[dict[str, Callable[[Any], Any]]] = {}

    def __init__(self, kind: Kind, content: Value | Affine) -> None:
        self.kind = kind
        self.form = Affine.of(content) if self.dtype == INT64 else None
        self._value = content if isinstance(content, Value) else None

    @property
    def is_python(self) -> bool:
        """Whether this is a Python number, which promotes weakly."""
        return isinstance(self.kind, type)

    @property
    def dtype(self) -> DType:
        """The dtype that represents the number."""
        return PYTHON_DTYPES[self.kind] if isinstance(self.kind, type) else self.kind

    def value(self) -> Value:
        """Return the graph value, emitting an `affine` node where the number is a form."""
        if self.form is None:
            assert self._value is not None
            return self._value
        return value_of_form(self.form)

    def __index__(self) -> int:
        if self.dtype.kind not in "iub" or self.kind == np.dtype(np.bool_):
            raise as_users(TypeError("only integers can be used as an index"))
        return int(current_tracer().need_static(self))

    def __int__(self) -> int:
        return int(current_tracer().need_static(self))

    def __float__(self) -> float:
        return float(current_tracer().need_static(self))

    def __complex__(self) -> complex:
        return complex(current_tracer().need_static(self))

    def __format__(self, spec: str) -> str:
        raise unsupported("text cannot be made of a run-time number")

    def __str__(self) -> str:
        return self.__format__("")

    def __repr__(self) -> str:
        kind = self.kind.__name__ if isinstance(self.kind, type) else str(self.kind)
        return f"<{kind} {self.form if self.form is not None else self._value}>"

    def _no_attribute(self, name: str) -> Exception:
        if isinstance(self.kind, type):
            return missing_attribute(self.kind, self.kind.__name__, name)
        return missing_attribute(self.kind.type, f"numpy.{self.kind.type.__name__}", name)


class Cell:
    """A buffer: what it contains now, and where it was made.

    Attributes:
        birth: The region that the buffer was made in; kept by the tracer.
        contiguous: Whether the elements lie in row-major order in the memory of the caller.
        fixed: Whether a list, or an object in one, holds a copy of the contents.
        home: Where that is, for a copy that was read from there; such a one may change, there, too.
        origins: Buffers that may be this very one in the program, which holds a copy here.
        stale: Whether such a buffer was changed, so that the contents are not known any more.
        row: Of a buffer in a pool: where it lies.
        made_at: The place in the source where it was made, if that matters.
    """

    __slots__ = (
        "__weakref__",
        "_value",
        "birth",
        "contiguous",
        "fixed",
        "home",
        "made_at",
        "origins",
        "row",
        "stale",
    )

    def __init__(self, value: Value, birth: Any = None, *, contiguous: bool = True) -> None:
        self._value = value
        self.birth = birth
        self.contiguous = contiguous
        self.fixed = False
        self.home: Any = None
        self.origins: frozenset[Cell] = frozenset()
        self.stale = False
        self.row: Any = None
        self.made_at: Any = None

    @property
    def value(self) -> Value:
        """The graph value of the whole buffer."""
        return self._value if self.row is None else self.row.contents()

    @value.setter
    def value(self, value: Value) -> None:
        self._value = value

    def may_be(self, other: Cell) -> bool:
        """Return whether two buffers may be one in the program."""
        return (
            self is other
            or self in other.origins
            or other in self.origins
            or not self.origins.isdisjoint(other.origins)
        )


class Array(Symbolic):
    """A handle of an array: a view of a buffer."""

    __slots__ = ("_view", "cell")

    attributes: ClassVar[dict[str, Callable[[Any], Any]]] = {}

    def __init__(self, cell: Cell, view: View | None = None) -> None:
        self.cell = cell
        self._view = view if view is not None else View(cell.value.dims)

    @property
    def view(self) -> View:
        """What the handle shows, over the representatives of sizes known to be equal."""
        facts = current_tracer().facts
        return self._view.map(facts.canonical) if facts.substitution else self._view

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self._view.dtype(self.cell.value.dtype)

    @property
    def dims(self) -> Dims:
        """The dims, as forms."""
        return self.view.dims

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._view.dims)

    def read(self) -> Value:
        """Emit the read of the elements."""
        if self.cell.stale:
            raise current_tracer().stale(self.cell)
        return self.contents()

    def contents(self) -> Value:
        """Emit the read of the elements as they were, if another name changed them since."""
        return self.view.read(under_canonical_dims(self.cell.value))

    def write(self, value: Value) -> None:
        """Replace the elements by a value of the same dtype that broadcasts to them."""
        before = self.cell.value
        after = self.view.write(under_canonical_dims(before), value)
        current_tracer().write_cell(self.cell, under_dims(after, before.dims))

    def __len__(self) -> int:
        if self.ndim == 0:
            raise as_users(TypeError("len() of unsized object"))
        length = self.dims[0]
        if length.constant is not None:
            return length.constant
        return int(current_tracer().need_static(Number(int, length)))

    def __iter__(self) -> Any:
        return iter([Symbolic.operators["__getitem__"](self, k) for k in range(len(self))])

    def __repr__(self) -> str:
        return f"<array {self.dtype}[{', '.join(map(str, self._view.dims))}]>"

    def _no_attribute(self, name: str) -> Exception:
        return missing_attribute(np.ndarray, "numpy.ndarray", name)


def missing_attribute(owner: type, shown: str, name: str) -> Exception:
    """Return the error for an attribute that is not staged, or that does not exist at all."""
    if name.startswith("__") or not hasattr(owner, name):
        return as_users(AttributeError(f"{shown!r} object has no attribute {name!r}"))
    return _attribute_unsupported(shown, name)


def _attribute_unsupported(shown: str, name: str) -> UnsupportedError:
    return unsupported(f"the attribute {name!r} of {shown} is not supported on run-time values")


def under_dims(value: Value, dims: Dims) -> Value:
    """Return the value under other dims that are known to be equal to its own."""
    if value.dims == dims:
        return value
    facts = current_tracer().facts
    return facts.once(("dims", value, dims), lambda: _assumed(value, dims))


def _assumed(value: Value, dims: Dims) -> Value:
    result: Value = assume_dims(value, dims=dims)
    return result


def under_canonical_dims(value: Value) -> Value:
    """Return the value with its dims over the representatives of sizes known to be equal."""
    facts = current_tracer().facts
    if not facts.substitution:
        return value
    return under_dims(value, tuple(map(facts.canonical, value.dims)))


def value_of_form(form: Affine) -> Value:
    """Return the graph value of a form, emitted once per region.

    Forms are Python's integers: where one may leave 64 bits, a check sees to it that it does not.
    """
    facts = current_tracer().facts
    if form.symbol is None and not facts.in_positions:
        require_fits(form)
    return facts.once(("form", form), lambda: form_value(form))


def require_fits(form: Affine, limit: int = LARGEST) -> None:
    """Make a form fit `limit`: proved, assumed of the arguments, or checked at run time."""
    facts = current_tracer().facts
    if form.constant is not None:
        if is_long(form.constant):
            fail(BEYOND_64_BITS)
        return
    if facts.assume_fits(form, limit):
        return
    condition = _within(form, limit)
    require(condition, BEYOND_64_BITS)
    facts.note_fits(form, limit)


def _within(form: Affine, limit: int) -> Value:
    """Emit whether a form is between `-limit` and `limit`; near the limit the answer may be no."""
    if len(form.terms) > 1:
        near: Value = less(absolute(_as_float(form)), constant(limit // 2, np.float64))
        return near
    ((symbol, k),) = form.terms
    bounds = sorted(((-limit - form.const) * k, (limit - form.const) * k))
    low, high = -(-bounds[0] // (k * k)), bounds[1] // (k * k)
    above = greater_equal(symbol, constant(max(low, -(2**63)), INT64))
    below = less_equal(symbol, constant(min(high, LARGEST), INT64))
    both: Value = logical_and(above, below)
    return both


def _as_float(form: Affine) -> Value:
    """Emit a float close to a form, however large it is."""
    result = constant(form.const, np.float64) if form.const or not form.terms else None
    for symbol, k in form.terms:
        term = cast(symbol, dtype=np.dtype(np.float64))
        term = term if k == 1 else multiply(term, constant(k, np.float64))
        result = term if result is None else add(result, term)
    assert result is not None
    return result


def require_fits_after(op: Op, a: Affine, b: Affine, result: Affine) -> None:
    """Make an op on integers stay within 64 bits, going by its result on floats."""
    facts = current_tracer().facts
    if facts.assume_fits(result):
        return
    size = absolute(op(_as_float(a), _as_float(b)))
    require(less(size, constant(LARGEST // 2, np.float64)), BEYOND_64_BITS)
    facts.note_fits(result, LARGEST // 2)


def array(value: Value) -> Array:
    """Return the handle of a new buffer with this content."""
    return Array(current_tracer().new_cell(value))


def wrap(value: Value) -> Any:
    """Return what NumPy returns for a computed value: an array, or a scalar if it has no axes."""
    return array(value) if value.ndim else numpy_scalar(value.dtype, value)


def numpy_scalar(dtype: DType, content: Value | Affine) -> Any:
    """Return a NumPy scalar: a number, or the scalar itself if it is constant."""
    return _folded(Number(dtype, content), dtype.type)


def python_number(kind: type, content: Value | Affine) -> Any:
    """Return a Python number: symbolic, or itself if it is constant."""
    return _folded(Number(kind, content), kind)


def _folded(number: Number, make: Callable[[Any], Any]) -> Any:
    if number.form is not None:
        return number if number.form.constant is None else make(number.form.constant)
    constant = constant_content(number.value())
    return number if constant is None else make(constant)


def constant_content(value: Value) -> Any:
    """Return the NumPy scalar that a value is known to be, or None."""
    if value.node is not None and value.node.op.name == "constant":
        return value.node.attrs["value"]
    return None


def form_of(x: Any) -> Affine | None:
    """Return the form of an int64 or Python int, None for anything else (bool included)."""
    if isinstance(x, Number):
        return x.form
    if isinstance(x, bool) or not isinstance(x, int | np.integer):
        return None
    return Affine(int(x)) if -(2**63) <= int(x) < 2**63 else None


def constant(x: Any, dtype: Any) -> Value:
    """Emit a scalar constant, once per region."""
    with np.errstate(all="ignore"):  # A cast warns here, not in the trace.
        made = np.asarray(x).astype(dtype)[()]
    key = ("constant", made.dtype, made.tobytes())
    return current_tracer().facts.once(key, lambda: constant_of(made, made.dtype))


def fail(message: str) -> NoReturn:
    """End the path being traced: Python or NumPy raises here."""
    current_tracer().fail(message)


def require(condition: Value, message: str) -> None:
    """Emit a check of a condition, unless it is known; where it has passed, the condition holds."""
    known = constant_content(condition)
    if known is not None:
        if not known:
            fail(message)
        return
    tracer = current_tracer()

    def emit_check() -> bool:
        tracer.check(condition, message)
        if condition.ndim == 0:
            tracer.facts.learn_condition(condition, True)
        return True

    tracer.facts.once(("check", condition), emit_check)


def is_symbolic(x: Any) -> bool:
    """Return whether `x` is, or directly contains, a symbolic value."""
    if isinstance(x, tuple | list):
        return any(is_symbolic(item) for item in x)
    if isinstance(x, slice):
        return any(isinstance(part, Symbolic) for part in (x.start, x.stop, x.step))
    return isinstance(x, Symbolic)
