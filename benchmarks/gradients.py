"""Losses that are measured for their gradients only."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks import gradients_jax
from benchmarks.cases import Gradient
from examples import (
    allen_cahn,
    bundle_adjustment,
    lotka_volterra,
    lstm,
    mixture,
    soft_dtw,
    triangular_solve,
)

GRADIENTS: Mapping[str, tuple[Gradient, int, int]] = {
    "mixture": (
        Gradient(
            mixture.log_likelihood,
            gradients_jax.log_likelihood,
            mixture.make_inputs,
            (0, 1, 2, 3),
        ),
        1000,
        100,
    ),
    "bundle adjustment": (
        Gradient(
            bundle_adjustment.reprojection_error,
            gradients_jax.reprojection_error,
            bundle_adjustment.make_inputs,
            (0, 1, 2),
        ),
        30_000,
        500,
    ),
    "lstm": (
        Gradient(lstm.loss, gradients_jax.lstm_loss, lstm.make_inputs, (0, 1, 2)),
        1024,
        100,
    ),
    "triangular solve": (
        Gradient(
            triangular_solve.solution_energy,
            gradients_jax.solution_energy,
            triangular_solve.make_inputs,
            (0, 1),
        ),
        1000,
        100,
    ),
    "soft-dtw": (
        Gradient(soft_dtw.soft_dtw, gradients_jax.soft_dtw, soft_dtw.make_inputs, (0, 1)),
        200,
        40,
    ),
    "lotka-volterra": (
        Gradient(
            lotka_volterra.distance_from_target,
            gradients_jax.distance_from_target,
            lotka_volterra.make_inputs,
            (0, 1),
            (3,),
        ),
        10_000,
        500,
    ),
    "allen-cahn": (
        Gradient(
            allen_cahn.order,
            gradients_jax.allen_cahn_order,
            allen_cahn.make_inputs,
            (0,),
            (1,),
        ),
        256,
        64,
    ),
}
"""By the name in the table: what is differentiated, its size, and the size where time is short."""
