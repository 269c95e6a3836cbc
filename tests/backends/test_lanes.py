"""Loops over elements whose own loops stop when their data say so take many elements at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograph as ag
from autograph.backends.lanes.lane_loops import FEW, LANES, LARGEST_STACKS
from tests.backends.lane_programs import Writer

SIZES = (0, 1, FEW, FEW + 1, LANES - 1, LANES, 2 * LANES + 11)


def values(n, seed=0):
    return np.random.default_rng(seed).uniform(-2.0, 3.0, n)


def square_roots(x):
    """Iterate each root until it stands still; there is none of what is negative or NaN."""
    out = np.empty_like(x)
    steps = np.zeros(len(x), dtype=np.int64)
    for i in range(len(x)):
        guess = 1.0
        change = 1.0
        count = 0
        while abs(change) > 1e-14 and count < 30:
            change = 0.5 * (x[i] / guess - guess)
            guess += change
            count += 1
        out[i] = guess
        steps[i] = count
    return out, steps


def escapes(x, limit):
    """Count the steps until a bound is passed, with the test in the middle and a branch around."""
    counts = np.full(len(x), limit)
    last = np.zeros_like(x)
    for i in range(len(x)):
        z = 0.0
        for k in range(limit):
            before = z
            if z > 0.5:
                z = z * z - x[i]
            else:
                z = z * z + x[i]
                if z > 0.25:
                    z -= 0.125
            if abs(z) > 4.0:
                counts[i] = k
                break
            last[i] += before
    return counts, last


def far_apart(x):
    """Go on a thousand times longer for one element than for the others."""
    trips = np.zeros(len(x), dtype=np.int64)
    for i in range(len(x)):
        left = 5000.0 if i % 50 == 20 else 3.0 * x[i]
        while left > 0.0:
            left -= 1.0
            trips[i] += 1
    return trips


def two_loops(x):
    """Run one such loop after another, the second as the first has left things."""
    out = np.zeros((2, len(x)))
    for i in range(len(x)):
        a = x[i]
        while a < 10.0:
            a = 2.0 * a + 1.5 if a > -1.0 else a + 0.75
        out[0, i] = a
        b = 1.0
        k = 0
        while b < a:
            k += 2
            b *= 1.5
        out[1, i] = b + k
    return out


def total(x):
    """Add up, in the order of the elements, what the loops find."""
    found = 0.0
    most = 0
    for i in range(len(x)):
        a = abs(x[i]) + 0.1
        n = 0
        while a < 7.0:
            a *= 1.25
            n += 1
        found += a
        most = max(most, n)
    return found, most


def in_place(x, y):
    """Write the elements themselves, again and again, and a shifted one of another array."""
    for i in range(len(x)):
        while x[i] < 5.0:
            x[i] = 1.5 * x[i] + 3.5
            y[i + 1] = x[i]
    return y


def flags(x, stop):
    """Carry a truth and a single-precision number."""
    seen = np.zeros(len(x), dtype=bool)
    small = np.zeros(len(x), dtype=np.float32)
    for i in range(len(x)):
        a = np.float32(x[i])
        was = False
        while a < stop:
            was = was != (a > np.float32(0.5))
            a = a * np.float32(1.5) + np.float32(1.25)
        seen[i] = was
        small[i] = a
    return seen, small


def rows(x, limit):
    """Do it for the rows of a matrix, whose bounds depend on the row."""
    out = np.zeros_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            a = x[i, j]
            for k in range(i):
                if a * a > limit:
                    break
                a = a * a + x[i, j] + k
            out[i, j] = a
    return out


def until_own_end(x, ends):
    """Run each loop as often as an array says, or less."""
    out = np.zeros_like(x)
    for i in range(len(x)):
        a = x[i]
        for k in range(ends[i]):
            a = 0.5 * a + k
            if a > 6.0:
                break
        out[i] = a
    return out


def made(plain, n):
    x = values(n)
    if n > 5:
        x[3], x[5] = np.nan, np.inf
    extra = {
        escapes: (40,),
        in_place: (np.zeros(n + 1),),
        flags: (np.float32(9.0),),
        rows: (3.0,),
        until_own_end: (np.random.default_rng(1).integers(-1, 20, n),),
    }
    if plain in (in_place, far_apart):
        x[~np.isfinite(x)] = 1.0
    if plain is rows:
        x = values(6 * n).reshape(6, n)
    return x, *extra.get(plain, ())


PROGRAMS = (
    square_roots,
    escapes,
    far_apart,
    two_loops,
    total,
    in_place,
    flags,
    rows,
    until_own_end,
)


def assert_same(found, expected):
    found, expected = (x if isinstance(x, tuple) else (x,) for x in (found, expected))
    for a, b in zip(found, expected, strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype
        np.testing.assert_array_equal(a, b)


def lanes_in(compiled, *arguments) -> bool:
    return "_lanes" in compiled.show("loops", *arguments)


@pytest.mark.parametrize("plain", PROGRAMS, ids=lambda f: f.__name__)
def test_every_element_is_what_it_is_alone(plain) -> None:
    compiled = ag.compile(plain)
    for n in SIZES[::-1]:
        one, other = made(plain, n), made(plain, n)
        with np.errstate(all="ignore"):
            expected = plain(*one)
        assert_same(compiled(*other), expected)
        assert_same(other[0], one[0])
    assert lanes_in(compiled, *made(plain, SIZES[-1]))
    assert compiled.stats()["replays"] == 0


def limited(x):
    """Give up on what takes too many steps, or divides by zero."""
    out = np.zeros_like(x)
    for i in range(len(x)):
        target = float(x[i])
        guess = 1.0
        change = 1.0
        count = 0
        while abs(change) > 1e-13:
            change = 0.5 * (target / guess - guess)
            guess += change
            count += 1
            if count > 40:
                raise ValueError("no root")
        out[i] = guess
    return out


def found_or_not(x):
    """Give up after the loop, element by element."""
    for i in range(len(x)):
        guess = x[i]
        for _ in range(6):
            guess = 0.5 * (x[i] / guess + guess)
            if abs(guess * guess - x[i]) < 1e-9 * x[i]:
                break
        else:
            raise ArithmeticError("not found")
        x[i] = guess
    return x


@pytest.mark.parametrize("plain", [limited, found_or_not], ids=lambda f: f.__name__)
def test_what_fails_in_a_lane_fails_as_it_does_alone(plain) -> None:
    compiled = ag.compile(plain)
    x = np.abs(values(LANES + 30)) + 0.5
    assert_same(compiled(x.copy()), plain(x.copy()))
    assert lanes_in(compiled, x)
    for place, bad in ((3, -1.0), (LANES + 7, -1.0), (LANES - 1, 0.0), (40, 1e30)):
        one, other = x.copy(), x.copy()
        one[place] = other[place] = bad
        outcomes = []
        for f, argument in ((plain, one), (compiled, other)):
            try:
                with np.errstate(all="ignore"):
                    outcomes.append(f(argument).tobytes())
            except (ArithmeticError, ValueError) as error:
                outcomes.append((type(error), str(error)))
        assert outcomes[0] == outcomes[1]
        np.testing.assert_array_equal(one, other)


def cube_roots(x, k):
    """Solve for each element; its derivative runs the steps backwards."""
    out = np.empty_like(x)
    for i in range(len(x)):
        z = 1.0
        step = 1.0
        while abs(step) > 1e-12:
            step = (z * z * z - k * x[i]) / (3.0 * z * z)
            z -= step
        out[i] = z
    return np.sum(out)


def two_stages(x, k):
    """Leave one loop by a count, another one by its value; grow beyond the first room of a tape."""
    out = np.zeros_like(x)
    for i in range(len(x)):
        a = x[i]
        n = 0
        while n < 4 and a * a < 50.0:
            a = a * a + x[i] * k
            n += 1
        b = a
        for _ in range(90):
            if b < 0.25:
                break
            b = 0.875 * b * k
        out[i] = 0.02 * a + b
    return np.sum(out)


def alone(gradient, x, k):
    """Differentiate by each element in a call of its own, in which nothing runs side by side."""
    return np.concatenate([gradient(x[i : i + 1], k) for i in range(len(x))])


@pytest.mark.parametrize("loss", [cube_roots, two_stages], ids=lambda f: f.__name__)
def test_derivatives_are_what_they_are_alone(loss) -> None:
    gradient = ag.grad(loss)
    for n in (2 * LANES + 11, LANES, FEW + 1, FEW, 1, 0):
        x = np.random.default_rng(n).uniform(0.25, 6.0, n)
        if n > LANES:
            x[30] = 1e-9  # goes on for much longer
        found = gradient(x, 1.0)
        if n:
            np.testing.assert_array_equal(found, alone(gradient, x, 1.0))
        else:
            assert found.shape == (0,)
    assert lanes_in(gradient, np.ones(3), 1.0)
    x, h = np.random.default_rng(0).uniform(1.0, 2.0, 20), 1e-6
    for i in range(0, 20, 7):
        away = np.eye(20)[i] * h
        slope = (loss(x + away, 1.0) - loss(x - away, 1.0)) / (2 * h)
        assert np.isclose(gradient(x, 1.0)[i], slope, rtol=1e-5)


def linked(x):
    """Begin each loop where the one before has ended."""
    a = 1.0
    for i in range(len(x)):
        while a < x[i]:
            a += 0.75
        x[i] = a
        a -= 1.0
    return x


def neighbours(x):
    """Read what the iteration before has written."""
    for i in range(1, len(x)):
        while x[i] < 4.0:
            x[i] += 1.0 + 0.1 * abs(x[i - 1])
    return x


def scattered(x, places):
    """Write to a place that may be another iteration's."""
    for i in range(len(x)):
        a = x[i]
        while a < 4.0:
            a += 1.5
        x[places[i]] = a
    return x


