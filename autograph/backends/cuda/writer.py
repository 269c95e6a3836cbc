"""Statements of the loop form as C++ statements of one kernel, each expression assigned once.

Enters: element statements (`Let`, `Store`, loops, ...) and what the module decided about variables
and buffers. Leaves: lines of C++, and the params that the kernel needs for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from msgspec import Struct

from autograph.backends import loops as lp
from autograph.backends.cuda import uses
from autograph.backends.cuda.c_types import c_type, literal
from autograph.backends.cuda.device_functions import DeviceFunctions
from autograph.backends.cuda.module import Param, Pointer, Scalar, StatePointer, Stride
from autograph.backends.cuda.operators import operation_text
from autograph.backends.naming import Names
from autograph.errors import UnsupportedError
from autograph.ir.affine import Affine
from autograph.ir.graph import Value

CHECK_FAILED = 2
"""What a kernel writes to `state->status` when a check fails."""

Dependence: TypeAlias = "Value | lp.Buffer"


class Surroundings(Struct):
    """What the kernels of a module have in common.

    Attributes:
        functions: Collects the device functions that are called.
        names: Identifiers of the variables and buffers that go by one name in the whole module.
        reserved: Identifiers that no kernel may give to anything else.
        slots: Variables in the device's `State`.
        strided: Buffers whose memory may not be row-major.
        checked: Whether kernels must stop once a check has failed.
    """

    functions: DeviceFunctions
    names: Mapping[Dependence, str]
    reserved: set[str]
    slots: dict[Value, int]
    strided: set[lp.Buffer]
    checked: bool


class KernelWriter:
    """Writes the body of one kernel.

    Args:
        around: What the kernels of the module share.
        body: All statements of the kernel; they decide where variables are declared.
    """

    def __init__(self, around: Surroundings, body: Sequence[lp.Stmt]) -> None:
        self.around = around
        self.lines: list[str] = []
        self.preamble: list[str] = []
        self.params: dict[Param, str] = {}
        self.stored = uses.stored_buffers(body)
        self._names = Names(around.reserved)
        self._depth = 1
        self._known: dict[str, tuple[str, frozenset[Dependence]]] = {}
        self._local: set[Value] = set()
        self._declared: set[Value] = set()
        self._mentions = uses.mentions(body)
        self._strides: dict[tuple[lp.Buffer, int], str] = {}

    # ------------------------------------------------------------ text

    def line(self, text: str) -> None:
        """Append a line at the current depth."""
        self.lines.append("  " * self._depth + text)

    @contextmanager
    def braces(self, head: str, changed: Sequence[lp.Stmt] = ()) -> Iterator[None]:
        """Write a braced block; what `changed` may change is forgotten around it."""
        self._forget((*uses.targets(changed), *uses.stored_buffers(changed)))
        self.line(f"{head} {{")
        outer, self._depth = dict(self._known), self._depth + 1
        yield
        self._known, self._depth = outer, self._depth - 1
        self.line("}")
        self._forget((*uses.targets(changed), *uses.stored_buffers(changed)))

    def fresh(self, base: str) -> str:
        """Return a new identifier of the kernel."""
        return self._names.fresh(base)

    def param(self, param: Param, declaration: str) -> None:
        """Declare a param of the kernel."""
        self.params.setdefault(param, declaration)

    def _forget(self, changed: Iterable[Dependence]) -> None:
        gone = set(changed)
        if gone:
            self._known = {t: e for t, e in self._known.items() if not e[1] & gone}

    # ------------------------------------------------------------ variables

    def define(self, value: Value) -> str:
        """Make a variable one of the kernel's own, and return its identifier."""
        self._local.add(value)
        return self.name(value)

    def name(self, variable: Dependence) -> str:
        """Return the identifier of a variable or buffer in this kernel."""
        known = self.around.names.get(variable)
        return self._names.of(variable) if known is None else known

    def state(self) -> str:
        """Return the identifier of the pointer to `State`."""
        self.param(StatePointer(), "State* state")
        return "state"

    def variable(self, value: Value) -> str:
        """Return the identifier of a variable; what is not the kernel's own comes from outside."""
        name = self.name(value)
        if value not in self._local:
            self._local.add(value)
            if value in self.around.slots:
                self.preamble.append(f"const {c_type(value.dtype)} {name} = {self.slot(value)};")
            else:
                self.param(Scalar(value), f"const {c_type(value.dtype)} {name}")
        return name

    def slot(self, value: Value) -> str:
        """Return the field of `State` that holds a variable."""
        return f"{self.state()}->{self.name(value)}"

    def form(self, form: Affine) -> str:
        """Return an affine form as text; a sum is not in parentheses."""
        return form.text({s: self.variable(s) for s in form.symbols})

    # ------------------------------------------------------------ elements

    def buffer(self, buffer: lp.Buffer) -> str:
        """Return the identifier of a pointer to a buffer's memory."""
        name, type_ = self.name(buffer), c_type(buffer.dtype)
        # No two buffers of a call overlap, so what a kernel only reads stays as it is.
        written = buffer in self.stored
        self.param(
            Pointer(buffer),
            f"{type_}* {name}" if written else f"const {type_}* __restrict__ {name}",
        )
        return name

    def stride(self, buffer: lp.Buffer, axis: int) -> str:
        """Return the distance of neighbours along an axis, in elements."""
        key = (buffer, axis)
        if key not in self._strides:
            self._strides[key] = self._new_stride(buffer, axis)
        return self._strides[key]

    def _new_stride(self, buffer: lp.Buffer, axis: int) -> str:
        base = f"{self.name(buffer)}_stride{axis}"
        if buffer in self.around.strided:
            name = self.fresh(base)
            self.param(Stride(buffer, axis), f"const long long {name}")
            return name
        inner = buffer.dims[axis + 1 :]
        if not inner:
            return "1"
        rest = self.stride(buffer, axis + 1)
        if inner[0].constant is not None and rest.isdigit():
            return str(inner[0].constant * int(rest))
        if inner[0].symbol is not None and rest == "1":
            return self.form(inner[0])
        extent = self.form(inner[0])
        text = extent if rest == "1" else f"{_factor(extent)}*{rest}"
        name = self.fresh(base)
        self.preamble.append(f"const long long {name} = {text};")
        return name

    def element(self, buffer: lp.Buffer, index: lp.Point) -> str:
        """Return the text of an element of a buffer."""
        terms: list[str] = []
        for axis, position in enumerate(index):
            if position == 0:
                continue
            text, stride = self.form(position), self.stride(buffer, axis)
            if stride != "1":
                text = stride if text == "1" else f"{_factor(text)}*{stride}"
            terms.append(f"({text})" if terms and text.startswith("-") else text)
        return f"{self.buffer(buffer)}[{' + '.join(terms) or '0'}]"

    # ------------------------------------------------------------ expressions

    def atom(self, expr: lp.Expr) -> str:
        """Return the name or literal of an expression's value, computing it if it is not known."""
        match expr:
            case lp.Constant(value):
                return literal(value)
            case lp.Read(value):
                return self.variable(value)
            case lp.Form(form) if form.constant is not None:
                return f"{form.constant}LL" if form.constant >= 0 else f"({form.constant}LL)"
            case lp.Form(form) if form.symbol is not None:
                return self.variable(form.symbol)
        text = bare(self.text(expr))
        if re.fullmatch(r"\w+", text):
            return text
        known = self._known.get(text)
        return known[0] if known is not None else self._name_text(self.fresh("t"), text, expr)

    def _name_text(self, name: str, text: str, expr: lp.Expr) -> str:
        self.line(f"const {c_type(expr.dtype)} {name} = {text};")
        self._known[text] = (name, _dependences(expr))
        return name

    def text(self, expr: lp.Expr) -> str:
        """Return an expression whose operands are names and literals."""
        match expr:
            case lp.Load(buffer, index):
                return self.element(buffer, index)
            case lp.Form(form) if form.symbol is None and form.constant is None:
                return self.form(form)
            case lp.Inside(point, lower, upper):
                return self._inside(point, lower, upper)
            case lp.Apply(op, args) if op.name == "switch" and any(map(_is_lazy, args[1:])):
                return self._lazy_switch(expr)
            case lp.Apply(op, args, dtype):
                dtypes = [arg.dtype for arg in args]
                texts = [self.atom(arg) for arg in args]
                return operation_text(self.around.functions, op, dtypes, dtype, texts)
            case _:
                return self.atom(expr)

    def _inside(self, point: lp.Point, lower: lp.Point, upper: lp.Point) -> str:
        tests = []
        for p, low, high in zip(point, lower, upper, strict=True):
            text = self.form(p)
            tests += [f"{self.form(low)} <= {text}", f"{text} < {self.form(high)}"]
        return f"({' && '.join(tests)})" if tests else "true"

    def _lazy_switch(self, expr: lp.Apply) -> str:
        """Write a choice that computes only the arm it takes."""
        condition, *arms = expr.args
        chosen = self.atom(condition)
        name = self.fresh("t")
        self.line(f"{c_type(expr.dtype)} {name};")
        for head, arm in zip((f"if ({chosen})", "else"), arms, strict=True):
            with self.braces(head):
                self.line(f"{name} = {bare(self.text(arm))};")
        return name

    # ------------------------------------------------------------ statements

    def block(self, body: Sequence[lp.Stmt]) -> None:
        """Write statements, each variable declared where all its mentions are in view."""
        for statement in body:
            for value in self._homeless(statement):
                if isinstance(statement, lp.Assign) and statement.value is value:
                    self.declare(value, bare(self.text(statement.expr)))
                    break
                self._declared.add(value)
                self.line(f"{c_type(value.dtype)} {self.define(value)};")
            else:
                self.statement(statement)

    def declare(self, value: Value, content: str) -> str:
        """Declare a variable that the kernel changes, with its first content."""
        self._declared.add(value)
        name = self.define(value)
        self.line(f"{c_type(value.dtype)} {name} = {content};")
        return name

    def _homeless(self, statement: lp.Stmt) -> list[Value]:
        """Return the variables to be declared before a statement of a block."""
        found = []
        here = uses.mentions([statement])
        for value in uses.targets([statement]):
            if value in self._declared or value in self._local:
                continue
            only_here = here[value] == self._mentions[value]
            inner = [block for block in lp.blocks(statement) if uses.mentions(block)[value]]
            if not (only_here and len(inner) == 1 and begins(inner[0], value)):
                found.append(value)
        return found

    def statement(self, statement: lp.Stmt) -> None:
        """Write one statement."""
        match statement:
            case lp.Let(value, expr):
                text = bare(self.text(expr))
                self._name_text(self.define(value), text, expr)
            case lp.Assign(value, expr):
                self.line(f"{self.variable(value)} = {bare(self.text(expr))};")
                self._forget([value])
            case lp.Store(buffer, index, expr):
                text = bare(self.text(expr))
                self.line(f"{self.element(buffer, index)} = {text};")
                self._forget([buffer])
            case lp.Reduce(target, op, expr):
                dtypes = (target.dtype, expr.dtype)
                operands = (self.variable(target), self.atom(expr))
                text = operation_text(self.around.functions, op, dtypes, target.dtype, operands)
                self.line(f"{operands[0]} = {bare(text)};")
                self._forget([target])
            case lp.ArgReduce():
                self._arg_reduce(statement)
            case lp.Check(condition):
                with self.braces(f"if (!{self.atom(condition)})"):
                    self.line(f"{self.state()}->status = {CHECK_FAILED};")
                    self.line("return;")
            case _:
                self._control(statement)

    def _arg_reduce(self, statement: lp.ArgReduce) -> None:
        element, at = self.atom(statement.expr), self.atom(lp.Form(statement.at))
        best, position = self.variable(statement.best), self.variable(statement.position)
        test = self.around.functions.better(statement.op.name, statement.best.dtype)
        with self.braces(f"if ({test}({element}, {at}, {best}, {position}))", [statement]):
            self.line(f"{best} = {element};")
            self.line(f"{position} = {at};")

    def _control(self, statement: lp.Stmt) -> None:
        match statement:
            case lp.Nest():
                self._nest(statement, 0)
            case lp.For(index, length, body, reverse):
                with self.braces(self._for(index, Affine(0), length, reverse), body):
                    self.block(body)
            case lp.While(body):
                with self.braces("for (;;)", body):
                    self.block(body)
            case lp.If(condition, then, orelse):
                test = self.atom(condition)
                for head, arm in ((f"if ({test})", then), (f"if (!{test})", orelse)):
                    if arm:
                        with self.braces("else" if arm is orelse and then else head, arm):
                            self.block(arm)
            case lp.Break():
                self.line("break;")
            case _:
                raise UnsupportedError(
                    f"{type(statement).__name__} inside a loop nest is not supported on CUDA",
                    getattr(statement, "site", None),
                )

    def _nest(self, nest: lp.Nest, axis: int) -> None:
        if axis == len(nest.indices):
            self.block(nest.body)
            return
        bounds = (nest.lower[axis], nest.upper[axis])
        with self.braces(self._for(nest.indices[axis], *bounds, nest.reverse[axis]), nest.body):
            self._nest(nest, axis + 1)

    def _for(self, index: Value, lower: Affine, upper: Affine, reverse: bool) -> str:
        """Return the head of a loop; its bound is fixed before the loop begins."""
        name = self.define(index)
        stop = lower if reverse else upper
        bound = self.form(stop)
        if self._declared.intersection(stop.symbols):
            bound = self.fresh("stop")
            self.line(f"const long long {bound} = {self.form(stop)};")
        if reverse:
            return f"for (long long {name} = {self.form(upper - 1)}; {name} >= {bound}; --{name})"
        return f"for (long long {name} = {self.form(lower)}; {name} < {bound}; ++{name})"


