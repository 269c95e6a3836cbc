"""The example programs as loops written by hand for numba: what compiled code could reach."""

import numpy as np
from numba import njit


@njit(error_model="numpy")
def heat(u, steps, k):
    m, n = u.shape
    old, new = u, u.copy()
    for _ in range(steps):
        for i in range(1, m - 1):
            for j in range(1, n - 1):
                new[i, j] = old[i, j] + k * (
                    old[i + 1, j] + old[i - 1, j] + old[i, j + 1] + old[i, j - 1] - 4 * old[i, j]
                )
        old, new = new, old
    if steps % 2 == 1:
        u[:, :] = old
    return u


@njit(error_model="numpy")
def burgers(u, steps, advection, diffusion):
    m, n = u.shape
    old, new = u, u.copy()
    for _ in range(steps):
        for i in range(1, m - 1):
            for j in range(1, n - 1):
                down, up, right, left = old[i + 1, j], old[i - 1, j], old[i, j + 1], old[i, j - 1]
                new[i, j] = old[i, j] + (
                    diffusion * (down + up + right + left)
                    - 4 * diffusion * old[i, j]
                    - advection * old[i, j] * (down - up + right - left)
                )
        old, new = new, old
    if steps % 2 == 1:
        u[:, :] = old
    return u


@njit(error_model="numpy")
def compressibility_array(a, b):
    n = len(a)
    z = np.ones(n)
    largest = 1.0
    while largest > 1e-12:
        largest = 0.0
        for i in range(n):
            value = ((z[i] - 1.0 - b[i]) * z[i] + a[i]) * z[i] - a[i] * b[i]
            slope = (3.0 * z[i] - 2.0 * (1.0 + b[i])) * z[i] + a[i]
            step = value / slope
            z[i] -= step
            largest = max(largest, abs(step))
    return z


@njit(error_model="numpy")
def edit_distance(first, second, gap, mismatch):
    m, n = len(first), len(second)
    cost = np.empty((m + 1, n + 1))
    for j in range(n + 1):
        cost[0, j] = j * gap
    for i in range(1, m + 1):
        cost[i, 0] = i * gap
        for j in range(1, n + 1):
            replaced = cost[i - 1, j - 1]
            if first[i - 1] != second[j - 1]:
                replaced += mismatch
            cost[i, j] = min(replaced, cost[i - 1, j] + gap, cost[i, j - 1] + gap)
    return cost[m, n]


@njit(error_model="numpy")
def log_loss_step(weights, features, labels, penalty):
    n, p = features.shape
    gradient = 2 * penalty * weights
    loss = penalty * np.dot(weights, weights)
    for i in range(n):
        z = 0.0
        for j in range(p):
            z += features[i, j] * weights[j]
        probability = 1 / (1 + np.exp(-z))
        loss -= labels[i] * np.log(probability) / n
        loss -= (1 - labels[i]) * np.log(1 - probability) / n
        scale = (probability - labels[i]) / n
        for j in range(p):
            gradient[j] += scale * features[i, j]
    return loss, gradient


@njit(error_model="numpy")
def mandelbrot_masked(real, imaginary, limit):
    counts = np.empty((len(imaginary), len(real)), dtype=np.int64)
    for i in range(len(imaginary)):
        for j in range(len(real)):
            x, y = 0.0, 0.0
            count = 0
            while count < limit and x * x + y * y <= 4.0:
                x, y = x * x - y * y + real[j], 2.0 * x * y + imaginary[i]
                count += 1
            counts[i, j] = count
    return counts


@njit(error_model="numpy")
def cross_entropy(logits, targets):
    n, classes = logits.shape
    loss = 0.0
    for i in range(n):
        total = 0.0
        for c in range(classes):
            total += np.exp(logits[i, c])
        shift = np.log(total)
        for c in range(classes):
            loss += targets[i, c] * (shift - logits[i, c])
    return loss / n


@njit(error_model="numpy")
def nbody(position, velocity, mass, dt, steps):
    softening = 1e-2
    n = len(mass)
    for _ in range(steps):
        for i in range(n):
            ax, ay, az = 0.0, 0.0, 0.0
            for j in range(n):
                dx = position[j, 0] - position[i, 0]
                dy = position[j, 1] - position[i, 1]
                dz = position[j, 2] - position[i, 2]
                squared = dx * dx + dy * dy + dz * dz + softening
                pull = mass[j] / (squared * np.sqrt(squared))
                ax += pull * dx
                ay += pull * dy
                az += pull * dz
            velocity[i, 0] += dt * ax
            velocity[i, 1] += dt * ay
            velocity[i, 2] += dt * az
        for i in range(n):
            for axis in range(3):
                position[i, axis] += dt * velocity[i, axis]
    energy = 0.0
    for i in range(n):
        for axis in range(3):
            energy += 0.5 * mass[i] * velocity[i, axis] ** 2
        for j in range(n):
            squared = softening
            for axis in range(3):
                squared += (position[j, axis] - position[i, axis]) ** 2
            energy -= 0.5 * mass[i] * mass[j] / np.sqrt(squared)
    return energy
