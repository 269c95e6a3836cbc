"""Writes random programs whose variables change their types: None, numbers of all kinds, arrays.

They also use lists, views of views, float32, and helpers that return unlike things.
"""

from __future__ import annotations

from tests.properties.program_writer import ProgramWriter

HELPERS = """
def locate(v, value):
    for k in range(len(v)):
        if v[k] >= value:
            return k
    return None


def part(v, k):
    if k <= 0:
        return None
    if k == 1 and len(v) > 0:
        return v[0]
    return v * 2
"""

START = """
    m0 = None
    m1 = None
    g0 = {start}
    l0 = [t0, n]
    l1 = [s, 0.5]
    u0 = x[1:][::2]
    f = x.astype(np.float32)
    q = p.copy()
"""


class ChangingProgramWriter(ProgramWriter):
    """Writes one random program of this sort."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.vectors |= {"f": "", "u0": "1::2"}

    def number(self, depth: int = 2) -> str:
        if self.random.random() < 0.15:
            return self.pick("g0", "g0", "l0[0]", "l0[1]", "l1[0]", f"q[{self.index('q')}]")
        return super().number(depth)

    def statement(self, indent: int, depth: int, *, in_loop: bool) -> None:
        if self.random.random() < 0.65:
            super().statement(indent, depth, in_loop=in_loop)
        else:
            for line in self.random.choice(self.changes)(self):
                self.put(indent, line)

    def best_so_far(self) -> tuple[str, ...]:
        compare = self.pick("<", ">")
        return (
            f"t0 = {self.number(1)}",
            f"if m0 is None or t0 {compare} m0:",
            f"    m0 = {self.pick('t0', 't0', self.integer(1), self.number(1))}",
        )

    def use_best(self) -> tuple[str, ...]:
        return ("if m0 is not None:", f"    t1 = m0 {self.pick('+', '-')} {self.number(0)}")

    def forget(self) -> tuple[str, ...]:
        name = self.pick("m0", "m1")
        return (f"if {self.condition(1)}:", f"    {name} = None")

    def keep_array(self) -> tuple[str, ...]:
        return (f"if m1 is None or {self.condition(1)}:", f"    m1 = {self.vector()}")

    def use_array(self) -> tuple[str, ...]:
        use = self.pick(
            f"m1[{self.index('m1')}] += {self.number(0)}",
            "v0 = m1",
            "m1, v1 = v1, m1",
            f"t0 = m1[{self.index('m1')}]",
            f"m1 = m1 {self.pick('+', '*')} {self.number(0)}",
        )
        return ("if m1 is not None:", f"    {use}")

    def change(self) -> tuple[str, ...]:
        value = self.pick("True", self.integer(1), self.number(1), "f[0]", self.condition(1))
        return (f"g0 {self.pick('=', '=', '+=', '-=')} {value}",)

    def change_list(self) -> tuple[str, ...]:
        item = self.pick("l0[0]", "l0[1]", "l1[0]", "l1[1]")
        other = self.pick("l0[0]", "l0[1]", "l1[0]")
        return (
            self.pick(
                f"{item} = {self.number(1)}",
                f"{item} += {self.number(1)}",
                f"l0 = [{self.number(0)}, {self.number(0)}]",
                "l0, l1 = l1, l0",
                f"{item}, {other} = {other}, {item}",
                "l1 = l0",
            ),
        )

    def find(self) -> tuple[str, ...]:
        return (
            f"r0 = locate({self.vector()}, {self.number(0)})",
            "if r0 is not None:",
            f"    {self.pick('i0 = r0', 'i1 += r0', 'v0[r0] += 1.0', 't0 = x[r0]')}",
        )

    def take_part(self) -> tuple[str, ...]:
        return (
            f"h0 = part({self.vector()}, {self.integer(1)})",
            f"if h0 is {self.pick('None', 'not None')}:",
            f"    t0 = {self.number(0)}",
            "else:",
            f"    g0 = {self.number(0)}",
            "if h0 is not None:",
            "    t1 = np.sum(h0)",
        )

    def choose_view(self) -> tuple[str, ...]:
        base = self.pick("x", "y", "v0")
        view = f"u0 = {base}[1:][{self.pick('::2', '::2', '0::2')}]"
        if self.random.random() < 0.5:
            return (f"if {self.condition(1)}:", f"    {view}")
        return (view,)

    def define_sometimes(self) -> tuple[str, ...]:
        test = self.condition(1)
        return (
            f"d0 = {test}",
            "if d0:",
            f"    e0 = {self.number(1)}",
            f"i1 += {self.integer(0)}",
            "if d0:",
            "    t1 = e0",
        )

    def remove_sometimes(self) -> tuple[str, ...]:
        return (
            f"e1 = {self.number(0)}",
            f"if {self.condition(1)}:",
            "    del e1",
            f"    e1 = {self.number(0)}",
            "t0 = e1",
        )

    def change_integers(self) -> tuple[str, ...]:
        return (f"q[{self.index('q')}] {self.pick('=', '+=')} {self.integer(1)}",)

    changes = (
        best_so_far,
        best_so_far,
        use_best,
        forget,
        keep_array,
        use_array,
        change,
        change,
        change_list,
        change_list,
        find,
        take_part,
        choose_view,
        define_sometimes,
        remove_sometimes,
        change_integers,
    )

    def result(self) -> str:
        if self.random.random() < 0.4:
            return super().result()
        return self.pick("m0, g0, v0", "m1, l0[0], t0", "u0, g0, m0", "l0, v1, i0", "m1")

    def text(self) -> str:
        text = super().text()
        start = START.format(start=self.pick("True", "0", "1.5", "n"))
        first, rest = text.split("    v1 = y.copy()\n", 1)
        first = first.replace("def clip(", HELPERS.strip() + "\n\n\ndef clip(", 1)
        return f"{first}    v1 = y.copy(){start}{rest}"
