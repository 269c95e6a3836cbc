"""Escape times of the Mandelbrot set: point by point with `break`, and masked over the plane."""

import numpy as np

import autograph as ag
from examples.compare import compare


def mandelbrot(real, imaginary, limit):
    """Return how many steps each point takes to leave the disc of radius two.

    Args:
        real: coordinates of shape (n,).
        imaginary: coordinates of shape (m,).
        limit: number of steps after which a point counts as inside.

    Returns:
        Integers of shape (m, n).
    """
    counts = np.zeros((len(imaginary), len(real)), dtype=np.int64)
    for i in range(len(imaginary)):
        for j in range(len(real)):
            x = 0.0
            y = 0.0
            count = limit
            for step in range(limit):
                if x * x + y * y > 4.0:
                    count = step
                    break
                x, y = x * x - y * y + real[j], 2.0 * x * y + imaginary[i]
            counts[i, j] = count
    return counts


def mandelbrot_masked(real, imaginary, limit):
    """Return the same counts, all points stepped together and the escaped ones held."""
    counts = np.zeros((len(imaginary), len(real)), dtype=np.int64)
    x = np.zeros((len(imaginary), len(real)))
    y = np.zeros((len(imaginary), len(real)))
    for _ in range(limit):
        inside = x * x + y * y <= 4.0
        counts += inside
        next_x = np.where(inside, x * x - y * y + real[None, :], x)
        y = np.where(inside, 2.0 * x * y + imaginary[:, None], y)
        x = next_x
    return counts


def make_inputs(size=150, limit=50):
    """Return coordinates of shape (size,) and (size,) around the set, and `limit`."""
    return np.linspace(-2.0, 0.6, size), np.linspace(-1.2, 1.2, size), limit


def main():
    """Compare plain and compiled counts for both spellings."""
    inputs = make_inputs()
    compare("mandelbrot with break", mandelbrot, ag.compile(mandelbrot), inputs)
    compare("mandelbrot, masked", mandelbrot_masked, ag.compile(mandelbrot_masked), inputs)


if __name__ == "__main__":
    main()
