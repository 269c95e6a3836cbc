"""Programs that change lists, dicts and objects of the caller's."""

from dataclasses import dataclass, field

import numpy as np

from tests.programs.corpus import floats, program, signed

TALLY = {"calls": 0, "sum": 0.0}


@dataclass
class Account:
    balance: float = 0.0
    moves: int = 0
    log: list = field(default_factory=list)

    def add(self, amount):
        self.balance += amount
        self.moves += 1

    @property
    def mean(self):
        return self.balance / self.moves


@dataclass
class Optimizer:
    rate: float
    weights: np.ndarray
    previous: np.ndarray

    def step(self, gradient):
        self.previous = self.weights
        self.weights = self.weights - self.rate * gradient
        self.rate *= 0.5


@program(lambda n: (Account(1.0), signed(n)), sizes=(0, 3), layouts=())
def account_of_the_caller(account, x):
    for amount in x:
        account.add(amount)
    if account.moves > 2:
        account.balance = account.mean
        account.add(0.0)
    return account.moves, account


@program(
    lambda n: (Account(1.0, 2), 1.0), lambda n: (Account(1.0, 2), -1.0), sizes=(1,), layouts=()
)
def changed_in_one_branch_only(account, c):
    if c > 0:
        account.balance = c * 2
        account.moves = None
    return account.balance


@program(lambda n: (Optimizer(0.1, floats(3), np.zeros(3)), signed(3)), sizes=(1,), layouts=())
def optimizer_steps(optimizer, gradient):
    for _ in range(3):
        optimizer.step(gradient)
    optimizer.previous[0] = 7.0
    return optimizer.weights


@program(
    lambda n: ([1.0, 2.0], {"a": 1.0, "b": [0.0]}, 3.0),
    lambda n: ([1.0, 2.0], {"a": 1.0, "b": [0.0]}, -3.0),
    sizes=(1,),
)
def containers_of_the_caller(items, table, c):
    if c > 0:
        items[0] = c
    items.append(c * 2)
    table["a"] += c
    table["c"] = items
    table["b"][0] = c
    del items[1]
    return table["c"] is items, items


@program(lambda n: ([0.5], signed(n)), sizes=(0, 4), layouts=())
def list_of_the_caller_grows(items, x):
    for value in x:
        if value > 0:
            items.append(value)
    items.insert(0, -1.0)
    return len(items)


@program(lambda n: (Account(), [1.0, 2.0, 3.0]), sizes=(1,), layouts=())
def list_inside_an_object(account, amounts):
    for amount in amounts:
        account.log.append(amount * 2)
        account.add(amount)
    amounts.clear()
    return account.log


def remember(value, seen=[]):
    seen.append(value)
    return len(seen)


@program(lambda n: (signed(3),), sizes=(1,), layouts=())
def global_tally(x):
    TALLY["sum"] = 0.0
    for value in x:
        TALLY["sum"] += value
    before = TALLY["calls"]
    TALLY["calls"] = 5
    return before > -1, TALLY["sum"]
