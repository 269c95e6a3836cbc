"""`match` with every kind of pattern, and assignment expressions."""

from collections import namedtuple
from dataclasses import dataclass

import numpy as np

from tests.programs.corpus import floats, program, signed

Step = namedtuple("Step", "kind size")


@dataclass
class Circle:
    radius: float


@dataclass
class Box:
    width: float
    height: float


@program(*[lambda n, k=k: (k, 2.5) for k in (-3, 0, 1, 2, 7)], sizes=(1,))
def match_number(k, x):
    match k:
        case 0:
            x = 0.0
        case 1 | 2:
            x *= k
        case n if n > 5:
            x += n
        case _:
            return "negative"
    return x


@program(lambda n: (floats(n),), sizes=(0, 3))
def match_in_loop(x):
    state, log = 0, 0
    for v in x:
        match state:
            case 0 if v > 0.5:
                state = 1
            case 0:
                log += 1
            case 1 | 2 as old:
                state = old + 1
                log -= old
            case other:
                log += other
                break
    return state, log


@program(lambda n: (signed(n),), sizes=(4,))
def match_sequences(x):
    total = 0.0
    for shape in ((), (x[0],), (x[1], 2), (1, x[2], x[3], 4), "ab", x):
        match shape:
            case ():
                total += 1.0
            case [a]:
                total += a
            case (a, 2):
                total += 10 * a
            case [1, *middle, last]:
                total += sum(middle) * last
            case str() as text:
                total += len(text)
            case _:
                total *= 2.0
    return total


@program(lambda n: (signed(n), 3.0), lambda n: (signed(n), -3.0), sizes=(2,))
def match_classes(x, r):
    areas = []
    for shape in (Circle(r), Box(r, x[0]), Step("up", r), Step("down", 2), 1.5, None):
        match shape:
            case Circle(radius) if radius > 0:
                areas.append(np.pi * radius**2)
            case Circle():
                areas.append(0.0)
            case Box(width=w, height=h):
                areas.append(w * h)
            case Step("up", size):
                areas.append(size)
            case Step(kind, 2):
                areas.append(len(kind))
            case float(value):
                areas.append(value)
            case None:
                areas.append(-1.0)
    return areas


@program(lambda n: (signed(n),), sizes=(3,))
def match_mappings(x):
    found = []
    for entry in ({"op": "scale", "by": x[0]}, {"op": "shift", "by": 1.0, "more": 2}, {}):
        match entry:
            case {"op": "scale", "by": factor}:
                found.append(x * factor)
            case {"op": str(name), **rest}:
                found.append((name, sorted(rest)))
            case {}:
                found.append(None)
    return found


@program(lambda n: (1.0, True), lambda n: (-1.0, False), lambda n: (0.0, True), sizes=(1,))
def match_truths_and_parts(x, flag):
    match (x > 0, flag):
        case (True, True):
            r = 1
        case (False, False) | (False, True):
            r = 2
        case _:
            r = 3
    match [x, [x, 2.0]]:
        case [0.0, _]:
            return r
        case [a, [b, c]] if a == b:
            return r + c + b


@program(lambda n: (signed(n),), sizes=(1, 6))
def walrus_in_while(x):
    i = 0
    while (v := x[i]) < 0.5 and (i := i + 1) < len(x):
        pass
    return v, i


@program(lambda n: (floats(n),), sizes=(0, 5))
def walrus_in_branches(x):
    count = 0
    for k in range(len(x)):
        if (y := 2 * x[k]) > 1.0 or (y := y + 1.0) > 1.5:
            count += 1
        x[k] = (z := y * y) + z
    doubled = [(last := t) * 2 for t in (1, 2, 3)]
    return count, doubled, last


@program(lambda n: (floats(n), 0.5), sizes=(0, 1, 9), raises=True)
def walrus_in_comprehensions(x, limit):
    total = 0.0
    sums = [total := total + v for v in x]
    rest = iter(x)
    first = next(rest)
    smoothed = [first] + [first := 0.3 * v + 0.7 * first for v in rest]
    large = [s for v in x if (s := v * v) > limit]
    table = [[v * w for w in x if (both := v + w) > limit] for v in x]
    doubles = {(key := 2 * v): key - 1 for v in x}
    return sums, total, smoothed, large, table, both, list(doubles.values()), key


@program(lambda n: (floats(n), 0.5), sizes=(1, 2, 9))
def walrus_in_generator_expressions(x, limit):
    if any((found := v) > limit for v in x):
        print("first above", found)
    if not all((found := v) < 2 * limit for v in x if v > 0.1):
        print("first not below", found)
    return sum((last := v) * 2 for v in x), found, last
