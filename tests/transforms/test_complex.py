"""Derivatives by complex arguments: the convention, holomorphic functions, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

import autograph as ag

Z = np.array([1 + 2j, -0.5 + 0.3j])
A = np.array([[1 + 1j, 2], [0.5j, -1], [3, 1 - 2j]])


def size(z):
    return np.sum(np.abs(z) ** 2)


def test_gradient_points_where_the_loss_grows():
    np.testing.assert_allclose(ag.grad(size)(Z), 2 * Z)
    assert ag.grad(lambda z: z.imag)(1 + 1j) == 1j
    assert type(ag.grad(lambda z: abs(z))(3 + 4j)) is complex
    assert ag.grad(size)(Z.astype(np.complex64)).dtype == np.complex64


def test_real_arguments_of_complex_programs_have_real_gradients():
    def loss(x):
        return np.sum(np.abs(np.exp(1j * x) + 1) ** 2)

    np.testing.assert_allclose(ag.grad(loss)(np.array([0.3])), -2 * np.sin([0.3]))


def test_vjp_of_a_linear_map_is_its_adjoint():
    value, pull = ag.vjp(lambda z: A @ z, Z)
    g = np.array([1j, 2.0, -1 + 1j])
    np.testing.assert_allclose(value, A @ Z)
    np.testing.assert_allclose(pull(g)[0], A.conj().T @ g)
    np.testing.assert_allclose(ag.jvp(lambda z: A @ z, (Z,), (1j * Z,))[1], A @ (1j * Z))


def test_holomorphic_functions_have_complex_derivatives():
    z = 1 + 2j
    assert ag.grad(lambda z: z**3, holomorphic=True)(z) == 3 * z**2
    expected = np.diag(3 * Z**2)
    for jacobian in (ag.jacobian, ag.jacfwd, ag.jacrev):
        np.testing.assert_allclose(jacobian(lambda z: z**3, holomorphic=True)(Z), expected)
    second = ag.hessian(lambda z: np.sum(z**3), holomorphic=True)(Z)
    np.testing.assert_allclose(second, np.diag(6 * Z))


def test_jacobians_between_real_and_complex():
    x = np.array([0.3, 1.2])
    for jacobian in (ag.jacobian, ag.jacfwd, ag.jacrev):
        found = jacobian(lambda x: x * np.exp(1j * x))(x)
        np.testing.assert_allclose(found, np.diag((1 + 1j * x) * np.exp(1j * x)))
        np.testing.assert_allclose(jacobian(lambda z: np.abs(z) ** 2)(Z), np.diag(2 * Z))
        assert jacobian(lambda x: x * 2j)(1.5) == 2j


def test_second_derivatives_of_real_functions():
    def loss(z):
        return np.sum(np.abs(z) ** 4)

    v = np.array([0.1 - 1j, 2.0 + 0j])
    expected = 4 * np.abs(Z) ** 2 * v + 8 * (np.conj(Z) * v).real * Z
    np.testing.assert_allclose(ag.hvp(loss)(Z, v), expected)


def test_rules_of_the_program_are_pairs_of_parts():
    @ag.custom_gradient(vjp=lambda g, y, z: (2 - 1j) * g)
    def scaled(z):
        return (2 + 1j) * z

    def loss(z):
        return size(scaled(z))

    np.testing.assert_allclose(ag.grad(loss)(Z), 10 * Z)
    ag.check_grads(loss, (Z,))


def test_checks_move_in_both_directions_of_the_plane():
    @ag.custom_gradient(vjp=lambda g, y, z: g.real * z.real + 0j)  # forgets one direction
    def halved(z):
        return z * np.conj(z) * 0.5

    with pytest.raises(AssertionError, match="derivative of order 1"):
        ag.check_grads(lambda z: size(halved(z)), (Z,))


def test_results_that_are_pythons_or_numpys_depending_on_a_condition():
    def reflected(z):
        return z * z if z.real > 0 else np.conj(z) * 1j

    for z in (0.3 + 1j, -0.3 + 1j):
        ag.check_grads(reflected, (z,))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ag.grad(lambda z: z * z)(1j), "holomorphic=True"),
        (lambda: ag.grad(lambda z: z * z, holomorphic=True)(2.0), "one complex number"),
        (lambda: ag.grad(lambda x: x * 1j, holomorphic=True)(2.0), "all arguments are complex"),
        (lambda: ag.jacobian(lambda z: z.conj())(Z), "differentiate the parts"),
        (lambda: ag.grad(lambda z: special.psi(z).real)(1j), "no derivative rule"),
        (lambda: ag.jvp(lambda x: np.sin(x), (0.5,), (1j,)), "is real: pass"),
    ],
)
def test_what_has_no_derivative_says_so(call, message):
    with pytest.raises(ag.errors.NondifferentiableError, match=message):
        call()
