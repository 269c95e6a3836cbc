"""The example programs in idiomatic JAX: pure functions, structured loops, indexed updates.

Numbers of steps are static, so that loops can be differentiated in reverse. Where JAX cannot
differentiate a loop that ends on data, a bounded one with masked steps takes its place.
"""

import jax
import jax.numpy as jnp
from jax import lax

from examples.nbody import SOFTENING

# More than the Newton iterations of the examples take; the check before timing would show it.
NEWTON_BOUND = 16


def heat(u, steps, k):
    def step(_, u):
        laplacian = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]
        return u.at[1:-1, 1:-1].add(k * laplacian)

    return lax.fori_loop(0, steps, step, u)


def burgers(u, steps, advection, diffusion):
    def step(_, u):
        centre = u[1:-1, 1:-1]
        neighbours = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2]
        slope = u[2:, 1:-1] - u[:-2, 1:-1] + u[1:-1, 2:] - u[1:-1, :-2]
        change = diffusion * neighbours - 4 * diffusion * centre - advection * centre * slope
        return u.at[1:-1, 1:-1].add(change)

    return lax.fori_loop(0, steps, step, u)


def burgers_energy(u0, advection, diffusion, steps):
    return 0.5 * jnp.sum(burgers(u0, steps, advection, diffusion) ** 2)


def newton_step(z, a, b):
    value = ((z - 1.0 - b) * z + a) * z - a * b
    slope = (3.0 * z - 2.0 * (1.0 + b)) * z + a
    return value / slope


def compressibility(a, b):
    def solve(a, b):
        def unfinished(state):
            return jnp.abs(state[1]) > 1e-12

        def advance(state):
            step = newton_step(state[0], a, b)
            return state[0] - step, step

        return lax.while_loop(unfinished, advance, (1.0, 1.0))[0]

    return jax.vmap(solve)(a, b)


def compressibility_array(a, b):
    def unfinished(state):
        return jnp.max(jnp.abs(state[1])) > 1e-12

    def advance(state):
        step = newton_step(state[0], a, b)
        return state[0] - step, step

    return lax.while_loop(unfinished, advance, (jnp.ones_like(a), jnp.ones_like(a)))[0]


def edit_distance(first, second, gap, mismatch):
    def next_row(row, letter):
        def next_cell(left, cell):
            above_left, above, other = cell
            replaced = above_left + jnp.where(letter == other, 0.0, mismatch)
            cost = jnp.minimum(jnp.minimum(replaced, above + gap), left + gap)
            return cost, cost

        start = row[0] + gap
        _, rest = lax.scan(next_cell, start, (row[:-1], row[1:], second))
        return jnp.concatenate([start[None], rest]), None

    top = jnp.arange(second.shape[0] + 1) * gap
    return lax.scan(next_row, top, first)[0][-1]


def gauss_seidel(u, source, sweeps):
    def sweep(_, u):
        def relax_row(above, rows):
            old, below, force = rows

            def relax(left, cell):
                up, down, right, f = cell
                new = 0.25 * (up + down + left + right + f)
                return new, new

            cells = (above[1:-1], below[1:-1], old[2:], force[1:-1])
            _, inner = lax.scan(relax, old[0], cells)
            row = jnp.concatenate([old[:1], inner, old[-1:]])
            return row, row

        _, rows = lax.scan(relax_row, u[0], (u[1:-1], u[2:], source[1:-1]))
        return jnp.concatenate([u[:1], rows, u[-1:]])

    return lax.fori_loop(0, sweeps, sweep, u)


def log_loss(weights, features, labels, penalty):
    probability = 1 / (1 + jnp.exp(-(features @ weights)))
    likelihood = labels * jnp.log(probability) + (1 - labels) * jnp.log(1 - probability)
    return -jnp.mean(likelihood) + penalty * jnp.sum(weights**2)


def log_loss_step(weights, features, labels, penalty):
    return jax.value_and_grad(log_loss)(weights, features, labels, penalty)


def mandelbrot(real, imaginary, limit):
    def escape(x0, y0):
        def inside(state):
            x, y, count = state
            return (count < limit) & (x * x + y * y <= 4.0)

        def advance(state):
            x, y, count = state
            return x * x - y * y + x0, 2.0 * x * y + y0, count + 1

        return lax.while_loop(inside, advance, (0.0, 0.0, 0))[2]

    along_row = jax.vmap(escape, in_axes=(0, None))
    return jax.vmap(along_row, in_axes=(None, 0))(real, imaginary)


def mandelbrot_masked(real, imaginary, limit):
    shape = (imaginary.shape[0], real.shape[0])

    def advance(_, state):
        counts, x, y = state
        inside = x * x + y * y <= 4.0
        next_x = jnp.where(inside, x * x - y * y + real[None, :], x)
        next_y = jnp.where(inside, 2.0 * x * y + imaginary[:, None], y)
        return counts + inside, next_x, next_y

    start = (jnp.zeros(shape, jnp.int64), jnp.zeros(shape), jnp.zeros(shape))
    return lax.fori_loop(0, limit, advance, start)[0]


def cross_entropy(logits, targets):
    exponentials = jnp.exp(logits)
    probabilities = exponentials / jnp.sum(exponentials, axis=1, keepdims=True)
    return -jnp.mean(jnp.sum(targets * jnp.log(probabilities), axis=1))


def nbody(position, velocity, mass, dt, steps):
    def step(_, state):
        position, velocity = state
        offset = position[None, :, :] - position[:, None, :]
        squared = jnp.sum(offset**2, axis=2) + SOFTENING
        pull = mass[None, :] / (squared * jnp.sqrt(squared))
        velocity = velocity + dt * jnp.sum(pull[:, :, None] * offset, axis=1)
        return position + dt * velocity, velocity

    position, velocity = lax.fori_loop(0, steps, step, (position, velocity))
    kinetic = 0.5 * jnp.sum(mass * jnp.sum(velocity**2, axis=1))
    offset = position[None, :, :] - position[:, None, :]
    distance = jnp.sqrt(jnp.sum(offset**2, axis=2) + SOFTENING)
    return kinetic - 0.5 * jnp.sum(mass[:, None] * mass[None, :] / distance)
