"""Linear algebra: filters, regressions, factorisations, and what they raise."""

import numpy as np
import scipy.linalg

from tests.programs.corpus import floats, program, signed


def positive_definite(n, seed=0):
    a = signed(n, n, seed=seed)
    return a @ a.T + n * np.eye(n)


@program(lambda n: (signed(n + 4, n), n - 1), sizes=(2, 4), layouts=("fortran",), rtol=1e-9)
def principal_components(x, count):
    centred = x - x.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / (x.shape[0] - 1))
    order = np.argsort(values)[::-1][:count]
    scores = centred @ vectors[:, order]
    return values[order], np.abs(scores), values[order].sum() / values.sum()


@program(
    lambda n: (signed(n, 2), np.array([[1.0, 0.1], [0.0, 1.0]]), 0.3 * np.eye(2), 0.01 * np.eye(2)),
    sizes=(0, 6),
    layouts=(),
    rtol=1e-10,
)
def kalman_filter(measured, step, noise, drift):
    state, spread = np.zeros(2), np.eye(2)
    path = np.empty_like(measured)
    likelihood = 0.0
    for k in range(measured.shape[0]):
        state = step @ state
        spread = step @ spread @ step.T + drift
        innovation = measured[k] - state
        s = spread + noise
        gain = np.linalg.solve(s.T, spread.T).T
        likelihood -= 0.5 * (innovation @ np.linalg.inv(s) @ innovation + np.linalg.slogdet(s)[1])
        state = state + gain @ innovation
        spread = (np.eye(2) - gain) @ spread
        path[k] = state
    return path, spread, likelihood


@program(
    lambda n: (np.linspace(0, 1, n), signed(n), np.linspace(0.05, 0.95, 3), 0.3),
    sizes=(2, 6),
    layouts=(),
    rtol=1e-9,
    gradient=(1, 3),
)
def gaussian_process_evidence(x, y, at, width):
    distance = x[:, None] - x[None, :]
    kernel = np.exp(-0.5 * (distance / width) ** 2) + 0.1 * np.eye(x.size)
    factor = np.linalg.cholesky(kernel)
    weights = scipy.linalg.cho_solve((factor, True), y)
    mean = np.exp(-0.5 * ((at[:, None] - x[None, :]) / width) ** 2) @ weights
    return -0.5 * y @ weights - np.sum(np.log(np.diag(factor))) + 0.1 * np.sum(mean)


@program(lambda n: (floats(n + 4, n), signed(n + 4)), sizes=(1, 3), layouts=(), rtol=1e-9)
def regression_three_ways(a, b):
    q, r = np.linalg.qr(a)
    by_qr = scipy.linalg.solve_triangular(r, q.T @ b)
    x, rest, rank, s = np.linalg.lstsq(a, b, rcond=None)
    return by_qr, x, rest, rank, np.linalg.pinv(a) @ b, np.linalg.cond(a), s


@program(lambda n: (signed(n, n + 1),), sizes=(2, 4), layouts=("strided",), rtol=1e-10)
def low_rank_approximation(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    best = (u[:, :1] * s[:1]) @ vt[:1]
    return best, np.linalg.norm(a - best, 2), s, np.linalg.matrix_rank(best)


@program(
    lambda n: (np.stack([positive_definite(n, k) for k in range(3)]), signed(n)),
    sizes=(1, 3),
    layouts=(),
    rtol=1e-9,
)
def stacked_matrices(stack, b):
    return (
        np.linalg.inv(stack),
        np.linalg.solve(stack, b),
        np.linalg.det(stack),
        np.linalg.cholesky(stack),
        np.linalg.norm(stack, axis=(1, 2)),
    )


@program(lambda n: (positive_definite(n), signed(n), 12), sizes=(1, 4), layouts=(), rtol=1e-9)
def conjugate_gradients(a, b, steps):
    x = np.zeros_like(b)
    r = b - a @ x
    p = r.copy()
    for _ in range(steps):
        if np.linalg.norm(r) < 1e-10:
            break
        alpha = (r @ r) / (p @ a @ p)
        x += alpha * p
        r_next = r - alpha * (a @ p)
        p = r_next + (r_next @ r_next) / (r @ r) * p
        r = r_next
    return x, np.allclose(x, np.linalg.solve(a, b))


@program(lambda n: (0.3 * signed(n, n), signed(n)), sizes=(2, 3), layouts=(), rtol=1e-9)
def linear_flow(generator, start):
    flow = scipy.linalg.expm(generator)
    return flow @ start, np.linalg.matrix_power(flow, 3) @ start, np.linalg.matrix_power(flow, -1)


@program(
    lambda n: (np.ones((n, n)), np.ones(n)),
    lambda n: (signed(n, n + 1), np.ones(n)),
    sizes=(2,),
    layouts=(),
    raises=True,
)
def singular_or_not_square(a, b):
    a[0] *= 2.0
    x = np.linalg.solve(a, b)
    a[0] = 0.0
    return x


@program(lambda n: (-positive_definite(n),), sizes=(3,), layouts=(), raises=True)
def not_positive_definite(a):
    return np.linalg.cholesky(a)


@program(lambda n: (floats(n, n), 0.5), sizes=(1, 3), layouts=(), rtol=1e-9)
def stability_of_a_system(a, gain):
    turned = np.eye(a.shape[0]) * 0.1
    for k in range(a.shape[0]):
        turned[k, (k + 1) % a.shape[0]] += 2.0 * gain
    spread = np.linalg.eigvals(a @ a.T)
    return (
        np.max(np.abs(np.linalg.eigvals(turned))),
        np.sort(spread),
        np.sort(np.abs(np.roots(a[0] + 1))),
    )
