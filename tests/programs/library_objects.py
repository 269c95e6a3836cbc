"""Objects of SciPy: splines, interpolants, sparse matrices, search trees, distributions."""

from __future__ import annotations

import numpy as np
from scipy import interpolate, sparse, spatial, stats
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline, RegularGridInterpolator, interp1d
from scipy.sparse.linalg import cg, splu, spsolve

from tests.programs.corpus import floats, program

NODES = np.linspace(0.0, 3.0, 9)
SPLINE = CubicSpline(NODES, np.sin(NODES))
TABLE = interp1d(NODES, np.cos(NODES))


def laplacian(n):
    return sparse.diags_array(
        [-np.ones(n - 1), 2.5 * np.ones(n), -np.ones(n - 1)], offsets=[-1, 0, 1]
    )


def matrix_and_vector(n):
    return laplacian(n).tocsr(), floats(n, seed=3)


@program(
    lambda n: (floats(n, low=0.1, high=2.9),),
    sizes=(4,),
    layouts=(),
    rtol=1e-9,
    gradient=(0,),
    host_calls=("scipy", "operator"),
)
def spline_of_a_global(x):
    total = np.sum(SPLINE(x) * SPLINE(x, 1))
    for v in x:
        total += SPLINE(v) ** 2
    return total


@program(
    lambda n: (floats(n, low=0.1, high=2.9), SPLINE),
    sizes=(4,),
    layouts=(),
    host_calls=("scipy", "operator"),
)
def spline_is_an_argument(x, spline):
    slope = spline.derivative()
    return slope(x), spline.integrate(0.0, 1.0), spline.c[-1, 0], TABLE(x), TABLE(1.5)


@program(
    lambda n: (np.linspace(0.0, 2.0, n), floats(n), 0.7),
    sizes=(6, 9),
    layouts=(),
    host_calls=("scipy", "operator"),
)
def interpolants_of_samples(x, y, at):
    found = [CubicSpline(x, y)(at), interp1d(x, y, kind="quadratic")(at)]
    found.append(interpolate.PchipInterpolator(x, y)(at))
    found.append(interpolate.Akima1DInterpolator(x, y)(at))
    curve = interpolate.make_interp_spline(x, y, k=3)
    smooth = interpolate.UnivariateSpline(x, y, s=0.01)
    return found, curve.derivative()(at), smooth(x), smooth.integral(0.0, 1.0)


@program(
    lambda n: (np.linspace(0.0, 2.0, n), floats(n, n), floats(5, 2)),
    sizes=(6,),
    layouts=(),
    host_calls=("scipy", "operator"),
)
def surface_between_grid_points(x, heights, points):
    surface = RegularGridInterpolator((x, x), heights)
    return surface(points), surface((0.5, 0.25))


@program(
    lambda n: (np.linspace(0.0, 2.0, n), floats(n), 1.5),
    sizes=(8,),
    layouts=(),
    rtol=1e-9,
    host_calls=("scipy", "operator"),
)
def driven_by_a_table(times, force, rate):
    drive = CubicSpline(times, force)
    return solve_ivp(lambda t, y: drive(t) - rate * y, (0.0, 2.0), [1.0]).y[:, -1]


@program(
    matrix_and_vector,
    sizes=(5, 12),
    layouts=(),
    rtol=1e-9,
    gradient=(1,),
    host_calls=("scipy", "operator"),
)
def products_with_a_sparse_matrix(a, v):
    x = v.copy()
    for _ in range(4):
        x = a @ x
        x = x / 3.0
    back = spsolve(a.tocsc(), v)
    return np.sum(x * back) + np.sum(a.T @ v) + np.sum((v @ a) * a.dot(v))


@program(
    matrix_and_vector,
    sizes=(12,),
    layouts=(),
    rtol=1e-9,
    host_calls=("scipy", "operator"),
)
def largest_eigenvalue_of_a_sparse_matrix(a, v):
    x, steps = v / np.linalg.norm(v), 0
    while True:
        y = a @ x
        size = np.linalg.norm(y)
        steps += 1
        if np.linalg.norm(y / size - x) < 1e-3 or steps > 50:
            break
        x = y / size
    solution, info = cg(a, v, rtol=1e-12)
    return size, steps, info, np.round(solution, 6), a.nnz, a.toarray()[0]


