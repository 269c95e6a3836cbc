"""Python's own numbers beside NumPy's: exact integers, wrapping ones, division, rounding."""

import math

import numpy as np

from tests.programs.corpus import floats, integers, program

LAST = 2**63 - 1


@program(
    lambda n: (n, 5),
    lambda n: (LAST, 1),
    lambda n: (-LAST - 1, -1),
    lambda n: (2**40, 2**40),
    sizes=(3,),
    replays=True,
)
def exact_integers(a, b):
    return a + b, a - b, a * b, -a, abs(a), 3 * a - 2, a**2


@program(lambda n: (n,), lambda n: (np.int64(n),), sizes=(0, 5, 20, 21, 30), replays=True)
def factorial(n):
    product = 1
    for k in range(1, n + 1):
        product *= k
    return product


@program(lambda n: (n,), sizes=(0, 1, 50, 120), replays=True)
def fibonacci_beyond_64_bits(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


@program(lambda n: (n,), sizes=(1, 27, LAST), replays=True)
def collatz_without_wrapping(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


@program(lambda n: (n, 0.5), lambda n: (2**70, 2.0), sizes=(3,), replays=True)
def an_argument_beyond_64_bits(k, x):
    return k + 1, k * x, k // 3


@program(lambda n: (2**53 + n, 2.0**53), lambda n: (LAST, 2.0**63), sizes=(0, 1), replays=True)
def integers_compare_exactly_with_floats(k, x):
    return k < x, k <= x, k == x, k > x, k / (2**53 + 3)


@program(
    lambda n: (3, n), lambda n: (-3, n), lambda n: (2**62, n), sizes=(0, 2, 62, 70), replays=True
)
def shifts(a, n):
    return a << n, a >> n, a >> 1, a << 1


@program(lambda n: (42, n), sizes=(0, 10, 1000))
def linear_congruence(seed, n):
    total = 0
    for _ in range(n):
        seed = (1103515245 * seed + 12345) % 2147483648
        total += seed % 10
    return seed, total


@program(lambda n: (3, n, 1000007), sizes=(0, 1, 100, 12345))
def modular_power(base, exponent, modulus):
    result = 1
    while exponent > 0:
        if exponent & 1:
            result = result * base % modulus
        base = base * base % modulus
        exponent >>= 1
    return result


@program(lambda n: (12 * n, 18), sizes=(0, 1, 35))
def remainders_down_to_zero(a, b):
    while b:
        a, b = b, a % b
    return a


@program(lambda n: (floats(n),), sizes=(0, 1, 6))
def inversions(x):
    count = 0
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            if x[i] > x[j]:
                count += 1
    return count


@program(lambda n: (np.sort(floats(n)), 0.9), sizes=(0, 1, 10))
def bisection_of_a_sorted_array(x, wanted):
    low, high = 0, len(x)
    while low < high:
        middle = (low + high) // 2
        if x[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@program(lambda n: (n,), sizes=(0, 1, 9))
def sum_of_a_range(n):
    total = 0
    for k in range(n):
        total += k
    return total, total * (total + 1) // 2


@program(lambda n: (integers(n, low=0, high=2**31),), sizes=(0, 1, 9))
def polynomial_hash(x):
    value = 7
    for k in range(len(x)):
        value = (31 * value + int(x[k])) & 0xFFFFFFFF
    return value


@program(
    lambda n: (np.int64(LAST), np.int64(n)),
    lambda n: (np.int64(-LAST - 1), np.int64(-n)),
    sizes=(1, 3),
)
def numpy_integers_wrap(a, b):
    return a + b, a - b, a * b, -a, a * 3, a < a + b, a + b > a, np.maximum(a, b), abs(a)


@program(lambda n: (integers(n), np.int64(7)), lambda n: (integers(n), 7), sizes=(0, 40))
def wrapping_hash(x, h):
    for v in x:
        h = h * np.int64(6364136223846793005) + v
        h = h ^ (h >> 3)
    return h


@program(lambda n: (np.array([LAST, -LAST - 1, 0, -1, 5]),), sizes=(1,), layouts=())
def integer_arrays_wrap(x):
    return x + 1, x - 1, x * x, -x, np.abs(x), x + 1 > x, x * 2 // 2 == x


@program(lambda n: (integers(n, low=0, high=4), floats(8)), sizes=(0, 6))
def positions_computed_from_elements(k, x):
    total = 0.0
    for i in range(len(k)):
        start = k[i]
        total += x[start + 1] - x[2 * start] + np.sum(x[start : start + 3])
    return total


@program(
    lambda n: (1, np.float64(2)),
    lambda n: (2.5, np.float32(2)),
    lambda n: (np.int32(3), 2),
    lambda n: (2.0, 2),
    lambda n: (np.nan, np.float64(1.0)),
    lambda n: (np.float64(0.0), -0.0),
    sizes=(1,),
)
def extremes_keep_their_type(a, b):
    return min(a, b), max(a, b), min(b, a), max(b, a, 0)


@program(lambda n: (floats(n) - 1, 1e300), lambda n: (floats(n) - 1, np.float64(0)), sizes=(0, 5))
def smallest_so_far(x, best):
    total = 0.0
    for v in x:
        best = min(best, v)
        total += max(v, 0.0)
    return best, total, -best > 0, best * 2 - total


@program(lambda n: (1.5, np.float64(n)), lambda n: (0.0, np.float64(-n)), sizes=(0, 2), raises=True)
def ratio_by_the_larger(a, b):
    return 1 / max(a, b)


@program(lambda n: (n, 18), lambda n: (-4 * n, n), sizes=(0, 1, 30))
def whole_number_functions(a, b):
    return math.gcd(a, b), math.lcm(a, b), math.comb(abs(a), 2), a.bit_length(), b.bit_count()


@program(lambda n: (n,), lambda n: (-n,), sizes=(0, 1, 10, 25), raises=True, replays=True)
def roots_and_factorials(n):
    return math.isqrt(n), math.factorial(n), pow(3, n, 1000007)


@program(lambda n: (1.0, 1.0 + 1e-10), lambda n: (n, 1e-300), lambda n: (math.inf, n), sizes=(1,))
def nearly_equal(a, b):
    return math.isclose(a, b), math.isclose(a, b, abs_tol=2), math.isclose(a, b, rel_tol=1e-12)


@program(lambda n: (np.array([True, False]),), sizes=(1,), layouts=())
def powers_of_bools(x):
    return x**2, x**3, x * x


@program(
    lambda n: ([2.675, -1.005, 0.125, 1234.5678, -0.004][n], [12345, -250, 50, 0, 1850][n]),
    sizes=(0, 1, 2, 3, 4),
    rtol=0.0,
)
def rounds_to_digits(x, n):
    total = 0.0
    for k in range(3):
        total += round(x * (k + 1), 2)
    exact = round(x, 2), round(x, 0), round(x * 1000, -2), round(x, 5), round(x)
    return total, exact, round(n, -2), round(n, -1), round(n, 3), round(np.float64(x), 1)


@program(
    lambda n: (0.25 * np.arange(-8, 25) + 0.01,), lambda n: (np.array([0.5, 150.0]),), sizes=(1,)
)
def gamma_functions(x):
    values = np.empty((2, len(x)))
    for k in range(len(x)):
        values[0, k] = math.gamma(x[k])
        values[1, k] = math.lgamma(x[k])
    return values


@program(lambda n: (np.array([4.0, -1.0, 0.0, 171.5, 172.0, np.inf]),), sizes=(1,))
def gamma_function_has_poles(x):
    found = []
    for v in x:
        try:
            found.append(math.gamma(v))
        except (ValueError, OverflowError) as error:
            print(error)
    return found
