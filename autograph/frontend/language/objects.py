"""Objects of Python classes: attributes, construction and operators, as the interpreter does them.

Enters: an object made of its attributes and what is done with it. Leaves: the result; methods that
the class defines in Python are traced like any function, and every change goes through the journal.
"""

from __future__ import annotations

import builtins
import copy
import dataclasses
import inspect
import operator
import types
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from autograph.frontend.flow.control import condition_of, fork
from autograph.frontend.language.interpreter import Interpreter
from autograph.frontend.language.local_classes import compared
from autograph.frontend.standard_library.hashing import hash_of
from autograph.frontend.symbols.condition import TRUE, Condition
from autograph.frontend.symbols.context import ProgramRaises, unsupported
from autograph.frontend.symbols.context import run as call_at_trace_time
from autograph.frontend.symbols.implicit import look_into
from autograph.frontend.symbols.symbolic import python_number
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.escape import AttributeHome, at_home, escape, settled
from autograph.frontend.tracing.escape import store_attribute as store_in_pool
from autograph.frontend.tracing.heap import (
    arguments_of,
    content_of,
    empty_object,
    is_object,
    is_plain_class,
    slots_of,
)
from autograph.frontend.tracing.journal import UNBOUND
from autograph.frontend.tracing.stand_in import class_of
from autograph.frontend.tracing.tracer import tracer

GENERATED = "<"
"""What the file name of code starts with that has no source, such as a dataclass's methods."""

MISSING = object()


def in_class(kind: type, name: str) -> Any:
    """Return what a class defines under a name, `MISSING` if nothing."""
    for base in kind.__mro__:
        if name in vars(base):
            return vars(base)[name]
    return MISSING


def has_python_method(x: Any, name: str) -> bool:
    """Return whether the class of an object defines a method in Python."""
    return is_object(x) and isinstance(in_class(type(x), name), types.FunctionType)


def is_generated(f: Any) -> bool:
    """Return whether a function has no source of its own."""
    return isinstance(f, types.FunctionType) and f.__code__.co_filename.startswith(GENERATED)


# ---------------------------------------------------------------- attributes


def attribute(o: Any, name: str, run: Interpreter) -> Any:
    """Return what `o.<name>` is stored as, for an object that the program made."""
    kind = type(o)
    if name == "__class__":
        compared(kind)
        return kind
    if name == "__dict__":
        raise unsupported("the __dict__ of an object is not supported; use its attributes")
    if isinstance(o, BaseException):
        if name in ("__context__", "__traceback__", "__notes__"):
            raise unsupported(
                f"{name} of an exception is not supported; use its class and arguments"
            )
        look_into(o)
        if name == "args":
            return arguments_of(o)
    defined = in_class(kind, name)
    if isinstance(defined, property):
        if defined.fget is None:
            raise ProgramRaises(f"AttributeError: property '{name}' has no getter")
        return run.call(defined.fget, o)
    own = stored(o, name)
    of_class = partial(_of_class, o, name, defined, run)
    if isinstance(own, Union) and any(x is UNBOUND for _, x in alternatives(own)):
        is_of_class = defined is not MISSING or tracer().variables.of_attribute(kind, name)
        return fork(own, lambda x: of_class() if x is UNBOUND else x) if is_of_class else own
    return of_class() if own is MISSING else own


def _of_class(o: Any, name: str, defined: Any, run: Interpreter) -> Any:
    """Return an attribute that an object has by its class."""
    kind = type(o)
    if isinstance(defined, types.FunctionType):
        return types.MethodType(defined, o)
    if defined is not MISSING:
        get = in_class(type(defined), "__get__")
        if isinstance(get, types.FunctionType) and not is_generated(get):
            return run.call(get, defined, o, kind)
        return run.attribute(kind, name) if get is MISSING else getattr(o, name)
    if tracer().variables.of_attribute(kind, name) is not None:
        return run.attribute(kind, name)
    fallback = in_class(kind, "__getattr__")
    if isinstance(fallback, types.FunctionType):
        return run.call(fallback, o, name)
    if hasattr(kind, name):
        return getattr(o, name)
    raise ProgramRaises(f"AttributeError: {kind.__name__!r} object has no attribute {name!r}")


def stored(o: Any, name: str) -> Any:
    """Return an attribute that an object itself has, `MISSING` if it has not."""
    row = tracer().pools.row_of(o)
    if row is not None:
        found = row.attribute(name)
        return MISSING if found is UNBOUND else at_home(found, AttributeHome(row, name))
    if name in slots_of(type(o)):
        try:
            return object.__getattribute__(o, name)
        except AttributeError:
            return MISSING
    return vars(o).get(name, MISSING) if hasattr(o, "__dict__") else MISSING


