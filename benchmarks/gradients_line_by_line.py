"""The losses of the gradient table translated to JAX line by line, as one does who has NumPy code.

Loops are `fori_loop`, writes are `.at[...].set`, and nothing is batched or rearranged. What has no
derivative in reverse is replaced by the nearest that has: loops whose bounds are loop variables by
loops over all with a mask, loops that end on data by bounded ones.
"""

import jax.numpy as jnp
from jax import lax

from benchmarks.programs_jax import NEWTON_BOUND, newton_step


def log_likelihood(weights, means, log_diagonals, factors, points):
    k, d = means.shape

    def component(j, scores):
        centred = points - means[j]
        scaled = centred * jnp.exp(log_diagonals[j])
        for a in range(1, d):
            for b in range(a):
                scaled = scaled.at[:, a].add(factors[j, a, b] * centred[:, b])
        score = weights[j] + jnp.sum(log_diagonals[j]) - 0.5 * jnp.sum(scaled**2, axis=1)
        return scores.at[:, j].set(score)

    scores = lax.fori_loop(0, k, component, jnp.zeros((len(points), k)))
    total = jnp.sum(jnp.log(jnp.sum(jnp.exp(scores), axis=1)))
    return total - len(points) * jnp.log(jnp.sum(jnp.exp(weights)))


def _rotated(axis, point):
    squared = axis @ axis
    is_zero = squared == 0.0
    angle = jnp.sqrt(jnp.where(is_zero, 1.0, squared))
    direction = axis / angle
    cosine = jnp.cos(angle)
    turned = jnp.cross(direction, point) * jnp.sin(angle)
    rotated = point * cosine + turned + direction * (direction @ point) * (1 - cosine)
    return jnp.where(is_zero, point + jnp.cross(axis, point), rotated)


def reprojection_error(cameras, points, weights, which_camera, which_point, measured):
    def observe(i, total):
        camera = cameras[which_camera[i]]
        x, y, z = _rotated(camera[:3], points[which_point[i]] - camera[3:6])
        u, v = x / z, y / z
        radius = u * u + v * v
        bend = 1.0 + camera[9] * radius + camera[10] * radius * radius
        first = weights[i] * (camera[6] * u * bend + camera[7] - measured[i, 0])
        second = weights[i] * (camera[6] * v * bend + camera[8] - measured[i, 1])
        return total + 0.5 * (first * first + second * second)

    return lax.fori_loop(0, len(weights), observe, 0.0)


def _sigmoid(x):
    return 1.0 / (1.0 + jnp.exp(-x))


def lstm_loss(gates, biases, embedding, sequence):
    layers, _, width = gates.shape

    def read(t, state):
        hidden, cell, total = state
        signal = sequence[t] * embedding[0]
        for k in range(layers):
            forget = _sigmoid(signal * gates[k, 0] + biases[k, 0])
            ingate = _sigmoid(hidden[k] * gates[k, 1] + biases[k, 1])
            outgate = _sigmoid(signal * gates[k, 2] + biases[k, 2])
            change = jnp.tanh(hidden[k] * gates[k, 3] + biases[k, 3])
            cell = cell.at[k].set(cell[k] * forget + ingate * change)
            hidden = hidden.at[k].set(outgate * jnp.tanh(cell[k]))
            signal = hidden[k]
        scores = signal * embedding[1] + embedding[2]
        loss = jnp.log(jnp.sum(jnp.exp(scores))) - scores @ sequence[t + 1]
        return hidden, cell, total + loss

    zero = jnp.zeros((layers, width))
    total = lax.fori_loop(0, len(sequence) - 1, read, (zero, zero, 0.0))[2]
    return total / (len(sequence) - 1)


def heat_misfit(u0, k, target, steps):
    def advance(_, u):
        laplacian = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]
        return u.at[1:-1, 1:-1].add(k * laplacian)

    return jnp.sum((lax.fori_loop(0, steps, advance, u0) - target) ** 2)


def roughness(u0, source, sweeps):
    m, n = u0.shape

    def sweep(_, u):
        def relax_row(i, u):
            def relax(j, u):
                around = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]
                return u.at[i, j].set(0.25 * (around + source[i, j]))

            return lax.fori_loop(1, n - 1, relax, u)

        return lax.fori_loop(1, m - 1, relax_row, u)

    u = lax.fori_loop(0, sweeps, sweep, u0)
    return jnp.sum(u * u)


def solution_energy(matrix, right):
    n = len(right)

    def solve(i, x):
        def subtract(j, rest):
            return rest - jnp.where(j < i, matrix[i, j] * x[j], 0.0)

        rest = lax.fori_loop(0, n, subtract, right[i])
        return x.at[i].set(rest / matrix[i, i])

    x = lax.fori_loop(0, n, solve, jnp.zeros(n))
    return 0.5 * (x @ x)


def soft_dtw(x, y, gamma):
    n, m = len(x), len(y)

    def row(i, table):
        def cell(j, table):
            a = -table[i - 1, j - 1] / gamma
            b = -table[i - 1, j] / gamma
            c = -table[i, j - 1] / gamma
            top = jnp.maximum(jnp.maximum(a, b), c)
            soft = top + jnp.log(jnp.exp(a - top) + jnp.exp(b - top) + jnp.exp(c - top))
            return table.at[i, j].set((x[i - 1] - y[j - 1]) ** 2 - gamma * soft)

        return lax.fori_loop(1, m + 1, cell, table)

    table = jnp.full((n + 1, m + 1), jnp.inf).at[0, 0].set(0.0)
    return lax.fori_loop(1, n + 1, row, table)[n, m]


def distance_from_target(state, rates, step, steps, target):
    def growth(state):
        prey, predators = state
        first = rates[0] * prey - rates[1] * prey * predators
        return jnp.array([first, rates[3] * prey * predators - rates[2] * predators])

    def advance(_, state):
        k1 = growth(state)
        k2 = growth(state + 0.5 * step * k1)
        k3 = growth(state + 0.5 * step * k2)
        k4 = growth(state + step * k3)
        return state + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)

    return jnp.sum((lax.fori_loop(0, steps, advance, state) - target) ** 2)


def newton_total(a, b):
    def solve(i, z):
        def advance(_, state):
            root, step = state
            active = jnp.abs(step) > 1e-12
            step = jnp.where(active, newton_step(root, a[i], b[i]), step)
            return jnp.where(active, root - step, root), step

        root = lax.fori_loop(0, NEWTON_BOUND, advance, (1.0, 1.0))[0]
        return z.at[i].set(root)

    return jnp.sum(lax.fori_loop(0, len(a), solve, jnp.empty_like(a)))


def allen_cahn_order(u, steps, rate, diffusion):
    def advance(_, u):
        inner = u[1:-1, 1:-1]
        laplacian = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * inner
        return u.at[1:-1, 1:-1].set(inner + diffusion * laplacian + rate * (inner - inner**3))

    u = lax.fori_loop(0, steps, advance, u)
    return 0.5 * jnp.sum(u * u)
