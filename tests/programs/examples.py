"""The example programs at small sizes."""

import numpy as np

from examples import (
    allen_cahn,
    burgers,
    edit_distance,
    gauss_seidel,
    heat,
    logistic_regression,
    lotka_volterra,
    lstm,
    mandelbrot,
    mixture,
    nbody,
    newton,
    soft_dtw,
    softmax_cross_entropy,
    triangular_solve,
)
from tests.programs.corpus import program

GRID_SIZES = (1, 3, 12)


def near_zero_weights(size):
    weights, *data = logistic_regression.make_inputs(size)
    return 0.1 * np.cos(np.arange(len(weights))), *data


def distance_inputs(size):
    first, second, gap, mismatch = edit_distance.make_inputs(size)
    return first, second, gap, mismatch


program(lambda n: heat.make_inputs(n, 4), sizes=GRID_SIZES)(heat.heat)
program(lambda n: heat.make_misfit_inputs(n, 3), sizes=(3, 8), rtol=1e-12, gradient=(0, 1))(
    heat.misfit
)
program(lambda n: burgers.make_inputs(n, 4), sizes=GRID_SIZES)(burgers.burgers)
program(lambda n: burgers.make_energy_inputs(n, 3), sizes=(3, 8), rtol=1e-12, gradient=(0, 1, 2))(
    burgers.energy
)
program(newton.make_inputs, sizes=(0, 1, 20), rtol=1e-12)(newton.compressibility)
program(newton.make_inputs, sizes=(1, 20), rtol=1e-12)(newton.compressibility_array)
program(newton.make_inputs, sizes=(1, 6), rtol=1e-12, gradient=(0, 1))(newton.total)
program(newton.make_inputs, sizes=(1, 6), rtol=1e-12, gradient=(0, 1))(newton.total_array)
program(distance_inputs, sizes=(0, 1, 20), gradient=(2, 3))(edit_distance.edit_distance)
program(lambda n: gauss_seidel.make_inputs(n, 3), sizes=(1, 3, 9))(gauss_seidel.gauss_seidel)
program(lambda n: gauss_seidel.make_inputs(n, 3), sizes=(3, 6), rtol=1e-12, gradient=(0, 1))(
    gauss_seidel.roughness
)
program(near_zero_weights, sizes=(1, 100), rtol=1e-12, gradient=(0,))(logistic_regression.log_loss)
program(lambda n: mandelbrot.make_inputs(n, 20), sizes=(0, 1, 15))(mandelbrot.mandelbrot)
program(lambda n: mandelbrot.make_inputs(n, 20), sizes=(0, 1, 15))(mandelbrot.mandelbrot_masked)
program(
    lambda n: softmax_cross_entropy.make_inputs(n, 5), sizes=(1, 6), rtol=1e-12, gradient=(0, 1)
)(softmax_cross_entropy.cross_entropy)
program(lambda n: nbody.make_inputs(n, 3), sizes=(1, 9), rtol=1e-12)(nbody.nbody)
program(lambda n: nbody.make_inputs(n, 3), sizes=(1, 5), rtol=1e-12, gradient=(0, 1, 2, 3))(
    nbody.final_energy
)
program(lambda n: mixture.make_inputs(n, 2, 3), sizes=(1, 6), rtol=1e-12, gradient=(0, 1, 2, 3))(
    mixture.log_likelihood
)
program(lambda n: lstm.make_inputs(n, 2, 3), sizes=(2, 5), rtol=1e-12, gradient=(0, 1, 2))(
    lstm.loss
)
program(triangular_solve.make_inputs, sizes=(0, 1, 9))(triangular_solve.triangular_solve)
program(triangular_solve.make_inputs, sizes=(1, 6), rtol=1e-12, gradient=(0, 1))(
    triangular_solve.solution_energy
)
program(soft_dtw.make_inputs, sizes=(1, 7), rtol=1e-12, gradient=(0, 1))(soft_dtw.soft_dtw)
program(lotka_volterra.make_inputs, sizes=(0, 1, 20), rtol=1e-12, gradient=(0, 1, 2))(
    lotka_volterra.distance_from_target
)
program(lambda n: allen_cahn.make_inputs(n, 4), sizes=GRID_SIZES)(allen_cahn.allen_cahn)
program(lambda n: allen_cahn.make_inputs(n, 3), sizes=(3, 8), rtol=1e-12, gradient=(0, 2, 3))(
    allen_cahn.order
)
