"""Globals, closures, modules and what they hold are read when a compiled function is called."""

from __future__ import annotations

import dataclasses
import linecache
import types

import numpy as np
import pytest

import autograph as ag
from tests.lifecycle import helper_module as module
from tests.lifecycle.comparing import compare, specialisations

FACTOR = 2.0
AXIS = 0
STEPS = 3
FIRST = np.ones(3)
SECOND = FIRST


def vector():
    return np.arange(1.0, 4.0)


def follow(fn, change, *contents, arguments=(2.0,)):
    """Check a function after each change of what it reads; return its compiled form."""
    compiled = ag.compile(fn)
    for content in contents:
        change(content)
        compare(fn, arguments, compiled=compiled)
    return compiled


def test_a_number_that_changes_becomes_a_run_time_value(monkeypatch):
    def change(content):
        monkeypatch.setitem(globals(), "FACTOR", content)

    f = follow(lambda x: x * FACTOR, change, *(float(k) for k in range(1, 40)))
    assert specialisations(f) == 2
    f = follow(lambda x: x * FACTOR, change, 1, 2, 3.0, 4.0, True, np.float32(2), 5)
    change(0.0)
    f = ag.compile(lambda x: x * FACTOR)
    assert str(f(1.0)) == "0.0"
    change(-0.0)
    assert str(f(1.0)) == "-0.0"


def test_a_number_that_is_needed_while_compiling_stays_a_constant(monkeypatch):
    matrix = np.arange(6.0).reshape(2, 3)
    f = follow(
        lambda x: x.sum(axis=AXIS),
        lambda content: monkeypatch.setitem(globals(), "AXIS", content),
        *(0, 1, 0, -1, -2),
        arguments=(matrix,),
    )
    assert specialisations(f) <= 5


def test_length_of_a_loop_from_outside(monkeypatch):
    def doubled(x):
        for _ in range(STEPS):
            x = x * 2
        return x

    f = follow(doubled, lambda n: monkeypatch.setitem(globals(), "STEPS", n), *(3, 4, 5, 6, 0, 7))
    assert specialisations(f) <= 3


def test_two_names_of_one_array(monkeypatch):
    def both(x):
        return x * FIRST + SECOND

    f = compare(both, (2.0,))
    monkeypatch.setitem(globals(), "SECOND", vector())
    compare(both, (2.0,), compiled=f)
    monkeypatch.setitem(globals(), "FIRST", SECOND)
    FIRST[0] = 7.0
    compare(both, (2.0,), compiled=f)


def test_modules_and_helpers_in_them(monkeypatch):
    follow(lambda x: x * module.RATE, lambda r: monkeypatch.setattr(module, "RATE", r), 2.0, 5.0)
    follow(
        lambda x: x + module.TABLE.sum(),
        lambda t: monkeypatch.setattr(module, "TABLE", t),
        module.TABLE,
        np.ones(9),
    )
    f = follow(
        lambda x: module.scaled(x),
        lambda h: monkeypatch.setattr(module, "scaled", h),
        module.scaled,
        lambda x: x - 1,
    )
    monkeypatch.undo()
    compare(f.__wrapped__, (2.0,), compiled=f)
    monkeypatch.setattr(module, "RATE", 7.0)
    compare(f.__wrapped__, (2.0,), compiled=f)


def test_functions_whose_code_or_defaults_are_replaced():
    def helper(x, k=1.0, *, extra=0.0):
        return x + k + extra

    def other(x, k=1.0, *, extra=0.0):
        return x * k + extra

    def caller(x):
        return helper(x)

    f = compare(caller, (3.0,))
    helper.__defaults__ = (5.0,)
    compare(caller, (3.0,), compiled=f)
    helper.__kwdefaults__ = {"extra": 2.0}
    compare(caller, (3.0,), compiled=f)
    helper.__code__ = other.__code__
    compare(caller, (3.0,), compiled=f)


def test_objects_and_classes():
    class Settings:
        rate = 3.0

        def __init__(self):
            self._depth = 2.0

        @property
        def depth(self):
            return self._depth * 2

        def scale(self, x):
            return x * self.rate

        def __call__(self, x):
            return x + self._depth

    settings = Settings()

    def use(x):
        found = getattr(settings, "extra", 0.0) + (10.0 if hasattr(settings, "more") else 0.0)
        return settings.scale(x) + settings.depth + settings(x) + settings.rate + found

    f = compare(use, (2.0,))
    changes = [
        lambda: setattr(Settings, "rate", 4.0),
        lambda: setattr(settings, "rate", 5.0),
        lambda: delattr(settings, "rate"),
        lambda: setattr(settings, "_depth", 7.0),
        lambda: setattr(settings, "extra", 1.0),
        lambda: setattr(settings, "more", None),
        lambda: setattr(Settings, "scale", lambda self, x: x + 10),
        lambda: setattr(settings, "scale", lambda x: x + 20),
    ]
    for change in changes[:4]:
        change()
        compare(use, (2.0,), compiled=f)
    f = compare(use, (2.0,))
    for change in changes[4:]:
        change()
        compare(use, (2.0,), compiled=f)


@dataclasses.dataclass(frozen=True)
class Config:
    count: int = 3
    rate: float = 2.0


def test_variables_of_enclosing_functions():
    config, shift = Config(), None

    def use(x):
        return x * config.rate + config.count + (0.0 if shift is None else shift)

    f = compare(use, (1.0,))
    for config in (Config(4, 1.0), Config(1, 1.0)):  # noqa: B007
        compare(use, (1.0,), compiled=f)
    for shift in (vector(), None, 2.0):  # noqa: B007
        compare(use, (1.0,), compiled=f)


def test_containers_from_outside():
    factors, named, allowed = [1.0, 2.0], {"a": 2.0}, {"a"}
    many = [0.5] * 40

    def use(x):
        for factor in factors:
            x = x + factor
        for key, value in named.items():
            x = x * value if key in allowed else x
        return x + len(factors) + sum(many)

    f = compare(use, (1.0,))
    changes = [
        lambda: factors.append(5.0),
        lambda: named.update(b=3.0),
        lambda: allowed.add("b"),
        lambda: many.__setitem__(7, 9.0),
        lambda: many.__setitem__(7, 9),
    ]
    for change in changes:
        change()
        compare(use, (1.0,), compiled=f)


def test_a_set_from_outside_is_changed():
    seen = {1.0}

    def remember(x):
        seen.clear()
        return x

    assert ag.compile(remember)(1.0) == 1.0
    assert seen == set()


def test_names_that_shadow_or_vanish():
    source = "def f(x):\n    return abs(x) + np.exp(x)\n"
    linecache.cache["<shadow>"] = (len(source), None, source.splitlines(True), "<shadow>")
    scope = {"np": np}
    exec(compile_(source), scope)
    f = compare(scope["f"], (-1.0,))
    scope["abs"] = lambda x: x * 7
    compare(scope["f"], (-1.0,), compiled=f)
    del scope["abs"]
    scope["np"] = types.SimpleNamespace(exp=lambda x: x + 10)
    compare(scope["f"], (-1.0,), compiled=f)
    del scope["np"]
    with pytest.raises(NameError, match="'np'"):
        f(-1.0)


def compile_(source):
    return compile(source, "<shadow>", "exec")


def test_reading_globals_costs_next_to_nothing():
    """Such calls go straight to the compiled entry, through generated tests."""
    f = ag.compile(lambda x: x * FACTOR + FIRST + module.RATE)
    f(2.0)
    entry = f.stats.__self__
    assert entry.arity == 1
    assert entry.fast is not entry.slow
    assert entry.fast.__code__.co_name == "direct_call"
