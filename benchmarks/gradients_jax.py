"""The losses of the gradient table in idiomatic JAX: scans over time, maps over observations.

Numbers of steps are static; sequential recurrences are scans, and what is independent is batched.
"""

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import solve_triangular
from jax.scipy.special import logsumexp


def log_likelihood(weights, means, log_diagonals, factors, points):
    centred = points[None] - means[:, None]
    below = jnp.tril(factors, -1)
    scaled = centred * jnp.exp(log_diagonals)[:, None]
    scaled = scaled + jnp.einsum("knb,kab->kna", centred, below)
    scores = weights[:, None] + jnp.sum(log_diagonals, axis=1)[:, None]
    scores = scores - 0.5 * jnp.sum(scaled**2, axis=2)
    return jnp.sum(logsumexp(scores, axis=0)) - len(points) * logsumexp(weights)


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
    def error(camera, point, weight, seen):
        x, y, z = _rotated(camera[:3], point - camera[3:6])
        u, v = x / z, y / z
        radius = u * u + v * v
        bend = 1.0 + camera[9] * radius + camera[10] * radius * radius
        first = weight * (camera[6] * u * bend + camera[7] - seen[0])
        second = weight * (camera[6] * v * bend + camera[8] - seen[1])
        return 0.5 * (first * first + second * second)

    return jnp.sum(jax.vmap(error)(cameras[which_camera], points[which_point], weights, measured))


def lstm_loss(gates, biases, embedding, sequence):
    def layer(signal, parameters):
        gate, bias, hidden, cell = parameters
        forget = jax.nn.sigmoid(signal * gate[0] + bias[0])
        ingate = jax.nn.sigmoid(hidden * gate[1] + bias[1])
        outgate = jax.nn.sigmoid(signal * gate[2] + bias[2])
        change = jnp.tanh(hidden * gate[3] + bias[3])
        cell = cell * forget + ingate * change
        hidden = outgate * jnp.tanh(cell)
        return hidden, (hidden, cell)

    def advance(state, pair):
        now, following = pair
        signal, state = lax.scan(layer, now * embedding[0], (gates, biases, *state))
        scores = signal * embedding[1] + embedding[2]
        return state, logsumexp(scores) - scores @ following

    zero = jnp.zeros((gates.shape[0], gates.shape[2]))
    losses = lax.scan(advance, (zero, zero), (sequence[:-1], sequence[1:]))[1]
    return jnp.mean(losses)


def solution_energy(matrix, right):
    x = solve_triangular(matrix, right, lower=True)
    return 0.5 * (x @ x)


def soft_dtw(x, y, gamma):
    def row(above, value):
        costs = (value - y) ** 2

        def cell(left, entry):
            diagonal, up, cost = entry
            choices = -jnp.stack([diagonal, up, left]) / gamma
            here = cost - gamma * logsumexp(choices)
            return here, here

        _, here = lax.scan(cell, jnp.inf, (above[:-1], above[1:], costs))
        return jnp.concatenate([jnp.array([jnp.inf]), here]), None

    first = jnp.full(len(y) + 1, jnp.inf).at[0].set(0.0)
    return lax.scan(row, first, x)[0][-1]


def distance_from_target(state, rates, step, steps, target):
    def growth(state):
        prey, predators = state
        first = rates[0] * prey - rates[1] * prey * predators
        return jnp.array([first, rates[3] * prey * predators - rates[2] * predators])

    def advance(state, _):
        k1 = growth(state)
        k2 = growth(state + 0.5 * step * k1)
        k3 = growth(state + 0.5 * step * k2)
        k4 = growth(state + step * k3)
        return state + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4), None

    return jnp.sum((lax.scan(advance, state, None, steps)[0] - target) ** 2)


def allen_cahn_order(u, steps, rate, diffusion):
    @jax.checkpoint
    def advance(u, _):
        inner = u[1:-1, 1:-1]
        laplacian = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * inner
        change = diffusion * laplacian + rate * (inner - inner**3)
        return u.at[1:-1, 1:-1].add(change), None

    u = lax.scan(advance, u, None, steps)[0]
    return 0.5 * jnp.sum(u * u)
