"""Gravity among n bodies by broadcasting, stepped in place."""

import numpy as np

import autograph as ag
from examples.compare import compare

SOFTENING = 1e-2


def nbody(position, velocity, mass, dt, steps):
    """Step `position` and `velocity`, of shape (n, 3), in place; return the total energy."""
    for _ in range(steps):
        offset = position[None, :, :] - position[:, None, :]
        squared = np.sum(offset**2, axis=2) + SOFTENING
        pull = mass[None, :] / (squared * np.sqrt(squared))
        velocity += dt * np.sum(pull[:, :, None] * offset, axis=1)
        position += dt * velocity
    kinetic = 0.5 * np.sum(mass * np.sum(velocity**2, axis=1))
    offset = position[None, :, :] - position[:, None, :]
    distance = np.sqrt(np.sum(offset**2, axis=2) + SOFTENING)
    potential = -0.5 * np.sum(mass[:, None] * mass[None, :] / distance)
    return kinetic + potential


def final_energy(position, velocity, mass, dt, steps):
    """Return the energy after `steps` steps and leave the start as it is."""
    return nbody(position.copy(), velocity.copy(), mass, dt, steps)


def make_inputs(size=64, steps=20):
    """Return positions and velocities of shape (size, 3), masses, time step and `steps`."""
    rng = np.random.default_rng(8)
    position = rng.standard_normal((size, 3))
    velocity = 0.1 * rng.standard_normal((size, 3))
    return position, velocity, rng.uniform(0.5, 1.5, size) / size, 0.01, steps


def main():
    """Compare plain and compiled motion, and print the gradient's norm by the positions."""
    inputs = make_inputs()
    compare("n-body", nbody, ag.compile(nbody), inputs)
    by_position = ag.grad(final_energy)(*inputs)
    print(f"norm of d energy / d position = {np.linalg.norm(by_position):.6f}")


if __name__ == "__main__":
    main()
