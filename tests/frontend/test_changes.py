"""Changes of objects from outside a compiled function are seen by the caller, call after call."""

from __future__ import annotations

import numpy as np
import pytest

import autograph as ag
from tests.programs.changes import Account, remember

STATE = {"scale": 1.0, "calls": 0}
LOGGED: list[float] = []


def scaled(x):
    STATE["calls"] += 1
    LOGGED.append(x)
    return x * STATE["scale"]


def test_global_containers_change_with_every_call() -> None:
    function = ag.compile(scaled)
    STATE.update(scale=1.0, calls=0)
    LOGGED.clear()
    for k in range(4):
        STATE["scale"] = k + 0.5
        assert function(2.0) == 2.0 * (k + 0.5)
        assert STATE["calls"] == k + 1
    assert LOGGED == [2.0] * 4


def test_global_numbers_in_containers_are_not_frozen() -> None:
    table, account = {"inner": {"q": 1.0}}, Account(1.0)
    function = ag.compile(lambda x: x + table["inner"]["q"] + account.balance)
    for k in range(4):
        table["inner"]["q"], account.balance = 10.0 * k, 100.0 * k
        assert function(0.5) == 0.5 + 110.0 * k
    assert function.stats()["specialisations"] <= 3


def test_mutable_default_persists() -> None:
    function = ag.compile(remember)
    start = len(remember.__defaults__[0])
    assert [function(float(k)) for k in range(3)] == [start + 1, start + 2, start + 3]


def test_object_changes_from_call_to_call() -> None:
    def pay(account, x):
        account.add(x[0])
        return account.mean

    function, account = ag.compile(pay), Account()
    for k in range(5):
        function(account, np.array([1.0 + k]))
    assert (account.balance, account.moves) == (15.0, 5)
    assert function.stats()["specialisations"] <= 3


def test_nothing_changes_where_the_call_fails() -> None:
    def pay(account, x, k):
        account.balance = x[0]
        return x[k]

    account = Account(3.0)
    with pytest.raises(IndexError):
        ag.compile(pay)(account, np.ones(2), 5)
    assert account.balance == 1.0  # as in Python: the change came before the failure


def test_gradient_leaves_objects_as_they_are() -> None:
    def loss(x, account):
        account.add(1.0)
        return np.sum(x * x) * account.balance

    account = Account(1.0)
    np.testing.assert_allclose(ag.grad(loss)(np.ones(3), account), 4.0 * np.ones(3))
    assert account.balance == 1.0


def test_attribute_of_some_paths_is_refused() -> None:
    def opened(account, x):
        if x > 0:
            account.opened = x

    with pytest.raises(ag.UnsupportedError, match="'opened' of a Account is set on some paths"):
        ag.compile(opened)(Account(), 1.0)
