"""The containers of our own, run as plain Python: they do what Python's do, in the same order."""

from __future__ import annotations

import collections
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograph.frontend.standard_library import deques, dicts, mappings, sets
from autograph.frontend.standard_library.hashing import hash_of
from autograph.frontend.standard_library.sets import Set
from autograph.frontend.tracing.stand_in import class_of


@pytest.fixture(autouse=True)
def stand_ins_are_seen_as_builtins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have `isinstance` see in the modules what it sees in converted code."""

    def seen(x: Any, kinds: Any) -> bool:
        return issubclass(class_of(x), kinds)

    for module in (deques, dicts, mappings, sets):
        monkeypatch.setattr(module, "isinstance", seen, raising=False)
    with np.errstate(over="ignore"):  # hashes wrap around
        yield


def operation(rng: random.Random, name: str, plain: Any, ours: Any, given: list[Any]) -> Any:
    """Do the same to a set and to ours; return both."""
    if name in ("add", "discard"):
        getattr(plain, name)(given[0])
        getattr(ours, name)(given[0])
    elif name == "pop" and plain:
        assert plain.pop() == ours.pop()
    elif name in ("update", "difference_update", "symmetric_difference_update"):
        getattr(plain, name)(set(given))
        getattr(ours, name)(Set(given))
    elif name in ("union", "intersection", "difference", "symmetric_difference"):
        return getattr(plain, name)(set(given)), getattr(ours, name)(Set(given))
    elif name == "copy":
        return plain.copy(), ours.copy()
    return plain, ours


NAMES = ["add", "discard", "pop", "update", "difference_update", "symmetric_difference_update"]
NAMES += ["union", "intersection", "difference", "symmetric_difference", "copy"]


@pytest.mark.parametrize(
    "key",
    [
        1.5,
        -0.0,
        -1.0,
        2.0**80,
        5e-324,
        -1e300,
        float("inf"),
        np.float32(0.1),
        2**61 - 1,
        -(2**61),
        -1,
        True,
        (),
        (1, -1.0),
        ((2, 3), 0.5, -2),
    ],
    ids=repr,
)
def test_hashes_are_those_of_python(key: Any) -> None:
    assert hash_of(key) == hash(key)


ITEMS: dict[str, Callable[[int], Any]] = {
    "integers": lambda k: k,
    "floats": lambda k: k / 4,
    "pairs": lambda k: (k % 7, k % 5 - 1),
}


@pytest.mark.parametrize("kind", ITEMS)
@pytest.mark.parametrize("high", [10, 100, 10**12, 2**62])
def test_sets_have_the_order_of_python(high: int, kind: str) -> None:
    rng, item = random.Random(high), ITEMS[kind]
    for _ in range(100):
        low = rng.choice([0, -high])
        start = [item(rng.randint(low, high)) for _ in range(rng.randint(0, 30))]
        plain, ours = set(start), Set(start)
        for _ in range(rng.randint(0, 30)):
            given = [item(rng.randint(low, high)) for _ in range(rng.choice([1, 2, 20, 60]))]
            plain, ours = operation(rng, rng.choice(NAMES), plain, ours, given)
            assert list(plain) == list(ours._members())
            assert len(plain) == len(ours)


def test_dicts_keep_the_order_of_insertion() -> None:
    rng = random.Random(0)
    plain: dict[Any, int] = {}
    ours = dicts.Dict()
    for step in range(3000):
        key = rng.choice([rng.randint(0, 40), rng.randint(0, 40) / 2, (rng.randint(0, 5), 1), "a"])
        if key in plain and rng.random() < 0.5:
            assert plain.pop(key) == ours.pop(key)
        else:
            plain[key] = ours[key] = step
    assert dicts.Dict.rebuilt(*ours.contents()) == plain
    assert list(ours) == list(plain)
    assert len(ours) == len(plain)


def test_deques_at_both_ends() -> None:
    rng = random.Random(1)
    for maxlen in (None, 3):
        plain: collections.deque[int] = collections.deque(maxlen=maxlen)
        ours = deques.Deque(maxlen=maxlen)
        for step in range(500):
            name = rng.choice(["append", "appendleft", "pop", "popleft", "rotate"])
            if name in ("append", "appendleft", "rotate"):
                getattr(plain, name)(step)
                getattr(ours, name)(step)
            elif plain:
                assert getattr(plain, name)() == getattr(ours, name)()
            assert list(ours) == list(plain)
        assert deques.Deque.rebuilt(*ours.contents()) == plain