def exponentials(x):
    """Call a function, whose vector variants round in their own way."""
    for i in range(len(x)):
        a = x[i]
        while a > 0.5:
            a = a - 0.2 * np.exp(a)
        x[i] = a
    return x


@pytest.mark.parametrize(
    "plain", [linked, neighbours, scattered, exponentials], ids=lambda f: f.__name__
)
def test_other_loops_run_one_element_at_a_time(plain) -> None:
    compiled = ag.compile(plain)
    extra = (np.arange(70)[::-1] // 2,) if plain is scattered else ()
    arguments = values(70), *extra
    np.testing.assert_allclose(compiled(*arguments), plain(values(70), *extra), rtol=1e-13)
    assert not lanes_in(compiled, *arguments)


@pytest.mark.parametrize("seed", [2, 5, 11, 17])
def test_random_programs(seed, tmp_path) -> None:
    file = tmp_path / f"program_{seed}.py"
    file.write_text("import numpy as np\n" + Writer(seed).source())
    scope: dict[str, Any] = {}
    exec(compile(file.read_text(), str(file), "exec"), scope)
    compiled, random = ag.compile(scope["program"]), np.random.default_rng(seed)
    for n in (LANES + 11, FEW + 1, 2):
        x, y = random.uniform(-2.0, 3.0, (2, n))
        if n > LANES:
            x[7], y[8], x[30] = np.nan, np.inf, 1e300
        outcomes = []
        for f in (scope["program"], compiled):
            try:
                with np.errstate(all="ignore"):
                    outcomes.append(f(x.copy(), y.copy()))
            except ValueError as error:
                outcomes.append(str(error))
        assert_same(outcomes[1], outcomes[0])


def doublings(x):
    """Double each element until it is large."""
    for i in range(len(x)):
        a = x[i]
        while a < 9.0:
            a = a + a
        x[i] = a


def test_the_form_of_the_loops() -> None:
    text = ag.compile(doublings).show("loops", np.ones(3))
    assert text == GOLDEN


GOLDEN = """\
loops doublings(x: f64[x_0])
  x_0 = dim 0 of x
  empty goes_on_lanes: bool[64]
  empty a_lanes: f64[64]
  start = 0
  while
    if less(start, x_0)
    else
      break
    let count = minimum(64, x_0 - start)
    nest 0 <= lane < 64
      goes_on_lanes[lane] = False
    nest 0 <= lane < count
      a = x[start + lane]
      goes_on = less(a, 9.0)
      a_lanes[lane] = a
      goes_on_lanes[lane] = goes_on
    active = count
    lonely = 0
    if less(8, count)
      while
        active = 0
        nest 0 <= lane < 64
          goes_on = goes_on_lanes[lane]
          a = a_lanes[lane]
          a = blend(goes_on, add(a, a), a)
          goes_on = logical_and(goes_on, less(a, 9.0))
          goes_on_lanes[lane] = goes_on
          a_lanes[lane] = a
          active = add(active, cast.i64(goes_on))
        if greater(active, 0)
        else
          break
        lonely = add(lonely, cast.i64(less_equal(active, 8)))
        if less_equal(lonely, 8)
        else
          break
    if greater(active, 0)
      for lane < count
        if goes_on_lanes[lane]
          a = a_lanes[lane]
          while
            a = add(a, a)
            if less(a, 9.0)
            else
              break
          a_lanes[lane] = a
    nest 0 <= lane < count
      a = a_lanes[lane]
      x[start + lane] = a
    start = start + 64
  restore x
  return x in x
"""


def slow_decay(a, rate):
    """Take as many steps as the element says, each of which a gradient tapes."""
    total = 0.0
    for i in range(len(a)):
        x = 1.0
        while x > a[i]:
            x = x - rate * np.sqrt(x) * x * (1.0 + 0.1 * a[i])
        total += x * a[i]
    return total


def test_elements_with_long_tapes_run_one_by_one() -> None:
    a = np.random.default_rng(3).uniform(0.2, 0.999, LANES + 6)
    a[3], rate = 0.2, 2e-5
    limit = LARGEST_STACKS // (LANES * 8)
    assert 2 / rate > limit
    gradient = ag.grad(slow_decay)
    text = gradient.show("loops", a, rate)
    assert f"less(trip, {limit})" in text
    assert "grow tape to top + 1" in text
    found = gradient(a, rate)
    np.testing.assert_array_equal(found, alone(gradient, a, rate))
    one = a[3:4]
    assert ag.value_and_grad(slow_decay)(one, rate)[0] == slow_decay(one, rate)
    np.testing.assert_allclose(found[3], 0.2 * sensitivity(0.2, rate) + final(0.2, rate))


def fast_then_slow(a, rate):
    """Take a few steps, and then as many as the element says."""
    total = 0.0
    for i in range(len(a)):
        x = 2.0
        while x > 1.0:
            x = x - 0.1 * x * x * (1.0 + a[i])
        y = 1.0
        while y > a[i]:
            y = y - rate * np.sqrt(y) * y * (1.0 + 0.1 * a[i])
        total += x * y * a[i]
    return total


def test_a_later_loop_with_long_tapes_has_its_share_of_the_limit() -> None:
    a = np.random.default_rng(3).uniform(0.2, 0.999, LANES + 6)
    a[3], rate = 0.2, 2e-5
    share = LARGEST_STACKS // 2 // (LANES * 8)
    gradient = ag.grad(fast_then_slow)
    text = gradient.show("loops", a, rate)
    assert text.count(f", {share})") >= 2
    found = gradient(a, rate)
    np.testing.assert_array_equal(found, alone(gradient, a, rate))
    np.testing.assert_array_equal(found[4:], gradient(a[4:], rate))
    step = 1e-6
    up, down = (fast_then_slow(a[70 - 3 : 70] + d, 1e-2) for d in (step, -step))
    slopes = ag.grad(fast_then_slow)(a[70 - 3 : 70], 1e-2)
    np.testing.assert_allclose(np.sum(slopes), (up - down) / (2 * step), rtol=1e-5)


def final(a, rate):
    """Return what an element comes to."""
    return slow_decay(np.array([a]), rate) / a


def sensitivity(a, rate):
    """Return the derivative of what an element comes to, by the tangents of its steps."""
    x, slope, factor = 1.0, 0.0, 1.0 + 0.1 * a
    while x > a:
        slope -= rate * (1.5 * np.sqrt(x) * factor * slope + 0.1 * x * np.sqrt(x))
        x = x - rate * np.sqrt(x) * x * factor
    return slope
