"""What is differentiated: each loss with its ports, its sizes, and the cost it may have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks import gradients_jax, gradients_line_by_line, inputs, programs_jax
from examples import (
    allen_cahn,
    bundle_adjustment,
    burgers,
    edit_distance,
    gauss_seidel,
    heat,
    logistic_regression,
    lotka_volterra,
    lstm,
    mixture,
    nbody,
    newton,
    soft_dtw,
    softmax_cross_entropy,
    triangular_solve,
)

Function = Callable[..., Any]
Arguments = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Gradient:
    """A scalar function to differentiate.

    Attributes:
        name: what the tables call it.
        loss: the plain function.
        jax_loss: the fastest port to JAX.
        make_inputs: returns its arguments for a size.
        argnums: arguments to differentiate by.
        size: the size measured; `quick_size` where time is short.
        static: the arguments that JAX takes as static: numbers of steps.
        bound: what loss and gradient may cost in units of the loss, for those of the study.
        line_by_line: the literal port to JAX; `line_size` where it is too slow for `size`.
        enzyme: the name of the port in `gradients.cpp`.
    """

    name: str
    loss: Function
    jax_loss: Function
    make_inputs: Callable[[int], Arguments]
    argnums: tuple[int, ...]
    size: int
    quick_size: int
    static: tuple[int, ...] = ()
    bound: float | None = None
    line_by_line: Function | None = None
    line_size: int | None = None
    enzyme: str = ""


STUDY = (
    Gradient(
        name="mixture",
        loss=mixture.log_likelihood,
        jax_loss=gradients_jax.log_likelihood,
        line_by_line=gradients_line_by_line.log_likelihood,
        make_inputs=mixture.make_inputs,
        argnums=(0, 1, 2, 3),
        size=1000,
        quick_size=100,
        bound=2.5,
    ),
    Gradient(
        name="bundle adjustment",
        loss=bundle_adjustment.reprojection_error,
        jax_loss=gradients_jax.reprojection_error,
        line_by_line=gradients_line_by_line.reprojection_error,
        line_size=2000,
        enzyme="bundle_adjustment",
        make_inputs=bundle_adjustment.make_inputs,
        argnums=(0, 1, 2),
        size=30_000,
        quick_size=500,
        bound=4.0,
    ),
    Gradient(
        name="lstm",
        loss=lstm.loss,
        jax_loss=gradients_jax.lstm_loss,
        line_by_line=gradients_line_by_line.lstm_loss,
        enzyme="lstm",
        make_inputs=lstm.make_inputs,
        argnums=(0, 1, 2),
        size=1024,
        quick_size=100,
        bound=2.0,
    ),
    Gradient(
        name="logistic regression",
        loss=logistic_regression.log_loss,
        jax_loss=programs_jax.log_loss,
        line_by_line=programs_jax.log_loss,
        make_inputs=inputs.classified_points,
        argnums=(0,),
        size=20_000,
        quick_size=500,
        bound=2.0,
    ),
    Gradient(
        name="softmax cross-entropy",
        loss=softmax_cross_entropy.cross_entropy,
        jax_loss=gradients_jax.cross_entropy,
        line_by_line=programs_jax.cross_entropy,
        make_inputs=inputs.square_logits,
        argnums=(0,),
        size=1024,
        quick_size=64,
        bound=1.5,
    ),
    Gradient(
        name="heat",
        loss=heat.misfit,
        jax_loss=gradients_jax.heat_misfit,
        line_by_line=gradients_line_by_line.heat_misfit,
        enzyme="heat",
        make_inputs=heat.make_misfit_inputs,
        argnums=(0, 1),
        static=(3,),
        size=150,
        quick_size=60,
        bound=2.5,
    ),
    Gradient(
        name="gauss-seidel",
        loss=gauss_seidel.roughness,
        jax_loss=gradients_jax.roughness,
        line_by_line=gradients_line_by_line.roughness,
        enzyme="gauss_seidel",
        make_inputs=gauss_seidel.make_inputs,
        argnums=(0, 1),
        static=(2,),
        size=64,
        quick_size=24,
        bound=3.0,
    ),
    Gradient(
        name="triangular solve",
        loss=triangular_solve.solution_energy,
        jax_loss=gradients_jax.solution_energy,
        line_by_line=gradients_line_by_line.solution_energy,
        line_size=100,
        enzyme="triangular_solve",
        make_inputs=triangular_solve.make_inputs,
        argnums=(0, 1),
        size=1000,
        quick_size=100,
        bound=3.0,
    ),
    Gradient(
        name="soft-dtw",
        loss=soft_dtw.soft_dtw,
        jax_loss=gradients_jax.soft_dtw,
        line_by_line=gradients_line_by_line.soft_dtw,
        line_size=100,
        enzyme="soft_dtw",
        make_inputs=soft_dtw.make_inputs,
        argnums=(0, 1),
        size=200,
        quick_size=40,
        bound=2.0,
    ),
    Gradient(
        name="lotka-volterra",
        loss=lotka_volterra.distance_from_target,
        jax_loss=gradients_jax.distance_from_target,
        line_by_line=gradients_line_by_line.distance_from_target,
        enzyme="lotka_volterra",
        make_inputs=lotka_volterra.make_inputs,
        argnums=(0, 1),
        static=(3,),
        size=10_000,
        quick_size=500,
        bound=4.0,
    ),
    Gradient(
        name="newton, elements",
        loss=newton.total,
        jax_loss=gradients_jax.newton_total,
        line_by_line=gradients_line_by_line.newton_total,
        line_size=1000,
        enzyme="newton",
        make_inputs=newton.make_inputs,
        argnums=(0, 1),
        size=10_000,
        quick_size=1_000,
        bound=3.0,
    ),
    Gradient(
        name="allen-cahn",
        loss=allen_cahn.order,
        jax_loss=gradients_jax.allen_cahn_order,
        line_by_line=gradients_line_by_line.allen_cahn_order,
        make_inputs=allen_cahn.make_inputs,
        argnums=(0,),
        static=(1,),
        size=256,
        quick_size=64,
        bound=5.0,
    ),
)
"""The twelve for which there are goals."""

OTHERS = (
    Gradient(
        name="heat, by its start alone",
        loss=heat.misfit,
        jax_loss=gradients_jax.heat_misfit,
        make_inputs=heat.make_misfit_inputs,
        argnums=(0,),
        static=(3,),
        size=150,
        quick_size=60,
    ),
    Gradient(
        name="burgers",
        loss=burgers.energy,
        jax_loss=programs_jax.burgers_energy,
        make_inputs=burgers.make_energy_inputs,
        argnums=(0, 1, 2),
        static=(3,),
        size=150,
        quick_size=60,
    ),
    Gradient(
        name="newton, whole array",
        loss=newton.total_array,
        jax_loss=gradients_jax.newton_total_array,
        make_inputs=newton.make_inputs,
        argnums=(0, 1),
        size=10_000,
        quick_size=1_000,
    ),
    Gradient(
        name="edit distance",
        loss=edit_distance.edit_distance,
        jax_loss=programs_jax.edit_distance,
        make_inputs=edit_distance.make_inputs,
        argnums=(2, 3),
        size=400,
        quick_size=100,
    ),
    Gradient(
        name="n-body",
        loss=nbody.final_energy,
        jax_loss=programs_jax.nbody,
        make_inputs=nbody.make_inputs,
        argnums=(0, 1, 2),
        static=(4,),
        size=64,
        quick_size=16,
    ),
)

GRADIENTS = STUDY + OTHERS

LONG = Gradient(
    name="allen-cahn, 512² × 400",  # noqa: RUF001
    loss=allen_cahn.order,
    jax_loss=gradients_jax.allen_cahn_order,
    make_inputs=inputs.long_allen_cahn,
    argnums=(0,),
    static=(1,),
    size=512,
    quick_size=512,
)
"""A gradient whose memory is the question."""


@dataclass(frozen=True)
class Scaling:
    """A gradient whose cost must grow with the number of element updates and no faster."""

    name: str
    loss: Function
    argnums: tuple[int, ...]
    make_inputs: Callable[[int], Arguments]
    sizes: tuple[int, ...]
    updates: Callable[[Arguments], int]


def sweep_updates(arguments: Arguments) -> int:
    u, _, sweeps = arguments
    return int((u.shape[0] - 2) * (u.shape[1] - 2) * sweeps)


SCALINGS = (
    Scaling(
        "gauss-seidel",
        gauss_seidel.roughness,
        (0, 1),
        gauss_seidel.make_inputs,
        (50, 100, 200, 400),
        sweep_updates,
    ),
    Scaling(
        "edit distance",
        edit_distance.edit_distance,
        (2, 3),
        inputs.widening_words,
        (200, 400, 800),
        lambda arguments: len(arguments[0]) * len(arguments[1]),
    ),
)
