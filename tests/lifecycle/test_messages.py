"""Errors show the user's own file, line and columns; debuggers and tracers see them too."""

from __future__ import annotations

import bdb
import linecache
import sys
import traceback

import numpy as np
import pytest

import autograph as ag
from autograph import pipeline
from autograph.frontend.flow import while_loop
from autograph.frontend.symbols.decisions import Restart
from tests.lifecycle import helper_module
from tests.programs.observe import observe


def vector():
    return np.arange(1.0, 4.0)


class TwoArguments(Exception):
    def __init__(self, what, number):
        super().__init__(what, number)


def indexes(x):
    y = x * 2
    return y[10]


def returns_in_if(x):
    if len(x) > 2:
        return x[10] + 1
    return 0.0


def comprehends(x):
    return [x[i] for i in (0, 1, 9)]


def raises_after_write(x):
    x[0] = 5
    if x.sum() > 1:
        raise TwoArguments("bad", 3)


def chains(x):
    if x.sum() > 1:
        raise ValueError("a") from KeyError("b")


def asserts(x):
    total = x.sum()
    assert total < 0, "negative"


def reads_unbound(x):
    if len(x) > 10:
        y = 1
    return y


def reads_absent(x):
    return x.sum() + x.missing


def calls_number(x):
    total = 1.0 + len(x)
    return total(3)


def names_nothing(x):
    return x + undefined_name  # noqa: F821


# fmt: off
spread = lambda x: (x[0],  # noqa: E731
                    x[12])
# fmt: on

# fmt: off
spread = lambda x: (x[0],  # noqa: E731
                    x[12])
# fmt: on

FAILING = [
    spread,
    spread,
    indexes,
    returns_in_if,
    comprehends,
    raises_after_write,
    chains,
    asserts,
    reads_unbound,
    reads_absent,
    calls_number,
    names_nothing,
    lambda x: helper_module.failing(x),
]


@pytest.mark.parametrize("fn", FAILING, ids=lambda fn: fn.__name__)
def test_errors_come_from_the_places_that_python_names(fn):
    compiled = ag.compile(fn)
    plain = observe(fn, (vector(),))
    for _ in range(2):
        found = observe(compiled, (vector(),))
        assert type(found.error) is type(plain.error)
        assert str(found.error) == str(plain.error)
        assert found.places == plain.places
        for link in ("__cause__", "__context__"):
            assert type(getattr(found.error, link)) is type(getattr(plain.error, link))
        np.testing.assert_array_equal(found.arguments[0], plain.arguments[0])


def test_frames_of_the_package_are_few():
    with pytest.raises(IndexError) as caught:
        ag.compile(indexes)(vector())
    frames = traceback.extract_tb(caught.value.__traceback__)
    own = [f for f in frames if "/autograph/" in f.filename and "/tests/" not in f.filename]
    assert len(own) <= 4


def masked_in_loop(x):
    for _ in range(2):
        if x[0] > 0:
            x = np.ma.masked_where(x > 1, x)
    return x


def calls_what_is_refused(x):
    y = x * 2
    return masked_in_loop(y)


def halves(x):
    n = 0
    while x[0] > 1:
        x, n = x / 2, n + 1
    return n


def test_what_is_asked_for_again_and_again(monkeypatch):
    text = "def asks_again(test): raise Restart(('asked for',))"
    exec(compile(text, while_loop.__file__, "exec"), scope := {"Restart": Restart})
    monkeypatch.setattr(while_loop, "probed", scope["asks_again"])
    with pytest.raises(ag.UnsupportedError, match="no way is known to compile this") as caught:
        ag.compile(halves)(vector())
    assert caught.value.site.line == halves.__code__.co_firstlineno + 2


def test_refusals_show_the_users_calls_only():
    with pytest.raises(ag.UnsupportedError) as caught:
        ag.compile(calls_what_is_refused)(vector())
    frames = traceback.extract_tb(caught.value.__traceback__)
    own = [f for f in frames if "/autograph/" in f.filename and "/tests/" not in f.filename]
    assert len(own) <= 1
    first, second = frames[-2:]
    assert (first.name, second.name) == ("calls_what_is_refused", "masked_in_loop")
    assert first.line == "return masked_in_loop(y)"
    assert second.line == "x = np.ma.masked_where(x > 1, x)"


def marked(text):
    """Return the part of the line that an error shows from the caret on."""
    _, line, caret, *_ = text.splitlines()
    assert set(caret.strip()) == {"^"}
    return line[caret.expandtabs(4).index("^") :] if "\t" not in line else caret


