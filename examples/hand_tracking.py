"""Fitting the angles of a jointed finger to what was measured, by forward-mode Jacobians."""

import numpy as np

import autograph as ag


def tips(angles, lengths):
    """Return the ends of the bones of a chain in the plane, of shape (n, 2)."""
    ends = np.zeros((len(lengths), 2))
    x, y, direction = 0.0, 0.0, 0.0
    for k in range(len(lengths)):
        direction += angles[k]
        x += lengths[k] * np.cos(direction)
        y += lengths[k] * np.sin(direction)
        ends[k, 0] = x
        ends[k, 1] = y
    return ends


def residuals(angles, lengths, weights, measured):
    """Return how far skin points, each a mixture of bones' ends, are from where they were seen.

    Args:
        angles: of the joints, of shape (n,).
        lengths: of the bones, of shape (n,).
        weights: how much each end counts for each point, of shape (m, n).
        measured: positions of the points, of shape (m, 2).
    """
    return (weights @ tips(angles, lengths) - measured).ravel()


def fitted(angles, lengths, weights, measured, steps=8):
    """Return the angles after Gauss-Newton steps."""
    slopes = ag.jacfwd(residuals)
    for _ in range(steps):
        jacobian = slopes(angles, lengths, weights, measured)
        right = residuals(angles, lengths, weights, measured)
        damped = jacobian.T @ jacobian + 1e-9 * np.eye(len(angles))
        angles = angles - np.linalg.solve(damped, jacobian.T @ right)
    return angles


def make_inputs(points=200, bones=5):
    """Return a start, bones, weights and what the points of a bent finger look like."""
    rng = np.random.default_rng(18)
    lengths = np.linspace(1.0, 0.5, bones)
    weights = rng.dirichlet(np.ones(bones), points)
    bent = np.full(bones, 0.3)
    return np.zeros(bones), lengths, weights, weights @ tips(bent, lengths)


def main():
    """Print the angles that were found."""
    print(f"angles {np.round(fitted(*make_inputs()), 6)}")


if __name__ == "__main__":
    main()
