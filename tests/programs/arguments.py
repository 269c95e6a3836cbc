"""Arguments and results that hold arrays: containers, objects, options that compiling needs."""

import enum
from collections import namedtuple
from dataclasses import dataclass, replace

import numpy as np

from tests.programs.corpus import floats, program, signed

Body = namedtuple("Body", "position velocity")


@dataclass
class Dense:
    weights: np.ndarray
    bias: np.ndarray
    activation: str = "tanh"

    def forward(self, x):
        y = self.weights @ x + self.bias
        return np.tanh(y) if self.activation == "tanh" else np.maximum(y, 0.0)


@dataclass(frozen=True)
class Settings:
    rate: float = 0.1
    steps: int = 3
    clip: float | None = None


class Adam:
    def __init__(self, n):
        self.mean, self.square, self.beta = np.zeros(n), np.zeros(n), (0.9, 0.999)

    def update(self, weights, gradient, step, rate=0.1):
        first, second = self.beta
        self.mean *= first
        self.mean += (1 - first) * gradient
        self.square *= second
        self.square += (1 - second) * gradient**2
        mean = self.mean / (1 - first**step)
        weights -= rate * mean / (np.sqrt(self.square / (1 - second**step)) + 1e-8)


class Scheme(enum.Enum):
    UPWIND = 1
    CENTRAL = 2


def halved(x):
    return x * 0.5


def network(n):
    sizes = [(4, n), (4, 4), (2, 4)]
    layers = [Dense(signed(*s, seed=k), floats(s[0], seed=k)) for k, s in enumerate(sizes)]
    layers[1].activation = "relu"
    return layers, signed(n)


@program(network, sizes=(1, 6))
def forward_through_objects(layers, x):
    for layer in layers:
        x = layer.forward(x)
    return x


@program(lambda n: (Adam(n), floats(n), signed(n), 1), sizes=(1, 6), rtol=1e-12)
def optimizer_step(optimizer, weights, gradient, step):
    optimizer.update(weights, gradient, step)
    optimizer.update(weights, gradient * 0.5, step + 1)
    return weights


@program(lambda n: (Body(floats(n, 2), signed(n, 2)), 0.01, 4), sizes=(1, 5))
def leapfrog(body, dt, steps):
    position, velocity = body
    for _ in range(steps):
        velocity = velocity - dt * position
        position = position + dt * velocity
    return Body(position, velocity)


@program(
    lambda n: ({"w": [floats(n, n), floats(n)], "scale": 2.0}, signed(n)),
    lambda n: ({"w": [floats(n, n), 1.0], "scale": 3}, signed(n)),
    sizes=(1, 5),
)
def parameters_in_containers(parameters, x):
    weights, bias = parameters["w"]
    y = parameters["scale"] * (weights @ x) + bias
    return {"output": y, "norms": (np.sum(y * y), np.max(y)), "given": x}


@program(lambda n: ([floats(n), floats(n)], floats(n)), sizes=(1, 6))
def one_array_written_through_two_names(pair, x):
    pair[0][:] = x
    first, second = pair
    second += first
    return pair[1], first


@program(
    lambda n: (signed(n), Settings()),
    lambda n: (signed(n), Settings(rate=0.5, steps=2)),
    lambda n: (signed(n), Settings(clip=0.25)),
    sizes=(1, 6),
    layouts=(),
)
def settings_in_a_dataclass(x, settings):
    for _ in range(settings.steps):
        change = settings.rate * np.sin(x)
        if settings.clip is not None:
            change = np.clip(change, -settings.clip, settings.clip)
        x = x - change
    return x, replace(settings, steps=settings.steps + 1)


@program(
    lambda n: (signed(n, 3), 0, "mean", np.float32),
    lambda n: (signed(n, 3), 1, "sum", "float64"),
    lambda n: (signed(n, 3), -1, "sum", float),
    sizes=(2, 5),
    layouts=(),
)
def options_that_compiling_needs(x, axis, how, dtype):
    total = x.sum(axis=axis) if how == "sum" else x.mean(axis=axis)
    return total.astype(dtype)


@program(
    lambda n: (signed(n), Scheme.UPWIND, slice(1, None), None),
    lambda n: (signed(n), Scheme.CENTRAL, slice(None, -1), np.tanh),
    lambda n: (signed(n), Scheme.UPWIND, Ellipsis, halved),
    sizes=(4, 7),
)
def enums_slices_and_functions(x, scheme, part, limiter):
    slope = np.diff(x) if scheme is Scheme.UPWIND else 0.5 * (x[2:] - x[:-2])
    if limiter is not None:
        slope = limiter(slope)
    return slope[part], x[part] * 2.0


@program(lambda n: (np.array(2.0), np.array(3), n), sizes=(0, 3), layouts=(), gradient=(0,))
def array_without_axes_starts_a_loop(x, k, n):
    total, count = x[()], k[()]
    for _ in range(n):
        total = total * 0.5 + x
        count = count + k
    return total * count
