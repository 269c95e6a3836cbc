"""Compiled functions in threads, in other processes, copied, pickled and thrown away."""

from __future__ import annotations

import copy
import gc
import linecache
import multiprocessing
import pickle
import threading
import time
import weakref

import cloudpickle
import numpy as np
import pytest

import autograph as ag
from autograph import compiled as module
from autograph.specialise import Specialisation


@ag.compile
def doubled(x):
    return x * 2


gradient = ag.grad(lambda x: x * x * x)


def call_doubled(k):
    return doubled(float(k))


def test_pickling_by_name():
    assert pickle.loads(pickle.dumps(doubled)) is doubled


def test_pickling_by_value():
    k, table = 3.0, np.ones(3)
    f = ag.compile(lambda x: x * k + table)
    g = ag.value_and_grad(lambda x: x * x * k)
    f(1.0)
    g(1.0)
    restored = pickle.loads(cloudpickle.dumps(f))
    assert restored.stats()["specialisations"] == 0
    np.testing.assert_array_equal(restored(2.0), [7.0, 7.0, 7.0])
    assert "loop" in restored.explain(2.0)
    assert pickle.loads(cloudpickle.dumps(g))(2.0) == (12.0, 12.0)
    assert restored.stats()["calls"] == 1


def test_copies():
    assert copy.deepcopy(doubled)(1.0) == 2.0
    assert copy.copy(doubled)(1.0) == 2.0
    assert copy.deepcopy({"f": doubled})["f"] is doubled


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_other_processes(method):
    doubled(1.0)
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.map(call_doubled, [1, 2]) == [2.0, 4.0]
        assert pool.map(doubled, [3.0]) == [6.0]


def test_a_process_forked_while_another_thread_compiles():
    """The child must not wait for a lock that nobody holds in it."""
    with module.compiling:
        process = multiprocessing.get_context("fork").Process(
            target=ag.compile(lambda x: x + 1), args=(1.0,)
        )
        thread = threading.Thread(target=process.start)
        thread.start()
        thread.join()
    process.join(60)
    assert process.exitcode == 0


def test_threads_compile_once(monkeypatch):
    made = []
    plain = Specialisation.__init__

    def slow(self, *args):
        made.append(1)
        time.sleep(0.05)
        plain(self, *args)

    monkeypatch.setattr(Specialisation, "__init__", slow)
    f = ag.compile(lambda x: x.sum() * 2)
    found, barrier = [], threading.Barrier(4)

    def run():
        barrier.wait()
        found.append(float(f(np.arange(3.0))))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, len(made)) == ([6.0] * 4, 1)


def test_threads_with_unlike_arguments():
    f, wrong = ag.compile(lambda x: x.sum() * 2), []

    def run(k):
        for _ in range(50):
            for x in (np.ones(k), np.ones((k, 2)), np.ones(k, np.float32)):
                if f(x) != x.sum() * 2:
                    wrong.append(x)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


class Thing:
    factor = 2.0


def test_nothing_is_kept_of_a_call():
    f = ag.compile(lambda o, x: x * o.factor)
    thing, x = Thing(), np.ones(1000)
    kept = [weakref.ref(thing), weakref.ref(x)]
    f(thing, x)
    del thing, x
    gc.collect()
    assert [r() for r in kept] == [None, None]


def test_nothing_is_kept_of_a_function():
    def make():
        thing, table = Thing(), np.ones(1000)

        def f(x):
            return x * thing.factor + table.sum()

        compiled = ag.compile(f)
        compiled(1.0)
        return [weakref.ref(o) for o in (thing, table, f, compiled)]

    kept = make()
    gc.collect()
    assert [r() for r in kept] == [None] * 4


def test_nothing_is_kept_of_what_is_defined_again():
    text = "@ag.compile\ndef f(x):\n    return x * 2\n"
    linecache.cache["<cell>"] = (len(text), None, text.splitlines(True), "<cell>")
    scope, kept = {"ag": ag}, []
    for _ in range(3):
        exec(compile(text, "<cell>", "exec"), scope)
        assert scope["f"](1.0) == 2.0
        kept.append(weakref.ref(scope["f"].__wrapped__.__code__))
    gc.collect()
    assert [r() is None for r in kept] == [True, True, False]
