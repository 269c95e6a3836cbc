"""Complex numbers: Python's and NumPy's, their parts, functions of them, sums and products."""

import cmath

import numpy as np

from tests.programs.corpus import floats, program, signed


def numbers(*shape, seed=0, dtype=complex):
    """Return complex numbers of all four quadrants."""
    return (signed(*shape, seed=seed) + 1j * signed(*shape, seed=seed + 1)).astype(dtype)


@program(
    lambda n: (1.5 - 2j, 2 - 1j),
    lambda n: (1.5 - 2j, 2.0),
    lambda n: (2, 1j),
    lambda n: (0j, 3),
    lambda n: (1e200 + 1j, 1 + 1e300j),
    sizes=(1,),
    rtol=1e-15,
    raises=True,
)
def arithmetic_of_python_complex(a, b):
    return a + b, a - b, a * b, a / b, b / a, -a, +a, abs(a), a == b, a != b, bool(a)


@program(lambda n: (1.5 - 2j,), lambda n: (-0.5 + 1e-3j,), sizes=(1,), rtol=1e-14)
def powers_of_python_complex(z):
    return z**2, z**3, z**-2, z**0.5, z ** (1 + 1j), 2**z, z**0


@program(lambda n: (n,), sizes=(0, 1, 6))
def powers_of_the_imaginary_unit(n):
    total = 0
    for k in range(n):
        total += 1j**k / (k + 1)
    return total


@program(lambda n: (1.5 - 2j,), lambda n: (-4.0,), lambda n: (-0.0 + 0j,), sizes=(1,), rtol=1e-15)
def functions_of_cmath(z):
    size, angle = cmath.polar(z)
    return cmath.exp(z), cmath.sqrt(z), cmath.phase(z), cmath.rect(size, angle), cmath.isnan(z)


@program(lambda n: (2.5, -1.0), lambda n: (0, 3), sizes=(1,))
def made_of_parts(a, b):
    z = complex(a, b)
    return z, z.real, z.imag, z.conjugate(), complex(a), complex(z), a.real, a.imag


@program(
    lambda n: (numbers(n), numbers(n, seed=2)),
    lambda n: (numbers(n, dtype=np.complex64), numbers(n, seed=2)),
    lambda n: (numbers(n, dtype=np.complex64), floats(n, dtype=np.float32)),
    lambda n: (numbers(n), np.arange(n) + 1),
    lambda n: (numbers(n, dtype=np.complex64), 2),
    lambda n: (numbers(n, dtype=np.complex64), 1 - 1j),
    sizes=(0, 5),
    layouts=("strided",),
)
def arithmetic_of_complex_arrays(z, w):
    return z + w, z - w, z * w, z / w, w / z, -z, z == w, z * 2, 1j - z


@program(
    lambda n: (numbers(n),), lambda n: (numbers(n, dtype=np.complex64),), sizes=(0, 6), rtol=1e-14
)
def elementary_functions(z):
    return (
        np.exp(z), np.log(z), np.sqrt(z), np.sin(z), np.cos(z), np.tanh(z), np.abs(z),
        np.square(z), 1 / z, z**2, z**3, z**0.5, np.angle(z), np.conj(z),
    )  # fmt: skip


@program(
    lambda n: (numbers(n),),
    lambda n: (floats(n),),
    lambda n: (np.arange(n),),
    sizes=(0, 5),
    layouts=("strided",),
)
def parts_of_arrays(z):
    size = z.real**2 + z.imag**2
    return size, np.real(z) + np.imag(z), z.conj(), np.angle(z, deg=True), np.iscomplexobj(z)


@program(lambda n: (numbers(n), floats(n)), sizes=(2, 6))
def parts_are_views(z, x):
    z.real = x
    z.imag[1:] += 1
    r = z.real
    r[0] = 7
    z[1] = 1j
    np.add(r, z.imag, out=r)
    return r, z.imag[::2], r.sum(), z


@program(lambda n: (numbers(2, n),), sizes=(1, 4), layouts=())
def parts_of_a_transposed_array(z):
    z.T.imag[0] = 0
    for row in z.real:
        row *= 2
    return z.T.real, z.imag.reshape(-1)


@program(lambda n: (numbers(n), numbers(n, seed=3)), sizes=(0, 1, 7), rtol=1e-14)
def sums_and_products(z, w):
    return np.sum(z), z.mean() if len(z) else 0j, np.prod(z), np.dot(z, w), np.vdot(z, w), z @ w


@program(lambda n: (numbers(n),), sizes=(1, 7), rtol=1e-14)
def norm_of_a_complex_vector(z):
    return np.linalg.norm(z), np.sqrt(np.sum(np.abs(z) ** 2))


@program(lambda n: (numbers(n), numbers(2, n), floats(2)), sizes=(1, 4), rtol=1e-14)
def complex_products_of_matrices(z, a, x):
    return a @ z, x @ a, np.outer(z, 1 + a[0]), (a @ a.conj().T).real


@program(lambda n: (floats(n),), sizes=(0, 1, 5), rtol=1e-13)
def discrete_fourier_transform(x):
    n = len(x)
    spectrum = np.zeros(n, complex)
    for k in range(n):
        for j in range(n):
            spectrum[k] += x[j] * np.exp(-2j * np.pi * k * j / n)
    return spectrum, np.abs(spectrum) ** 2


@program(
    lambda n: (0.3 + 0.5j, 50),
    lambda n: (2 + 2j, 50),
    lambda n: (np.complex128(0.1j), 9),
    sizes=(1,),
)
def escape_time(c, n):
    z = 0j
    for k in range(n):
        if abs(z) > 2:
            return k
        z = z * z + c
    return n


@program(lambda n: (numbers(n), 20), lambda n: (numbers(n, dtype=np.complex64), 20), sizes=(0, 9))
def escape_times(c, n):
    z = np.zeros_like(c)
    count = np.zeros(c.shape, int)
    for _ in range(n):
        inside = np.abs(z) <= 2
        z = np.where(inside, z * z + c, z)
        count += inside
    return count


@program(
    lambda n: (numbers(n),), lambda n: (numbers(n, dtype=np.complex64),), sizes=(2,), layouts=()
)
def complex_elements(z):
    w = z[0]
    z[1] = 3
    return w * 2, w.real, w.imag, w.conj(), abs(w), complex(w), w.item(), w**2, w == z[1], z


@program(lambda n: (signed(n),), sizes=(0, 5))
def roots_of_quadratics(b):
    root = np.sqrt(b * b - 4 + 0j)
    return (-b + root) / 2, (-b - root) / 2, np.isnan(root), np.isfinite(root)


@program(lambda n: (1j, n), sizes=(1,), raises=True)
def complex_numbers_have_no_order(z, x):
    return z < x
