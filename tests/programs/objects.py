"""Objects whose attributes change in loops and branches."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import numpy as np

from tests.programs.corpus import floats, program, signed


class Mean:
    def __init__(self, total=0.0):
        self.total = total
        self.count = 0

    def add(self, value):
        self.total += value
        self.count += 1

    @property
    def value(self):
        return self.total / self.count


class Thermometer:
    def __init__(self):
        self._kelvin = 273.15

    @property
    def celsius(self):
        return self._kelvin - 273.15

    @celsius.setter
    def celsius(self, value):
        self._kelvin = value + 273.15


class Counted:
    def __init__(self):
        self.writes = 0

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)
        if name != "writes":
            self.writes += 1


class Slotted:
    __slots__ = ("high", "low")

    def __init__(self, low, high):
        self.low, self.high = low, high

    def widen(self, value):
        if value < self.low:
            self.low = value
        elif value > self.high:
            self.high = value


@dataclass
class Body:
    position: float
    velocity: float = 0.0
    trail: list = field(default_factory=list)

    def kick(self, force, dt):
        self.velocity += force * dt
        self.position += self.velocity * dt


@dataclass(frozen=True)
class State:
    x: float
    v: float

    def stepped(self, force):
        return replace(self, x=self.x + 0.1 * self.v, v=self.v + 0.1 * force)


class Vector:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def __add__(self, other):
        return Vector(self.a + other.a, self.b + other.b)

    def __rmul__(self, factor):
        return Vector(factor * self.a, factor * self.b)

    def __iadd__(self, other):
        self.a += other.a
        self.b += other.b
        return self

    def __getitem__(self, k):
        return self.a if k == 0 else self.b

    def __len__(self):
        return 2


class Doubling:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, x):
        self.factor *= 2.0
        return self.factor * x


@program(lambda n: (signed(n),), rtol=1e-12, gradient=(0,))
def object_accumulates(x):
    mean = Mean()
    for value in x:
        mean.add(value * value)
    return mean.value if mean.count > 0 else 0.0 * np.sum(x)


@program(lambda n: (signed(n),), sizes=(0, 7))
def property_is_set_in_branch(x):
    thermometer = Thermometer()
    for value in x:
        if value > 0:
            thermometer.celsius = value
    return thermometer.celsius


@program(lambda n: (signed(n),), sizes=(0, 7), layouts=())
def attribute_writes_are_counted(x):
    counted = Counted()
    counted.last = 0.0
    for value in x:
        if value < 0:
            counted.last = value
    return counted.writes, counted.last


@program(lambda n: (signed(n),), sizes=(0, 7), layouts=())
def slots_change(x):
    interval = Slotted(0.0, 0.0)
    for value in x:
        interval.widen(value)
    return interval.low, interval.high


@program(lambda n: (signed(n),), sizes=(0, 7), layouts=(), rtol=1e-12, gradient=(0,))
def dataclass_moves(x):
    body = Body(1.0)
    for force in x:
        body.kick(force, 0.1)
    return body.position * body.velocity + np.sum(x)


@program(lambda n: (signed(n),), sizes=(0, 7), layouts=(), rtol=1e-12, gradient=(0,))
def frozen_dataclass_is_replaced(x):
    state = State(1.0, 0.0)
    for force in x:
        state = state.stepped(force)
    return state.x + state.v * np.sum(x)


@program(lambda n: (signed(n),), sizes=(0, 7), layouts=(), rtol=1e-12)
def operators_of_a_class(x):
    v = w = Vector(0.0, 1.0)
    for value in x:
        v = 0.5 * v + Vector(value, 1.0)
        w += v
    return v[0], v[1], w[0], len(v), v is w


@program(lambda n: (signed(2), 1.0), lambda n: (signed(2), -1.0), sizes=(1,), layouts=())
def object_is_chosen(x, c):
    first, second = Mean(1.0), Mean(2.0)
    chosen = first if c > 0 else second
    chosen.add(x[0])
    alias = chosen
    alias.add(x[1])
    return first.total, second.total, first.count, chosen is first


@program(lambda n: (floats(4), n), sizes=(0, 1, 5), layouts=())
def best_object_is_kept(x, n):
    best = None
    for k in range(n):
        trial = Mean(float(k))
        trial.add(x[k % 4])
        if best is None or trial.total > best.total:
            best = trial
        trial.add(0.25)
    return best.total if best is not None else -1.0


@program(lambda n: (signed(n),), sizes=(0, 7), layouts=())
def two_objects_swap(x):
    a, b = Mean(1.0), Mean(2.0)
    a.other, b.other = b, a
    for value in x:
        a, b = b, a
        a.other.add(value)
    return a.total, b.total, a.other is b, b.count


@program(lambda n: (signed(n),), sizes=(1, 7))
def attribute_holds_an_array(x):
    box = SimpleNamespace(work=np.zeros(len(x)), seen=0)
    view = box.work
    for k in range(len(x)):
        box.work[k] = 2.0 * x[k]
        box.seen += 1
    box.work = box.work + 1.0
    return box.work, view, box.seen


@program(lambda n: (signed(4), n), sizes=(0, 3), layouts=())
def callable_object(x, n):
    double = Doubling(0.5)
    for _ in range(n):
        x = double(x) * 0.5
    return x, double.factor, getattr(double, "missing", -1), hasattr(double, "factor")


@program(lambda n: (signed(n),), sizes=(3,), layouts=())
def attributes_by_name(x):
    box = SimpleNamespace()
    for name in ("low", "high"):
        setattr(box, name, x[0] if name == "low" else x[-1])
    if x[0] > 0:
        box.extra = 1.0
    present = hasattr(box, "extra") if x[0] > 100 else False
    del box.low
    return box.high, hasattr(box, "low"), present
