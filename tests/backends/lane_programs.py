"""Writes random programs of loops over elements with loops that stop when the data say so."""

from __future__ import annotations

import random

CONSTANTS = ("0.5", "1.5", "-0.25", "2.0", "0.125")


class Writer:
    """Writes one function `program(x, y)`, by the numbers of a generator."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        self.floats = ["x[i]", "y[i]"]
        self.lines: list[str] = []

    def line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def value(self) -> str:
        pick = self.choose.choice
        a, b = (pick([*self.floats, *CONSTANTS]) for _ in range(2))
        return pick((f"{a} * {b}", f"{a} + {b}", f"{a} - {b}", f"abs({a})", f"{a} * 0.5 - {b}"))

    def test(self) -> str:
        sign, bound = self.choose.choice("<>"), self.choose.choice(CONSTANTS)
        return f"{self.choose.choice(self.floats)} {sign} {bound}"

    def update(self, depth: int, variables: list[str]) -> None:
        target = self.choose.choice(variables)
        kind = self.choose.randrange(5)
        if kind == 0 and depth < 5:
            self.line(depth, f"if {self.test()}:")
            self.update(depth + 1, variables)
            if self.choose.random() < 0.5:
                self.line(depth, "else:")
                self.update(depth + 1, variables)
        elif kind == 1:
            self.line(depth, "count += 1")
        else:
            self.line(depth, f"{target} = {self.value()}")

    def loop(self, number: int, variables: list[str]) -> None:
        """Write a loop that takes a few dozen steps at most."""
        steps = self.choose.randrange(1, 40)
        if self.choose.random() < 0.5:
            self.line(2, f"step{number} = 0")
            self.line(2, f"while {self.test()} and step{number} < {steps}:")
            self.line(3, f"step{number} += 1")
        else:
            self.line(2, f"for step{number} in range({steps}):")
        for _ in range(self.choose.randrange(1, 4)):
            self.update(3, variables)
        if self.choose.random() < 0.7:
            self.line(3, f"if {self.test()}:")
            self.line(4, "break")
            self.update(3, variables)
        if self.choose.random() < 0.3:
            self.line(3, f"out[i] += {self.choose.choice(variables)}")
        if self.choose.random() < 0.2:
            self.line(3, "if count > 60:")
            self.line(4, "raise ValueError('too many')")

    def source(self) -> str:
        """Return the text of the function."""
        self.line(0, "def program(x, y):")
        self.line(1, "out = np.zeros_like(x)")
        self.line(1, "counts = np.zeros(len(x), dtype=np.int64)")
        self.line(1, "total = 0.0")
        self.line(1, "for i in range(len(x)):")
        self.line(2, "count = 0")
        variables = ["a", "b", "c"][: self.choose.randrange(1, 4)]
        for variable in variables:
            self.line(2, f"{variable} = {self.value()}")
            self.floats.append(variable)
        for number in range(self.choose.randrange(1, 3)):
            self.loop(number, variables)
        self.line(2, f"out[i] += {self.value()}")
        self.line(2, "counts[i] = count")
        if self.choose.random() < 0.4:
            self.line(2, f"total += {self.choose.choice(variables)}")
        self.line(1, "return out, counts, total")
        return "\n".join(self.lines) + "\n"
