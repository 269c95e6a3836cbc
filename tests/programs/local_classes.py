"""Classes that a compiled function defines: helpers, records, named tuples, enums, exceptions."""

from __future__ import annotations

import enum
import functools
import heapq
import math
from collections import namedtuple
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tests.programs.corpus import program, signed


def numbers(n):
    return signed(n), n


@program(numbers, sizes=(0, 1, 6), gradient=(0,))
def sum_of_vectors(x, n):
    class Vector:
        def __init__(self, a, b):
            self.a = a
            self.b = b

        def __add__(self, other):
            return Vector(self.a + other.a, self.b + other.b)

        def __mul__(self, factor):
            return Vector(self.a * factor, self.b * factor)

        def length(self):
            return math.sqrt(1.0 + self.a**2 + self.b**2)

    total = Vector(0.0, 0.0)
    for i in range(n):
        total = total + Vector(x[i], 1.0) * 0.5
    return total.length()


@program(numbers, sizes=(0, 1, 6))
def bodies_with_a_history(x, n):
    @dataclass
    class Body:
        position: float
        velocity: float = 0.0
        history: list[float] = field(default_factory=list)

        def step(self, dt):
            self.velocity -= self.position * dt
            self.position += self.velocity * dt
            self.history.append(self.position)

    bodies = []
    for value in x:
        bodies.append(Body(value))
    for _ in range(3):
        for body in bodies:
            body.step(0.1)
    for body in bodies[:1]:
        print(body)
    return [body.history for body in bodies]


@program(numbers, sizes=(2, 6))
def chain_of_frozen_events(x, n):
    @dataclass(frozen=True)
    class Event:
        number: int
        weight: float
        before: Event | None = None

    events = []
    last = Event(-1, 0.0)
    for i in range(n):
        if x[i] > -0.5:
            last = Event(i, x[i], last)
            events.append(last)
    depth = 0
    while last is not None:
        depth += 1
        last = last.before
    return [event.weight for event in events], depth


@program(numbers, sizes=(0, 5))
def counted_by_a_local_class(x, n):
    class Account:
        opened = 0

        def __init__(self, balance):
            self.balance = balance
            Account.opened += 1

        @property
        def double(self):
            return 2 * self.balance

        @staticmethod
        def empty():
            return Account(0.0)

        @classmethod
        def of(cls, balance):
            return cls(balance)

    total = Account.empty()
    for i in range(n):
        total.balance += Account.of(x[i]).double
    return total.balance, Account.opened, total.opened


class Scaled:
    scale = 2.0

    def __init__(self, value):
        self.value = value

    def result(self):
        return self.value * self.scale


@program(numbers, sizes=(0, 5))
def derived_from_a_class_outside(x, n):
    class Shifted(Scaled):
        def __init__(self, value, shift):
            super().__init__(value)
            self.shift = shift

        def result(self):
            return super().result() + self.shift

    total = 0.0
    for value in x:
        total += Shifted(value, n).result()
    return total


@program(numbers, sizes=(0, 5))
def methods_see_variables_that_change(x, n):
    factor = 3.0

    class Line:
        def __call__(self, t):
            return t * factor + n

    line, total = Line(), 0.0
    for i in range(n):
        factor += 1.0
        total += line(x[i])
    return total


@program(numbers, sizes=(1, 5))
def state_in_a_named_tuple(x, n):
    class State(NamedTuple):
        time: float
        values: np.ndarray
        steps: int = 0

        def energy(self):
            return float(self.values @ self.values)

    state = State(0.0, x.copy())
    for _ in range(n):
        state = state._replace(time=state.time + 0.1, values=state.values * 0.9)
        state = state._replace(steps=state.steps + 1)
    return state.energy(), state.time, state.steps


@program(numbers, sizes=(1, 5))
def returns_what_its_own_classes_hold(x, n):
    Range = namedtuple("Range", ["low", "high"])

    @dataclass
    class Summary:
        mean: float
        extent: Range
        parts: list[Range]

    parts = [Range(min(v, 0.0), max(v, 0.0)) for v in x]
    return Summary(x.mean(), Range(x.min(), x.max()), parts), Range(0, n)


