"""The losses of the gradient table in the fastest JAX that we found for each.

Numbers of steps are static. Bodies of scans are checkpointed where recomputing them is faster than
storing what they compute, long time stepping in chunks of the square root of the number of steps;
what is small is held in scalars or in components, what is independent is batched.
"""

import math

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import solve_triangular
from jax.scipy.special import logsumexp

from benchmarks.programs_jax import NEWTON_BOUND, newton_step


def log_likelihood(weights, means, log_diagonals, factors, points):
    k, d = means.shape
    lower = jnp.tril(factors, -1) + jax.vmap(jnp.diag)(jnp.exp(log_diagonals))
    scaled = (points @ lower.reshape(k * d, d).T).reshape(-1, k, d)
    scaled = scaled - jnp.einsum("kab,kb->ka", lower, means)
    scores = weights + jnp.sum(log_diagonals, axis=1) - 0.5 * jnp.sum(scaled**2, axis=2)
    return jnp.sum(logsumexp(scores, axis=1)) - len(points) * logsumexp(weights)


def _cross(a, b):
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def _rotated(axis, point):
    squared = axis[0] ** 2 + axis[1] ** 2 + axis[2] ** 2
    is_zero = squared == 0.0
    angle = jnp.sqrt(jnp.where(is_zero, 1.0, squared))
    unit = [component / angle for component in axis]
    cosine, sine = jnp.cos(angle), jnp.sin(angle)
    along = (unit[0] * point[0] + unit[1] * point[1] + unit[2] * point[2]) * (1 - cosine)
    turned, moved = _cross(unit, point), _cross(axis, point)
    return [
        jnp.where(is_zero, x + m, x * cosine + t * sine + u * along)
        for x, m, t, u in zip(point, moved, turned, unit, strict=True)
    ]


def reprojection_error(cameras, points, weights, which_camera, which_point, measured):
    camera = [cameras[which_camera, k] for k in range(11)]
    offset = [points[which_point, k] - camera[3 + k] for k in range(3)]
    x, y, z = _rotated(camera[:3], offset)
    u, v = x / z, y / z
    radius = u * u + v * v
    bend = 1.0 + camera[9] * radius + camera[10] * radius * radius
    first = weights * (camera[6] * u * bend + camera[7] - measured[:, 0])
    second = weights * (camera[6] * v * bend + camera[8] - measured[:, 1])
    return jnp.sum(0.5 * (first * first + second * second))


def lstm_loss(gates, biases, embedding, sequence):
    layers = range(gates.shape[0])

    @jax.checkpoint
    def advance(state, now):
        signal = now * embedding[0]
        following = []
        for k in layers:
            (hidden, cell), gate, bias = state[k], gates[k], biases[k]
            forget = jax.nn.sigmoid(signal * gate[0] + bias[0])
            ingate = jax.nn.sigmoid(hidden * gate[1] + bias[1])
            outgate = jax.nn.sigmoid(signal * gate[2] + bias[2])
            change = jnp.tanh(hidden * gate[3] + bias[3])
            cell = cell * forget + ingate * change
            signal = outgate * jnp.tanh(cell)
            following.append((signal, cell))
        return following, signal

    zero = jnp.zeros(gates.shape[2])
    signals = lax.scan(advance, [(zero, zero) for _ in layers], sequence[:-1])[1]
    scores = signals * embedding[1] + embedding[2]
    return jnp.mean(logsumexp(scores, axis=1) - jnp.sum(scores * sequence[1:], axis=1))


def cross_entropy(logits, targets):
    return -jnp.mean(jnp.sum(targets * jax.nn.log_softmax(logits, axis=1), axis=1))


def heat_misfit(u0, k, target, steps):
    def advance(u, _):
        laplacian = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]
        return u + jnp.pad(k * laplacian, 1), None

    return jnp.sum((lax.scan(advance, u0, None, steps)[0] - target) ** 2)


