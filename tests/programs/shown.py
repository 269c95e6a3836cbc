"""Objects that say how they are shown, in texts and in what is printed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tests.programs.corpus import program, signed


def vector(n):
    return (np.array([1.5, -2.0, 3.25, 0.125])[:n],)


@dataclass
class Sample:
    value: float
    count: int = 3
    log: list[float] = field(default_factory=list, repr=False)


class Quantity:
    def __init__(self, value, unit):
        self.value = value
        self.unit = unit

    def __format__(self, spec):
        return format(self.value, spec or ".1f") + " " + self.unit

    def __repr__(self):
        return f"Quantity({self.value!r}, {self.unit!r})"


class Polynomial:
    def __init__(self, coefficients):
        self.coefficients = list(coefficients)

    def __str__(self):
        return " + ".join(f"{c:.2f} x^{k}" for k, c in enumerate(self.coefficients))


class Matrix(Polynomial):
    def __repr__(self):
        return f"<{self}>"


@program(vector, sizes=(2, 4))
def objects_say_how_they_are_shown(x):
    sample, length, curve = Sample(x[0]), Quantity(x[1], "m"), Polynomial(x)
    print(sample, length, curve, [sample], (length,), sep="|")
    print(f"{sample} {length:.3f} {length!r} {curve!s:>40} {[sample, length]}")
    return repr(sample), str(length), format(length, ".4f"), str(curve), f"{Matrix(x)!r}"


@program(vector, sizes=(2, 4))
def templates_of_objects(x):
    return "{} of {:.2f}, {!r:>40}".format(Sample(x[0]), Quantity(x[1], "s"), Quantity(x[0], "s"))


@program(vector, sizes=(1, 4))
def chosen_object_is_shown(x):
    best = Quantity(x[0], "m") if x.sum() > 2.0 else Sample(x[0], 1)
    texts = []
    for value in x:
        texts.append(str(Quantity(value, "kg")))
    return f"best: {best}", texts


@program(lambda n: (["x", "radius", "id"], signed(n), n), sizes=(0, 2, 5), layouts=())
def table_with_columns_of_computed_width(names, values, n):
    width = max(map(len, names))
    rows = [f"{name:<{width}}|{value:{width + n}.{n}f}|" for name, value in zip(names, values)]
    print(*rows, sep="\n")
    return f"{'=' * n:{n + 2}}", format(1.5, f"{n + 3}.2e"), "{:>{}}".format(2.5, n), f"{n:0{n}d}"
