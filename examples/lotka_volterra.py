"""Predators and prey: Runge-Kutta steps of the Lotka-Volterra equations."""

import numpy as np

import autograph as ag
from examples.compare import compare


def growth(state, rates):
    """Return the rate of change of prey and predators; `rates` are birth, hunt, death, gain."""
    prey, predators = state
    return np.array(
        [
            rates[0] * prey - rates[1] * prey * predators,
            rates[3] * prey * predators - rates[2] * predators,
        ]
    )


def final_state(state, rates, step, steps):
    """Return the state, of shape (2,), after `steps` steps of size `step`."""
    for _ in range(steps):
        k1 = growth(state, rates)
        k2 = growth(state + 0.5 * step * k1, rates)
        k3 = growth(state + 0.5 * step * k2, rates)
        k4 = growth(state + step * k3, rates)
        state = state + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return state


def distance_from_target(state, rates, step, steps, target):
    """Return the squared distance of the final state from a target."""
    return np.sum((final_state(state, rates, step, steps) - target) ** 2)


def make_inputs(steps=10000):
    """Return a start, rates, a step of 0.001, `steps` and a target."""
    return np.array([1.0, 0.5]), np.array([1.1, 0.4, 0.4, 0.1]), 1e-3, steps, np.ones(2)


def main():
    """Compare plain and compiled steps, and print the gradient by the rates."""
    inputs = make_inputs(2000)
    compare("Lotka-Volterra", distance_from_target, ag.compile(distance_from_target), inputs)
    print(f"gradient by the rates {ag.grad(distance_from_target, argnums=1)(*inputs)}")


if __name__ == "__main__":
    main()
