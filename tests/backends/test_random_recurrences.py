"""Random recurrences in two loops, run from their generated source in plain Python.

There the iterations of loops that claim to be independent run backwards.
"""

from __future__ import annotations

import linecache
import random
from typing import Any

import numpy as np
import pytest

import autograph as ag
from tests.backends.harness import plain_namespace

MARGIN = 3
"""How far cells are from the edges, and what they read from them."""


class Writer:
    """Writes parts of a random program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def happens(self, probability: float) -> bool:
        return self.random.random() < probability

    def loop(self, name: str, size: str) -> str:
        low, high = f"{MARGIN}", f"{size} - {MARGIN}"
        if self.happens(0.3):
            return f"for {name} in range({high} - 1, {low} - 1, -1):"
        return f"for {name} in range({low}, {high}):"

    def element(self, names: str = "uv") -> str:
        low, high = self.random.choice(((-1, 0), (-1, 0), (-1, 1), (-2, 2), (-3, 3)))
        di, dj = self.random.randint(low, high), self.random.randint(low, high)
        return f"{self.random.choice(names)}[i + {di}, j + {dj}]"

    def term(self) -> str:
        scaled = f"{self.random.choice((0.5, 0.25, -0.125))} * {self.element()}"
        others = (
            f"x[{self.random.choice('ij')}]",
            f"max({self.element()}, {self.element()})",
            f"{self.element()} / (2.0 + {self.element()} ** 2)",
        )
        return scaled if self.happens(0.7) else self.random.choice(others)

    def additions(self) -> list[str]:
        """Write what reversed recurrences do: add shares of a cell to others."""
        name = self.random.choice("uv")
        lines = [f"s = {name}[i, j] * np.exp(-abs(v[i, j]))", f"x[j] {self.sign()} s"]
        step = self.random.choice((1, 1, 1, -1))
        places = [(0, step), (step, 0), (step, step), (step, -step)][: self.random.randint(2, 4)]
        for di, dj in self.random.sample(places, self.random.randint(2, len(places))):
            share = f"{self.random.choice((0.5, 0.25))} * s"
            lines.append(f"{name}[i + {di}, j + {dj}] {self.sign()} {share}")
        return lines

    def sign(self) -> str:
        return self.random.choice(("+=", "-="))

    def cell(self) -> list[str]:
        lines = []
        for _ in range(self.random.randint(1, 3)):
            terms = [self.term() for _ in range(self.random.randint(1, 3))]
            lines.append(f"{self.element()} = {' + '.join(terms)}")
        if self.happens(0.3):
            lines.append(f"x[{self.random.choice('ij')}] += 0.1 * {self.element()}")
        return lines


def written(seed: int, *, adds: bool = False) -> str:
    """Return the text of a random function over two planes and a row.

    Args:
        seed: Of the random choices.
        adds: Whether its cells add to other cells.
    """
    writer = Writer(seed)
    lines = ["def f(u, v, x):", "    m, n = u.shape"]
    if writer.happens(0.5):
        lines.append("    u, v = np.full((m, n), 0.5), np.zeros((m, n))")
    sums = writer.happens(0.3)
    lines.append(f"    {writer.loop('i', 'm')}")
    lines += ["        s = 0.0"] * sums
    lines.append(f"        {writer.loop('j', 'n')}")
    lines += [f"            {line}" for line in (writer.additions() if adds else writer.cell())]
    if sums:
        lines += [f"            s = 0.5 * s + {writer.element()}", "        x[i] += s"]
    results = [f"{name}[{k}, {k} - 1]" for name in "uv" for k in (1, 4, 6)]
    return "\n".join([*lines, f"    return {', '.join(results)}", ""])


def function(source: str, seed: int) -> Any:
    name = f"<recurrence {seed}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    namespace: dict[str, Any] = {"np": np}
    exec(compile(source, name, "exec"), namespace)
    return namespace["f"]


def inputs(m: int, n: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(m + 100 * n)
    return (*rng.standard_normal((2, m, n)), rng.standard_normal(max(m, n)))


def check(source: str, seed: int) -> None:
    """Run a function and its generated source, and compare the bits."""
    plain = function(source, seed)
    text = ag.compile(plain).show("numba", *inputs(9, 10))
    namespace = plain_namespace()
    exec(text, namespace)
    for m, n in ((9, 10), (12, 7), (15, 19), (46, 8)):
        mine, theirs = inputs(m, n), inputs(m, n)
        with np.errstate(all="ignore"):
            status, *found = namespace["f"](*mine)
            expected = plain(*theirs)
        assert status == 0, source
        for x, y in zip((*mine, *found), (*theirs, *expected), strict=True):
            np.testing.assert_array_equal(x, y, err_msg=f"{source}\n{text}")


@pytest.mark.parametrize("seeds", [range(k, k + 20) for k in range(0, 40, 20)])
def test_random_recurrences(seeds: range) -> None:
    for seed in seeds:
        check(written(seed), seed)


def test_random_additions() -> None:
    for seed in range(20):
        check(written(seed, adds=True), seed)