def set_attribute(o: Any, name: str, value: Any, run: Interpreter) -> None:
    """Run `o.<name> = value`."""
    kind = type(o)
    setter = in_class(kind, "__setattr__")
    if isinstance(setter, types.FunctionType):
        if not is_generated(setter):
            run.call(setter, o, name, value)
            return
        _run_generated(setter, o, name, value)
    store_attribute(o, name, value, run)


def store_attribute(o: Any, name: str, value: Any, run: Interpreter) -> None:
    """Run `object.__setattr__(o, name, value)`."""
    defined = in_class(type(o), name)
    if isinstance(defined, property):
        if defined.fset is None:
            raise ProgramRaises(f"AttributeError: property '{name}' has no setter")
        run.call(defined.fset, o, value)
        return
    put = MISSING if defined is MISSING else in_class(type(defined), "__set__")
    if isinstance(put, types.FunctionType):
        run.call(put, defined, o, value)
        return
    row = tracer().pools.row_of(o)
    if row is not None:
        store_in_pool(row, name, value)
        return
    tracer().log_object(o)
    try:
        object.__setattr__(o, name, value)
    except AttributeError as error:
        raise ProgramRaises(f"AttributeError: {error}") from error


def delete_attribute(o: Any, name: str) -> None:
    """Run `del o.<name>`."""
    is_fixed = tracer().pools.row_of(o) is not None or has_python_method(o, "__delattr__")
    if stored(o, name) is MISSING or is_fixed:
        raise unsupported(f"deleting the attribute {name!r} of {type(o).__name__} is not supported")
    tracer().log_object(o)
    object.__delattr__(o, name)


def _run_generated(setter: types.FunctionType, o: Any, name: str, value: Any) -> None:
    """Have a generated `__setattr__` raise what it raises; it would store what it does not."""
    probe = object.__new__(type(o))
    try:
        setter(probe, name, value)
    except AttributeError as error:
        raise ProgramRaises(f"{type(error).__name__}: {error}") from error


# ---------------------------------------------------------------- making objects


def is_made_by_call(f: Any) -> bool:
    """Return whether calling `f` makes an object of a Python class."""
    return isinstance(f, type) and type(f).__call__ is type.__call__ and is_plain_class(f)


def instantiate(
    kind: type, args: Sequence[Any], kwargs: Mapping[str, Any], run: Interpreter
) -> Any:
    """Return `kind(*args, **kwargs)`."""
    if kind is types.SimpleNamespace:
        return tracer().mark_made(kind(*args, **kwargs))
    new: Any = kind.__new__
    if issubclass(kind, BaseException):
        return _exception(kind, args, kwargs, run)
    made = object.__new__(kind) if new is object.__new__ else run.call(new, kind, *args, **kwargs)
    if type(made) is not kind:
        return made
    if tracer().birth(made) is None:
        tracer().mark_made(made)
    _initialize(made, args, kwargs, run, has_new=new is not object.__new__)
    return settled(made)


def _initialize(
    made: Any,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    run: Interpreter,
    has_new: bool,
) -> None:
    """Run `__init__` of a new object."""
    kind = type(made)
    init: Any = in_class(kind, "__init__")
    if isinstance(init, types.FunctionType) and is_generated(init):
        if dataclasses.is_dataclass(kind):
            _initialize_dataclass(made, init, args, kwargs, run)
        else:
            init(made, *args, **kwargs)
    elif isinstance(init, types.FunctionType):
        run.call(init, made, *args, **kwargs)
    elif (args or kwargs) and not has_new:
        raise ProgramRaises(f"TypeError: {kind.__name__}() takes no arguments")


def _exception(
    kind: type[BaseException], args: Sequence[Any], kwargs: Mapping[str, Any], run: Interpreter
) -> Any:
    """Return an exception, which keeps its arguments whatever its `__init__` does."""
    init: Any = in_class(kind, "__init__")
    made = tracer().mark_made(call_at_trace_time(kind.__new__, (kind, *args), kwargs))
    if isinstance(init, types.FunctionType):
        run.call(init, made, *args, **kwargs)
    else:
        call_at_trace_time(init, (made, *args), kwargs)
    return made


