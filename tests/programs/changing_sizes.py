"""Arrays whose size changes from one iteration of a loop to the next, or from path to path."""

import numpy as np

from tests.programs.corpus import floats, integers, program, signed


class Recorder:
    def __init__(self):
        self.data = np.zeros(0)

    def add(self, value):
        self.data = np.append(self.data, value)


@program(lambda n: (floats(n),), layouts=("strided",), gradient=(0,))
def appends_to_an_array(x):
    out = np.array([])
    for value in x:
        out = np.append(out, value * value)
    return out


@program(lambda n: (signed(n),), layouts=(), gradient=(0,))
def appends_in_a_branch(x):
    out = np.zeros(0)
    for value in x:
        if value > 0:
            out = np.append(out, value * 2)
    out *= 0.5
    out[:1] += 1.0
    return out


@program(lambda n: (n, n), sizes=(0, 5), layouts=())
def appends_in_nested_loops(n, m):
    out = np.array([], dtype=int)
    for i in range(n):
        for j in range(m):
            if (i * j) % 3 == 1:
                out = np.append(out, i * 10 + j)
    return out


@program(lambda n: (floats(4), n), sizes=(0, 3), layouts=())
def rows_are_stacked(x, n):
    out = np.zeros((0, 3))
    for k in range(n):
        out = np.vstack([out, x[:3] * k])
    return out


@program(lambda n: (n,), sizes=(0, 3), layouts=())
def columns_are_joined(n):
    m = np.zeros((3, 1))
    for k in range(n):
        m = np.concatenate((m, m[:, -1:] + k), axis=1)
    return m


@program(lambda n: (floats(3), 20 * n), sizes=(0, 1), layouts=(), gradient=(0,))
def doubles_its_length(x, limit):
    y = x
    while len(y) < limit:
        y = np.concatenate((y, y * np.sin(y)))
    return y


@program(lambda n: (floats(9), n), sizes=(0, 2), layouts=("strided",), gradient=(0,))
def halves_its_length(x, n):
    v = x
    for _ in range(n):
        v = v[::2] + 1
    return v


@program(lambda n: (floats(n),), layouts=(), gradient=(0,))
def looks_at_every_second_element(x):
    s = 0.0
    while len(x) > 1:
        s += x[0] * x[-1]
        x = x[::2]
    return s


@program(lambda n: (floats(n),), sizes=(1, 9), layouts=("strided",), gradient=(0,))
def elements_above_the_mean(x):
    while len(x) > 1:
        above = x[x > x.mean()]
        if len(above) == 0:
            break
        x = above
    return x * 1.0


@program(lambda n: (floats(n),), layouts=(), gradient=(0,))
def coefficients_from_roots(roots):
    p = np.array([1.0])
    for r in roots:
        longer = np.zeros(len(p) + 1)
        longer[:-1] += p
        longer[1:] -= r * p
        p = longer
    return p


@program(lambda n: (floats(4), np.array([0.2, 0.5, 0.3]), n), sizes=(2,), layouts=(), gradient=(0,))
def convolved_repeatedly(x, kernel, n):
    for _ in range(n):
        x = np.convolve(x, kernel)
    return x


@program(lambda n: (floats(6), np.array([0.2, 0.5, 0.3]), n), sizes=(0, 2), layouts=())
def smoothed_repeatedly(x, kernel, n):
    for _ in range(n):
        x = np.convolve(x, kernel, "same")
    return x


@program(lambda n: (10 * n,), sizes=(0, 4), layouts=())
def sieve_of_primes(n):
    numbers = np.arange(2, n)
    primes = np.array([], dtype=np.int64)
    while len(numbers) > 0:
        p = numbers[0]
        primes = np.append(primes, p)
        numbers = numbers[numbers % p != 0]
    return primes


@program(lambda n: (10 * n,), sizes=(0, 4), layouts=())
def primes_in_a_list(n):
    numbers = np.arange(2, n)
    primes = []
    while len(numbers):
        p = numbers[0]
        primes.append(p)
        numbers = numbers[numbers % p != 0]
    return primes


@program(lambda n: (floats(n * n).reshape(n, n),), sizes=(1, 8), layouts=("fortran",))
def image_pyramid(img):
    total = 0.0
    while img.shape[0] > 1:
        img = 0.25 * (img[::2, ::2] + img[1::2, ::2] + img[::2, 1::2] + img[1::2, 1::2])
        total += img.sum()
    return img, total


@program(lambda n: (signed(n), 1), lambda n: (signed(n), -1), sizes=(0, 7), layouts=())
def sizes_of_two_branches(x, c):
    y = x[x > 0] if c > 0 else x * 2
    if c < 0:
        y = np.concatenate([y, x])
    return y.sum(), y * 2, len(y)


@program(lambda n: (n,), sizes=(0, 4), layouts=())
def appended_elements_are_changed(n):
    x = np.zeros(1)
    for k in range(n):
        x = np.append(x, 0.0)
        x[-1] = k
        x[0] += 1
    return x


@program(lambda n: (n,), sizes=(0, 3), layouts=())
def old_array_is_changed(n):
    x = np.zeros(1)
    for k in range(n):
        old = x
        x = np.append(x, 1.0 * k)
        old[0] = 7.0
    return x


@program(lambda n: (n,), sizes=(0, 2), layouts=())
def first_array_is_kept(n):
    a = np.ones(2)
    x = a
    for k in range(n):
        x = np.append(x, 1.0 * k)
    a[0] = 5.0
    return a, x


