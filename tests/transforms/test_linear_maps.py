"""What `vjp` and `linearize` return outside of programs: the forward program runs once."""

from __future__ import annotations

import gc
import pickle
import weakref

import numpy as np
import pytest

import autograph as ag
from tests.properties.interpreting import interpreting

X = np.linspace(0.1, 1.0, 5)


@pytest.fixture(autouse=True)
def interpreted():
    """Spare the machine code."""
    with interpreting():
        yield


def elements(x, y):
    return np.sin(x) * y


def settled(x, n):
    y, s = x.copy(), 0.0
    while s < 7.0:
        for _ in range(n):
            y = np.sin(y) * x + y
            s = s + 1.0
    return y


def parts(x):
    u = x.copy()
    for _ in range(7):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2]) * u[1:-1]
    return {"field": u, "energy": np.sum(u * x), "steps": 7}


def ragged(x):
    total = 0.0
    for k in range(len(x)):
        t = x[k]
        for j in range(k):
            t = t * x[j] + np.exp(t * 0.1)
        total = total + np.tanh(t)
    return total


def turned(z):
    return z * np.conj(z) ** 2 + np.abs(z)


def factored(x):
    q, r = np.linalg.qr(np.outer(x, x) + np.diag(x) + np.eye(5))
    return q @ x, r


CASES = [
    (elements, (X, 2 * X), 2 * X),
    (settled, (X, 3), np.arange(5.0)),
    (parts, (X,), {"field": np.arange(5.0), "energy": 0.7, "steps": None}),
    (ragged, (X,), 1.3),
    (turned, (X + 1j * X[::-1],), X - 2j),
    (factored, (X,), (X[::-1].copy(), None)),
]
IDS = [case[0].__name__ for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_maps_are_those_of_traced_programs(case):
    f, args, cotangent = case
    value, pull = ag.vjp(f, *args)
    assert_alike(value, f(*args))
    wanted = ag.compile(lambda *args: ag.vjp(f, *args)[1](cotangent))(*args)
    for _ in range(2):
        assert_alike(pull(cotangent), wanted)
    tangents = tuple(np.cos(a) if isinstance(a, np.ndarray) else None for a in args)
    _, push = ag.linearize(f, *args)
    wanted = ag.compile(lambda *args: ag.jvp(f, args, tangents)[1])(*args)
    for _ in range(2):
        assert_alike(push(*tangents), wanted)


def assert_alike(found, wanted):
    """Check that nested results are the same up to rounding."""
    assert type(found) is type(wanted)
    if isinstance(found, dict):
        found, wanted = list(found.items()), list(wanted.items())
    if isinstance(found, tuple | list):
        for a, b in zip(found, wanted, strict=True):
            assert_alike(a, b)
    elif isinstance(found, np.ndarray | float | complex):
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)
    else:
        assert found == wanted


def test_second_parts_do_not_run_the_function_again():
    for f, args, _ in CASES[:4]:
        _, pull = ag.vjp(f, *args)
        source = known_to(pull).apply._specialisation._second.numba_source
        assert not any(name in source for name in ("exp(", "tanh(", "sqrt("))


def known_to(pull):
    """Return what a pull-back has from the call before."""
    return next(c.cell_contents for c in pull.__closure__ if hasattr(c.cell_contents, "apply"))


def test_callers_may_change_what_they_gave_and_got():
    x = X.copy()
    value, pull = ag.vjp(lambda x: np.exp(x) * x, x)
    _, push = ag.linearize(lambda x: np.exp(x) * x, x)
    x[:] = 0.0
    value[:] = 0.0
    wanted = np.exp(X) * (1 + X)
    np.testing.assert_allclose(pull(np.ones(5))[0], wanted)
    first = pull(np.ones(5))[0]
    first[:] = 0.0
    np.testing.assert_allclose(pull(np.ones(5))[0], wanted)
    np.testing.assert_allclose(push(np.ones(5)), wanted)


def test_what_is_kept_goes_with_the_map():
    _, pull = ag.vjp(lambda x: np.exp(x), X)
    known = known_to(pull)
    kept = weakref.ref(known.apply._kept[-1])
    assert kept().nbytes == X.nbytes
    del pull, known
    gc.collect()
    assert kept() is None


def test_random_numbers_are_drawn_once():
    def noisy(x):
        generator = np.random.default_rng(3)
        return x * generator.normal(size=5)

    value, pull = ag.vjp(noisy, X)
    np.testing.assert_allclose(pull(np.ones(5))[0] * X, value)


def test_directions_that_nothing_depends_on():
    _, pull = ag.vjp(lambda x: (np.floor(x), x * x, np.ones(3)), X)
    np.testing.assert_allclose(pull((X, X, np.ones(3)))[0], 2 * X * X)
    _, pull = ag.vjp(lambda x: np.floor(x), X)
    np.testing.assert_allclose(pull(X)[0], 0 * X)


@pytest.mark.parametrize(
    ("cotangent", "message"),
    [
        ({"a": X}, "must have the structure"),
        (np.ones(4), r"its shape \(4,\) must be \(5,\)"),
        (X + 1j, "has dtype complex128"),
    ],
)
def test_directions_that_do_not_fit(cotangent, message):
    _, pull = ag.vjp(lambda x: [x * x], X)
    given = cotangent if isinstance(cotangent, dict) else [cotangent]
    with pytest.raises((ag.NondifferentiableError, ValueError), match=message):
        pull(given)


def test_maps_cannot_be_pickled():
    _, pull = ag.vjp(lambda x: x * x, X)
    known = known_to(pull)
    with pytest.raises(TypeError, match="call vjp or linearize again"):
        pickle.dumps(known.apply)
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(pull)
