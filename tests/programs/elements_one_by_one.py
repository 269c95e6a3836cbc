"""`np.nditer` in its usual forms."""

import numpy as np

from tests.programs.corpus import floats, program, signed


@program(lambda n: (floats(n, 3),), sizes=(1, 4), layouts=())
def nditer_reads(x):
    total = 0.0
    large = []
    for v in np.nditer(x):
        total += v
        if v > 1.0:
            large.append(float(v))
    return total, large, np.sum([v for v in np.nditer(x.T, order="C")])


@program(lambda n: (signed(n, 2), 0.5), sizes=(2, 3), layouts=())
def nditer_writes(x, limit):
    with np.nditer(x, op_flags=["readwrite"]) as elements:
        for v in elements:
            v[...] = limit if v > limit else 2 * v
    for v in np.nditer(x[1:], op_flags=["readwrite"]):
        v += 1.0
    return x


@program(lambda n: (signed(n, 3),), sizes=(1, 4))
def nditer_with_positions(x):
    best, where = -np.inf, None
    trace = 0.0
    it = np.nditer(x, flags=["multi_index"], order="C")
    for v in it:
        i, j = it.multi_index
        if i == j:
            trace += v
        if v > best:
            best, where = float(v), it.multi_index
    return best, where, trace, it.finished


@program(lambda n: (floats(2, 3, n),), sizes=(1, 2), layouts=(), rtol=1e-10)
def nditer_step_by_step(x):
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    numeric = np.zeros_like(x)
    while not it.finished:
        place = it.multi_index
        kept = x[place]
        it[0] = kept + 1e-3
        above = np.sum(x**2)
        x[place] = kept - 1e-3
        numeric[place] = (above - np.sum(x**2)) / 2e-3
        x[place] = kept
        it.iternext()
    return numeric, x


@program(lambda n: (floats(3), signed(n, 3)), sizes=(0, 2), layouts=())
def nditer_of_two_arrays(x, y):
    products = []
    for a, b in np.nditer([x, y], flags=["zerosize_ok"]):
        products.append(a * b)
        if len(products) == 5:
            break
    return products


@program(lambda n: (floats(n, 3),), sizes=(0, 2), layouts=(), raises=True)
def nditer_that_only_reads(x):
    x[0] = 0.0
    for v in np.nditer(x):
        v[...] = 1.0
    return x
