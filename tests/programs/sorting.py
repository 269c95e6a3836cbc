"""Sorting, searching, sets and counting: order statistics, neighbours, hulls."""

import functools

import numpy as np

from tests.programs.corpus import floats, integers, program, signed


@program(
    lambda n: (signed(n + 2, 3), integers(n + 2, low=0, high=3), signed(3, seed=4), 2), sizes=(3, 9)
)
def nearest_neighbour_vote(points, labels, query, k):
    distance = np.sqrt(((points - query) ** 2).sum(axis=1))
    nearest = np.argsort(distance)[:k]
    votes = np.bincount(labels[nearest], minlength=3)
    return votes, np.argmax(votes), distance[nearest]


@program(lambda n: (signed(n),), sizes=(2, 30), special=True, layouts=())
def outliers_by_quartiles(x):
    low, high = np.percentile(x, [25, 75])
    reach = 1.5 * (high - low)
    inside = np.flatnonzero((x >= low - reach) & (x <= high + reach))
    return np.median(x), x[inside], inside.size


@program(lambda n: (integers(n, low=-3, high=4),), sizes=(0, 1, 20), layouts=())
def histogram_of_values(x):
    values, first, inverse, counts = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True
    )
    return values, first, inverse, counts, values[inverse]


@program(lambda n: (floats(n),), sizes=(1, 40), layouts=())
def entropy_of_histogram(x):
    counts, edges = np.histogram(x, bins=8, range=(0.5, 1.5))
    p = counts / counts.sum()
    entropy = 0.0
    for k in range(p.size):
        if p[k] > 0:
            entropy -= p[k] * np.log(p[k])
    return counts, edges, entropy


@program(lambda n: (signed(n + 3, 2),), sizes=(0, 7), layouts=(), rtol=1e-12)
def convex_hull(points):
    """Andrew's monotone chain; returns the area of the hull as well."""
    order = np.lexsort((points[:, 1], points[:, 0]))
    n = points.shape[0]
    hull = np.zeros((2 * n, 2))
    count = 0
    for sweep in range(2):
        start = count
        for j in range(n):
            p = points[order[j if sweep == 0 else n - 1 - j]]
            while count - start >= 2:
                a = hull[count - 1] - hull[count - 2]
                b = p - hull[count - 1]
                if a[0] * b[1] - a[1] * b[0] > 0:
                    break
                count -= 1
            hull[count] = p
            count += 1
        count -= 1
    x, y = hull[:count, 0], hull[:count, 1]
    return hull[:count], 0.5 * np.abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))


@program(
    lambda n: (np.sort(signed(n + 2)), floats(n + 2), signed(11, seed=3)), sizes=(1, 8), layouts=()
)
def interpolation_both_ways(xp, fp, x):
    return np.interp(x, xp, fp), np.interp(0.25, xp, fp, left=-9.0), np.searchsorted(xp, x)


@program(lambda n: (signed(4 * n),), sizes=(1, 10), special=True, layouts=())
def trimmed_mean(x):
    x.sort()
    cut = x.size // 4
    return np.mean(x[cut:-cut]), np.partition(x[::-1], 2)[2]


@program(lambda n: (integers(n), integers(5, seed=2)), sizes=(0, 1, 12), layouts=())
def set_algebra(a, b):
    return np.union1d(a, b), np.intersect1d(a, b), np.setdiff1d(a, b), np.isin(a, b)


@program(lambda n: (signed(n, 4), np.array([0.2, -0.1, 0.4])), sizes=(2, 6), layouts=())
def ranks_by_row(a, edges):
    order = np.argsort(a, axis=1)
    ranks = np.argsort(order, axis=1)
    return ranks, np.take_along_axis(a, order, axis=1), np.digitize(a, np.sort(edges))


def rosenbrock(x):
    return (1.0 - x[0]) ** 2 + 100.0 * (x[1] - x[0] ** 2) ** 2


@program(lambda n: (np.array([-1.2, 1.0]), 0.5, 5 * n), sizes=(1, 12), layouts=(), rtol=1e-9)
def nelder_mead(start, size, steps):
    simplex = np.empty((3, 2))
    simplex[0] = start
    simplex[1] = start + np.array([size, 0.0])
    simplex[2] = start + np.array([0.0, size])
    values = np.empty(3)
    for k in range(3):
        values[k] = rosenbrock(simplex[k])
    for _ in range(steps):
        order = np.argsort(values)
        simplex = simplex[order]
        values = values[order]
        centre = simplex[:2].mean(axis=0)
        reflected = 2.0 * centre - simplex[2]
        height = rosenbrock(reflected)
        if height < values[0]:
            further = 3.0 * centre - 2.0 * simplex[2]
            best = rosenbrock(further)
            simplex[2] = further if best < height else reflected
            values[2] = min(best, height)
        elif height < values[1]:
            simplex[2] = reflected
            values[2] = height
        else:
            nearer = 0.5 * (centre + simplex[2])
            inner = rosenbrock(nearer)
            if inner < values[2]:
                simplex[2] = nearer
                values[2] = inner
            else:
                for k in range(1, 3):
                    simplex[k] = 0.5 * (simplex[0] + simplex[k])
                    values[k] = rosenbrock(simplex[k])
    return simplex[np.argmin(values)], values.min()


@program(
    lambda n: (signed(n, 3), np.array([1.0, -2.0, 0.5])), sizes=(1, 5, 6), layouts=(), gradient=(0,)
)
def medians_of_columns(x, weights):
    return np.sum(np.median(x, axis=0) * weights)


@program(lambda n: (floats(n + 8), n), sizes=(0, 120), layouts=("strided",))
def sorts_of_short_vectors(x, n):
    total, places = 0.0, []
    for k in range(n):
        window = x[k : k + 8]
        total += np.sort(window)[4] + np.sort(x[:k])[k // 2 : k // 2 + 1].sum()
        places.append(np.argsort(window)[0])
        places.append(np.argsort(np.round(window), kind="stable")[1])
    return total, places


@program(lambda n: (np.round(signed(n) * 2),), special=True)
def order_of_equal_elements(x):
    return np.argsort(x), np.argsort(x, kind="stable"), np.sort(x), np.sort(x > 0)


@functools.total_ordering
class Weighed:
    def __init__(self, weight, number):
        self.weight, self.number = weight, number

    def __eq__(self, other):
        return self.weight == other.weight

    def __lt__(self, other):
        return self.weight < other.weight

    def __abs__(self):
        return abs(self.weight)

    def __bool__(self):
        return bool(self.weight > 0)

    def __contains__(self, weight):
        return weight < self.weight


@program(lambda n: (signed(3),), sizes=(3,), layouts=())
def three_objects_in_their_own_order(x):
    a, b, c = (Weighed(x[k], k) for k in range(3))
    trio = [a, b, c]
    trio.sort(reverse=True)
    smallest, largest = min(trio), max(a, b, c)
    nearest = sorted(trio, key=abs)[0]
    order = [w.number for w in trio]
    is_last = trio[-1] is smallest
    return order, smallest.number, largest.number, nearest.number, any(trio), all(trio), is_last


@program(lambda n: (signed(n),), sizes=(1, 7), layouts=())
def many_objects_in_their_own_order(x):
    bag = [Weighed(v, k) for k, v in enumerate(x)]
    first, last = bag[0], bag[-1]
    comparisons = first <= last, first > last, first >= last, first != last
    return min(bag).number, max(bag).number, comparisons, 0.5 in first, 0.5 not in last
