"""Programs that draw random numbers: the stream, and the state that it leaves, are NumPy's."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np

from tests.programs.corpus import program


def seed_and_count(n):
    return (3 + n, 10 * n)


def generator_and_count(n):
    return (np.random.default_rng(n), 5 * n)


def sampled(n):
    return (np.random.default_rng(17 + n),)


def with_vector(n):
    return (np.random.default_rng(n), np.linspace(-1.0, 1.0, n + 2))


@program(seed_and_count, sizes=(0, 1, 70), rtol=0.0)
def random_walk(seed, steps):
    rng = np.random.default_rng(seed)
    position = 0.0
    for _ in range(steps):
        position += rng.normal()
    return position, rng.random()


@program(generator_and_count, sizes=(0, 1, 40), rtol=0.0)
def pi_by_darts(rng, n):
    hits = 0
    for _ in range(n):
        x = rng.random()
        y = rng.random()
        if x * x + y * y < 1.0:
            hits += 1
    return 4.0 * hits / max(n, 1)


@program(generator_and_count, sizes=(0, 40), rtol=0.0)
def metropolis(rng, steps):
    def energy(x):
        return (x * x - 1.0) ** 2

    x, accepted = 0.0, 0
    chain = np.empty(steps)
    for k in range(steps):
        trial = x + rng.uniform(-0.7, 0.7)
        change = energy(trial) - energy(x)
        if change < 0.0 or rng.random() < math.exp(-change):
            x = trial
            accepted += 1
        chain[k] = x
    return chain, accepted


@program(generator_and_count, sizes=(1, 10), rtol=0.0)
def decay_by_gillespie(rng, molecules):
    time, times = 0.0, []
    while molecules > 0:
        time += rng.exponential(1.0 / (0.3 * molecules))
        molecules -= 1
        times.append(time)
    return np.array(times)


@program(with_vector, sizes=(0, 9), layouts=(), rtol=0.0)
def bootstrap_of_the_mean(rng, x):
    means = np.empty(4)
    for k in range(4):
        picked = rng.integers(0, len(x), size=len(x))
        means[k] = x[picked].sum()
    return means


@program(with_vector, sizes=(9,), rtol=0.0)
def epochs_in_shuffled_order(rng, x):
    order = np.arange(len(x))
    weight, trace = 0.5, []
    for _ in range(3):
        rng.shuffle(order)
        for k in order:
            weight -= 0.1 * (weight - x[k])
            trace.append(weight)
    return np.array(trace), order


@program(with_vector, sizes=(9,), rtol=0.0)
def shuffles_of_all_kinds(rng, x):
    rng.shuffle(x)
    table = np.arange(24).reshape(4, 6)
    rng.shuffle(table)
    rng.shuffle(table, axis=1)
    items = [1.5, 2.5, 3.5]
    rng.shuffle(items)
    return table, items, rng.permutation(7), rng.permutation(x), rng.permutation(table, axis=1)


@program(sampled, sizes=(0, 3), rtol=0.0)
def one_of_each_distribution(rng):
    return (
        rng.random(), rng.uniform(2.0, 5.0), rng.normal(1.0, 0.5), rng.standard_normal(),
        rng.exponential(3.0), rng.standard_exponential(), rng.gamma(2.5, 2.0), rng.gamma(0.4),
        rng.beta(2.0, 3.0), rng.poisson(3.5), rng.poisson(40.0), rng.binomial(12, 0.3),
        rng.binomial(500, 0.6), rng.geometric(0.1), rng.integers(10), rng.integers(-3, 4),
        rng.integers(5, endpoint=True), rng.lognormal(0.1, 0.4), rng.laplace(), rng.choice(12),
    )  # fmt: skip


@program(sampled, sizes=(0,), rtol=0.0)
def more_distributions(rng):
    return (
        rng.chisquare(3.0), rng.standard_t(4.0), rng.f(2.0, 5.0), rng.pareto(3.0),
        rng.weibull(1.5), rng.power(2.0), rng.rayleigh(2.0), rng.gumbel(0.0, 2.0),
        rng.logistic(), rng.triangular(-1.0, 0.5, 2.0), rng.standard_cauchy(),
        rng.negative_binomial(4, 0.3), rng.logseries(0.6), rng.zipf(2.5),
        rng.multinomial(20, [0.2, 0.5, 0.3]), rng.dirichlet(np.array([1.0, 2.0, 0.5])),
    )  # fmt: skip


@program(generator_and_count, sizes=(0, 1, 6), rtol=0.0)
def arrays_of_numbers(rng, n):
    noise = rng.normal(0.0, 2.0, size=(n, 2))
    steps = rng.integers(-2, 3, size=n)
    rates = rng.exponential(np.array([1.0, 2.0, 4.0]))
    counts = rng.poisson(rates)
    return noise, steps, rates, counts, rng.random((2, 3)), rng.random(3, dtype=np.float32)


@program(sampled, sizes=(0, 4), rtol=0.0)
def results_in_place(rng):
    x = np.zeros((3, 4))
    rng.random(out=x)
    y = np.zeros(4)
    rng.standard_normal(out=y)
    return x, y, rng.standard_normal(2, dtype=np.float32)


@program(with_vector, sizes=(9,), layouts=(), rtol=0.0)
def choices(rng, x):
    weights = np.array([0.1, 0.2, 0.3, 0.4])
    return (
        rng.choice(x),
        rng.choice(5, size=3),
        rng.choice(4, p=weights),
        rng.choice(4, size=(2, 3), p=weights),
        rng.choice(x, size=4, replace=False),
        rng.choice(30, size=5, replace=False, shuffle=False),
        rng.choice([0.5, 1.5, 2.5], size=2),
        rng.choice(x.reshape(-1, 1), 2),
    )


@program(sampled, sizes=(0,), rtol=0.0)
def sample_of_many(rng):
    return rng.choice(20000, size=600, replace=False)[:10], rng.integers(0, 2**40), rng.random()


@program(sampled, sizes=(0,), rtol=0.0)
def wide_and_narrow_integers(rng):
    return (
        rng.integers(0, 2**32),
        rng.integers(0, 2**63 - 1),
        rng.integers(5, 6),
        rng.integers(0, 1000, dtype=np.int32),
        rng.integers(0, 7, size=3, dtype=np.uint32),
        rng.integers([1, 10, 100], [5, 20, 1000]),
    )


@program(generator_and_count, sizes=(0, 9), rtol=0.0)
def draws_in_branches(rng, n):
    total = 0.0
    for k in range(n):
        if k % 3 == 0:
            total += rng.random()
        elif rng.random() < 0.5:
            total -= rng.exponential()
            if total < -2.0:
                break
    else:
        total += rng.normal()
    return total


@dataclass
class Sampler:
    rng: np.random.Generator
    scale: float
    drawn: int = 0

    def step(self, x):
        self.drawn += 1
        return x + self.scale * self.rng.standard_normal()


@program(lambda n: (Sampler(np.random.default_rng(n), 0.5), n), sizes=(0, 5), rtol=0.0)
def generator_in_an_object(sampler, n):
    x = 0.0
    for _ in range(n):
        x = sampler.step(x)
    return x


class Walker:
    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.position = np.zeros(2)

    def walk(self, steps):
        for _ in range(steps):
            self.position += self.rng.normal(size=2)
        return self.position


@program(lambda n: (n, 4), sizes=(0, 5), rtol=0.0)
def generator_made_in_an_object(seed, steps):
    walker = Walker(seed)
    return walker.walk(steps), walker.rng.random()


@program(lambda n: (n,), sizes=(0, 5), rtol=0.0)
def generators_of_run_time_seeds(n):
    found = np.empty(4)
    for k in range(4):
        rng = np.random.default_rng(n + k)
        found[k] = rng.random()
    return found, np.random.default_rng([n, 2]).random()


@program(lambda n: (n, n > 3), sizes=(0, 5), rtol=0.0)
def generator_chosen_by_a_branch(n, flag):
    if flag:
        rng = np.random.default_rng(n)
        rng.random()
    else:
        rng = np.random.default_rng(n + 1)
    return rng.normal(), rng.integers(100)


@program(lambda n: (n,), sizes=(5,), rtol=0.0)
def generator_is_returned(seed):
    rng = np.random.default_rng(seed)
    rng.normal()
    return rng


@program(lambda n: (lambda r: (r, r))(np.random.default_rng(n)), sizes=(0, 3), rtol=0.0)
def one_generator_under_two_names(a, b):
    return a.random() - b.random() + a.random()


@program(sampled, sizes=(0,), rtol=0.0)
def seed_may_be_a_generator(rng):
    again = np.random.default_rng(rng)
    return again.random(), again is rng, isinstance(rng, np.random.Generator)


@program(lambda n: (np.random.default_rng(n), n), sizes=(0, 5), raises=True)
def fails_after_draws(rng, n):
    x = rng.random() + rng.integers(10)
    if n == 0:
        raise ValueError("no numbers")
    return x


@program(lambda n: (np.random.default_rng(n), float(n - 2)), sizes=(0, 5), raises=True)
def negative_scale(rng, scale):
    return rng.normal(0.0, scale)


@program(lambda n: (n, 3), sizes=(0, 5), rtol=0.0)
def functions_of_numpy_random(seed, n):
    np.random.seed(seed)
    first = np.random.randn()
    values = np.random.rand(n, 2)
    more = np.random.normal(1.0, 2.0, size=n)
    order = np.random.permutation(5)
    np.random.shuffle(order)
    return (
        first, values, more, order, np.random.randint(0, 10), np.random.uniform(-1.0, 1.0),
        np.random.choice(4, size=3), np.random.choice([1.5, 2.5], p=[0.3, 0.7]), np.random.random(),
        np.random.exponential(2.0), np.random.poisson(2.0), np.random.randint(5, size=(2, 2)),
        np.random.binomial(10, 0.4), np.random.standard_normal(3), np.random.gamma(2.0),
        np.random.choice(9, 4, replace=False),
    )  # fmt: skip


@program(lambda n: (np.random.RandomState(n), n), sizes=(0, 5), rtol=0.0)
def legacy_generator(state, n):
    total = state.standard_normal()
    for _ in range(n):
        total += state.randn() * state.rand()
    own = np.random.RandomState(n + 1)
    return total, own.randint(1, 7, size=4), state.randint(3), own.normal()


@program(lambda n: (n, 6), sizes=(0, 5), rtol=0.0)
def functions_of_random(seed, n):
    random.seed(seed)
    total = 0.0
    for _ in range(n):
        total += random.random() + random.gauss(0.0, 1.0) + random.randint(1, 6)
    items = [1, 2, 3, 4, 5]
    random.shuffle(items)
    return total, items, random.choice(items), random.uniform(2.0, 3.0), random.expovariate(2.0)


@program(lambda n: (random.Random(n), n), sizes=(0, 5), rtol=0.0)
def generator_of_python(rng, n):
    best = 0
    for _ in range(n):
        best = max(best, rng.randrange(100))
    own = random.Random(n)
    return best, own.random(), rng.getrandbits(8), own.triangular(0.0, 2.0)


GENERATOR = np.random.default_rng(8)


@program(lambda n: (n,), sizes=(3,), rtol=0.0)
def seeds_a_global_generator(n):
    rng = GENERATOR
    return isinstance(rng, np.random.Generator), n


@program(lambda n: (np.random.default_rng(n), np.linspace(0.5, 1.5, n)), sizes=(4,), gradient=(1,))
def pathwise_derivative(rng, sigma):
    total = 0.0
    for k in range(len(sigma)):
        total += rng.normal(0.3, sigma[k]) ** 2
    return total
