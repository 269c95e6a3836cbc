"""Newton steps for k-means: the Hessian is diagonal, so one product with ones gives all of it."""

import numpy as np

import autograph as ag


def spread(centres, points):
    """Return the sum of squared distances of points, (n, d), to their nearest centres, (k, d)."""
    distances = np.sum((points[:, None, :] - centres[None, :, :]) ** 2, axis=2)
    return np.sum(np.min(distances, axis=1))


def newton_step(centres, points):
    """Return the centres after a Newton step; those without points stay where they are."""
    gradient = ag.grad(spread)(centres, points)
    diagonal = ag.hvp(spread)(centres, np.ones(centres.shape), points)
    return centres - gradient / np.where(diagonal > 0.0, diagonal, 1.0)


def make_inputs(points=1000, centres=8, dimensions=4):
    """Return centres and clustered points."""
    rng = np.random.default_rng(17)
    middles = 4.0 * rng.standard_normal((centres, dimensions))
    noise = rng.standard_normal((points, dimensions))
    return middles + 0.5, middles[rng.integers(0, centres, points)] + noise


def main():
    """Print how the spread falls."""
    centres, points = make_inputs()
    for k in range(4):
        print(f"step {k}: spread {spread(centres, points):.4f}")
        centres = newton_step(centres, points)


if __name__ == "__main__":
    main()
