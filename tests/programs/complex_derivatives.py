"""Programs with complex numbers that are differentiated: waves, signals, iterations, fits."""

import cmath

import numpy as np

from tests.programs.complex_numbers import numbers
from tests.programs.corpus import floats, program, signed


@program(
    lambda n: (numbers(n), signed(n), 3), sizes=(2, 6), layouts=(), rtol=1e-12, gradient=(0, 1)
)
def wave_packet_in_place(psi, potential, steps):
    """Crank-Nicolson by sweeps: complex arrays written element by element, in loops."""
    psi = psi.copy()
    for _ in range(steps):
        psi *= np.exp(-0.1j * potential)
        for k in range(1, len(psi) - 1):
            psi[k] += 0.05j * (psi[k - 1] - 2 * psi[k] + psi[k + 1])
    return np.sum(np.abs(psi) ** 2 * np.arange(len(psi)))


@program(lambda n: (0.2 + 0.1j, 0.3 + 0.4j, n), sizes=(0, 1, 9), rtol=1e-12, gradient=(0, 1))
def escape_until_large(z, c, n):
    smooth = 0.0
    for _ in range(n):
        if abs(z) > 2:
            break
        z = z * z + c
        smooth += abs(z) / (1 + abs(z))
    return smooth + (z * z.conjugate()).real


@program(lambda n: (0.3 + 0.2j, 0.5 - 0.1j, n), sizes=(0, 1, 3), layouts=(), gradient=(0, 1))
def reflected_again_and_again(z, w, n):
    for _ in range(n):
        z = z.conjugate() * w * w + 1j
    return z.real


@program(lambda n: (numbers(n), 6), sizes=(0, 5), layouts=(), rtol=1e-12, gradient=(0,))
def orbit_of_points(c, steps):
    z = np.zeros_like(c)
    for _ in range(steps):
        inside = np.abs(z) <= 2
        z = np.where(inside, z * z + c, z)
    return np.sum(np.where(np.abs(z) > 2, np.log(np.abs(z) + 1), np.abs(z) ** 2))


@program(
    lambda n: (numbers(n, 2), numbers(n, seed=5), numbers(2, seed=7)),
    sizes=(1, 4),
    layouts=(),
    rtol=1e-12,
    gradient=(0, 1, 2),
)
def residual_of_complex_fit(a, b, x):
    r = a @ x - b
    return np.vdot(r, r).real + 0.1 * np.linalg.norm(x)


@program(lambda n: (floats(2 * n), numbers(n)), sizes=(1, 5), layouts=(), gradient=(0, 1))
def transfer_function(parameters, s):
    """A filter by poles and zeros, which are made of real parameters."""
    half = len(parameters) // 2
    gain = np.ones(len(s), dtype=complex)
    for k in range(half):
        pole = complex(-parameters[k], parameters[half + k])
        gain = gain * s / ((s - pole) * (s - pole.conjugate()))
    return np.sum(np.log(np.abs(gain)) ** 2 + np.angle(gain) ** 2)


@program(lambda n: (numbers(n), floats(n)), sizes=(0, 1, 4), layouts=(), gradient=(0, 1))
def parts_written_as_views(z, x):
    z = z.copy()
    z.real *= x
    z.imag[1:] += z.real[:-1] ** 2
    z[::2] = np.conj(z[::2]) * 1j
    return z


@program(lambda n: (0.7, 0.3 - 0.2j, n), sizes=(0, 3), layouts=(), gradient=(0, 1))
def rotations(angle, z, n):
    total = 0.0
    for k in range(n):
        z = z * cmath.exp(1j * angle) + cmath.rect(0.1, angle * k)
        total += abs(z) * cmath.phase(z)
    return total + z.real


@program(lambda n: (np.zeros(n, complex), 2.0), sizes=(1, 3), layouts=(), gradient=(0, 1))
def sizes_at_zero(z, k):
    """The absolute value of zero has the slope zero; its square is smooth."""
    return k * np.sum(np.abs(z) ** 2) + np.sum(np.abs(z * k) ** 3) + k


# ---------------------------------------------------------------- Fourier transforms


