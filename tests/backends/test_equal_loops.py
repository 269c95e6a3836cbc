"""Loops that a source holds twice become calls of one function."""

from __future__ import annotations

import numpy as np

import autograph as ag
from autograph.backends.numba.equal_loops import with_equal_loops_shared
from examples import allen_cahn

NEST = """\
for i in range(n):
    for j in independent(m):
        {t} = {x}[i, j]
        if {t} > 0.0:
            {y}[i, j] = {t} * rate
        if {t} > 1.0:
            {y}[i, j] = {t} + rate
        {z}[i, j] = {t}
"""


def source(*nests: str, after: str = "") -> str:
    text = "\n".join(nests).rstrip().replace("\n", "\n    ")
    return f"def f(a, b, c, d, rate, n, m):\n    {text}\n    {after or 'return (0,)'}\n"


def run(text: str, *arguments: object) -> None:
    scope = {"independent": range}
    exec(text, scope)
    scope["f"](*arguments)  # type: ignore[operator]


def test_equal_loops_become_one_function() -> None:
    text = source(
        NEST.format(t="t1", x="a", y="b", z="c"), NEST.format(t="t2", x="c", y="d", z="a")
    )
    shared = with_equal_loops_shared(text, set())
    assert shared.count("independent") == 1
    assert shared.count("nest(") == 3
    values = [np.random.default_rng(k).uniform(0, 2, (3, 4)) for k in range(4)]
    plain, other = [x.copy() for x in values], [x.copy() for x in values]
    run(text, *plain, 0.5, 3, 4)
    run(shared, *other, 0.5, 3, 4)
    assert all(np.array_equal(x, y) for x, y in zip(plain, other, strict=True))


def test_loops_that_differ_stay() -> None:
    text = source(
        NEST.format(t="t1", x="a", y="b", z="c"), NEST.format(t="t2", x="a", y="b", z="b")
    )
    assert with_equal_loops_shared(text, set()) == text


def test_loops_that_leave_numbers_stay() -> None:
    nests = NEST.format(t="t1", x="a", y="b", z="c"), NEST.format(t="t2", x="c", y="d", z="a")
    text = source(*nests, after="return (0, t2)")
    assert with_equal_loops_shared(text, set()) == text


def test_short_loops_stay() -> None:
    loop = "for i in independent(n):\n    {}[i] = 0.0\n"
    text = source(loop.format("a"), loop.format("b"))
    assert with_equal_loops_shared(text, set()) == text


def test_names_of_functions_are_new() -> None:
    nests = NEST.format(t="nest", x="a", y="b", z="c"), NEST.format(t="t2", x="c", y="d", z="a")
    assert "def nest1(" in with_equal_loops_shared(source(*nests), set())
    nests = NEST.format(t="t1", x="a", y="b", z="c"), NEST.format(t="t2", x="c", y="d", z="a")
    assert "def nest1(" in with_equal_loops_shared(source(*nests), {"nest"})


def test_a_loop_that_is_cut_has_one_nest_for_chunks_and_rest() -> None:
    arguments = allen_cahn.make_inputs(9, 40)
    gradient = ag.grad(allen_cahn.order, memory=4000)
    text = gradient.show("numba", *arguments)
    assert text.count("nest(") == 3 * text.count("def nest(")
    cut, whole = gradient(*arguments), ag.grad(allen_cahn.order)(*arguments)
    assert np.allclose(cut, whole, rtol=1e-12)
