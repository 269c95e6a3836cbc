"""What is raised by signals while machine code runs that calls functions of Python."""

import signal
import sys
import threading

import numpy as np
import pytest
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