@program(
    lambda n: (numbers(n), signed(n), 0.3, 3),
    sizes=(1, 8),
    layouts=(),
    rtol=1e-12,
    gradient=(0, 1, 2),
)
def split_step(psi, potential, dt, steps):
    """Schroedinger's equation: half a step in space, one in frequencies, in place."""
    psi = psi.copy()
    k = 2 * np.pi * np.fft.fftfreq(len(psi))
    for _ in range(steps):
        psi *= np.exp(-0.5j * dt * potential)
        psi[:] = np.fft.ifft(np.exp(-0.5j * dt * k**2) * np.fft.fft(psi))
        psi *= np.exp(-0.5j * dt * potential)
    return np.sum(np.abs(psi) ** 2 * np.arange(len(psi))) + psi[0].imag


@program(
    lambda n: (numbers(n, 4), np.abs(numbers(n, 4, seed=3))),
    sizes=(2, 3),
    layouts=(),
    rtol=1e-12,
    gradient=(0, 1),
)
def phase_retrieval(z, magnitudes):
    """How far the magnitudes of a spectrum are from measured ones."""
    return np.sum((np.abs(np.fft.fft2(z, norm="ortho")) - magnitudes) ** 2)


@program(
    lambda n: (floats(n), numbers(n // 2 + 1)), sizes=(1, 2, 7, 8), layouts=(), gradient=(0, 1)
)
def filtered_signal(x, response):
    return np.fft.irfft(np.fft.rfft(x) * response, n=len(x)) if len(x) > 1 else x * 2.0


@program(lambda n: (floats(n), floats(3)), sizes=(3, 6), layouts=(), rtol=1e-12, gradient=(0, 1))
def convolution_by_transforms(x, kernel):
    size = len(x) + len(kernel) - 1
    product = np.fft.rfft(x, size) * np.fft.rfft(kernel, size)
    return np.fft.irfft(product, size)


@program(
    lambda n: (floats(n, n + 1, dtype=np.float32),),
    lambda n: (numbers(n, n + 1),),
    sizes=(5,),
    layouts=(),
    rtol=1e-13,
)
def transforms_along_axes(x):
    return (
        np.fft.fft(x, axis=0), np.fft.ifft2(x, s=(3, 3), norm="forward"), np.fft.rfft2(x.real),
        np.fft.irfftn(x, axes=(1,)), np.fft.hfft(x, axis=0), np.fft.ihfft(x.real),
        np.fft.fftshift(np.fft.fftfreq(len(x), 0.1)),
    )  # fmt: skip


@program(lambda n: (floats(n), n - 1), sizes=(1, 3), layouts=(), raises=True)
def transform_of_nothing(x, n):
    return np.fft.fft(x, n)


# ---------------------------------------------------------------- matrices


def hermitian(n, seed=0):
    a = numbers(n, n, seed=seed)
    return a @ a.conj().T + np.eye(n)


@program(lambda n: (hermitian(n), numbers(n, seed=9)), sizes=(1, 4), layouts=(), rtol=1e-10)
def complex_linear_algebra(a, b):
    sign, log = np.linalg.slogdet(a + 1j)
    return (
        np.linalg.solve(a + 1j, b), np.linalg.inv(a), sign, log, np.linalg.cholesky(a),
        *np.linalg.eigh(a), np.linalg.svd(a + 1j, compute_uv=False),
        np.linalg.lstsq(a[:, :1], b, rcond=None)[0], np.linalg.pinv(a + 1j),
    )  # fmt: skip


@program(
    lambda n: (numbers(n, n), numbers(n, seed=9).astype(np.complex64)),
    sizes=(3,),
    layouts=(),
    rtol=1e-4,
)
def linear_algebra_in_single_precision(a, b):
    a = a.astype(np.complex64)
    return np.linalg.solve(a + 2j, b), np.linalg.det(a + 2j), np.linalg.eigvalsh(a)


@program(lambda n: (hermitian(n), 0.3), sizes=(2, 4), layouts=(), rtol=1e-10, gradient=(0, 1))
def occupation_after_a_while(hamiltonian, t):
    """A quantum state, evolved by the eigenvectors of its Hamiltonian."""
    levels, states = np.linalg.eigh(hamiltonian)
    start = np.zeros(len(levels), complex)
    start[0] = 1.0
    psi = states @ (np.exp(-1j * t * levels) * (states.conj().T @ start))
    return np.abs(psi[-1]) ** 2 + psi[0].real
