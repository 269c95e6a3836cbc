"""Training loops whose parameters and gradients are nested containers, made anew in each step."""

from dataclasses import dataclass

import numpy as np

import autograph as ag
from tests.programs.corpus import floats, program, signed


def loss_of_layer(p, x, y):
    return np.sum((np.tanh(x * p["w"] + p["b"]) - y) ** 2)


@program(lambda n: (signed(n), floats(n), 3), sizes=(1, 4), layouts=(), rtol=1e-12, gradient=(0,))
def dict_made_anew_in_each_step(w, y, steps):
    params = {"w": w, "b": np.zeros(len(w))}
    for _ in range(steps):
        slope = ag.grad(loss_of_layer)(params, 0.7, y)
        params = {k: params[k] - 0.1 * slope[k] for k in params}
    return loss_of_layer(params, 0.7, y)


@program(lambda n: (signed(n), floats(n), 3), sizes=(4,), layouts=(), rtol=1e-12, gradient=(0,))
def pairs_of_a_dict_made_anew(w, y, steps):
    params = {"w": w, "b": np.zeros(len(w))}
    for _ in range(steps):
        slope = ag.grad(loss_of_layer)(params, 0.7, y)
        params = {k: v - 0.1 * slope[k] for k, v in params.items()}
    return sum(np.sum(v**2) for v in params.values())


def loss_of_layers(layers, x):
    for layer in layers:
        x = np.tanh(x @ layer["w"] + layer["b"])
    return np.sum(x**2)


@program(
    lambda n: (signed(n, 3), 0), lambda n: (signed(n, 3), 3), sizes=(4,), layouts=(), rtol=1e-12
)
def layers_with_momentum(w, steps):
    layers = [{"w": w, "b": np.zeros(3)}, {"w": w.T.copy(), "b": np.ones(4)}]
    speeds = [{k: np.zeros_like(v) for k, v in layer.items()} for layer in layers]
    step = 0
    while step < steps:
        slopes = ag.grad(loss_of_layers)(layers, np.ones(4))
        speeds = [{k: 0.9 * a[k] + b[k] for k in a} for a, b in zip(speeds, slopes)]
        layers = [{k: p[k] - 0.1 * d[k] for k in p} for p, d in zip(layers, speeds)]
        step += 1
    return layers[0]["w"].sum() + layers[1]["b"][0]


@program(lambda n: (signed(n), 3), sizes=(4,), layouts=(), rtol=1e-12, gradient=(0,))
def tuple_made_of_a_zip(w, steps):
    params = (w, np.zeros(3))
    for _ in range(steps):
        slope = ag.grad(lambda p: np.sum(np.tanh(p[0]) ** 2) + np.sum(np.cosh(p[1])))(params)
        params = tuple(p - 0.1 * d for p, d in zip(params, slope))
    return params[0].sum() + params[1].sum()


@dataclass
class Model:
    weights: np.ndarray
    offset: float


@program(lambda n: (signed(n), 3), sizes=(4,), layouts=(), rtol=1e-12, gradient=(0,))
def model_made_anew(w, steps):
    model = Model(w, 1.0)
    for _ in range(steps):
        slope = ag.grad(lambda m: np.sum(np.tanh(m.weights) ** 2) + m.offset**2)(model)
        model = Model(model.weights - 0.1 * slope.weights, model.offset - 0.1 * slope.offset)
    return model.weights.sum() + model.offset
