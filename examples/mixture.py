"""Log-likelihood of a mixture of Gaussians, whose precisions are given by triangular factors."""

import numpy as np

import autograph as ag


def log_likelihood(weights, means, log_diagonals, factors, points):
    """Return the log-likelihood of points under a mixture, up to a constant.

    Args:
        weights: unnormalised log-weights, of shape (k,).
        means: centres, of shape (k, d).
        log_diagonals: logs of the diagonals of the precisions' factors, of shape (k, d).
        factors: the factors; only what is strictly below the diagonals counts. Shape (k, d, d).
        points: data, of shape (n, d).
    """
    k, d = means.shape
    total = 0.0
    scores = np.zeros((len(points), k))
    for j in range(k):
        centred = points - means[j]
        scaled = centred * np.exp(log_diagonals[j])
        for a in range(1, d):
            for b in range(a):
                scaled[:, a] += factors[j, a, b] * centred[:, b]
        scores[:, j] = weights[j] + np.sum(log_diagonals[j]) - 0.5 * np.sum(scaled**2, axis=1)
    total = np.sum(np.log(np.sum(np.exp(scores), axis=1)))
    return total - len(points) * np.log(np.sum(np.exp(weights)))


def make_inputs(points=1000, components=25, dimensions=10):
    """Return random weights, means, factors and points."""
    rng = np.random.default_rng(11)
    return (
        rng.standard_normal(components),
        rng.standard_normal((components, dimensions)),
        0.1 * rng.standard_normal((components, dimensions)),
        0.3 * rng.standard_normal((components, dimensions, dimensions)),
        rng.standard_normal((points, dimensions)),
    )


def main():
    """Climb the likelihood of a small mixture by its gradient."""
    *parameters, points = make_inputs(200, 4, 3)
    step = ag.value_and_grad(log_likelihood, argnums=(0, 1, 2, 3))
    for k in range(5):
        value, gradients = step(*parameters, points)
        print(f"step {k}: log-likelihood {value:.4f}")
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter += 1e-3 * gradient


if __name__ == "__main__":
    main()
