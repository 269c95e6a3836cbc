"""Writes random programs that use a few features of Python and NumPy each, and calls for them.

The calls come with arguments that are hard to get right: aliases, views of one memory, empty ones,
other layouts and dtypes, NaN and infinities.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.programs.corpus import lay_out
from tests.properties.features import FEATURES, Feature
from tests.properties.program_writer import SLICES, ProgramWriter

SHARE = 0.7
"""How many statements are of the program's features."""

LENGTHS = (4, 4, 1, 5, 0, 7)
PLACEHOLDER = re.compile(r"\{(\w+)\}")
NESTS = re.compile(r"\{block\}|\{simple\}")


class WideProgramWriter(ProgramWriter):
    """Writes one random program of this sort."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        names = self.random.sample(sorted(FEATURES), self.random.randint(1, 3))
        self.features: list[Feature] = [FEATURES[name] for name in names]
        self.templates = [t for feature in self.features for t in feature.statements]
        self.results = [r for feature in self.features for r in feature.results]
        self.vectors |= {name: tag for f in self.features for name, tag in f.vectors}

    def statement(self, indent: int, depth: int, *, in_loop: bool) -> None:
        fitting = self.templates if depth else [t for t in self.templates if not NESTS.search(t)]
        if not fitting or self.random.random() > SHARE:
            super().statement(indent, depth, in_loop=in_loop)
        else:
            self.expand(self.random.choice(fitting), indent, depth)

    def expand(self, template: str, indent: int, depth: int) -> None:
        """Write a statement from its template."""
        self.counters += 1
        own = {"k": f"k{self.counters}", "e": f"e{self.counters}"}
        kept = list(self.ints), list(self.floats)
        for line in template.split("\n"):
            text = line.lstrip()
            inner = indent + (len(line) - len(text)) // 4
            if text in ("{block}", "{simple}"):
                self.block(inner, depth - 1 if text == "{block}" else 0, in_loop=False)
            else:
                self.put(inner, PLACEHOLDER.sub(lambda m: own.get(m[1]) or self.filled(m[1]), text))
            if line.startswith("for {k}") or line.startswith("while {k}"):
                self.ints.append(own["k"])
            if line.startswith("for") and "{e} in" in line and "[" not in line.partition(" in ")[0]:
                self.floats.append(own["e"])
        self.ints, self.floats = kept

    def filled(self, placeholder: str) -> str:
        """Return what stands for a placeholder."""
        if placeholder == "W":
            return self.pick(*(name for name, tag in self.vectors.items() if tag == ""))
        fillers = {
            "N": lambda: self.number(1),
            "I": lambda: self.integer(1),
            "C": lambda: self.condition(1),
            "V": self.vector,
            "M": self.mask,
            "E": self.element,
            "S": lambda: self.pick(*SLICES),
            "A": lambda: self.pick("=", "+=", "-=", "*="),
        }
        return fillers[placeholder]()

    def result(self) -> str:
        if not self.results or self.random.random() < 0.5:
            return super().result()
        return PLACEHOLDER.sub(lambda m: self.filled(m[1]), self.random.choice(self.results))

    def text(self) -> str:
        text = super().text()
        for feature in self.features:
            text = text.replace("def program(", f"{feature.helpers.strip()}\n\n\ndef program(", 1)
        start = "".join(
            f"    {line}\n" for f in self.features for line in f.start.split("\n") if line
        )
        return text.replace("    v1 = y.copy()\n", f"    v1 = y.copy()\n{start}", 1)


def wide_arguments(seed: int, call: int) -> tuple[Any, ...]:
    """Return the arguments of a call; those of the first two calls are ordinary."""
    rng = np.random.default_rng([seed, call])
    length = LENGTHS[call]
    rows = int(rng.integers(4)) if call > 1 else 3
    x, y, a = (rng.integers(-12, 13, shape) / 4.0 for shape in (length, length, (rows, length)))
    given = x, y, a, rng.integers(-3, 6, length)
    if call > 1:
        given = SPECIAL[int(rng.integers(len(SPECIAL)))](*given)
    return *given, int(rng.integers(-1, 6)), float(rng.integers(-12, 13)) / 4.0


def _parts_of_one(x: Any, y: Any, a: Any, p: Any) -> tuple[Any, ...]:
    memory = np.append(x, 0.5)
    return memory[1:], memory[:-1], a, p


def _not_finite(x: Any, y: Any, a: Any, p: Any) -> tuple[Any, ...]:
    x[::2] = np.resize([np.nan, np.inf, -np.inf, -0.0, 1e300], len(x[::2]))
    return x, y, a, p


SPECIAL: tuple[Callable[..., tuple[Any, ...]], ...] = (
    lambda x, y, a, p: (x, y, a, p),
    lambda x, y, a, p: (x, x, a, p),
    lambda x, y, a, p: (x, x[::-1], a, p),
    lambda x, y, a, p: (a[0] if len(a) else x, y, a, p),
    _parts_of_one,
    _not_finite,
    lambda x, y, a, p: (x, y, np.asfortranarray(a), p),
    lambda x, y, a, p: (lay_out(x, "reversed"), y, lay_out(a, "strided"), p),
    lambda x, y, a, p: (x.astype(np.float32), y.astype(np.float32), a, p),
    lambda x, y, a, p: (x, y, a, p * 2**61),
    lambda x, y, a, p: (x.astype(np.int64), y, a, p.astype(np.int32)),
)
"""What makes arguments that are hard to get right of ordinary ones."""
