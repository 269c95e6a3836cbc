"""Writes random programs, as source text, in the subset of Python and NumPy that is compiled.

A program takes two vectors of one length, a matrix, a vector of integers, an integer and a float.
Vectors are written together with a tag that says how long they are, so that most operations fit.
"""

from __future__ import annotations

import random
from collections.abc import Callable

PARAMETERS = ("x", "y", "a", "p", "n", "s")
SLICES = ("1:", ":-1", "::2", "::-1", "1:-1", "-2:", ":3", "1::2", "::-2", "n:", ":i0", "3:1")
WHOLE = ""
"""The tag of vectors as long as `x`; other tags are the slice that has been taken of such a one."""

HELPERS = """
def clip(value, low, high):
    if value < low:
        return low
    if value > high:
        return high
    return value


def shift(v, by):
    v += by
    for k in range(1, len(v)):
        if v[k] > 50:
            return k
        v[k] += v[k - 1]
    return len(v)


def scaled(v, factor=2.0):
    return v * factor


def gather(v, first, step):
    total = 0
    while first < len(v):
        total += v[first]
        first += step
    return total
"""


class ProgramWriter:
    """Writes one random program.

    Args:
        seed: Which program.
        smooth: Whether its result is to be differentiated: a single float, of floats only.
    """

    def __init__(self, seed: int, *, smooth: bool = False) -> None:
        self.random = random.Random(seed)
        self.smooth = smooth
        self.lines: list[str] = []
        self.counters = 0
        self.ints = ["i0", "i1"]
        self.floats = ["t0", "t1"]
        self.vectors = {"x": WHOLE, "y": WHOLE, "v0": WHOLE, "v1": WHOLE}

    def choose(self, *options: Callable[[], str]) -> str:
        return self.random.choice(options)()

    def pick(self, *options: str) -> str:
        return self.random.choice(options)

    # ------------------------------------------------------------ numbers

    def integer(self, depth: int = 2) -> str:
        if depth == 0 or self.random.random() < 0.4:
            sizes = ("len(x)", "a.shape[0]", "a.shape[1]", "p.size")
            return self.pick("-1", "0", "1", "2", "3", "n", *sizes, *self.ints, *self.ints)
        below = depth - 1
        return self.choose(
            lambda: f"({self.integer(below)} {self.pick('+', '-')} {self.integer(below)})",
            lambda: f"({self.integer(below)} * {self.pick('2', '-1', '3', 'n')}) % 17",
            lambda: f"({self.integer(below)} {self.pick('//', '%')} {self.pick('2', '3', '-2')})",
            lambda: f"{self.pick('min', 'max')}({self.integer(below)}, {self.integer(below)})",
            lambda: f"abs({self.integer(below)})",
            lambda: f"({self.integer(below)} if {self.condition(1)} else {self.integer(below)})",
            lambda: f"int({self.condition(1)})",
            lambda: f"int(p[{self.index('p')}])",
        )

    def index(self, array: str, axis: int = 0) -> str:
        """Return an index that mostly lies within an array."""
        size = f"{array}.shape[{axis}]"
        pick = self.random.random()
        if pick < 0.6:
            return f"{self.integer(0)} % max({size}, 1)"
        if pick < 0.8:
            return f"-1 - {self.integer(0)} % max({size}, 1)"
        return self.pick("0", "-1", *self.ints)

    def element(self) -> str:
        if self.random.random() < 0.7:
            vector = self.pick(*self.vectors)
            return f"{vector}[{self.index(vector)}]"
        return f"a[{self.index('a')}, {self.index('a', 1)}]"

    def number(self, depth: int = 2) -> str:
        if depth == 0 or self.random.random() < 0.3:
            return self.choose(
                lambda: self.pick("s", "0.5", "-2.0", "3", *self.floats, *self.floats),
                self.element,
                lambda: self.integer(1),
            )
        below = depth - 1
        options = [
            lambda: f"({self.number(below)} {self.pick('+', '-')} {self.number(below)})",
            lambda: f"{self.number(below)} * {self.pick('0.5', '-1', '0.25', 's')}",
            lambda: f"({self.number(below)} if {self.condition(1)} else {self.number(below)})",
            lambda: f"clip({self.number(below)}, -4.0, {self.pick('4.0', '3', 's')})",
            lambda: f"gather({self.vector()}, {self.pick('0', '1', 'n')}, {self.pick('1', '2')})",
            lambda: f"{self.pick('np.sum', 'sum')}({self.vector()})",
            lambda: f"np.dot({self.vector()}, {self.vector()})",
            lambda: f"{self.vector()}.sum()",
            lambda: f"abs({self.number(below)})",
            lambda: f"-{self.element()}",
        ]
        if self.smooth:
            options += [lambda: f"{self.pick('np.sin', 'np.tanh')}({self.number(below)})"] * 3
        else:
            options += [
                lambda: f"float({self.pick('min', 'max')}({self.number(below)}, {self.number(0)}))",
                lambda: f"{self.pick('min', 'max')}({self.integer(0)}, s, i0)",
                lambda: f"np.{self.pick('max', 'min')}({self.vector()})",
                lambda: f"float({self.number(below)})",
                lambda: f"np.count_nonzero({self.mask()})",
                lambda: f"({self.number(below)}) / {self.pick('2', '4.0', 's')}",
                lambda: f"({self.number(below)}) // {self.pick('2', '0.5')}",
                lambda: f"p[{self.index('p')}]",
            ]
        return self.random.choice(options)()

    def condition(self, depth: int = 2) -> str:
        if depth == 0 or self.random.random() < 0.7:
            compare = self.pick("<", ">", "<=", ">=") if self.smooth else self.comparison()
            number = self.integer if self.random.random() < 0.4 else self.number
            return f"({number(1)} {compare} {number(1)})"
        below = depth - 1
        return self.choose(
            lambda: f"(not {self.condition(below)})",
            lambda: f"({self.condition(below)} {self.pick('and', 'or')} {self.condition(below)})",
            lambda: f"({self.integer(1)} <= {self.integer(1)} < {self.integer(1)})",
            lambda: f"{self.pick('np.any', 'np.all')}({self.mask()})",
        )

    def comparison(self) -> str:
        return self.pick("<", ">", "<=", ">=", "==", "!=")

    # ------------------------------------------------------------ arrays

    def vector(self, tag: str = WHOLE, depth: int = 1) -> str:
        """Return a vector expression of a length."""
        have = [name for name, own in self.vectors.items() if own == tag]
        if tag != WHOLE:
            have += [f"{v}[{tag}]" for v, own in self.vectors.items() if own == WHOLE]
        leaf = self.pick(*have)
        if depth == 0 or self.random.random() < 0.3:
            return leaf
        below = depth - 1
        options = [
            lambda: f"({self.vector(tag, below)} {self.pick('+', '-')} {self.vector(tag, below)})",
            lambda: f"({self.vector(tag, below)} * {self.pick('0.5', 's', '-1', 't0')})",
            lambda: f"({self.number(0)} - {self.vector(tag, below)})",
            lambda: f"np.where({self.mask(tag)}, {leaf}, {self.number(0)})",
            lambda: f"np.abs({self.vector(tag, below)})",
            lambda: f"scaled({self.vector(tag, below)})",
            lambda: f"scaled({self.vector(tag, below)}, factor={self.number(0)})",
            lambda: f"np.{self.pick('minimum', 'maximum')}({leaf}, {self.number(0)})",
            lambda: f"{leaf}.copy()",
            lambda: f"{leaf}[::-1]",
        ]
        if self.smooth:
            options += [lambda: f"np.{self.pick('sin', 'tanh')}({leaf})"] * 2
        if tag == WHOLE:
            options += [
                lambda: f"a[{self.index('a')}]",
                lambda: "a.sum(axis=0)",
                lambda: f"{self.pick('np.zeros', 'np.ones')}(len(x))",
                lambda: "np.arange(len(x))",
                lambda: "p",
            ]
        return self.random.choice(options)()

    def mask(self, tag: str = WHOLE) -> str:
        compare = self.pick("<", ">") if self.smooth else self.comparison()
        return f"({self.vector(tag, 0)} {compare} {self.number(0)})"

    # ------------------------------------------------------------ statements

    def put(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)

    def block(self, indent: int, depth: int, *, in_loop: bool) -> None:
        for _ in range(self.random.randint(1, 3)):
            self.statement(indent, depth, in_loop=in_loop)

    def statement(self, indent: int, depth: int, *, in_loop: bool) -> None:
        pick = self.random.random()
        if depth == 0 or pick < 0.6:
            self.put(indent, self.simple())
        elif pick < 0.72:
            self.branch(indent, depth, in_loop=in_loop)
        elif pick < 0.92:
            self.loop(indent, depth)
        elif in_loop and pick < 0.97:
            self.put(indent, f"if {self.condition(1)}:")
            self.put(indent + 1, self.pick("break", "continue"))
        else:
            self.put(indent, f"if {self.condition(1)}:")
            self.put(indent + 1, f"return {self.result()}")

    def simple(self) -> str:
        assign = self.pick("=", "+=", "-=", "*=") if not self.smooth else self.pick("=", "+=", "-=")
        return self.choose(
            lambda: f"{self.pick(*self.ints)} = {self.integer()}",
            lambda: f"{self.pick(*self.ints)} {self.pick('+=', '-=')} {self.integer(1)}",
            lambda: f"{self.pick(*self.floats)} = {self.number()}",
            lambda: f"{self.pick(*self.floats)} {self.pick('+=', '-=')} {self.number()}",
            lambda: f"{self.element()} {assign} {self.number()}",
            lambda: f"{self.element()} {assign} {self.number(1)}",
            self.slice_write,
            self.slice_write,
            self.matrix_write,
            lambda: f"{self.pick('v0', 'v1')} = {self.vector()}",
            lambda: f"{self.pick(*self.vectors)} {assign} {self.vector()}",
            lambda: f"{self.pick(*self.vectors)}[{self.mask()}] {assign} {self.number(1)}",
            lambda: (
                f"{self.pick(*self.ints)} = shift({self.pick(*self.vectors)}, {self.number(1)})"
            ),
            lambda: f"p[{self.index('p')}] {self.pick('=', '+=')} {self.integer(1)}",
            lambda: self.pick("v0, v1 = v1, v0", "t0, t1 = t1, t0", "i0, i1 = i1, i0"),
        )

    def slice_write(self) -> str:
        target, part = self.pick(*self.vectors), self.pick(*SLICES)
        assign = self.pick("=", "+=", "-=", "*=") if not self.smooth else self.pick("=", "+=")
        value = self.number(1) if self.random.random() < 0.3 else self.vector(part)
        return f"{target}[{part}] {assign} {value}"

    def matrix_write(self) -> str:
        assign = self.pick("=", "+=", "-=")
        return self.choose(
            lambda: f"a[{self.index('a')}] {assign} {self.vector()}",
            lambda: f"a[:, {self.index('a', 1)}] {assign} {self.number(1)}",
            lambda: f"a[1:] {assign} a[:-1]",
            lambda: f"a[:, 1:] {assign} a[:, :-1] * 0.5",
            lambda: f"a {self.pick('+=', '-=', '*=')} {self.number(1)}",
            lambda: f"a.T[{self.index('a', 1)}] {assign} {self.number(1)}",
        )

    def branch(self, indent: int, depth: int, *, in_loop: bool) -> None:
        self.put(indent, f"if {self.condition()}:")
        self.block(indent + 1, depth - 1, in_loop=in_loop)
        if self.random.random() < 0.25:
            self.put(indent, f"elif {self.condition(1)}:")
            self.block(indent + 1, depth - 1, in_loop=in_loop)
        if self.random.random() < 0.5:
            self.put(indent, "else:")
            self.block(indent + 1, depth - 1, in_loop=in_loop)

    def loop(self, indent: int, depth: int) -> None:
        self.counters += 1
        name = f"k{self.counters}"
        pick = self.random.random()
        if pick < 0.65:
            self.put(indent, f"for {name} in {self.range()}:")
            self.ints.append(name)
        elif pick < 0.8:
            vector = self.vector(depth=0)
            self.put(indent, f"for {name} in {vector}:")
            self.floats.append(name)
        else:
            self.put(indent, f"{name} = 0")
            self.put(
                indent, f"while {name} < {self.pick('3', 'n', 'len(x)')} and {self.condition(1)}:"
            )
            self.put(indent + 1, f"{name} += 1")
        ints, floats = list(self.ints), list(self.floats)
        self.block(indent + 1, depth - 1, in_loop=True)
        self.ints, self.floats = ints, floats
        for names in (self.ints, self.floats):
            if name in names:
                names.remove(name)
        if self.random.random() < 0.15:
            self.put(indent, "else:")
            self.block(indent + 1, depth - 1, in_loop=False)

    def range(self) -> str:
        bounds = self.choose(
            lambda: self.pick("n", "3", "len(x)", "a.shape[0]", "p.size"),
            lambda: f"{self.integer(0)}, {self.pick('n', 'len(x)', '4')}",
            lambda: f"{self.pick('n', 'len(x)')} - 1, {self.pick('-1', '0')}, -1",
            lambda: f"{self.integer(0)}, {self.integer(0)}, {self.pick('2', '-1', 'n', '-2', '3')}",
        )
        return f"range({bounds})"

    # ------------------------------------------------------------ the whole

    def result(self) -> str:
        if self.smooth:
            return f"np.sum({self.vector()}) + {self.number(1)} + t0 * 0.5 + t1"
        return self.choose(
            lambda: "t0, t1, i0, i1, v0",
            lambda: f"v0, v1, {self.number(1)}",
            lambda: f"{self.vector()}, {self.integer(1)}",
            lambda: f"x[{self.pick(*SLICES)}], v1, t0",
        )

    def text(self) -> str:
        """Return the source of the program and its helpers."""
        self.put(0, f"def program({', '.join(PARAMETERS)}):")
        start = self.pick("0", "0.0", "1")
        for line in ("i0 = 0", "i1 = n", f"t0 = {start}", "t1 = s", "v0 = x", "v1 = y.copy()"):
            self.put(1, line)
        view = self.pick(*SLICES[:8])
        if self.random.random() < 0.5:
            self.put(1, f"w = {self.pick('x', 'y')}[{view}]")
            self.vectors["w"] = view
        for _ in range(self.random.randint(2, 5)):
            self.statement(1, 3, in_loop=False)
        self.put(1, f"return {self.result()}")
        return f"import numpy as np\n\n{HELPERS}\n\n" + "\n".join(self.lines) + "\n"