@pytest.mark.parametrize(
    ("fn", "at"),
    [
        (
            lambda x: 1 + np.polynomial.polynomial.polyroots(x),
            "np.polynomial.polynomial.polyroots(x)",
        ),
        (
            lambda x: [np.polynomial.polynomial.polyroots(v) for v in (x, x)],
            "np.polynomial.polynomial.polyroots(v)",
        ),
        (
            lambda x: ("éé", x * 2 + np.polynomial.polynomial.polyroots(x))[1],
            "np.polynomial.polynomial.polyroots(x)",
        ),
        (
            lambda x: (
                x * 2,
                np.polynomial.polynomial.polyroots(
                    x,
                ),
            ),
            "np.polynomial.polynomial.polyroots(",
        ),
        (lambda x: x.sum() if eval("1") else x, 'eval("1")'),
    ],
)
def test_the_caret_stands_below_the_call(fn, at):
    with pytest.raises(ag.UnsupportedError) as caught:
        ag.compile(fn)(vector())
    assert marked(str(caught.value)).startswith(at)
    assert caught.value.site.filename == __file__


def test_the_caret_below_wide_characters():
    call = "np.polynomial.polynomial.polyroots(x)"
    text = f"def f(x):\n\tif True:\n\t\ty = '漢字é'; z = {call}\n\t\treturn z\n"
    linecache.cache["<wide>"] = (len(text), None, text.splitlines(True), "<wide>")
    scope = {"np": np}
    exec(compile(text, "<wide>", "exec"), scope)
    with pytest.raises(ag.UnsupportedError) as caught:
        ag.compile(scope["f"])(vector())
    _, line, caret, *_ = str(caught.value).splitlines()
    assert line.index("np.polynomial.polynomial.polyroots") - line.index("y") == len(
        "y = '漢字é'; z = "
    )
    assert caret.index("^") - 4 == len("y = '漢字é'; z = ") + 2  # wide characters take two columns


def test_the_place_inside_a_helper_of_another_file():
    with pytest.raises(ag.UnsupportedError) as caught:
        ag.compile(lambda x: helper_module.refused(x))(vector())
    assert caught.value.site.filename == helper_module.__file__
    assert marked(str(caught.value)).startswith("np.polynomial.polynomial.polyroots(x)")


def test_a_fault_of_the_package_is_no_error_of_the_program(monkeypatch):
    def broken(*args, **kwargs):
        raise KeyError("absent")

    monkeypatch.setattr(pipeline, "schedule", broken)
    with pytest.raises(ag.AutographError, match="failed with KeyError") as caught:
        ag.compile(lambda x: x.sum() * 3)(vector())
    assert "an error in autograph, not in your program" in str(caught.value)
    assert isinstance(caught.value.__cause__, KeyError)


def branches(x):
    y = x * 2
    if y.sum() > 3:  # noqa: SIM108
        z = y + 1
    else:
        z = y - 1
    return z


def test_tracers_see_the_users_lines():
    """Tools for coverage, too, work by this."""
    seen, first = set(), branches.__code__.co_firstlineno

    def trace(frame, event, argument):
        if frame.f_code.co_filename == __file__ and frame.f_code.co_name == "branches":
            seen.add(frame.f_lineno - first)
        return trace

    compiled, before = ag.compile(branches), sys.gettrace()
    sys.settrace(trace)
    try:
        compiled(vector())
    finally:
        sys.settrace(before)
    assert {1, 2, 3, 5, 6} <= seen


def stops(x):
    y = x * 2
    if y > 3:
        breakpoint()
    return y + 1


def test_breakpoints_show_the_users_frame_and_values(monkeypatch):
    hits = []

    def hook(*args, **kwargs):
        frame = sys._getframe(1)
        hits.append((frame.f_code.co_name, frame.f_lineno, frame.f_locals["y"]))

    monkeypatch.setattr(sys, "breakpointhook", hook)
    compiled = ag.compile(stops)
    line = stops.__code__.co_firstlineno + 3
    for x in (1.0, 2.0, 5.0, 1.0):
        assert compiled(x) == x * 2 + 1
    assert [(name, value) for name, _, value in hits] == [("stops", 4.0), ("stops", 10.0)]
    assert {number for _, number, _ in hits} == {line}
    with pytest.raises(ag.UnsupportedError, match="starts the debugger"):
        ag.grad(stops)(2.0)
    assert ag.grad(stops)(1.0) == 2.0


class Stepper(bdb.Bdb):
    """A debugger that steps through everything and notes where it is."""

    def __init__(self):
        super().__init__()
        self.lines = set()

    def user_line(self, frame):
        if frame.f_code.co_filename == __file__ and frame.f_code.co_name == "branches":
            self.lines.add(frame.f_lineno - branches.__code__.co_firstlineno)
        self.set_step()


def test_debuggers_step_through_the_users_lines():
    stepper = Stepper()
    stepper.runcall(ag.compile(branches), vector())
    assert {1, 2, 3, 5, 6} <= stepper.lines
