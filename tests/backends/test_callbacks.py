"""What is raised by signals while machine code runs that calls functions of Python."""

import gc
import signal
import sys
import threading
import time

import numpy as np
import pytest
import scipy.integrate
import scipy.ndimage

import autograph as ag


class Interrupted(BaseException):
    """Raised by the handler of a signal, as KeyboardInterrupt is."""


def transforms(x, n):
    total = 0.0
    for k in range(n):
        total += np.fft.rfft(x + k).real[1]
    return total


def filters(x, n):
    total = 0.0
    for k in range(n):
        total += scipy.ndimage.rank_filter(x + k, 1, 3)[1]
    return total


@pytest.fixture
def alarm():
    """Raise an exception in the main thread after a time."""
    before = signal.getsignal(signal.SIGALRM)

    def start(kind, seconds):
        def raise_it(*_):
            raise kind

        signal.signal(signal.SIGALRM, raise_it)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    yield start
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("fn", [transforms, filters])
def test_signals_end_calls_that_come_back_into_python(fn, alarm):
    compiled = ag.compile(fn)
    x, hook = np.linspace(0.0, 1.0, 64), sys.unraisablehook
    wanted = fn(x, 50)
    np.testing.assert_allclose(compiled(x, 50), wanted)
    for seconds in (0.05, 0.051, 0.053):
        alarm(Interrupted, seconds)
        with pytest.raises(Interrupted):
            compiled(x, 2_000_000)
    np.testing.assert_allclose(compiled(x, 50), wanted)
    assert compiled.stats()["replays"] == 0
    assert sys.unraisablehook is hook


def test_other_threads_are_not_interrupted(alarm):
    compiled, found = ag.compile(transforms), []
    x = np.linspace(0.0, 1.0, 64)
    wanted = compiled(x, 20_000)
    thread = threading.Thread(target=lambda: found.append(compiled(x, 20_000)))
    thread.start()
    alarm(Interrupted, 0.05)
    with pytest.raises(Interrupted):
        list(compiled(x, 100) for _ in range(100_000))
    thread.join()
    assert found == [wanted]


def counted_decay(a):
    calls = 0

    def rate(t, y):
        nonlocal calls
        calls += 1
        return -a * y

    found = scipy.integrate.solve_ivp(rate, (0.0, 2000.0), [1.0], max_step=0.002)
    return found.y[0, -1], calls


def test_what_a_call_holds_goes_when_a_signal_ends_it(alarm):
    compiled, before = ag.compile(counted_decay), threading.active_count()
    alarm(Interrupted, 2.0)
    gc.disable()
    try:
        with pytest.raises(Interrupted):
            compiled(1.0)
        for _ in range(200):
            if threading.active_count() == before:
                break
            time.sleep(0.01)
        assert threading.active_count() == before
    finally:
        gc.enable()
