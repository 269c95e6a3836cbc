"""Length and friction of a pendulum, found from measured angles through a differential equation."""

import numpy as np
from scipy.optimize import least_squares

import autograph as ag


def motion(state, t, length, friction):
    """Return how angle and speed change."""
    return np.array([state[1], -9.81 / length * np.sin(state[0]) - friction * state[1]])


def misfits(parameters, times, angles):
    """Return the differences to measured angles, of shape (n,)."""
    length, friction = parameters
    start = np.array([angles[0], 0.0])
    return ag.odeint(motion, start, times, length, friction, rtol=1e-8)[:, 0] - angles


def make_inputs(count=60):
    """Return times and noisy angles of a pendulum of 1.3 m with friction 0.2 / s."""
    times = np.linspace(0.0, 6.0, count)
    angles = ag.odeint(motion, np.array([1.0, 0.0]), times, 1.3, 0.2)[:, 0]
    noise = 0.01 * np.random.default_rng(0).normal(size=count)
    noise[0] = 0.0
    return times, angles + noise


def main():
    """Fit, with the Jacobian of the solution by the parameters."""
    times, angles = make_inputs()
    by_parameters = ag.jacfwd(misfits)
    found = least_squares(misfits, [1.0, 0.5], by_parameters, args=(times, angles))
    length, friction = found.x
    print(f"length {length:.2f}, friction {friction:.2f} after {found.nfev} evaluations")


if __name__ == "__main__":
    main()
