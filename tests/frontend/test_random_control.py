"""Random programs of nested branches, loops and jumps against plain Python."""

from __future__ import annotations

import linecache
import random

import numpy as np
import pytest

from tests.frontend.harness import compare

VARIABLES = ("a", "b", "c")


class Writer:
    """Writes one random program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.loops = 0

    def number(self, depth: int = 2) -> str:
        pick = self.random.random()
        if depth == 0 or pick < 0.45:
            atoms = [*VARIABLES, "n", "x[k % len(x)]", "1", "2", "0.5", "k"]
            return self.random.choice(atoms)
        if pick < 0.55:
            then, orelse = self.number(depth - 1), self.number(depth - 1)
            return f"({then} if {self.condition(1)} else {orelse})"
        op = self.random.choice(["+", "-", "*"])
        return f"({self.number(depth - 1)} {op} {self.number(depth - 1)})"

    def condition(self, depth: int = 2) -> str:
        pick = self.random.random()
        if depth == 0 or pick < 0.6:
            op = self.random.choice(["<", ">", "<=", "!="])
            return f"{self.number(1)} {op} {self.number(1)}"
        if pick < 0.7:
            return f"not ({self.condition(depth - 1)})"
        word = self.random.choice(["and", "or"])
        return f"({self.condition(depth - 1)} {word} {self.condition(depth - 1)})"

    def put(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)

    def block(self, indent: int, depth: int, *, in_loop: bool) -> None:
        for _ in range(self.random.randint(1, 3)):
            self.statement(indent, depth, in_loop=in_loop)

    def statement(self, indent: int, depth: int, *, in_loop: bool) -> None:
        pick = self.random.random()
        if pick < 0.35 or depth == 0:
            self.put(indent, f"{self.random.choice(VARIABLES)} = {self.number()}")
        elif pick < 0.5:
            op = self.random.choice(["=", "+="])
            self.put(indent, f"x[k % len(x)] {op} {self.number(1)}")
        elif pick < 0.7:
            self.put(indent, f"if {self.condition()}:")
            self.block(indent + 1, depth - 1, in_loop=in_loop)
            if self.random.random() < 0.5:
                self.put(indent, "else:")
                self.block(indent + 1, depth - 1, in_loop=in_loop)
        elif pick < 0.88:
            self.loop(indent, depth)
        elif in_loop and pick < 0.95:
            self.put(indent, f"if {self.condition(1)}:")
            self.put(indent + 1, self.random.choice(["break", "continue", "break"]))
        elif pick < 0.97:
            self.put(indent, f"if {self.condition(1)}:")
            self.put(indent + 1, f"return {self.random.choice(VARIABLES)}, k")
        else:
            self.put(indent, "a, b = b, a")

    def loop(self, indent: int, depth: int) -> None:
        self.loops += 1
        if self.random.random() < 0.7:
            limit = self.random.choice(["n", "3", "len(x)", "k + 1"])
            self.put(indent, f"for k in range({limit}):")
            self.block(indent + 1, depth - 1, in_loop=True)
        else:
            count = f"w{self.loops}"
            self.put(indent, f"{count} = 0")
            self.put(indent, f"while {count} < 3 and {self.condition(1)}:")
            self.put(indent + 1, f"{count} += 1")
            self.block(indent + 1, depth - 1, in_loop=True)
        if self.random.random() < 0.2:
            self.put(indent, "else:")
            self.block(indent + 1, depth - 1, in_loop=False)

    def program(self) -> str:
        self.put(0, "def program(x, n, a):")
        self.put(1, "b = 0")
        self.put(1, "c = 1.5")
        self.put(1, "k = 0")
        for _ in range(4):
            self.statement(1, 3, in_loop=False)
        self.put(1, "return a, b, c, k")
        return "\n".join(self.lines) + "\n"


def random_program(seed: int):
    """Return a random function whose source can be found."""
    text, filename = Writer(seed).program(), f"<random program {seed}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    space: dict[str, object] = {}
    exec(compile(text, filename, "exec"), space)
    return space["program"], text


@pytest.mark.parametrize("seed", range(40))
def test_same_as_python(seed):
    fn, text = random_program(seed)
    runs = [
        (np.array([1.0, -2.0, 0.5]), 3, 1.0),
        (np.array([0.25]), 0, -1.0),
        (np.array([3.0, 2.0]), 2, 0.5),
    ]
    try:
        compare(fn, *runs)
    except AssertionError as error:
        raise AssertionError(f"{text}\n{error}") from None
