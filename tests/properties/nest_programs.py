"""Writes random loop nests over vectors and matrices, as they stand in numerical programs.

What a loop does to memory decides how it may run: side by side, in waves, in strips, backwards, in
one loop with others. So these nests mix what hinders that: rows of unequal length, elements read
before and after they are written, variables handed on, sums into elements, early ends.
"""

from __future__ import annotations

from tests.properties.program_writer import HELPERS, PARAMETERS, ProgramWriter

START = """
    x, y = np.tile(x, 3), np.tile(y, 3)
    n = len(x)
    z = y.copy()
    b = np.outer(x, y)
    t = r = 0.0
    m = 0
"""


class NestProgramWriter(ProgramWriter):
    """Writes one random program of this sort."""

    def rows(self) -> str:
        return self.pick("range(n)", "range(n)", "range(n - 1, -1, -1)", "range(1, n)")

    def columns(self) -> str:
        below = ("range(i)", "range(i + 1)", "range(i - 1, -1, -1)", "range(i // 2)")
        above = ("range(i, n)", "range(i + 1, n)", "range(n - 1, i, -1)", "range(n - i)")
        others = ("range(n)", "range(1, n)", "range(n - 2, -1, -1)", "range(0, i, 2)")
        data = ("range(min(i, 3))", "range(p[i % max(p.size, 1)] % (n + 1))", "range(len(x[i:]))")
        return self.pick(*self.random.choice((below, above, others, data)))

    def begin(self) -> str:
        return self.pick("t = 0.0", "t = x[i]", "t = 0.0; z[i] = x[i]", "t = 0; q = i + 1", "pass")

    def step(self) -> str:
        """Return what happens for one row and column."""
        factor = self.pick("0.5", "s", "x[j]", "y[i]", "0.25")
        value = self.pick("x[j]", "x[i]", "z[j]", "z[i]", "b[i, j]", "b[j, i]", "t", "float(j)")
        row = self.pick("b[i - 1, j]", "b[i, j - 1]", "b[i - 1, j - 1]", "b[i - 1, j + 1 - n]")
        return self.pick(
            f"t += {value}",
            f"t = t * 0.5 + {value}",
            f"t += {factor} * {value}",
            f"t = max(t, {value})",
            f"z[i] += {factor} * {value}",
            f"z[j] += 0.5 * {value}",
            f"z[j] = 0.5 * z[i] + {value}",
            f"z[i] = 0.5 * z[j] + {value}",
            f"b[i, j] = {value} - {factor}",
            f"b[i, j] += 0.5 * {row}",
            "b[j, i] = t; t += b[i, j]",
            f"b[i, j] = 0.5 * ({row} + {value})",
            f"r += np.sin({value})",
            f"if {value} > x[i]: m += 1",
            f"if {value} > 1.5: break",
            "if j == i: continue",
            f"w = {value} * 2; t += w * w",
        )

    def end(self) -> str:
        return self.pick(
            "z[i] = t", "z[i] += 0.5 * t", "pass", "if i > 0: z[i] = t", "b[i, i] = t; r = t"
        )

    def sums(self) -> None:
        """Write a loop over rows that sums over columns, and nothing else."""
        factor = self.pick("x[j]", "x[j] * y[i]", "b[i, j] * x[j]", "x[j] * j", "x[j] - x[i]")
        self.put(1, f"for i in {self.rows()}:")
        self.put(2, self.pick("t = 0.0", "t = y[i]"))
        self.put(2, f"for j in {self.columns()}:")
        self.put(3, self.pick(f"t += {factor}", f"t = 0.5 * t + {factor}", f"t = max(t, {factor})"))
        self.put(2, self.pick("z[i] = t", "z[i] += 0.5 * t"))

    def nest(self) -> None:
        """Write a loop over rows, with one or two over columns in it."""
        self.put(1, f"for i in {self.rows()}:")
        self.put(2, self.begin())
        for _ in range(self.random.choice((1, 1, 1, 2))):
            self.put(2, f"for j in {self.columns()}:")
            for _ in range(self.random.choice((1, 1, 2, 3))):
                self.put(3, self.step())
        self.put(2, self.end())

    def text(self) -> str:
        """Return the source of the program and its helpers."""
        self.put(0, f"def program({', '.join(PARAMETERS)}):")
        for _ in range(self.random.choice((1, 1, 2, 3))):
            self.random.choice((self.sums, self.nest, self.nest))()
        nests = "\n".join(self.lines[1:])
        result = "r + t + np.sum(z) + np.sum(b)" if self.smooth else "z, b, t, r, m"
        body = f"{self.lines[0]}{START}{nests}\n    return {result}\n"
        return f"import numpy as np\n\n{HELPERS}\n\n{body}"
