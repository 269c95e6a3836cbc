"""The gradient of a function that itself runs gradient descent until it stands still."""

import numpy as np

import autograph as ag


def cost(x, pull):
    """Return a smooth convex cost of x, of shape (n,), that depends on a pull of shape (n,)."""
    return np.sum(np.cosh(x) - pull * x) + 0.1 * np.sum(x) ** 2


def lowest(pull, rate):
    """Return where the cost is lowest, by descending as long as the slope is steep."""
    x = np.zeros(len(pull))
    slope = ag.grad(cost)(x, pull)
    while np.max(np.abs(slope)) > 1e-10:
        x = x - rate * slope
        slope = ag.grad(cost)(x, pull)
    return x


def mismatch(pull, rate, wanted):
    """Return how far the lowest point is from where it is wanted."""
    return np.sum((lowest(pull, rate) - wanted) ** 2)


def make_inputs(size=4):
    """Return a pull, a rate and a wanted point."""
    return np.linspace(-0.5, 1.0, size), 0.3, np.linspace(0.0, 0.6, size)


def main():
    """Find the pull for which the lowest point is where it is wanted."""
    pull, rate, wanted = make_inputs()
    step = ag.value_and_grad(mismatch)
    for k in range(5):
        value, gradient = step(pull, rate, wanted)
        print(f"step {k}: mismatch {value:.6f}")
        pull = pull - gradient


if __name__ == "__main__":
    main()