def roughness(u0, source, sweeps):
    def sweep(_, u):
        def relax_row(above, rows):
            old, below, force = rows
            others = 0.25 * (above[1:-1] + below[1:-1] + old[2:] + force[1:-1])

            def relax(left, other):
                new = 0.25 * left + other
                return new, new

            _, inner = lax.scan(relax, old[0], others)
            row = jnp.concatenate([old[:1], inner, old[-1:]])
            return row, row

        _, rows = lax.scan(relax_row, u[0], (u[1:-1], u[2:], source[1:-1]))
        return jnp.concatenate([u[:1], rows, u[-1:]])

    return jnp.sum(lax.fori_loop(0, sweeps, sweep, u0) ** 2)


def solution_energy(matrix, right):
    x = solve_triangular(matrix, right, lower=True)
    return 0.5 * (x @ x)


def soft_dtw(x, y, gamma):
    n, m = len(x), len(y)
    row = jnp.arange(n + 1)
    start = jnp.full(n + 1, jnp.inf)
    shifted = jnp.concatenate([jnp.zeros(1), x])

    @jax.checkpoint
    def next_diagonal(diagonals, number):
        before, last = diagonals
        column = number - row
        inside = (row >= 1) & (column >= 1) & (column <= m)
        cost = (shifted - y[jnp.clip(column - 1, 0, m - 1)]) ** 2
        up = jnp.concatenate([start[:1], last[:-1]])
        corner = jnp.concatenate([start[:1], before[:-1]])
        choices = jnp.where(inside, -jnp.stack([corner, up, last]) / gamma, 0.0)
        here = jnp.where(inside, cost - gamma * logsumexp(choices, axis=0), jnp.inf)
        return (last, here), None

    first = start.at[0].set(0.0)
    return lax.scan(next_diagonal, (first, start), jnp.arange(2, n + m + 1))[0][1][n]


def distance_from_target(state, rates, step, steps, target):
    def growth(prey, predators):
        more_prey = rates[0] * prey - rates[1] * prey * predators
        return more_prey, rates[3] * prey * predators - rates[2] * predators

    @jax.checkpoint
    def advance(state, _):
        p, q = state
        p1, q1 = growth(p, q)
        p2, q2 = growth(p + 0.5 * step * p1, q + 0.5 * step * q1)
        p3, q3 = growth(p + 0.5 * step * p2, q + 0.5 * step * q2)
        p4, q4 = growth(p + step * p3, q + step * q3)
        p = p + step / 6.0 * (p1 + 2.0 * p2 + 2.0 * p3 + p4)
        return (p, q + step / 6.0 * (q1 + 2.0 * q2 + 2.0 * q3 + q4)), None

    p, q = lax.scan(advance, (state[0], state[1]), None, steps)[0]
    return (p - target[0]) ** 2 + (q - target[1]) ** 2


def newton_total(a, b):
    @jax.checkpoint
    def advance(state, _):
        z, active = state
        step = newton_step(z, a, b)
        return (jnp.where(active, z - step, z), active & (jnp.abs(step) > 1e-12)), None

    start = (jnp.ones_like(a), jnp.ones(a.shape, bool))
    return jnp.sum(lax.scan(advance, start, None, NEWTON_BOUND)[0][0])


def newton_total_array(a, b):
    def advance(_, state):
        z, active = state
        step = newton_step(z, a, b)
        return jnp.where(active, z - step, z), active & (jnp.max(jnp.abs(step)) > 1e-12)

    start = (jnp.ones_like(a), jnp.array(True))
    return jnp.sum(lax.fori_loop(0, NEWTON_BOUND, advance, start)[0])


def allen_cahn_order(u, steps, rate, diffusion):
    def advance(u, _):
        inner = u[1:-1, 1:-1]
        laplacian = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * inner
        change = diffusion * laplacian + rate * (inner - inner**3)
        return u.at[1:-1, 1:-1].add(change), None

    chunk = max(math.isqrt(steps), 1)

    @jax.checkpoint
    def advance_chunk(u, _):
        return lax.scan(advance, u, None, chunk)[0], None

    u = lax.scan(advance_chunk, u, None, steps // chunk)[0]
    u = lax.scan(advance, u, None, steps % chunk)[0]
    return 0.5 * jnp.sum(u * u)
