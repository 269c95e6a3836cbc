"""Functions inside wrappers: methods, decorators, partial functions, callable objects."""

from __future__ import annotations

import functools
import inspect
import io
from contextlib import redirect_stdout

import numpy as np
import pytest

import autograph as ag


def adding(amount):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(*args, **kwargs):
            return f(*args, **kwargs) + amount

        return wrapper

    return decorate


@adding(
    1,
)
@ag.compile(
    debug=False,
)
@adding(10)
def decorated_on_both_sides(x):
    return x * 2


@ag.compile
@functools.cache
def cached(x):
    return x * 2


class Base:
    rate = 2.0
    __secret = 3.0

    @ag.compile
    def method(self, x):
        return x * self.rate

    @classmethod
    @ag.compile
    def of_class(cls, x):
        return x * cls.rate

    @ag.compile
    @classmethod
    def of_class_too(cls, x):
        return x + cls.rate

    @staticmethod
    @ag.compile
    def static(x):
        return x + 1

    @ag.compile
    @staticmethod
    def static_too(x):
        return x + 2

    @property
    @ag.compile
    def doubled(self):
        return self.rate * 2

    @ag.compile
    def private(self, x):
        __local = x * 10
        for k in range(3):
            __local = __local + k

        def __inner(value, __more=1.0):
            return value + __local + __more

        return __inner(self.__secret) + self.__hidden(x)

    def __hidden(self, x):
        return x * self.__secret

    def step(self, x):
        return x * 2

    @ag.compile
    def walk(self, x):
        return self.step(x) + 1

    partly = functools.partialmethod(step)

    def __call__(self, x):
        return x - self.rate


class Derived(Base):
    def step(self, x):
        return super().step(x) + 10

    @ag.compile
    def method(self, x):
        return super().method(x) + super().doubled + Base.method(self, x)


def test_decorators_above_and_below():
    assert decorated_on_both_sides(1.0) == 13.0
    assert cached(1.0) == 2.0
    assert cached(1.0) == 2.0
    assert cached.cache_info().hits == 1


def test_methods():
    base = Base()
    assert base.method(1.0) == 2.0
    assert (base.of_class(1.0), Base.of_class(1.0), Base.of_class_too(1.0)) == (2.0, 2.0, 3.0)
    assert (base.static(1.0), Base.static_too(1.0)) == (2.0, 3.0)
    assert base.doubled == 4.0
    base.rate = 4.0
    assert (base.method(1.0), base.doubled) == (4.0, 8.0)
    assert base.of_class(1.0) == 2.0


def test_private_names():
    base = Base()
    plain = Base.private.__wrapped__
    assert base.private(2.0) == plain(base, 2.0) == 36.0 - 3.0 + 0.0


def test_inheritance_and_super():
    derived = Derived()
    assert Base().walk(1.0) == 3.0
    assert derived.walk(1.0) == 13.0
    assert derived.method(1.0) == 2.0 + 4.0 + 2.0
    assert ag.compile(lambda o, x: o.partly(x))(derived, 1.0) == 2.0
    assert ag.compile(derived.step)(1.0) == 12.0


def test_callables_that_are_no_functions():
    base = Base()
    call = ag.compile(base)
    assert call(1.0) == -1.0
    base.rate = 5.0
    assert call(1.0) == -4.0
    assert ag.compile(base.step)(1.0) == 2.0
    partial = ag.compile(functools.partial(lambda x, k, b=0.0: x * k + b, k=3.0))
    assert (partial(1.0), partial(1.0, b=1.0)) == (3.0, 4.0)
    assert ag.compile(ag.compile(lambda x: x * 2))(1.0) == 2.0
    for other in (np.exp, abs, Base, 3):
        with pytest.raises(ag.UnsupportedError, match="lambda x: f"):
            ag.compile(other)


def test_wrappers_inside():
    def scaled(x, k):
        return x * k

    tripled = functools.partial(scaled, k=3.0)

    @adding(1)
    @functools.lru_cache
    def helper(x):
        return x * 2 if x > 0 else -x

    @functools.lru_cache
    def table(n):
        return n * 2

    def use(x):
        return tripled(x) + functools.partial(scaled, k=x)(2.0) + helper(x) + table(3)

    f = ag.compile(use)
    for x in (1.0, -2.0):
        assert f(x) == use(x)


def test_functions_made_by_functions():
    def make(k):
        @ag.compile
        def f(x):
            return x * k

        return f

    first, second = make(2.0), make(3.0)
    assert (first(1.0), second(1.0), first(1.0)) == (2.0, 3.0, 2.0)


def test_compiled_functions_call_each_other():
    @ag.compile
    def inner(x):
        return x * 2

    @ag.compile
    def outer(x):
        return inner(x) + 1

    def called_back(x):
        return inner(x)

    assert outer(1.0) == 3.0
    assert ag.compile(lambda x, g: g(x))(1.0, called_back) == 2.0


def test_what_a_compiled_function_says_of_itself():
    @ag.compile
    def named(x: float, k: int = 2, *, z=3) -> float:
        """What it does."""
        return x

    assert str(inspect.signature(named)) == "(x: 'float', k: 'int' = 2, *, z=3) -> 'float'"
    assert (named.__name__, named.__doc__, named.__module__) == (
        "named",
        "What it does.",
        __name__,
    )
    assert named.__wrapped__.__name__ == "named"
    assert inspect.getsource(named).lstrip().startswith("@ag.compile")
    shown = io.StringIO()
    with redirect_stdout(shown):
        help(named)
    assert "What it does." in shown.getvalue()
    gradient = ag.grad(lambda x, k=2.0: x * k)
    assert str(inspect.signature(gradient)) == "(x, k=2.0)"
