"""Random programs of loops, branches and writes in place, for checks of modes against each other.

The state is two arrays and two numbers; each statement makes a new state. All functions are smooth
and bounded, so that values stay of order one.
"""

from __future__ import annotations

import numpy as np

from autograph.ir.graph import Graph
from tests.autodiff.building import N, array_param, branch, build, loop, number_param, op

State = list[N]
"""Two arrays of one length, then two numbers."""


class Generator:
    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.indices: list[N] = []

    def graph(self) -> Graph:
        a = array_param("a", "n")
        params = [a, array_param("b", *a.dims), number_param("s"), number_param("t")]

        def f(*state: N) -> N:
            a, b, s, t = self.block(list(state), depth=3)
            return (a * b).sum() + op("sin", a).sum() + s * t + s

        return build(params, f)

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def block(self, state: State, depth: int) -> State:
        for _ in range(self.rng.integers(2, 4)):
            state = self.statement(state, depth)
        return state

    def statement(self, state: State, depth: int) -> State:
        kinds = ["element", "element", "slice", "whole", "number", "number", "swap", "sum"]
        if depth:
            kinds += ["loop"] * 5 + ["branch"] * 4
        kind = kinds[self.rng.integers(len(kinds))]
        return getattr(self, f"make_{kind}")(list(state), depth)

    def position(self, a: N) -> object:
        choices: list[object] = [0, a.dims[0] - 1, *self.indices, *self.indices]
        if self.indices:
            choices.append(a.dims[0] - 1 - self.indices[-1].form)
        return choices[self.rng.integers(len(choices))]

    def operand(self, state: State) -> N:
        k = self.rng.integers(6)
        if k < 2:
            return state[2 + k]
        array = state[k % 2]
        return array[self.position(array)]

    def function(self, x: N, y: N) -> N:
        """A smooth bounded function, linear or not."""
        k = self.rng.integers(6)
        if k == 0:
            return 0.5 * (x + y)
        if k == 1:
            return op("sin", x * y)
        if k == 2:
            return op("tanh", x) * y + 0.1
        if k == 3:
            return op("exp", -x * x) + 0.5 * y
        if k == 4:
            return op("minimum", x, y) * 0.9
        return x / (1.0 + y * y)

    def make_element(self, state: State, depth: int) -> State:
        k = self.rng.integers(2)
        value = self.function(self.operand(state), self.operand(state))
        if self.chance(0.2):
            state[k] = state[k].inc(self.position(state[k]), op("sin", value))
        else:
            state[k] = state[k].set(self.position(state[k]), value)
        return state

    def make_slice(self, state: State, depth: int) -> State:
        k = self.rng.integers(2)
        other = state[self.rng.integers(2)]
        value = self.function(state[k][1:], other[:-1])
        state[k] = state[k].set(slice(1, None), value)
        return state

    def make_whole(self, state: State, depth: int) -> State:
        state[self.rng.integers(2)] = self.function(state[0], state[1])
        return state

    def make_number(self, state: State, depth: int) -> State:
        k = 2 + self.rng.integers(2)
        state[k] = self.function(state[k], self.operand(state))
        return state

    def make_swap(self, state: State, depth: int) -> State:
        return [state[1], state[0], *state[2:]]

    def make_sum(self, state: State, depth: int) -> State:
        state[2] = op("tanh", (state[0] * state[1]).sum() * 0.3) + 0.5 * state[2]
        return state

    def make_loop(self, state: State, depth: int) -> State:
        length = state[0].dims[0] if self.chance(0.7) else 2
        early = self.chance(0.2)

        def body(index: N, *carries: N) -> State:
            self.indices.append(index)
            if length == 2:
                self.indices.pop()
            after = self.block(self.some_old(list(state), list(carries)), depth - 1)
            if length != 2:
                self.indices.pop()
            return [*after, op("greater", after[2], 0.55)] if early else after

        results = loop(length, state, body, until=early, reverse=self.chance(0.2))
        return results[:4]

    def some_old(self, outer: State, carried: State) -> State:
        """Sometimes a number from around the loop takes the place of the carried one."""
        if self.chance(0.15):
            carried[3] = op("sin", outer[3] * carried[3])
        if self.chance(0.1):
            carried[2] = outer[self.rng.integers(2)][0] + 0.1 * carried[2]
        return carried

    def make_branch(self, state: State, depth: int) -> State:
        condition = self.operand(state) < 0.4

        def arm() -> State:
            return self.block(list(state), depth - 1) if self.chance(0.8) else list(state)

        return branch(condition, arm, arm)
