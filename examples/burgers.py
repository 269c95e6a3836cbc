"""Viscous Burgers equation: nonlinear slices, updated in place."""

import numpy as np

import autograph as ag
from examples.compare import compare


def burgers(u, steps, advection, diffusion):
    """Take explicit steps of u_t + u u_x + u u_y = nu (u_xx + u_yy) on `u`, in place.

    Args:
        u: field of shape (m, n); its rim is held fixed.
        steps: number of steps.
        advection: time step over twice the grid spacing.
        diffusion: viscosity times time step over the grid spacing squared.
    """
    for _ in range(steps):
        u[1:-1, 1:-1] += (
            diffusion * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2])
            - 4 * diffusion * u[1:-1, 1:-1]
            - advection * u[1:-1, 1:-1] * (u[2:, 1:-1] - u[:-2, 1:-1] + u[1:-1, 2:] - u[1:-1, :-2])
        )
    return u


def energy(u0, advection, diffusion, steps):
    """Return the energy left after `steps` steps from `u0`."""
    u = burgers(u0.copy(), steps, advection, diffusion)
    return 0.5 * np.sum(u**2)


def make_inputs(size=150, steps=50):
    """Return a smooth bump of shape (size, size), `steps`, and both step ratios."""
    x = np.linspace(0.0, 2.0 * np.pi, size)
    u = np.outer(np.sin(x), np.sin(0.5 * x)) + 1.0
    return u, steps, 0.05, 0.1


def make_energy_inputs(size=150, steps=50):
    """Return the start, both step ratios, and `steps`."""
    u0, steps, advection, diffusion = make_inputs(size, steps)
    return u0, advection, diffusion, steps


def main():
    """Compare plain and compiled steps, and print the gradient by both step ratios."""
    compare("burgers", burgers, ag.compile(burgers), make_inputs())
    by_advection, by_diffusion = ag.grad(energy, argnums=(1, 2))(*make_energy_inputs())
    print(f"d energy / d (advection, diffusion) = {by_advection:.6f}, {by_diffusion:.6f}")


if __name__ == "__main__":
    main()
