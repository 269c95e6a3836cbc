"""Functions of SciPy that are defined by those of NumPy: same results, and derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import fft, signal

import autograph as ag
from tests.properties.interpreting import interpreting
from tests.transforms.test_library_functions import leaves

RNG = np.random.default_rng(4)
X = RNG.normal(size=9)
K = np.array([0.7, -0.4, 1.3, 0.2])
M = RNG.normal(size=(4, 5))
N = RNG.normal(size=(3, 2))
Z = RNG.normal(size=5) + 1j * RNG.normal(size=5)


def convolutions(x, k):
    modes = [signal.convolve(x, k, mode) for mode in ("full", "same")]
    others = [signal.correlate(k, x, mode) for mode in ("same", "valid")]
    fast = (
        signal.fftconvolve(x, k, "same"),
        signal.oaconvolve(k, x),
        signal.convolve(x, 2 * k, method="fft"),
    )
    return modes, others, fast


def images(m, n):
    first = signal.convolve2d(m, n, "same", "wrap"), signal.correlate2d(m, n, "valid")
    return first, signal.convolve2d(m, n, fillvalue=2.0), signal.fftconvolve(m, n, "valid")


def filters(x, k):
    below = np.array([2.0, -0.5, 0.3])
    state = signal.lfilter_zi(k, below)
    first = signal.lfilter(k, below, x), signal.lfilter(k, 2.0, x), signal.lfilter([1.0], below, x)
    return first, signal.lfilter(k, below, x, zi=state * x[0]), signal.detrend(x)


def filters_along_axes(m, n):
    below = np.array([1.0, 0.4])
    sections = np.array([[0.2, 0.3, 0.1, 1.0, -0.4, 0.1], [1.0, 0.5, 0.0, 1.0, 0.3, 0.0]])
    first = signal.lfilter(n[:, 0], below, m, axis=0), signal.sosfilt(sections, m)
    wide = np.concatenate((m, m), axis=1)
    second = (
        signal.filtfilt(n[:2, 0], below, wide),
        signal.filtfilt(n[:2, 0], below, wide, padtype="even"),
    )
    return first, second, signal.detrend(m, axis=0), signal.detrend(m, type="constant")


def spectra(x, m):
    first = (
        signal.hilbert(x),
        signal.hilbert(m, axis=0),
        signal.resample(x, 12),
        signal.resample(x, 6),
    )
    return first, signal.resample(m, 3, axis=1), signal.resample(m, 8), fft.fftshift(x)


def transforms(x, z):
    first = fft.fft(x), fft.ifft(z), fft.rfft(x, 12), fft.irfft(z), fft.irfft(z, 7), fft.hfft(z)
    return first, fft.ihfft(x), fft.fft(x, norm="ortho", workers=1), fft.fft(z, 3)


def transforms_along_axes(m, z):
    first = fft.fft2(m), fft.rfftn(m), fft.irfft2(np.outer(z, z)), fft.fftn(m, axes=(0,))
    return first, fft.dctn(m), fft.idctn(m, norm="ortho"), fft.dstn(m, 3), fft.idstn(m, axes=1)


def cosines(x, k):
    kinds = [(fft.dct(x, t), fft.dst(x, t), fft.idct(x, t), fft.idst(x, t)) for t in (1, 2, 3, 4)]
    norms = [(fft.dct(k, t, norm="ortho"), fft.dst(k, t, norm="ortho")) for t in (1, 2, 3, 4)]
    return kinds, norms, fft.dct(x, n=5, norm="forward"), fft.idct(x, n=12)


GROUPS = [
    (convolutions, X, K),
    (images, M, N),
    (filters, X, K),
    (filters_along_axes, M, N),
    (spectra, X, M),
    (transforms, X, Z),
    (transforms_along_axes, M, Z),
    (cosines, X, K),
]


@pytest.fixture(autouse=True)
def interpreted():
    """Spare the machine code: what is tested here is emitted before it."""
    with interpreting():
        yield


@pytest.mark.parametrize("group", GROUPS, ids=[g[0].__name__ for g in GROUPS])
def test_results_and_derivatives(group):
    f, *args = group
    for found, wanted in zip(
        leaves(ag.compile(f, strict=True)(*args)), leaves(f(*args)), strict=True
    ):
        assert type(found) is type(wanted)
        assert found.dtype == wanted.dtype
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)
    ag.check_grads(f, tuple(args), rtol=1e-5, atol=1e-5, order=1)


def test_single_precision_and_complex_kernels():
    def f(x, z):
        return (
            signal.convolve(x, x),
            signal.lfilter(x[:2], x[2:4], x),
            fft.dct(x),
            signal.correlate(z, z),
        )

    found = ag.compile(f)(X.astype(np.float32), Z)
    for a, b in zip(found, f(X.astype(np.float32), Z), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_filters_that_cannot_be_are_refused_as_scipy_does():
    with pytest.raises(ValueError, match="same dimensionality"):
        ag.compile(lambda x, y: signal.convolve(x, y))(X, M)
