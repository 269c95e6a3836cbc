"""Functions of NumPy as scientists' programs use them, those called as they are among them."""

import numpy as np

from tests.programs.corpus import floats, integers, program, signed

NUMPY = ("numpy.",)


def definite(n):
    a = signed(n, n)
    return a @ a.T + (n + 1) * np.eye(n)


@program(lambda n: (definite(n), signed(n)), sizes=(1, 5), rtol=1e-10, host_calls=NUMPY)
def linear_solve_with_residual(a, b):
    x = np.linalg.solve(a, b)
    return x, np.sqrt(np.sum((a @ x - b) ** 2)) < 1e-9


@program(lambda n: (definite(n), signed(n)), sizes=(1, 4), rtol=1e-9, host_calls=NUMPY)
def gaussian_log_density(covariance, x):
    factor = np.linalg.cholesky(covariance)
    z = np.linalg.solve(factor, x)
    log_determinant = np.linalg.slogdet(covariance)[1]
    return -0.5 * (z @ z + log_determinant + len(x) * np.log(2 * np.pi))


@program(lambda n: (signed(n + 1, n),), sizes=(3, 6), rtol=1e-9, host_calls=NUMPY)
def singular_values_and_inverse(a):
    s = np.linalg.svd(a, compute_uv=False)
    gram = a.T @ a
    sign, logdet = np.linalg.slogdet(gram)
    return s, np.linalg.inv(gram), sign, logdet, np.linalg.matrix_rank(a)


@program(
    lambda n: (signed(n),), sizes=(1, 9), layouts=("strided", "reversed"), host_calls=("numpy.",)
)
def order_statistics(x):
    ordered = np.sort(x)
    return ordered[::-1], np.argsort(x), np.median(x), np.percentile(x, [25, 75]), ordered[0]


@program(lambda n: (integers(n, low=0, high=6),), sizes=(1, 30), host_calls=NUMPY)
def counts_of_values(x):
    values, counts = np.unique(x, return_counts=True)
    best = values[np.argmax(counts)]
    return values, counts / len(x), best, np.bincount(x, minlength=8)


@program(lambda n: (signed(n),), sizes=(4, 11), host_calls=NUMPY)
def running_sums(x):
    total = np.cumsum(x)
    return total[2:] - total[:-2], np.cumprod(x), np.add.accumulate(x), x.cumsum()


@program(
    lambda n: (np.linspace(-1.5, 1.5, n), np.linspace(-2.0, 2.0, 5), signed(5)),
    sizes=(1, 8),
    host_calls=("numpy.",),
)
def table_lookup(x, nodes, values):
    cell = np.searchsorted(nodes, x) - 1
    return np.interp(x, nodes, values), cell, nodes[cell], np.digitize(x, nodes)


@program(lambda n: (signed(n),), sizes=(2, 16), rtol=1e-11)
def low_pass_filter(x):
    spectrum = np.fft.rfft(x)
    spectrum[len(spectrum) // 2 :] = 0.0
    return np.fft.irfft(spectrum, n=len(x))


@program(lambda n: (signed(n), 3), sizes=(5, 9), rtol=1e-11, host_calls=NUMPY)
def smoothing_in_a_loop(x, steps):
    kernel = np.array([0.25, 0.5, 0.25])
    for _ in range(steps):
        x[:] = np.convolve(x, kernel, mode="same")
    return x


@program(lambda n: (signed(n),), sizes=(1, 6), host_calls=NUMPY)
def sorted_within_a_slice(x):
    x[1:].sort()
    np.maximum.at(x, [0, 0], [0.5, 0.25])
    np.put(x, [0], [9.0])
    return x


@program(lambda n: (signed(n, n), signed(n)), sizes=(1, 4), host_calls=NUMPY)
def written_by_functions(a, x):
    np.fill_diagonal(a, x)
    np.copyto(x, 0.0, where=x < 0)
    np.putmask(a, a > 1.0, 1.0)
    return a, x


@program(lambda n: (signed(n, 3),), sizes=(2, 5), rtol=1e-11, host_calls=NUMPY)
def sample_covariance(a):
    centred = a - np.average(a, axis=0)
    return np.cov(a.T), np.einsum("ij,ik->jk", centred, centred), np.trace(centred.T @ centred)


@program(lambda n: (floats(n),), sizes=(3, 8), rtol=1e-10, host_calls=NUMPY)
def slope_and_area(y):
    x = np.linspace(0.0, 1.0, len(y))
    return np.gradient(y, x[1] - x[0]), np.trapezoid(y, x), np.polyval([1.0, 2.0], y)


@program(
    lambda n: (integers(n, low=0, high=4), integers(n, low=2, high=6, seed=1)),
    sizes=(1, 7),
    host_calls=("numpy.",),
)
def set_operations(a, b):
    return np.isin(a, b), np.intersect1d(a, b), np.union1d(a, b), np.gcd(a, b)