@program(lambda n: (floats(2), n), sizes=(0, 2), layouts=("strided",))
def argument_is_changed_then_longer(y, n):
    for _ in range(n):
        y[0] += 1.0
        y = np.append(y, 2.0)
    return y


@program(lambda n: (floats(n),), lambda n: (signed(n),), sizes=(0, 7), layouts=(), raises=True)
def raises_after_some(x):
    out = np.zeros(0)
    for value in x:
        if value < 0:
            raise ValueError("negative")
        out = np.append(out, np.sqrt(value))
    return out


@program(lambda n: (signed(n),), layouts=())
def stops_after_some(x):
    out = np.zeros(0)
    for value in x:
        if value < 0:
            break
        out = np.append(out, np.sqrt(value))
    return out, len(out)


@program(lambda n: (floats(n),), sizes=(0, 4), layouts=())
def queue_in_an_array(y):
    order = np.zeros(0)
    while len(y) > 0:
        order = np.append(order, y[0])
        y = y[1:]
        if len(order) < 5 and order[-1] > 1:
            y = np.append(y, order[-1] - 1)
    return order


@program(lambda n: (n,), sizes=(0, 4), layouts=())
def two_arrays_grow_together(n):
    a = np.array([1])
    b = np.array([1, 2])
    for _ in range(n):
        a, b = np.concatenate([a, b]), a
    return a, b


@program(lambda n: (n,), sizes=(0, 6), layouts=())
def row_of_pascals_triangle(n):
    row = np.array([1])
    for _ in range(n):
        row = np.concatenate(([1], row[:-1] + row[1:], [1]))
    return row


@program(lambda n: (floats(2**n),), sizes=(0, 3), layouts=(), gradient=(0,))
def haar_transform(x):
    parts = np.zeros(0)
    while len(x) > 1:
        parts = np.concatenate((0.5 * (x[::2] - x[1::2]), parts))
        x = 0.5 * (x[::2] + x[1::2])
    return np.concatenate((x, parts))


@program(lambda n: (floats(2 * n).reshape(n, 2),), sizes=(0, 5), layouts=())
def rows_that_rise(points):
    kept = np.empty((0, 2))
    for p in points:
        if len(kept) == 0 or p[0] > kept[-1, 0]:
            kept = np.vstack((kept, p))
    return kept


@program(lambda n: (np.append(floats(n), 50.0),), sizes=(8,), layouts=())
def outliers_are_clipped(x):
    while True:
        m, s = x.mean(), x.std()
        keep = np.abs(x - m) <= 2 * s
        if keep.all():
            break
        x = x[keep]
    return x * 1.0, m


@program(lambda n: (n,), sizes=(0, 3), layouts=())
def array_in_a_tuple_grows(n):
    state = (np.zeros(1), 0)
    for k in range(n):
        a, count = state
        state = (np.append(a, k), count + 1)
    return state


@program(lambda n: (floats(n),), sizes=(0, 3), layouts=())
def array_in_an_object_grows(x):
    recorder = Recorder()
    for value in x:
        recorder.add(value * value)
    return recorder.data


@program(lambda n: (signed(n),), sizes=(0, 5), layouts=())
def arrays_in_a_dict_grow(x):
    found = {"up": np.zeros(0), "down": np.zeros(0)}
    for value in x:
        if value > 0:
            found["up"] = np.append(found["up"], value)
        else:
            found["down"] = np.append(found["down"], value)
    return found


@program(lambda n: (floats(n),), sizes=(0, 5), layouts=())
def inserted_in_order(x):
    out = np.array([])
    for value in x:
        out = np.insert(out, np.searchsorted(out, value), value)
    return out


@program(lambda n: (floats(n),), sizes=(1, 5), layouts=())
def largest_are_deleted(x):
    while len(x) > 2:
        x = np.delete(x, np.argmax(x))
    return x


@program(lambda n: (floats(n), floats(n)), sizes=(1, 5), layouts=(), gradient=(1,))
def divided_differences(x, y):
    coefficients = []
    d = y
    k = 0
    while len(d) > 0:
        coefficients.append(d[0])
        k += 1
        d = (d[1:] - d[:-1]) / (x[k:] - x[:-k] + 3.0) if len(d) > 1 else d[1:]
    return np.array(coefficients)


@program(lambda n: (floats(n),), sizes=(1, 5), layouts=())
def nothing_at_first_then_longer(x):
    best = None
    for k in range(len(x)):
        best = x[:1] if best is None else np.append(best, x[k] + best[-1])
    return best


@program(lambda n: (n,), sizes=(0, 3), layouts=())
def intervals_of_cantors_set(n):
    parts = np.array([[0.0, 1.0]])
    for _ in range(n):
        third = (parts[:, 1] - parts[:, 0]) / 3
        left = np.stack([parts[:, 0], parts[:, 0] + third], axis=1)
        right = np.stack([parts[:, 1] - third, parts[:, 1]], axis=1)
        parts = np.concatenate([left, right])
    return parts


@program(lambda n: (integers(n),), sizes=(1, 9), layouts=())
def distinct_halves(x):
    while len(x) > 3:
        x = np.unique(x // 2)
    return x + 0


@program(lambda n: (n,), sizes=(0, 2), layouts=())
def same_array_if_nothing_was_added(n):
    x = np.zeros(1)
    first = x
    for _ in range(n):
        x = np.append(x, 1.0)
    return first is x


@program(lambda n: (signed(n),), sizes=(0, 5), layouts=())
def written_as_either_of_two_arrays(x):
    y = np.zeros(1)
    first = y
    for value in x:
        if value > 0:
            y = np.append(y, value)
    y[0] = 5.0
    return first[0], y * 1.0