def limits_of(a, b):
    Limits = namedtuple("Limits", "low high")
    return Limits(a, b) if a < b else Limits(b, a)


@program(numbers, sizes=(0, 1, 6))
def helper_that_makes_a_class_in_a_loop(x, n):
    limits = limits_of(0.0, 1.0)
    for i in range(n):
        limits = limits_of(limits.low + x[i], limits.high)
    return limits.low, limits.high


@program(numbers, sizes=(0, 1, 6))
def class_made_in_each_iteration(x, n):
    found = None
    for i in range(n):

        class Point:
            def __init__(self, value):
                self.value = value + i

        found = Point(x[i])
    return -1.0 if found is None else found.value


@program(numbers, sizes=(1, 6))
def local_enum_and_exception(x, n):
    class Direction(enum.Enum):
        UP = 1
        DOWN = -1

    class Turned(ValueError):
        def __init__(self, at):
            super().__init__(f"turned at {at}")
            self.at = at

    direction, turns = Direction.UP, 0
    for i in range(1, n):
        try:
            if (x[i] - x[i - 1]) * direction.value < 0:
                raise Turned(i)
        except Turned as turned:
            turns += turned.at
            direction = Direction.DOWN if direction is Direction.UP else Direction.UP
    return turns, direction is Direction.UP


@program(numbers, sizes=(1, 6), raises=True)
def local_exception_that_nothing_catches(x, n):
    class Negative(ValueError):
        pass

    for i in range(n):
        if x[i] < 0:
            raise Negative(i)
    return n


@program(numbers, sizes=(0, 6))
def private_names_and_slots(x, n):
    class Filter:
        __slots__ = ("__last", "gain")

        def __init__(self, gain):
            self.__last = 0.0
            self.gain = gain

        def update(self, value):
            self.__last += self.gain * (value - self.__last)
            return self.__last

    low_pass = Filter(0.25)
    return [low_pass.update(value) for value in x]


@program(numbers, sizes=(0, 6))
def heap_of_local_objects(x, n):
    @functools.total_ordering
    class Item:
        def __init__(self, cost, number):
            self.cost = cost
            self.number = number

        def __lt__(self, other):
            return self.cost < other.cost

        def __eq__(self, other):
            return isinstance(other, Item) and self.cost == other.cost

    heap = []
    for i in range(n):
        heapq.heappush(heap, Item(x[i], i))
    order = []
    while heap:
        order.append(heapq.heappop(heap).number)
    return order


@program(numbers, sizes=(1, 7))
def search_tree_of_local_nodes(x, n):
    class Node:
        def __init__(self, key):
            self.key = key
            self.left = None
            self.right = None

    def insert(node, key):
        if node is None:
            return Node(key)
        if key < node.key:
            node.left = insert(node.left, key)
        else:
            node.right = insert(node.right, key)
        return node

    def depth(node):
        return 0 if node is None else 1 + max(depth(node.left), depth(node.right))

    root = None
    for value in x:
        root = insert(root, value)
    return depth(root), root.key


@program(numbers, sizes=(0, 5))
def attributes_that_a_class_did_not_have(x, n):
    class Totals:
        pass

    Totals.sum = 0.0
    one = Totals()
    for i in range(n):
        Totals.sum = Totals.sum + x[i]
        if x[i] > 0:
            one.sum = x[i]
    return one.sum, Totals.sum


@program(numbers, sizes=(1, 5))
def class_outside_gets_an_attribute(x, n):
    Scaled.largest = x.max()
    return Scaled(1.0).largest * 2, Scaled.largest


@program(numbers, sizes=(1, 5))
def fields_are_filled_in_other_ways(x, n):
    def bag_of(first):
        @dataclass
        class Bag:
            items: list = field(default_factory=lambda: [first])

        return Bag

    one, other = bag_of(x[0]), bag_of(2.0)
    other().items.append(3.0)
    return one().items, other().items, bag_of(2.0)().items


@program(numbers, sizes=(1,))
def class_that_counts_is_defined_again(x, n):
    def total_of(v):
        class Account:
            total = 0.0

            def add(self, w):
                Account.total += w
                return Account.total

        Account().add(v)
        return Account().add(1.0)

    return total_of(2.0), total_of(x[0]), total_of(3.0)
