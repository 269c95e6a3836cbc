# ruff: noqa: E731 - lambdas are what is tested.
"""Finding a function's node in its file, and converting it: positions, names, cells."""

from __future__ import annotations

import functools
import traceback

import gast
import numpy as np
import pytest

from autograph.errors import UnsupportedSyntaxError
from autograph.frontend import convert, converted_source, trace
from autograph.frontend.conversion.source import find_function
from tests.frontend.harness import Program

pair = (lambda v: v + 1), (lambda v: v * 5)
nested = lambda a: lambda b: b - 1
spread = (
    lambda v: (
        v
        + 2
    )
)  # fmt: skip


def plain(x):
    return x


@functools.lru_cache
def decorated(x):
    return x + 3


def outer():
    def plain(x):
        return x * 7

    return plain


def test_finds_lambdas_by_column():
    assert [ast_value(find_function(f).body) for f in pair] == [1, 5]
    assert ast_value(find_function(nested(0)).body) == 1
    assert isinstance(find_function(nested).body, gast.Lambda)
    assert ast_value(find_function(spread).body) == 2


def ast_value(node):
    return node.right.value


def test_finds_functions_of_the_same_name():
    assert find_function(plain).lineno == plain.__code__.co_firstlineno
    assert find_function(outer()).body[0].value.right.value == 7


def test_finds_decorated_functions():
    assert find_function(decorated.__wrapped__).name == "decorated"


def test_source_that_is_not_there():
    space: dict[str, object] = {}
    exec("def made(x):\n    return x\n", space)
    with pytest.raises(UnsupportedSyntaxError, match="not available"):
        convert(space["made"])


def test_converted_source_is_readable():
    text = converted_source(plain)
    assert "def plain(x):" in text
    assert "ag__.load(x, 'x')" in text


def test_conversion_is_kept():
    assert convert(plain) is convert(plain)


def test_traceback_shows_the_users_lines():
    def fails(x):
        if x > 0:
            y = {}["absent"]
        return y

    try:
        trace(fails, (1.0,))
        Program(fails)(1.0)
    except KeyError as error:
        frames = traceback.extract_tb(error.__traceback__)
    assert frames[-1].name == "fails"
    assert frames[-1].line == 'y = {}["absent"]'


def test_defaults_and_cells_are_the_users_own():
    factor = 2.0

    def scaled(x, shift=1.0, *, extra=0.5):
        return x * factor + shift + extra

    assert Program(scaled)(3.0) == scaled(3.0)
    factor = 5.0
    assert Program(scaled)(3.0) == scaled(3.0)


def test_numbers_and_arrays_outside_are_noted():
    factor = 2.0
    weights = np.array([1.0, 2.0])

    def scaled(x):
        return x * weights * factor

    traced = trace(scaled, (3.0,))
    assert [i.name for i in traced.inputs] == ["x", "weights"]
    assert all(premise.holds((3.0,)) for premise in traced.premises)
    factor = 3.0
    assert not all(premise.holds((3.0,)) for premise in traced.premises)
    weights = np.array([4.0, 5.0])
    assert traced.inputs[1].source.fetch((3.0,)) is weights
