"""Signals and series: running sums, filters, derivatives, resampling."""

import numpy as np
from scipy import fft, signal

from tests.programs.corpus import floats, integers, program, signed


@program(lambda n: (signed(n + 1), 3), sizes=(4, 20), layouts=(), rtol=1e-12)
def moving_average(x, width):
    total = np.cumsum(np.concatenate((np.zeros(1), x)))
    return (total[width:] - total[:-width]) / width, np.convolve(x, np.ones(width) / width, "same")


@program(lambda n: (signed(n), signed(4, seed=1)), sizes=(1, 4, 9), layouts=(), rtol=1e-12)
def filters_of_all_modes(x, kernel):
    return (
        np.convolve(x, kernel),
        np.convolve(x, kernel, "same"),
        np.correlate(x, kernel, "full"),
        np.correlate(x, kernel, "same"),
    )


@program(lambda n: (np.sort(signed(n + 2)), floats(n + 2)), sizes=(1, 9), layouts=(), rtol=1e-12)
def derivative_and_integral(t, y):
    slope = np.gradient(y, t)
    return slope, np.trapezoid(slope, t), np.gradient(y, 0.5, edge_order=2)


@program(lambda n: (floats(n, 5),), sizes=(2, 6), layouts=(), rtol=1e-12)
def running_extremes(a):
    return np.maximum.accumulate(a, axis=0), np.cumprod(a, axis=1), np.cumsum(a)


@program(lambda n: (integers(n),), sizes=(0, 1, 7), layouts=())
def running_integers(x):
    return np.cumsum(x), np.cumprod(x.astype(np.int8)), np.minimum.accumulate(x)


@program(lambda n: (floats(n + 1, low=1.0, high=2.0),), sizes=(1, 15), layouts=(), rtol=1e-12)
def drawdown(prices):
    peak = np.maximum.accumulate(prices)
    loss = (peak - prices) / peak
    worst = np.argmax(loss)
    return loss[worst], worst, np.diff(np.log(prices)).std()


@program(lambda n: (floats(n, n),), sizes=(3, 6), layouts=(), rtol=1e-12)
def blurred_image(image):
    around = np.pad(image, 1, mode="reflect")
    blurred = np.zeros_like(image)
    weights = np.array([0.25, 0.5, 0.25])
    for i in range(3):
        for j in range(3):
            h, w = image.shape
            blurred += weights[i] * weights[j] * around[i : i + h, j : j + w]
    return blurred, np.rot90(blurred), np.tril(blurred)


@program(lambda n: (signed(n + 1), signed(n + 1, seed=1)), sizes=(2, 7), layouts=(), rtol=1e-12)
def grid_of_distances(x, y):
    xx, yy = np.meshgrid(x, y)
    far = np.hypot(xx - x.mean(), yy - y.mean())
    i, j = np.unravel_index(np.argmax(far), far.shape)
    return far, i, j, np.tile(x, 2), np.repeat(y, 3)


@program(lambda n: (floats(n, 3),), sizes=(2, 6), layouts=(), rtol=1e-11)
def correlated_columns(a):
    return np.cov(a, rowvar=False), np.corrcoef(a.T), np.average(a, axis=0, weights=a[:, 0])


@program(
    lambda n: (np.where(integers(n + 2) > 3, np.nan, signed(n + 2)),), sizes=(3, 12), layouts=()
)
def gaps_in_a_record(x):
    known = np.flatnonzero(~np.isnan(x))
    every = np.arange(x.size)
    filled = np.interp(every, known, x[known])
    return filled, np.nanmean(x), np.nanmax(x), np.nan_to_num(x)


@program(lambda n: (floats(n + 3),), sizes=(1, 9), layouts=(), rtol=1e-10, gradient=(0,))
def roughness_of_running_mean(x):
    mean = np.cumsum(x) / np.arange(1, x.size + 1)
    return np.sum(np.diff(mean) ** 2) + np.trapezoid(np.convolve(x, x[:3], "valid"))


@program(lambda n: (signed(n + 4), signed(3, seed=1)), sizes=(1, 8), layouts=(), rtol=1e-9)
def smoothed_spectrum(x, kernel):
    even = signal.lfilter(np.array([0.5, 0.5]), np.array([1.0, -0.3]), x)
    smooth = signal.convolve(even, kernel, mode="same")
    return (
        np.abs(fft.rfft(smooth)),
        fft.dct(smooth, norm="ortho"),
        signal.correlate(x, kernel, "valid"),
    )
