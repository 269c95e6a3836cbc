"""The programs that are measured: each with its inputs and its ports."""

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
    ),
    Benchmark(
        "newton, elements",
        newton.compressibility,
        programs_jax.compressibility,
        newton.make_inputs,
        10_000,
        1_000,
    ),
    Benchmark(
        "newton, whole array",
        newton.compressibility_array,
        programs_jax.compressibility_array,
        newton.make_inputs,
        10_000,
        1_000,
        loops=programs_numba.compressibility_array,
    ),
    Benchmark(
        "edit distance",
        edit_distance.edit_distance,
        programs_jax.edit_distance,
        edit_distance.make_inputs,
        400,
        100,
        loops=programs_numba.edit_distance,
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
    ),
)


def three_arrays(a, b, c):
    """Do so little that the time is that of the call."""
    return a * b + c


def plain_njit(function: Function) -> Function:
    """Compile a NumPy function by numba as it stands; raises what numba raises when called."""
    return numba.njit(function)
