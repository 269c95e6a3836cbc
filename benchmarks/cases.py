"""What is measured: each program with its inputs, its gradient, and its ports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba

import autograph as ag
from benchmarks import programs_jax, programs_numba
from examples import (
    burgers,
    edit_distance,
    gauss_seidel,
    heat,
    logistic_regression,
    mandelbrot,
    nbody,
    newton,
    softmax_cross_entropy,
)

Function = Callable[..., Any]
Arguments = tuple[Any, ...]


@dataclass(frozen=True)
class Gradient:
    """A scalar function to differentiate.

    Attributes:
        loss: the plain function.
        jax_loss: its port.
        make_inputs: returns its arguments for a size.
        argnums: arguments to differentiate by.
        static: arguments that JAX takes as static.
    """

    loss: Function
    jax_loss: Function
    make_inputs: Callable[[int], Arguments]
    argnums: tuple[int, ...]
    static: tuple[int, ...] = ()


@dataclass(frozen=True)
class Benchmark:
    """One program.

    Attributes:
        name: what the tables call it.
        plain: the NumPy function.
        jax: its port.
        make_inputs: returns its arguments for a size.
        size: the size measured; `quick_size` where time is short.
        mutates: arguments written to, which every timed call gets a fresh copy of.
        static: arguments that JAX takes as static.
        loops: hand-written loops for numba, where the plain source is not loops already.
        compile: builds the compiled function.
        gradient: what is differentiated, if that makes sense.
    """

    name: str
    plain: Function
    jax: Function
    make_inputs: Callable[[int], Arguments]
    size: int
    quick_size: int
    mutates: tuple[int, ...] = ()
    static: tuple[int, ...] = ()
    loops: Function | None = None
    compile: Callable[[], Function] | None = None
    gradient: Gradient | None = None

    def compiled(self) -> Function:
        """Build the autograph version."""
        return self.compile() if self.compile is not None else ag.compile(self.plain)


def log_loss_inputs(size: int) -> Arguments:
    weights, *data = logistic_regression.make_inputs(size)
    return weights + 0.1, *data


BENCHMARKS = (
    Benchmark(
        "heat",
        heat.heat,
        programs_jax.heat,
        heat.make_inputs,
        150,
        60,
        mutates=(0,),
        static=(1,),
        loops=programs_numba.heat,
        gradient=Gradient(
            heat.misfit, programs_jax.heat_misfit, heat.make_misfit_inputs, (0, 1), (3,)
        ),
    ),
    Benchmark(
        "burgers",
        burgers.burgers,
        programs_jax.burgers,
        burgers.make_inputs,
        150,
        60,
        mutates=(0,),
        static=(1,),
        loops=programs_numba.burgers,
        gradient=Gradient(
            burgers.energy,
            programs_jax.burgers_energy,
            burgers.make_energy_inputs,
            (0, 1, 2),
            (3,),
        ),
    ),
    Benchmark(
        "newton, elements",
        newton.compressibility,
        programs_jax.compressibility,
        newton.make_inputs,
        10_000,
        1_000,
        gradient=Gradient(newton.total, programs_jax.newton_total, newton.make_inputs, (0, 1)),
    ),
    Benchmark(
        "newton, whole array",
        newton.compressibility_array,
        programs_jax.compressibility_array,
        newton.make_inputs,
        10_000,
        1_000,
        loops=programs_numba.compressibility_array,
        gradient=Gradient(
            newton.total_array, programs_jax.newton_total_array, newton.make_inputs, (0, 1)
        ),
    ),
    Benchmark(
        "edit distance",
        edit_distance.edit_distance,
        programs_jax.edit_distance,
        edit_distance.make_inputs,
        400,
        100,
        loops=programs_numba.edit_distance,
        gradient=Gradient(
            edit_distance.edit_distance,
            programs_jax.edit_distance,
            edit_distance.make_inputs,
            (2, 3),
        ),
    ),
    Benchmark(
        "logistic step",
        logistic_regression.log_loss_gradient,
        programs_jax.log_loss_step,
        log_loss_inputs,
        569,
        569,
        loops=programs_numba.log_loss_step,
        compile=lambda: ag.value_and_grad(logistic_regression.log_loss),
        gradient=Gradient(
            logistic_regression.log_loss, programs_jax.log_loss, log_loss_inputs, (0,)
        ),
    ),
    Benchmark(
        "mandelbrot, break",
        mandelbrot.mandelbrot,
        programs_jax.mandelbrot,
        mandelbrot.make_inputs,
        150,
        40,
        static=(2,),
    ),
    Benchmark(
        "mandelbrot, masked",
        mandelbrot.mandelbrot_masked,
        programs_jax.mandelbrot_masked,
        mandelbrot.make_inputs,
        150,
        40,
        static=(2,),
        loops=programs_numba.mandelbrot_masked,
    ),
    Benchmark(
        "softmax cross-entropy",
        softmax_cross_entropy.cross_entropy,
        programs_jax.cross_entropy,
        softmax_cross_entropy.make_inputs,
        512,
        64,
        loops=programs_numba.cross_entropy,
        gradient=Gradient(
            softmax_cross_entropy.cross_entropy,
            programs_jax.cross_entropy,
            softmax_cross_entropy.make_inputs,
            (0,),
        ),
    ),
    Benchmark(
        "n-body",
        nbody.nbody,
        programs_jax.nbody,
        nbody.make_inputs,
        64,
        16,
        mutates=(0, 1),
        static=(4,),
        loops=programs_numba.nbody,
        gradient=Gradient(
            nbody.final_energy, programs_jax.nbody, nbody.make_inputs, (0, 1, 2), (4,)
        ),
    ),
    Benchmark(
        "gauss-seidel",
        gauss_seidel.gauss_seidel,
        programs_jax.gauss_seidel,
        gauss_seidel.make_inputs,
        64,
        24,
        mutates=(0,),
        static=(2,),
        gradient=Gradient(
            gauss_seidel.roughness,
            programs_jax.roughness,
            gauss_seidel.make_inputs,
            (0, 1),
            (2,),
        ),
    ),
)


@dataclass(frozen=True)
class Scaling:
    """A gradient whose cost must grow with the number of element updates and no faster."""

    name: str
    loss: Function
    argnums: tuple[int, ...]
    make_inputs: Callable[[int], Arguments]
    updates: Callable[[Arguments], int]


def sweep_updates(arguments: Arguments) -> int:
    u, _, sweeps = arguments
    return int((u.shape[0] - 2) * (u.shape[1] - 2) * sweeps)


SCALINGS = (
    Scaling(
        "gauss-seidel",
        gauss_seidel.roughness,
        (0, 1),
        lambda factor: gauss_seidel.make_inputs(66, width=64 * factor + 2),
        sweep_updates,
    ),
    Scaling(
        "edit distance",
        edit_distance.edit_distance,
        (2, 3),
        lambda factor: (
            edit_distance.make_inputs(200)[0],
            edit_distance.make_inputs(200 * factor)[1],
            1.0,
            1.618,
        ),
        lambda arguments: len(arguments[0]) * len(arguments[1]),
    ),
)


def three_arrays(a, b, c):
    """Do so little that the time is that of the call."""
    return a * b + c


def plain_njit(function: Function) -> Function:
    """Compile a NumPy function by numba as it stands; raises what numba raises when called."""
    return numba.njit(function)
