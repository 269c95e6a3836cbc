"""Branches and loops that depend on data."""

import numpy as np

from tests.programs.corpus import floats, integers, program, signed


@program(lambda n: (2.5,), lambda n: (-1.0,), lambda n: (0.0,), sizes=(1,))
def sign_class(x):
    if x > 0:
        return 1
    elif x < 0:
        return -1
    else:
        return 0


@program(lambda n: (2.5,), lambda n: (-1.0,), lambda n: (3,), sizes=(1,))
def int_or_float(x):
    if x > 0:
        return 1
    return 0.5


@program(lambda n: (signed(n),))
def largest_run_of_positives(x):
    best = 0
    current = 0
    for i in range(len(x)):
        if x[i] > 0:
            current += 1
            if current > best:
                best = current
        else:
            current = 0
    return best


@program(lambda n: (signed(n), 0.5), lambda n: (signed(n), -0.5), sizes=(1, 7))
def branch_on_scalar(x, threshold):
    if threshold > 0:
        y = x * threshold
    else:
        y = x - threshold
    return y


@program(lambda n: (signed(n), True), lambda n: (signed(n), False), sizes=(7,))
def branch_on_flag(x, double):
    if double:
        x = 2.0 * x
    return x


@program(lambda n: (floats(n),), sizes=(1, 7))
def early_return_on_sum(x):
    total = np.sum(x)
    if total > 3.0:
        return total
    return total * 100.0


@program(lambda n: (signed(n),), rtol=1e-12, gradient=(0,))
def alternating_sum(x):
    total = 0.0
    for i in range(len(x)):
        if i % 2 == 0:
            total += x[i] * x[i]
        else:
            total -= np.sin(x[i])
    return total


@program(lambda n: (integers(n, low=0, high=30), 7), sizes=(0, 1, 40))
def first_multiple(x, divisor):
    found = -1
    for i in range(len(x)):
        if x[i] % divisor == 0:
            found = i
            break
    return found


@program(lambda n: (signed(n),))
def sum_skipping_negatives(x):
    total = 0.0
    for i in range(len(x)):
        if x[i] < 0:
            continue
        total += x[i]
    return total


@program(lambda n: (signed(n), 3), lambda n: (signed(n), 100), sizes=(1, 9))
def return_from_loop(x, limit):
    total = 0.0
    for i in range(len(x)):
        total += abs(x[i])
        if i >= limit:
            return total * 2.0
    return total


@program(lambda n: (27,), lambda n: (1,), lambda n: (97,), sizes=(1,))
def collatz_steps(n):
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps


@program(lambda n: (252, 105), lambda n: (17, 0), sizes=(1,))
def greatest_common_divisor(a, b):
    while b:
        a, b = b, a % b
    return a


@program(lambda n: (floats(n, low=2.0, high=50.0),), rtol=1e-12, gradient=(0,))
def square_roots_by_newton(x):
    total = 0.0
    for i in range(len(x)):
        root = x[i]
        while abs(root * root - x[i]) > 1e-10 * x[i]:
            root = 0.5 * (root + x[i] / root)
        total += root
    return total


@program(lambda n: (floats(n), 6.0), sizes=(1, 7), gradient=(0, 1))
def double_until_large(x, limit):
    y = x.copy()
    while np.sum(y) < limit:
        y = y * 2.0
    return np.sum(y) * limit


@program(lambda n: (10,), lambda n: (0,), sizes=(1,))
def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


@program(lambda n: (n, 3, 2), lambda n: (3, n, -1), sizes=(0, 5, 20))
def sum_of_range(start, stop, step):
    total = 0
    for i in range(start, stop + 12 * step, step):
        total += i
    return total


@program(lambda n: (7,), lambda n: (0,), sizes=(1,))
def loop_variable_afterwards(n):
    last = -1
    for i in range(n):
        last = i * i
    return last, n


@program(lambda n: (signed(n, 5),), sizes=(1, 6))
def break_of_inner_loop(a):
    count = 0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            if a[i, j] > 1.0:
                break
            count += 1
    return count


@program(lambda n: (signed(n),), rtol=1e-13)
def while_with_two_conditions(x):
    i = 0
    total = 0.0
    while i < len(x) and total < 3.0:
        total += abs(x[i])
        i += 1
    return i, total


@program(lambda n: (signed(n),))
def conditional_expressions(x):
    above = 0
    total = 0.0
    for i in range(len(x)):
        above += 1 if x[i] > 0.5 else 0
        total += x[i] if not x[i] < 0 else -2.0 * x[i]
    return above, total


@program(lambda n: (signed(n),))
def chained_comparison(x):
    inside = 0
    for i in range(len(x)):
        if -1.0 < x[i] <= 1.0:
            inside += 1
    return inside


@program(lambda n: (signed(n),), sizes=(2, 7))
def swap_in_branch(x):
    a = x[:1]
    b = x[1:2]
    if x[0] > x[1]:
        a, b = b, a
    return a - b


@program(lambda n: (floats(n), 4), lambda n: (floats(n), 0), sizes=(7,))
def rotate_three(x, steps):
    a = x
    b = 2.0 * x
    c = 3.0 * x
    for _ in range(steps):
        a, b, c = b, c, a + b
    return a, b, c


@program(lambda n: (signed(n), 1.0), sizes=(7,), gradient=(0, 1))
def branch_between_arrays(x, scale):
    if scale > 0.5:
        y = x * x * scale
    else:
        y = np.exp(x)
    return np.sum(y) + np.sum(x)


@program(lambda n: (signed(n), 5), sizes=(7,), gradient=(0,))
def early_return_in_gradient(x, limit):
    total = 0.0
    for i in range(len(x)):
        total += x[i] ** 2
        if i == limit:
            return total * x[0]
    return total


@program(lambda n: (signed(n),), sizes=(7,), gradient=(0,))
def untaken_branch_is_not_differentiated(x):
    total = 0.0
    for i in range(len(x)):
        if x[i] > 0:
            total += np.log(x[i])
        else:
            total += x[i]
    return total


@program(lambda n: (signed(n), 3), lambda n: (signed(n), 9), sizes=(0, 1, 7))
def parts_of_ranges(x, k):
    total = 0.0
    for i in range(len(x))[::-1]:
        total = 0.5 * total + x[i]
    for i in range(len(x))[1:k]:
        total -= x[i]
    return total, len(range(2, k)), range(k)[-1]


@program(lambda n: (signed(n), [signed(n), signed(n)], (2.0, 3.0)), sizes=(0, 3))
def containers_side_by_side(x, arrays, factors):
    for k, (a, f) in enumerate(zip(arrays, factors)):
        x = x + k * a * f
    for a, i in zip(reversed(arrays), range(2, 9, 3)):
        x -= a / i
    return x
