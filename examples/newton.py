"""Newton's iteration for a cubic equation of state: loops that stop when the data says so.

The compressibility factor z of a van der Waals gas solves z^3 - (1 + b) z^2 + a z - a b = 0.
"""

import numpy as np

import autograph as ag
from examples.compare import compare


def compressibility(a, b):
    """Solve for each element of `a` and `b`, of shape (n,), until its own step is small."""
    z = np.empty_like(a)
    for i in range(len(a)):
        root = 1.0
        step = 1.0
        while abs(step) > 1e-12:
            value = ((root - 1.0 - b[i]) * root + a[i]) * root - a[i] * b[i]
            slope = (3.0 * root - 2.0 * (1.0 + b[i])) * root + a[i]
            step = value / slope
            root -= step
        z[i] = root
    return z


def compressibility_array(a, b):
    """Solve for all elements at once, until the largest step is small."""
    z = np.ones_like(a)
    step = np.ones_like(a)
    while np.max(np.abs(step)) > 1e-12:
        value = ((z - 1.0 - b) * z + a) * z - a * b
        slope = (3.0 * z - 2.0 * (1.0 + b)) * z + a
        step = value / slope
        z = z - step
    return z


def total(a, b):
    """Return the sum over elements, solved one by one."""
    return np.sum(compressibility(a, b))


def total_array(a, b):
    """Return the sum over elements, solved at once."""
    return np.sum(compressibility_array(a, b))


def make_inputs(size=10_000):
    """Return the coefficients a and b, of shape (size,), at supercritical states."""
    rng = np.random.default_rng(3)
    temperature = rng.uniform(1.3, 3.0, size)
    pressure = rng.uniform(0.1, 5.0, size)
    return 27 / 64 * pressure / temperature**2, pressure / (8 * temperature)


def main():
    """Compare plain and compiled solutions, and their gradients by `a`."""
    inputs = make_inputs()
    compare("newton, element by element", compressibility, ag.compile(compressibility), inputs)
    compare("newton, whole array", compressibility_array, ag.compile(compressibility_array), inputs)
    by_element = ag.grad(total)(*inputs)
    by_array = ag.grad(total_array)(*inputs)
    print(f"the gradients of both agree to: {np.max(np.abs(by_element - by_array)):.1e}")


if __name__ == "__main__":
    main()
