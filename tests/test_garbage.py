"""The garbage collector while functions are compiled, and afterwards."""

from __future__ import annotations

import gc
import weakref

import pytest

from autograph.garbage import LOOKED_AT, collection_paused


class Circle:
    """An object that refers to itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def enabled():
    assert gc.isenabled()
    yield
    gc.enable()
    gc.unfreeze()


def test_nothing_is_collected_meanwhile():
    gc.collect()
    for _ in range(LOOKED_AT):
        with collection_paused():
            made = [Circle() for _ in range(10_000)]
            assert not gc.isenabled()
            assert gc.get_count()[0] > 10_000
        assert gc.isenabled()
        assert gc.get_freeze_count() == 0
        assert all(x.own is x for x in made)


def test_circles_do_not_add_up():
    dead = []
    for _ in range(3 * LOOKED_AT):
        with collection_paused():
            dead.append(weakref.ref(Circle()))
    gc.collect()
    assert not any(x() for x in dead)


def test_what_users_have_frozen_stays_frozen():
    gc.freeze()
    count = gc.get_freeze_count()
    for _ in range(LOOKED_AT):
        with collection_paused():
            pass
    assert gc.get_freeze_count() == count > 0


def test_a_collector_that_is_off_stays_off():
    gc.disable()
    with collection_paused():
        assert not gc.isenabled()
    assert not gc.isenabled()


def test_it_goes_on_after_an_error():
    with pytest.raises(ValueError, match="inside"), collection_paused():
        raise ValueError("inside")
    assert gc.isenabled()
