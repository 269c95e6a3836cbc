"""Bundle adjustment: the error of projecting points into cameras, one observation at a time."""

import numpy as np

import autograph as ag


def rotated(axis, point):
    """Rotate a point by an axis-angle vector, both of shape (3,); the axis may be zero."""
    squared = axis @ axis
    if squared == 0.0:
        return point + np.cross(axis, point)
    angle = np.sqrt(squared)
    direction = axis / angle
    cosine = np.cos(angle)
    turned = np.cross(direction, point) * np.sin(angle)
    return point * cosine + turned + direction * (direction @ point) * (1 - cosine)


def reprojection_error(cameras, points, weights, which_camera, which_point, measured):
    """Return half the sum of squared, weighted reprojection errors.

    Args:
        cameras: rotation (3), centre (3), focal length, principal point (2), distortion (2) of
            each camera. Shape (c, 11).
        points: positions, of shape (p, 3).
        weights: one for each observation, of shape (n,).
        which_camera: camera of each observation, of shape (n,).
        which_point: point of each observation, of shape (n,).
        measured: pixel positions, of shape (n, 2).
    """
    total = 0.0
    for i in range(len(weights)):
        camera = cameras[which_camera[i]]
        x, y, z = rotated(camera[:3], points[which_point[i]] - camera[3:6])
        u, v = x / z, y / z
        radius = u * u + v * v
        bend = 1.0 + camera[9] * radius + camera[10] * radius * radius
        first = weights[i] * (camera[6] * u * bend + camera[7] - measured[i, 0])
        second = weights[i] * (camera[6] * v * bend + camera[8] - measured[i, 1])
        total += 0.5 * (first * first + second * second)
    return total


def make_inputs(observations=30000, cameras=50, points=8000):
    """Return random cameras in front of random points, and what they see."""
    rng = np.random.default_rng(12)
    table = np.zeros((cameras, 11))
    table[:, :3] = 0.2 * rng.standard_normal((cameras, 3))
    table[:, 5] = -5.0
    table[:, 6] = 500.0
    table[:, 9:] = 0.01 * rng.standard_normal((cameras, 2))
    return (
        table,
        rng.standard_normal((points, 3)),
        rng.uniform(0.5, 1.5, observations),
        rng.integers(0, cameras, observations),
        rng.integers(0, points, observations),
        100.0 * rng.standard_normal((observations, 2)),
    )


def main():
    """Print the error and the largest derivatives of a small problem."""
    inputs = make_inputs(500, 4, 60)
    value, gradients = ag.value_and_grad(reprojection_error, argnums=(0, 1, 2))(*inputs)
    print(f"error {value:.3f}, largest derivatives {[float(abs(g).max()) for g in gradients]}")


if __name__ == "__main__":
    main()