@program(
    matrix_and_vector,
    sizes=(5,),
    layouts=(),
)
def rows_of_a_sparse_matrix(a, v):
    y = np.zeros(len(v))
    for i in range(len(v)):
        for k in range(a.indptr[i], a.indptr[i + 1]):
            y[i] += a.data[k] * v[a.indices[k]]
    return y


@program(
    lambda n: (n, 0.1),
    sizes=(9,),
    layouts=(),
    rtol=1e-9,
    host_calls=("scipy", "operator", "SuperLU"),
)
def heat_by_implicit_steps(n, step):
    change = sparse.diags_array(
        [np.ones(n - 1), -2.0 * np.ones(n), np.ones(n - 1)], offsets=[-1, 0, 1]
    ).tocsc()
    solver = splu(sparse.eye_array(n).tocsc() - step * change)
    u = np.zeros(n)
    u[n // 2] = 1.0
    for _ in range(5):
        u = solver.solve(u)
    return u


@program(
    lambda n: (floats(n), np.arange(n), (np.arange(n) * 3) % n),
    sizes=(7,),
    layouts=(),
    host_calls=("scipy", "operator"),
)
def sparse_matrix_is_returned(values, rows, columns):
    made = sparse.coo_array((values, (rows, columns)), shape=(7, 7)).tocsr()
    both = made + made
    return made, both.sum(), made.diagonal(), both[1, 3]


@program(
    lambda n: (floats(n, 2), 0.4),
    sizes=(12,),
    layouts=(),
    host_calls=("scipy", "operator"),
)
def nearest_neighbours(points, radius):
    total = 0.0
    for k in range(3):
        tree = spatial.cKDTree(points)
        distances, which = tree.query(points, k=2)
        total += np.sum(distances[:, 1])
        points = points + 0.1 * (points[which[:, 1]] - points)
    pairs = spatial.cKDTree(points).query_pairs(radius, output_type="ndarray")
    return total, len(pairs)


@program(
    lambda n: (floats(n), True),
    lambda n: (floats(n), False),
    sizes=(5,),
    layouts=(),
    host_calls=("scipy", "operator"),
)
def interpolant_chosen_by_a_flag(x, is_smooth):
    curve = SPLINE if is_smooth else TABLE
    return curve(x), x


@program(
    lambda n: (floats(n), 0.3),
    sizes=(6,),
    layouts=(),
    rtol=1e-9,
    host_calls=("scipy", "operator"),
)
def distributions_with_parameters(x, location):
    bell = stats.norm(location, 2.0)
    waiting = stats.gamma(a=2.0, scale=location)
    density = stats.gaussian_kde(x)
    return bell.pdf(x), bell.cdf(0.5), waiting.mean(), waiting.std(), density(x[:2])


@program(
    lambda n: (np.sin(np.arange(n) * 0.7), floats(n)),
    sizes=(30,),
    layouts=(),
    rtol=1e-9,
    host_calls=("scipy", "operator"),
)
def results_with_names(wave, other):
    from scipy.signal import find_peaks

    peaks, properties = find_peaks(wave, height=0.2)
    line = stats.linregress(wave, other)
    test = stats.ttest_ind(wave, other)
    r, p = stats.pearsonr(wave, other)
    return peaks, properties["peak_heights"], line.slope, line.rvalue, test.pvalue, r, p


@program(
    matrix_and_vector,
    sizes=(12,),
    layouts=(),
    rtol=1e-9,
    host_calls=("scipy", "operator"),
)
def iteration_of_jacobi(a, b):
    diagonal = a.diagonal()
    rest = a - sparse.diags_array(diagonal)
    x = np.zeros_like(b)
    for _ in range(20):
        x = (b - rest @ x) / diagonal
    return x


@program(
    lambda n: (np.linspace(0.0, 1.0, n), floats(n)),
    sizes=(8,),
    layouts=(),
    rtol=1e-8,
    host_calls=("poly1d", "polynomial"),
)
def fitted_polynomials(x, y):
    curve = np.poly1d(np.polyfit(x, y, 2))
    other = np.polynomial.Polynomial.fit(x, y, 2)
    return curve(0.5), curve.deriv()(x), other(x), other.convert().coef


@program(
    matrix_and_vector,
    sizes=(5,),
    layouts=(),
    host_calls=("scipy", "operator"),
)
def elements_of_a_sparse_matrix(a, v):
    return a.data * 2.0, a.indices[:3], a @ v, a.shape, a.toarray()
