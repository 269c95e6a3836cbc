# ruff: noqa: E731 - lambdas are what is tested.
"""Where the source of a function is found, and what happens where it is not there any more."""

from __future__ import annotations

import importlib.util
import linecache
import sys

import pytest

import autograph as ag


@pytest.fixture
def write_module(tmp_path):
    """Return what makes a module of a text."""
    made = []

    def make(text, name="written", encoding="utf-8"):
        path = tmp_path / f"{name}.py"
        path.write_bytes(text.encode(encoding))
        spec = importlib.util.spec_from_file_location(f"lifecycle_{name}", path)
        module = importlib.util.module_from_spec(spec)
        made.append(spec.name)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    yield make
    for name in made:
        del sys.modules[name]


def run_cell(number, text, scope):
    """Run a text as a notebook does: the source is known to `linecache` only."""
    name = f"<ipython-input-{number}-abc>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    exec(compile(text, name, "exec"), scope)


def test_lambdas_on_one_line():
    first, second = ag.compile(lambda x: x + 1), ag.compile(lambda x: x * 5)
    assert (first(1.0), second(1.0)) == (2.0, 5.0)
    nested = lambda x: (lambda x: x * 2)(x) + (lambda x: x * 3)(x)
    assert ag.compile(nested)(1.0) == 5.0
    assert ag.compile((lambda x: lambda x: x * 2)(0))(3.0) == 6.0
    constants = [ag.compile(f) for f in (lambda: None, lambda: 2.0, lambda: 3.0)]
    assert [f() for f in constants] == [None, 2.0, 3.0]
    # fmt: off
    spread = ag.compile(lambda x:
        x
        + 2)
    # fmt: on
    assert spread(1.0) == 3.0


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(x):\n    y = x + \\\n        1\n    return y \\\n        * 2\n", 4.0),
        ("f = lambda x: \\\n   x*3\n", 3.0),
        (
            "def f(x):\r\n    y = x + 1\r\n    if y > 0:\r\n        return y\r\n    return -y\r\n",
            2.0,
        ),
        ("if True:\n\tdef f(x):\n\t\tif x > 0:\n\t\t\treturn x\n\t\treturn -x\n", 1.0),
        ("a, f = (lambda é: é*2), (lambda é: é*3)\n", 3.0),
        ("def f(ä):\n    'ünï'; β = ä*2; g = (lambda λ: λ+1); return g(β)\n", 3.0),
        ("x = 1\n\f\ndef f(x):\n    return x*2\n", 2.0),
        ('def f(x):\n    """\\d {"""\n    return x*2 if "\\\\" else x\n', 2.0),
    ],
    ids=["continued", "continued lambda", "crlf", "tabs", "wide", "unicode", "form feed", "quotes"],
)
def test_layouts_of_source(write_module, text, expected):
    assert ag.compile(write_module(text).f)(1.0) == expected


def test_encodings(write_module):
    module = write_module(
        "# -*- coding: latin-1 -*-\n# é\ndef f(x):\n    s = 'é'; return x*2\n", "latin", "latin-1"
    )
    assert ag.compile(module.f)(1.0) == 2.0


def test_notebook_cells_that_run_again():
    scope = {"ag": ag}
    run_cell(1, "def h(x):\n    return x + 1\n", scope)
    run_cell(2, "@ag.compile\ndef f(x):\n    return h(x) * 2\n", scope)
    assert scope["f"](1.0) == 4.0
    run_cell(1, "def h(x):\n    return x + 5\n", scope)
    linecache.checkcache()
    assert scope["f"](1.0) == 12.0
    run_cell(2, "@ag.compile\ndef f(x):\n    return h(x) * 3\n", scope)
    assert scope["f"](1.0) == 18.0
    run_cell(3, "g = ag.compile(lambda x: f(x) + 1)\n", scope)
    assert scope["g"](1.0) == 19.0


def test_source_that_is_not_there():
    scope = {}
    exec("def f(x):\n    return x * 2\n", scope)
    with pytest.raises(ag.UnsupportedSyntaxError, match="made by exec or typed at a prompt"):
        ag.compile(scope["f"])
    with pytest.raises(ag.UnsupportedError, match=r"the call of f cannot be compiled"):
        ag.compile(lambda x: scope["f"](x))(1.0)


def test_a_file_that_has_changed_since(write_module):
    module = write_module("def f(x):\n    return x*2\nf2 = lambda x: x*3\n", "changing")
    with open(module.__file__, "w") as file:
        file.write("def f(x):\n    return x*20\nf2 = lambda x: x*4\n")
    linecache.checkcache()
    for f in (module.f, module.f2):
        with pytest.raises(ag.UnsupportedSyntaxError, match="the file has changed"):
            ag.compile(f)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax is Python 3.12's")
def test_type_parameters(write_module):
    module = write_module("def f[T: float](x: T) -> T:\n    y: T = x * 2\n    return y\n")
    assert ag.compile(module.f)(1.0) == 2.0
