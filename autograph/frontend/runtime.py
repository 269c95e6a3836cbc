"""What converted code calls, under the name `ag__`: one object for each converted function."""

from __future__ import annotations

import operator
import types
from collections.abc import Callable, Iterator
from functools import partialmethod
from typing import Any

import numpy as np

from autograph.frontend import calls, control, exceptions, matching, objects
from autograph.frontend.completion import EXIT, NORMAL
from autograph.frontend.condition import TRUE, all_of, any_of
from autograph.frontend.context import ProgramRaises, unsupported
from autograph.frontend.control import Block, Code, condition_of, fork, if_, nothing, region
from autograph.frontend.convert import bind
from autograph.frontend.decisions import STAGE, UNROLL, Restart
from autograph.frontend.defined import Definition
from autograph.frontend.fixpoint import Loop, Site
from autograph.frontend.heap import is_object
from autograph.frontend.inputs import global_variable
from autograph.frontend.iterables import StagedIterable, staged_iterable
from autograph.frontend.journal import UNBOUND
from autograph.frontend.objects import MISSING
from autograph.frontend.one_value import one_value
from autograph.frontend.outer_attributes import named_attribute, outer_attribute
from autograph.frontend.scan_loop import staged_loop
from autograph.frontend.symbolic import (
    Array,
    Number,
    Symbolic,
    constant,
    is_symbolic,
    require,
    value_of_form,
)
from autograph.frontend.tracer import tracer
from autograph.frontend.union import Union, Unjoined, alternatives, narrow
from autograph.frontend.values import get_attribute, getitem, inplace, set_part, setitem
from autograph.ir.affine import Affine
from autograph.ops.elementwise import equal

UNROLLED_ITERATIONS = 32
"""How many iterations of a `while` run at trace time before it is staged."""


