"""Functions of SciPy and of `np.polynomial` that have compiled forms of their own."""

import numpy as np
from numpy.polynomial import chebyshev
from scipy import integrate, linalg, ndimage, stats

from tests.programs.corpus import floats, program, signed


@program(
    lambda n: (0.3 * signed(n, n), signed(n, 1, seed=1)),
    sizes=(2,),
    layouts=(),
    rtol=1e-9,
    gradient=(0,),
    host_calls=("solve_discrete_are", "real_root"),
)
def cost_of_a_regulator(a, b):
    gain = linalg.solve_discrete_are(a, b, np.eye(len(a)), np.eye(1))
    return np.trace(linalg.solve_discrete_lyapunov(a, gain)) + linalg.sqrtm(gain)[0, 0]


@program(
    lambda n: (floats(n, n), floats(n, seed=1), 0.8),
    sizes=(4,),
    layouts=(),
    rtol=1e-10,
    gradient=(0, 1),
)
def image_seen_along_a_path(image, path, width):
    smooth = ndimage.gaussian_filter(image, width, mode="nearest")
    along = ndimage.map_coordinates(smooth, np.stack((path, 2.0 * path)), order=1)
    return integrate.simpson(along, dx=0.5) + np.sum(ndimage.laplace(smooth) ** 2)


@program(
    lambda n: (floats(n, low=0.2, high=0.9), 1.4),
    sizes=(5,),
    layouts=(),
    rtol=1e-10,
    gradient=(0, 1),
    host_calls=("gammaln",),
)
def likelihood_of_measurements(x, scale):
    total = np.sum(stats.norm.logpdf(x, 0.1, scale)) + np.sum(
        stats.gamma.logpdf(x, 2.0, scale=scale)
    )
    return total + np.log(stats.norm.cdf(x[0])) + stats.poisson.logpmf(3, scale)


@program(
    lambda n: (np.linspace(-0.9, 0.8, n), signed(n)),
    sizes=(7,),
    layouts=(),
    rtol=1e-9,
    gradient=(1,),
)
def fitted_by_chebyshev(t, y):
    c = chebyshev.chebfit(t, y, 3)
    return np.sum((chebyshev.chebval(t, c) - y) ** 2) + np.sum(c)