def _initialize_dataclass(
    made: Any, init: Any, args: Sequence[Any], kwargs: Mapping[str, Any], run: Interpreter
) -> None:
    """Run the generated `__init__` of a dataclass."""
    kind = type(made)
    try:
        bound = inspect.signature(init).bind(made, *args, **kwargs)
    except TypeError as error:
        raise ProgramRaises(f"TypeError: {error}") from error
    given = bound.arguments
    for field in _fields_with_init_only(kind):
        if field.init and field.name in given:
            value = given[field.name]
        elif field.default is not dataclasses.MISSING:
            value = field.default
        elif field.default_factory is not dataclasses.MISSING:
            value = run.call(field.default_factory)
        else:
            continue
        if field.name in _init_only(kind):
            given.setdefault(field.name, value)
            continue
        object.__setattr__(made, field.name, value)
    after = in_class(kind, "__post_init__")
    if after is not MISSING:
        run.call(after, made, *(given[name] for name in _init_only(kind)))


def _fields_with_init_only(kind: Any) -> Iterator[Any]:
    for field in kind.__dataclass_fields__.values():
        if field._field_type is not dataclasses._FIELD_CLASSVAR:  # type: ignore[attr-defined]
            yield field


def _init_only(kind: Any) -> list[str]:
    return [
        name
        for name, field in kind.__dataclass_fields__.items()
        if field._field_type is dataclasses._FIELD_INITVAR  # type: ignore[attr-defined]
    ]


def replaced(o: Any, run: Interpreter, **changes: Any) -> Any:
    """Return `dataclasses.replace(o, **changes)`."""
    for field in dataclasses.fields(o):
        if field.init and field.name not in changes:
            changes[field.name] = run.attribute(o, field.name)
    return instantiate(type(o), (), changes, run)


# ---------------------------------------------------------------- calls

SPECIAL: dict[Any, str] = {
    builtins.len: "__len__",
    builtins.abs: "__abs__",
    builtins.float: "__float__",
    builtins.int: "__int__",
    builtins.hash: "__hash__",
    builtins.round: "__round__",
    builtins.repr: "__repr__",
    builtins.reversed: "__reversed__",
    builtins.iter: "__iter__",
    builtins.next: "__next__",
}
"""The special method that each builtin calls."""


CALLABLES = (types.BuiltinFunctionType, types.FunctionType, types.WrapperDescriptorType, type)


def call(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], run: Interpreter) -> Any:
    """Return the result of a call that is about objects, `MISSING` if it is not."""
    if is_made_by_call(f):
        return instantiate(f, args, kwargs, run)
    if isinstance(f, types.MethodType) and f.__name__ == "_replace":
        return _replaced_fields(f.__self__, kwargs) if not args else MISSING
    if is_object(f):
        return special(f, "__call__", run, *args, **kwargs)
    if not args or not isinstance(f, CALLABLES):
        return MISSING
    o = narrow(args[0])
    if isinstance(o, Union) and any(is_object(part) for _, part in alternatives(o)):
        return fork(o, lambda a: run.call(f, a, *args[1:], **kwargs))
    if not is_object(o):
        return MISSING
    if f is builtins.bool:
        return condition_of(o).number()
    if f in SPECIAL:
        is_hash = f is builtins.hash and tracer().birth(o) is not None
        return _hash(o, run) if is_hash else special(o, SPECIAL[f], run, *args[1:])
    return _reflection(f, o, args[1:], kwargs, run)


def _hash(o: Any, run: Interpreter) -> Any:
    """Return the hash of an object that the program made: by its row in a pool, or its fields."""
    kind = type(o)
    if class_of(o) is frozenset:
        return run.call(hash_of, o)
    own = in_class(kind, "__hash__")
    if own is vars(object)["__hash__"]:
        escape(o)
        row = tracer().pools.row_of(o)
        assert row is not None
        return python_number(int, row.at)
    if isinstance(own, types.FunctionType) and is_generated(own) and dataclasses.is_dataclass(kind):
        fields = dataclasses.fields(kind)
        names = [f.name for f in fields if (f.compare if f.hash is None else f.hash)]
        return run.call(hash_of, _fields(o, names, run))
    return special(o, "__hash__", run)


def _replaced_fields(x: Any, changes: dict[str, Any]) -> Any:
    """Return a named tuple with other fields; its own method would use up a dict of them."""
    if not isinstance(x, tuple) or not set(changes) <= set(getattr(x, "_fields", ())):
        return MISSING
    fields = x._fields  # type: ignore[attr-defined]
    return x._make(changes.get(name, own) for name, own in zip(fields, x, strict=True))  # type: ignore[attr-defined]