class Runtime:
    """The functions that the converted form of one function calls.

    Args:
        fn: The user's function.
    """

    slice = slice
    super = super
    nothing = staticmethod(nothing)
    function = staticmethod(control.function)
    if_ = staticmethod(if_)
    try_ = staticmethod(exceptions.try_)
    raise_, require_true, with_ = exceptions.raise_, exceptions.require, exceptions.with_
    value_if = staticmethod(control.value_if)
    value_and = staticmethod(control.value_and)
    value_or = staticmethod(control.value_or)
    value_not = staticmethod(control.value_not)
    test_and = staticmethod(control.test_and)
    test_or = staticmethod(control.test_or)
    test_not = staticmethod(control.test_not)
    chain = staticmethod(control.chain)
    decide = staticmethod(control.decide)

    patterns = matching

    def __init__(self, fn: types.FunctionType) -> None:
        self._fn = fn
        self._globals = fn.__globals__

    # ------------------------------------------------------------ reading

    def load(self, content: Any, name: str) -> Any:
        """Return the content of a local variable."""
        content = narrow(content)
        if isinstance(content, Union):
            content = _bound_only(content, name)
        if content is UNBOUND:
            raise ProgramRaises(f"UnboundLocalError: '{name}' is not bound")
        if isinstance(content, Unjoined):
            raise content.error(name)
        return _lifted(content)

    def load_free(self, content: Any, name: str) -> Any:
        """Return the content of a variable of a function that is not converted."""
        outside = tracer().outside
        return outside.content(content, outside.variable(self._fn, name))

    def load_global(self, content: Any, name: str) -> Any:
        """Return the content of a global variable or builtin."""
        outside = tracer().outside
        if name not in self._globals:
            outside.lacks(self._globals, name)
            return content
        return outside.content(content, global_variable(name, self._globals))

    def attribute(self, o: Any, name: str) -> Any:
        """Return `o.<name>`."""
        o = narrow(o)
        if isinstance(o, Union):
            return fork(o, lambda a: self.attribute(a, name))
        o = _lifted(o)
        if isinstance(o, Symbolic):
            return get_attribute(o, name)
        if is_object(o) and tracer().birth(o) is not None:
            return self.load(calls.run(objects.attribute, (o, name, self), {}), name)
        return outer_attribute(o, name, self)

    def item(self, o: Any, key: Any) -> Any:
        """Return `o[key]`."""
        o = narrow(o)
        if isinstance(o, Union):
            return fork(o, lambda a: self.item(a, key))
        o = _lifted(o)
        found = self._special(o, "__getitem__", key)
        return calls.fork_within(key, lambda k: _item(o, k)) if found is MISSING else found

    # ------------------------------------------------------------ operators

    def binary(self, name: str, a: Any, b: Any) -> Any:
        """Return `operator.<name>(a, b)`."""
        a, b = narrow(a), narrow(b)
        if _is_overloaded(a) or _is_overloaded(b):
            if isinstance(a, Union):
                return fork(a, lambda x: self.binary(name, x, b))
            if isinstance(b, Union):
                return fork(b, lambda y: self.binary(name, a, y))
            if is_object(a) or is_object(b):
                return objects.binary(name, a, b, self)
        result = calls.run(getattr(operator, name), (a, b), {})
        return tracer().mark_made(result)

    lt, le, gt = (
        partialmethod(binary, "lt"),
        partialmethod(binary, "le"),
        partialmethod(binary, "gt"),
    )
    ge, eq, ne = (
        partialmethod(binary, "ge"),
        partialmethod(binary, "eq"),
        partialmethod(binary, "ne"),
    )

    def unary(self, name: str, x: Any) -> Any:
        """Return `operator.<name>(x)`."""
        x = narrow(x)
        if isinstance(x, Union) and _is_overloaded(x):
            return fork(x, lambda a: self.unary(name, a))
        found = self._special(x, f"__{name}__")
        return calls.run(getattr(operator, name), (x,), {}) if found is MISSING else found

    def _special(self, o: Any, name: str, *args: Any) -> Any:
        """Return what a special method that a class defines in Python returns, or `MISSING`."""
        return objects.special(o, name, self, *args) if is_object(o) else MISSING

    # ------------------------------------------------------------ writing

    def set_item(self, o: Any, key: Any, value: Any) -> None:
        """Run `o[key] = value`."""
        o = narrow(o)
        if isinstance(o, Union):
            fork(o, lambda a: self.set_item(a, key, value))
        elif isinstance(o := _lifted(o), Symbolic):
            number = one_value(value)  # of which type it is makes no difference here
            pair = (key, value if number is None else number)
            calls.fork_within(pair, lambda given: setitem(o, *given))
        elif self._special(o, "__setitem__", key, value) is MISSING:
            tracer().log_object(o)
            calls.run(operator.setitem, (o, _static_key(o, narrow(key)), value), {})

    def set_attribute(self, o: Any, name: str, value: Any) -> None:
        """Run `o.<name> = value`."""
        o = _lifted(narrow(o))
        if isinstance(o, Union):
            fork(o, lambda a: self.set_attribute(a, name, value))
        elif isinstance(o, Array) and name in ("real", "imag"):
            calls.fork_within(value, lambda v: set_part(o, name, v))
        elif not is_object(o):
            what = "an array" if isinstance(o, Symbolic) else f"a {type(o).__name__}"
            raise unsupported(
                f"storing the attribute {name!r} of {what} is not supported; make a new one"
            )
        else:
            _require_made(o)
            objects.set_attribute(o, name, value, self)

    def delete_attribute(self, o: Any, name: str) -> None:
        """Run `del o.<name>`."""
        o = narrow(o)
        if isinstance(o, Union):
            fork(o, lambda a: self.delete_attribute(a, name))
        else:
            _require_made(o)
            objects.delete_attribute(o, name)

    def delete_item(self, o: Any, key: Any) -> None:
        """Run `del o[key]`."""
        o = narrow(o)
        if isinstance(o, Union):
            fork(o, lambda a: self.delete_item(a, key))
        elif isinstance(o, Symbolic | np.ndarray):
            raise ProgramRaises("ValueError: cannot delete array elements")
        elif self._special(o, "__delitem__", key) is MISSING:
            tracer().log_object(o)
            calls.run(operator.delitem, (o, _static_key(o, narrow(key))), {})

    def augment(self, name: str, target: Any, value: Any) -> Any:
        """Return what `target <op>= value` binds the target to."""
        target, value = narrow(target), narrow(value)
        if isinstance(target, Union) and any(isinstance(a, Array) for _, a in alternatives(target)):
            fork(target, lambda a: self.augment(name, a, value))
            return target
        if isinstance(target, Union) or isinstance(value, Union):
            if _is_overloaded(target):
                return fork(target, lambda a: self.augment(name, a, value))
            other = value if isinstance(value, Union) else None
            if other is not None and isinstance(target, Array):
                return fork(other, lambda v: self.augment(name, target, v))
            return getattr(operator, name)(target, value)
        if is_symbolic(target) or is_symbolic(value) or isinstance(target, np.ndarray):
            return inplace(name, target, value)
        if is_object(target) or is_object(value):
            return objects.inplace(name, target, value, self)
        tracer().log_object(target)
        return calls.run(getattr(operator, "i" + name.rstrip("_")), (target, value), {})

    def augment_item(self, name: str, o: Any, key: Any, value: Callable[[], Any]) -> None:
        """Run `o[key] <op>= value`."""
        old = self.item(o, key)
        new = self.augment(name, old, value())
        o = narrow(o)
        if isinstance(o, Array) and isinstance(new, Array) and new.cell is o.cell:
            return  # A view was changed in place: NumPy stores it over itself.
        self.set_item(o, key, new)

    def augment_attribute(self, name: str, o: Any, attribute: str, value: Any) -> None:
        """Run `o.<attribute> <op>= value()`."""
        old = self.attribute(o, attribute)
        self.set_attribute(o, attribute, self.augment(name, old, value()))

    def new(self, container: Any) -> Any:
        """Return a list, dict or set that a display made."""
        return tracer().mark_made(container)

    def unpack(self, value: Any, before: int, after: int) -> Any:
        """Return what is unpacked into `before` targets, and `after` behind a starred one."""
        value = _lifted(narrow(value))
        if isinstance(value, Union):
            return fork(value, lambda a: tuple(self.unpack(a, before, after)))
        if isinstance(value, Array) and value.ndim and after < 0:
            self._require_count(value.dims[0], before)
            return tuple(getitem(value, k) for k in range(before))
        return value

    def _require_count(self, length: Affine, wanted: int) -> None:
        """Make a length that many: proved, assumed of the arguments, or checked."""
        facts, message = tracer().facts, "ValueError: wrong number of values to unpack"
        if facts.assume_equal(length, wanted):
            return
        if facts.canonical(length).constant is not None:
            tracer().fail(message)
        require(equal(value_of_form(length), constant(wanted, np.int64)), message)

    # ------------------------------------------------------------ calling

    def call(self, f: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Return `f(*args, **kwargs)`."""
        f = narrow(f)
        if (f is getattr or f is hasattr) and len(args) > 1 and isinstance(args[1], str):
            return named_attribute(f, *args, run=self)
        made = objects.call(f, args, kwargs, self)
        return _lifted(calls.call(f, args, kwargs, inlined)) if made is MISSING else made

    def method(self, o: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """Return `o.<name>(*args, **kwargs)`."""
        o = narrow(o)
        if isinstance(o, Union):
            return fork(o, lambda a: self.method(a, name, *args, **kwargs))
        f = self.attribute(o, name)
        if isinstance(_lifted(o), Symbolic):
            return calls.call_method(f, args, kwargs)
        return self.call(f, *args, **kwargs)

    # ------------------------------------------------------------ comparing

    def is_(self, a: Any, b: Any) -> Any:
        """Return `a is b`."""
        a, b = narrow(a), narrow(b)
        cases = [
            all_of([p, q])
            for p, x in alternatives(a)
            for q, y in alternatives(b)
            if _identical(x, y)
        ]
        return any_of(cases).number()

    def is_not(self, a: Any, b: Any) -> Any:
        """Return `a is not b`."""
        return control.value_not(self.is_(a, b))

    def in_(self, a: Any, b: Any) -> Any:
        """Return `a in b`."""
        a, b = narrow(a), _lifted(narrow(b))
        if isinstance(b, Array):
            return self.method(self.call(operator.eq, b, a), "any")
        if not (is_symbolic(a) or is_symbolic(b)):
            return calls.run(operator.contains, (b, a), {})
        equal = [lambda x=x: self.call(operator.eq, x, a) for x in b]
        return control.value_or(False, *equal)

    def not_in(self, a: Any, b: Any) -> Any:
        """Return `a not in b`."""
        return control.value_not(self.in_(a, b))

    def match(self, subject: Any, pattern: matching.Pattern, **setters: Callable[..., Any]) -> Any:
        """Return whether a subject matches a pattern, and bind what the pattern captures."""
        return matching.match(self, subject, pattern, setters)

    # ------------------------------------------------------------ loops

    def iterate(self, x: Any) -> Any:
        """Return what a comprehension goes through at trace time."""
        x = narrow(x)
        return staged_iterable(x) or x if isinstance(x, np.ndarray) else x

    def for_(self, site: Site, iterable: Any, body: Block, orelse: Block, index: str) -> Code:
        """Run a `for`: staged over ranges and arrays, at trace time over Python's iterables."""
        iterable = narrow(iterable)
        if isinstance(iterable, Union):
            raise unsupported(
                "a loop over something that depends on a run-time condition is not supported; "
                "put the loop into both branches"
            )
        items = staged_iterable(iterable)
        if items is None or (UNROLL, site) in tracer().decisions:
            source = iterable if items is None else items
            return control.native_loop(calls.run(iter, (source,), {}), body, orelse)
        if items.length.constant == 0:
            return orelse() or NORMAL
        loop = Loop(
            site, items.length, lambda k: body(items.item(k)), None, orelse, index, items.unrollable
        )
        return staged_loop(loop)

    def while_(self, site: Site, test: Block, body: Block, orelse: Block) -> Code:
        """Run a `while`: at trace time as long as nothing about it depends on run-time values."""
        known, changes_nothing = _probe(test)
        if known is False:
            test()
            return orelse() or NORMAL
        if known and (STAGE, site) not in tracer().decisions:
            restart = Restart((STAGE, site))
            rounds = _iterations(test, restart)
            return control.native_loop(rounds, lambda _: body(), orelse, restart)
        if known is None and not changes_nothing and (STAGE, site) not in tracer().decisions:
            raise Restart((STAGE, site))

        def iteration(_: Affine) -> Any:
            condition = condition_of(test())
            if changes_nothing:
                tracer().learn(condition)
                return body()
            return if_(condition, nothing, lambda: EXIT) or body()

        separate = test if changes_nothing else None
        return staged_loop(Loop(site, None, iteration, separate, orelse, "", False))


def _probe(test: Block) -> tuple[bool | None, bool]:
    """Return the truth of a test, if it is known, and whether the test changes nothing."""
    truths: list[bool | None] = []

    def evaluate() -> None:
        truths.append(condition_of(test()).known)

    probe = region("probe", evaluate, TRUE)
    if not truths:
        test()
    return truths[0], not probe.changes


def _iterations(test: Block, restart: Restart) -> Iterator[None]:
    """Go on while a test is known to be true; ask for the loop to be staged if that takes long."""
    for count in range(UNROLLED_ITERATIONS + 1):
        truth = condition_of(test()).known
        if truth is None or count == UNROLLED_ITERATIONS:
            raise restart
        if not truth:
            return
        yield None


def _is_overloaded(x: Any) -> bool:
    """Return whether something is, or may be, an object whose class says what operators do."""
    return (
        any(is_object(part) for _, part in alternatives(x))
        if isinstance(x, Union)
        else is_object(x)
    )


def _require_made(o: Any) -> None:
    """Refuse to change an object that the program did not make."""
    if tracer().birth(o) is None:
        raise unsupported(
            f"changing a {type(o).__name__} from outside the function is not supported; "
            "return the new values"
        )


def inlined(fn: types.FunctionType) -> types.FunctionType:
    """Return the converted form of a plain function."""
    return bind(fn, Runtime(fn))


Definition.convert = inlined


def _lifted(content: Any) -> Any:
    return tracer().lift(content) if isinstance(content, np.ndarray) else content


def _bound_only(content: Union, name: str) -> Any:
    """Return a content whose variable is bound: check that it is."""
    unbound = any_of(c for c, x in content.alternatives if x is UNBOUND)
    if unbound.known is not False:
        trace = tracer()
        trace.check((~unbound).value(), f"UnboundLocalError: '{name}' is not bound")
        trace.learn(~unbound)
    rest = [(c, x) for c, x in alternatives(content) if x is not UNBOUND]
    for _, x in rest:
        if isinstance(x, Unjoined):
            raise x.error(name)
    if not rest:
        return UNBOUND
    return rest[0][1] if len(rest) == 1 else Union(tuple(rest))


def _item(o: Any, key: Any) -> Any:
    if isinstance(o, Symbolic):
        return getitem(o, key)
    if isinstance(o, StagedIterable):
        return o[key]
    found = _lifted(calls.run(operator.getitem, (o, _static_key(o, key)), {}))
    return tracer().mark_made(found) if isinstance(key, slice) else found


def _static_key(owner: Any, key: Any) -> Any:
    """Return a key of a Python container; a run-time number has to become known."""
    if isinstance(key, Number):
        return tracer().need_static(key)
    if isinstance(key, tuple) and isinstance(owner, dict):
        return tuple(_static_key(owner, part) for part in key)
    return key


def _identical(a: Any, b: Any) -> bool:
    tracer().compared(a, b)
    if isinstance(a, Array) and isinstance(b, Array):
        derived = a.view.derived or b.view.derived
        return a is b or (a.cell is b.cell and not derived)
    return a is b