def begins(block: Sequence[lp.Stmt], value: Value) -> bool:
    """Return whether a block always gives a variable its content before it reads it."""
    for k, statement in enumerate(block):
        if not uses.mentions([statement])[value]:
            continue
        if isinstance(statement, lp.Assign) and statement.value is value:
            return value not in uses.expr_variables(statement.expr)
        if value in uses.read_variables(statement):
            return False
        inner = [body for body in lp.blocks(statement) if uses.mentions(body)[value]]
        # A loop may run no iteration and a branch not be taken: then nothing may come after it.
        always = isinstance(statement, lp.If) and len(inner) == 2
        last = not uses.mentions(block[k + 1 :])[value]
        return (always or last) and all(begins(body, value) for body in inner)
    return False


def _is_lazy(arm: lp.Expr) -> bool:
    """Return whether an arm of a choice is better not computed where it is not taken."""
    return any(
        isinstance(e, lp.Load) or (isinstance(e, lp.Apply) and not e.op.cheap)
        for e in lp.subexpressions(arm)
    )


def _dependences(expr: lp.Expr) -> frozenset[Dependence]:
    found: set[Dependence] = set(lp.variables(expr))
    found.update(load.buffer for load in uses.loads(expr))
    return frozenset(found)


def _factor(text: str) -> str:
    return text if re.fullmatch(r"\w+", text) else f"({text})"


def bare(text: str) -> str:
    """Return an expression without parentheses around the whole of it."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for k, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and k < len(text) - 1:
            return text
    return text[1:-1]