def _reflection(
    f: Any, o: Any, args: tuple[Any, ...], kwargs: dict[str, Any], run: Interpreter
) -> Any:
    """Return the result of a function that reads or writes an object's attributes by name."""
    if f is builtins.getattr:
        return run.attribute(o, *args) if has_attribute(o, args[0]) or len(args) == 1 else args[1]
    if f is builtins.id and tracer().pools.row_of(o) is not None:
        raise unsupported("id of an object in a list of unknown length; compare objects with `is`")
    if f is builtins.hasattr:
        return has_attribute(o, *args)
    if f is builtins.setattr:
        return run.set_attribute(o, *args)
    if f is object.__setattr__ and tracer().birth(o) is not None:
        return store_attribute(o, args[0], args[1], run)
    if f is dataclasses.replace:
        return replaced(o, run, **kwargs)
    if f is copy.copy and in_class(type(o), "__copy__") is MISSING:
        made = tracer().mark_made(empty_object(type(o)))
        for name in content_of(o):
            object.__setattr__(made, name, run.attribute(o, name))
        return settled(made)
    return MISSING


def has_attribute(o: Any, name: str) -> bool:
    """Return whether an object that the program made has an attribute."""
    return stored(o, name) is not MISSING or hasattr(type(o), name)


# ---------------------------------------------------------------- operators

REFLECTED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}
"""The comparison that the right operand makes."""


def binary(name: str, a: Any, b: Any, run: Interpreter) -> Any:
    """Return `operator.<name>(a, b)` where an operand is an object."""
    special = name.rstrip("_")
    reflected = REFLECTED.get(special, "r" + special)
    attempts = [(a, f"__{special}__", b), (b, f"__{reflected}__", a)]
    if type(b) is not type(a) and isinstance(b, type(a)):
        attempts.reverse()
    for owner, method, other in attempts:
        f = in_class(type(owner), method) if is_object(owner) else MISSING
        if isinstance(f, types.FunctionType):
            compared = _fields_compared(f, owner, other)
            if compared is not None:
                return run.binary(special, *(_fields(o, compared, run) for o in (owner, other)))
            if is_generated(f):
                tracer().outside.expose(owner, other)
            result = f(owner, other) if is_generated(f) else run.call(f, owner, other)
            if result is not NotImplemented:
                return result
        elif special == "ne" and has_python_method(owner, "__eq__"):
            equal = binary("eq", a, b, run)
            return run.call(operator.not_, equal)
        if type(a) is type(b) and special not in REFLECTED:
            break
    if special in ("eq", "ne"):
        same = identical(a, b).number()
        return same if special == "eq" else run.call(operator.not_, same)
    raise ProgramRaises(f"TypeError: unsupported operand types for {name}")


def _fields_compared(f: Any, a: Any, b: Any) -> list[str] | None:
    """Return the fields that a generated comparison of two dataclasses compares."""
    kind = type(a)
    compared(kind)
    if not is_generated(f) or not dataclasses.is_dataclass(kind) or type(b) is not kind:
        return None
    if f.__name__.strip("_") not in REFLECTED:
        return None
    return [field.name for field in dataclasses.fields(kind) if field.compare]


def _fields(o: Any, names: Sequence[str], run: Interpreter) -> tuple[Any, ...]:
    return tuple(run.attribute(o, name) for name in names)


def identical(a: Any, b: Any) -> Condition:
    """Return the condition that two objects are one."""
    rows = tracer().pools.row_of(a), tracer().pools.row_of(b)
    if rows[0] is None or rows[1] is None:
        compared(a, b)
        tracer().compared(a, b)
        return TRUE if a is b else ~TRUE
    if rows[0].pool is not rows[1].pool:
        return ~TRUE
    return condition_of(python_number(int, rows[0].at) == python_number(int, rows[1].at))


def inplace(name: str, a: Any, b: Any, run: Interpreter) -> Any:
    """Return what `a <op>= b` binds `a` to, where an operand is an object."""
    f = in_class(type(a), f"__i{name.rstrip('_')}__") if is_object(a) else MISSING
    if isinstance(f, types.FunctionType):
        result = run.call(f, a, b)
        if result is not NotImplemented:
            return result
    return binary(name, a, b, run)


def special(o: Any, name: str, run: Interpreter, *args: Any, **kwargs: Any) -> Any:
    """Return what a special method of an object returns, `MISSING` if it has none in Python."""
    f = in_class(type(o), name)
    if not isinstance(f, types.FunctionType):
        return MISSING
    if is_generated(f):
        if tracer().pools.row_of(o) is not None:
            raise unsupported(f"{name} that is generated, of an object in a list; write a method")
        tracer().outside.expose(o, *args)
        return f(o, *args)
    return run.call(f, o, *args, **kwargs)
