"""Rules of the program's own, what is constant, what runs again, and the check of derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import autograph as ag

X = np.array([0.3, 1.2, -0.7])


@ag.custom_gradient(vjp=lambda g, y, x: g * y)
def reverse_exp(x):
    return np.exp(x)


@ag.custom_gradient(jvp=lambda t, y, x: t * y)
def forward_exp(x):
    return np.exp(x)


@ag.custom_gradient(vjp=lambda g, y, x: g * y, jvp=lambda t, y, x: t * y)
def both_exp(x):
    return np.exp(x)


@pytest.mark.parametrize("exp", [reverse_exp, forward_exp, both_exp])
def test_one_rule_serves_both_directions(exp):
    def loss(x):
        return np.sum(exp(x) * x)

    np.testing.assert_allclose(exp(X), np.exp(X))
    np.testing.assert_allclose(ag.compile(loss)(X), np.sum(np.exp(X) * X))
    np.testing.assert_allclose(ag.grad(loss)(X), np.exp(X) * (1 + X))
    np.testing.assert_allclose(ag.hessian(loss)(X), np.diag(np.exp(X) * (2 + X)))
    np.testing.assert_allclose(ag.jvp(loss, (X,), (X,))[1], np.sum(np.exp(X) * (1 + X) * X))
    ag.check_grads(loss, (X,))


def test_rules_in_loops_and_branches():
    def loss(x, n):
        for k in range(n):
            x = reverse_exp(0.1 * x) if k % 2 == 0 else forward_exp(-x) + x
        return np.sum(x)

    def plain(x, n):
        for k in range(n):
            x = np.exp(0.1 * x) if k % 2 == 0 else np.exp(-x) + x
        return np.sum(x)

    np.testing.assert_allclose(ag.grad(loss)(X, 5), ag.grad(plain)(X, 5), rtol=1e-12)
    np.testing.assert_allclose(ag.hessian(loss)(X, 3), ag.hessian(plain)(X, 3), rtol=1e-12)


@ag.custom_gradient(vjp=lambda g, y, a, b, n: (np.linalg.solve(a.T, g), None, None))
def with_others(a, b, n):
    return np.linalg.solve(a, b) * n


def test_several_arguments_and_results():
    @ag.custom_gradient(vjp=lambda g, y, x, k: (g[0] * k + g[1]["z"], 0.0))
    def pair(x, k):
        return x * k, {"z": x}

    def loss(x):
        first, rest = pair(x, 3.0)
        return first + rest["z"] ** 2

    assert ag.grad(loss)(2.0) == 7.0


def test_what_cannot_be_differentiated_gets_a_rule():
    @ag.custom_gradient(vjp=lambda g, y, x: g)
    def rounded(x):
        return np.round(x)

    np.testing.assert_allclose(ag.grad(lambda x: np.sum(rounded(x) * X))(X), X)


def test_rule_that_raises_matters_only_to_derivatives():
    def rule(g, y, x):
        if x > 1:
            raise ValueError("no slope here")
        return g

    f = ag.custom_gradient(lambda x: 2 * x, vjp=rule)
    assert ag.compile(lambda x: f(x))(2.0) == 4.0
    assert ag.grad(f)(0.5) == 1.0


def test_rules_are_checked():
    wrong = ag.custom_gradient(lambda x: x, vjp=lambda g, y, x: np.ones(2) * g)
    with pytest.raises(ag.NondifferentiableError, match="the vjp rule returns"):
        ag.grad(wrong)(1.0)
    with pytest.raises(ag.AutographError, match="needs a rule"):
        ag.custom_gradient(lambda x: x)


def test_what_a_rule_does_not_speak_of_is_refused():
    def outer(a, hold):
        @ag.custom_gradient(vjp=lambda g, y, x: g * a)
        def scaled(x):
            return x * hold(a)

        return scaled(2.0 * a)

    with pytest.raises(ag.NondifferentiableError, match="varies with what it reads around it"):
        ag.grad(lambda a: outer(a, lambda a: a * a))(3.0)
    with pytest.raises(ag.NondifferentiableError, match="varies with what it reads around it"):
        ag.jvp(lambda a: outer(a, lambda a: a), (3.0,), (1.0,))
    assert ag.grad(lambda a: outer(a, ag.stop_gradient))(3.0) == 6.0


def test_constant_parts():
    assert ag.grad(lambda x: x * ag.stop_gradient(x))(3.0) == 3.0
    assert ag.grad(lambda x: ag.stop_gradient({"a": x})["a"] * x)(3.0) == 3.0
    assert ag.grad(ag.grad(lambda x: x**2 * ag.stop_gradient(x)))(3.0) == 6.0
    assert ag.jvp(lambda x: x * ag.stop_gradient(x), (3.0,), (1.0,)) == (9.0, 3.0)
    assert ag.stop_gradient(2) == 2


def test_checkpoints_see_what_is_around_them():
    def loss(w, x, step):
        for _ in range(4):
            x = step(x, w)
        return np.sum(x)

    def step(x, w):
        return np.tanh(x * w)

    again = ag.checkpoint(step)
    kept = ag.grad(lambda w, x: loss(w, x, step), (0, 1))(0.7, X)
    repeated = ag.grad(lambda w, x: loss(w, x, again), (0, 1))(0.7, X)
    captured = ag.grad(
        lambda w, x: loss(w, x, lambda x, _: ag.checkpoint(lambda h: np.tanh(h * w))(x))
    )
    np.testing.assert_allclose(repeated[0], kept[0], rtol=1e-12)
    np.testing.assert_allclose(repeated[1], kept[1], rtol=1e-12)
    np.testing.assert_allclose(captured(0.7, X), kept[0], rtol=1e-12)


def test_checkpoints_keep_only_the_state():
    def march(u, steps, inner):
        def block(u):
            for _ in range(inner):
                u = u + 0.1 * np.sin(u)
            return u

        for _ in range(steps):
            u = ag.checkpoint(block)(u)
        return np.sum(u)

    def whole(u, steps):
        for _ in range(steps):
            u = u + 0.1 * np.sin(u)
        return np.sum(u)

    np.testing.assert_allclose(ag.grad(march)(X, 3, 4), ag.grad(whole)(X, 12), rtol=1e-12)
    loops = ag.grad(march).show("loops", X, 3, 4)
    tapes = [line for line in loops.splitlines() if "empty tape" in line]
    assert not any("steps, inner" in line or "inner, steps" in line for line in tapes)


def test_derivatives_are_checked():
    ag.check_grads(lambda p, n: (np.sin(p["a"]) * n, p["b"] ** 2), ({"a": X, "b": 2.0}, 3))
    half = ag.custom_gradient(lambda x: x * x, vjp=lambda g, y, x: g * x)
    with pytest.raises(AssertionError, match="forward mode against central differences"):
        ag.check_grads(half, (2.0,))
    with pytest.raises(AssertionError, match="reverse mode"):
        ag.check_grads(half, (2.0,), modes=("reverse",))
    wrong_second = ag.custom_gradient(
        lambda x: x**3, vjp=lambda g, y, x: g * ag.stop_gradient(3 * x * x)
    )
    ag.check_grads(wrong_second, (2.0,), order=1)
    with pytest.raises(AssertionError, match="order 2"):
        ag.check_grads(wrong_second, (2.0,))
    ag.check_grads(lambda x: np.sum(x**3), (X.astype(np.float32),))
