"""Sets that compiled code makes have the tables that Python's own would have."""

from __future__ import annotations

import random
import sys
from typing import Any

import numpy as np
import pytest

from autograph.frontend.standard_library import set_layout, sets
from autograph.frontend.standard_library.sets import Set
from autograph.frontend.tracing.stand_in import class_of


@pytest.fixture(autouse=True)
def _seen_as_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have stand-ins seen as sets, as they are while tracing."""

    def is_instance(x: Any, kind: Any) -> bool:
        return issubclass(class_of(x), kind)

    monkeypatch.setattr(sets, "isinstance", is_instance, raising=False)


ALGEBRA = [
    lambda a, b: a.__ior__(b),
    lambda a, b: a.__iand__(b),
    lambda a, b: a.__isub__(b),
    lambda a, b: a.__ixor__(b),
    lambda a, b: a | b,
    lambda a, b: a & b,
    lambda a, b: a - b,
    lambda a, b: a ^ b,
    lambda a, b: a.copy(),
]


def both_after(seed: int) -> tuple[set[Any], Set]:
    """Return a set and its stand-in after the same changes."""
    rng = random.Random(seed)
    high, step, pairs = rng.choice([12, 40, 200, 2000]), rng.choice([1, 8, 64]), rng.random() < 0.2

    def key() -> Any:
        k = rng.randrange(high) * step
        return (k, k % 3) if pairs else k

    plain: set[Any] = set()
    made = Set()
    for _ in range(rng.choice([10, 40, 150])):
        choice, x = rng.random(), key()
        if choice < 0.45:
            plain.add(x)
            made.add(x)
        elif choice < 0.75:
            plain.discard(x)
            made.discard(x)
        elif choice < 0.8 and plain:
            assert plain.pop() == made.pop()
        else:
            other = [key() for _ in range(rng.randrange(15))]
            operation = rng.choice(ALGEBRA)
            plain, made = operation(plain, set(other)), operation(made, Set(other))
    return plain, made


@np.errstate(over="ignore")
@pytest.mark.parametrize("first", range(0, 400, 100))
def test_order_is_that_of_the_same_history(first: int) -> None:
    for seed in range(first, first + 100):
        plain, made = both_after(seed)
        assert list(Set.rebuilt(*made.contents())) == list(plain), seed


@np.errstate(over="ignore")
def test_table_is_rebuilt_exactly() -> None:
    """Marks of what was deleted are there, too: what is added later lies where it would lie."""
    for seed in range(300):
        plain, made = both_after(seed)
        found = set_layout.placed(*made.contents())
        assert sys.getsizeof(found) == sys.getsizeof(plain)
        for k in range(20):
            plain.add(8 * k + seed)
            found.add(8 * k + seed)
            assert list(found) == list(plain), seed
