"""Derivatives of derivatives, in all ways to name them: they must be the same arrays."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import autograph as ag
from tests.properties.interpreting import interpreting

X = np.array([0.7, -0.4, 1.3])


@pytest.fixture(autouse=True)
def interpreted():
    """Spare the machine code: what is tested here is emitted before it."""
    with interpreting():
        yield


def loop(x):
    y = x
    for k in range(3):
        y = np.sin(y) * x + 0.1 * k
    return np.sum(y * y)


def branch(x):
    if x[0] * x[2] > 0.5:
        return x[0] ** 3 * x[1] + np.exp(x[2] * x[1])
    return np.sum(x)


def until_small(x):
    y, steps = x[0] * x[2], 0
    while y > 0.05:
        y = y * 0.5 * (1.0 + 0.1 * np.sin(x[1] * y))
        steps += 1
    return y * steps * np.sum(x**3)


def in_place(x):
    u = np.zeros(5)
    u[1:4] = x
    for _ in range(2):
        u[1:-1] += 0.3 * u[2:] * u[:-2]
    u[2] *= u[1]
    return u @ u


def matrix(x):
    a = np.outer(x, x) + 2.0 * np.eye(3)
    return np.log(np.linalg.det(a)) + x @ np.linalg.solve(a, np.sin(x))


PROGRAMS = [loop, branch, until_small, in_place, matrix]

GRADIENTS = {
    "grad": lambda f: ag.grad(f),
    "value_and_grad": lambda f: lambda x: ag.value_and_grad(f)(x)[1],
    "jacobian": lambda f: ag.jacobian(f),
    "jacfwd": lambda f: ag.jacfwd(f),
    "vjp": lambda f: lambda x: ag.vjp(f, x)[1](1.0)[0],
    "jvp": lambda f: lambda x: np.array([ag.jvp(f, (x,), (e,))[1] for e in np.eye(3)]),
    "linearize": lambda f: lambda x: ag.vmap(ag.linearize(f, x)[1])(np.eye(3)),
    "vmap": lambda f: lambda x: ag.vmap(ag.grad(f))(np.stack((x, 2 * x)))[0],
    "compile": lambda f: ag.compile(ag.grad(ag.compile(f))),
    "checkpoint": lambda f: ag.grad(ag.checkpoint(f)),
}
JACOBIANS = {
    "jacobian": lambda g: ag.jacobian(g),
    "jacfwd": lambda g: ag.jacfwd(g),
    "jacrev": lambda g: ag.jacrev(g),
    "vjp": lambda g: lambda x: ag.vmap(lambda e: ag.vjp(g, x)[1](e)[0])(np.eye(3)),
    "jvp": lambda g: lambda x: ag.vmap(lambda e: ag.jvp(g, (x,), (e,))[1])(np.eye(3)).T,
    "linearize": lambda g: lambda x: ag.vmap(ag.linearize(g, x)[1])(np.eye(3)).T,
    "compile": lambda g: ag.compile(ag.jacfwd(g)),
}
HESSIANS = {
    "hessian": lambda f: ag.hessian(f),
    "hvp": lambda f: lambda x: ag.vmap(lambda e: ag.hvp(f)(x, e))(np.eye(3)),
}


def differences(f, x, step=1e-5):
    """Return the central differences of a function of a vector, by the last axis."""
    columns = [(f(x + step * e) - f(x - step * e)) / (2 * step) for e in np.eye(len(x))]
    return np.stack(columns, axis=-1)


def expected_of(program):
    """Return the first, second and third derivative; differences of those one order lower."""
    first = ag.grad(program)
    second = ag.hessian(program)
    np.testing.assert_allclose(first(X), differences(program, X), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(second(X), differences(first, X), rtol=1e-6, atol=1e-8)
    return second(X), differences(second, X)


@pytest.mark.parametrize("program", PROGRAMS)
def test_pairs(program):
    second, _ = expected_of(program)
    pairs = [(outer, inner) for outer, inner in product(JACOBIANS, GRADIENTS)]
    for k, (outer, inner) in enumerate(pairs):
        if k % 14 == 3 * PROGRAMS.index(program):
            found = JACOBIANS[outer](GRADIENTS[inner](program))(X)
            np.testing.assert_allclose(
                found, second, rtol=1e-9, atol=1e-12, err_msg=f"{outer} {inner}"
            )
    for name, hessian in HESSIANS.items():
        np.testing.assert_allclose(hessian(program)(X), second, rtol=1e-9, atol=1e-12, err_msg=name)


def test_triples():
    _, third = expected_of(branch)
    inner = GRADIENTS["vjp"](branch)
    for made in (ag.jacfwd(JACOBIANS["linearize"](inner)), ag.jacrev(HESSIANS["hvp"](branch))):
        np.testing.assert_allclose(made(X), third, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("program", [until_small, matrix])
def test_batches_of_derivatives(program):
    points = np.stack((X, 1.1 * X))
    found = ag.compile(ag.vmap(ag.hessian(program)))(points)
    wanted = [ag.hessian(program)(p) for p in points]
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


def rotated(z):
    """Return what has no complex derivative: conjugates and sizes."""
    w = z * np.conj(z[::-1])
    for _ in range(2):
        w[1:] += 0.3 * np.abs(w[:-1]) * z[1:]
    return w


def test_jacobians_of_functions_that_are_not_holomorphic():
    """The derivative by x + iy of a real result is df/dx + i df/dy."""
    z = np.array([0.4 + 0.3j, -0.7 + 0.2j, 0.5 - 0.6j])

    def parts(v):
        w = rotated(v[:3] + 1j * v[3:])
        return np.concatenate((w.real, w.imag))

    real = ag.jacobian(parts)(np.concatenate((z.real, z.imag)))
    for make in (ag.jacobian, ag.jacfwd, ag.jacrev):
        by_real = make(lambda z: rotated(z).real)(z)
        by_imag = make(lambda z: rotated(z).imag)(z)
        np.testing.assert_allclose(by_real, real[:3, :3] + 1j * real[:3, 3:], rtol=1e-10)
        np.testing.assert_allclose(by_imag, real[3:, :3] + 1j * real[3:, 3:], rtol=1e-10)
    direction = np.array([0.2 - 0.1j, 0.4 + 0.5j, -0.3 + 0.2j])
    _, change = ag.jvp(rotated, (z,), (direction,))
    _, pull = ag.vjp(rotated, z)
    (back,) = pull(np.conj(direction))
    np.testing.assert_allclose(
        np.vdot(np.conj(direction), change).real, np.vdot(back, direction).real
    )


def test_maps_of_one_point_are_not_those_of_another():
    for scale in (1.0, 2.0):
        _, pull = ag.vjp(in_place, scale * X)
        _, push = ag.linearize(in_place, scale * X)
        slope = ag.grad(in_place)(scale * X)
        np.testing.assert_allclose(ag.compile(pull)(2.0)[0], 2 * slope)
        np.testing.assert_allclose(ag.vmap(pull)(np.array([1.0, 3.0]))[0], [slope, 3 * slope])
        np.testing.assert_allclose(ag.vmap(push)(np.eye(3)), slope)
