"""Small programs in which random programs once differed from plain Python."""

from __future__ import annotations

import pytest

from tests.properties.checking import gradient_outcome_of_text, outcome_of_text
from tests.properties.interpreting import interpreting
from tests.properties.program_writer import HELPERS

SAME = {
    "a selection outlives the discovery that two sizes are equal": """
    v1 = y.copy()
    v1[v1 == 0.5] -= np.dot(y, x)
    return v1
""",
    "swapped buffers whose sizes are found equal later": """
    v0, v1 = x.copy(), y.copy()
    for k1 in v1:
        for k2 in range(len(x) - 1, 0, -1):
            v0, v1 = v1, v0
        for k4 in range(n - 1, -1, -1):
            v1 += len(x) - v0
    return v0, v1
""",
    "a size that may be 1 beside a constant": """
    w = y[:1]
    w[1:] *= x[1:]
    return w
""",
    "a computed size that may be 1": """
    w = y[1::2]
    w[1::2] += w
    return w
""",
    "a computed size that may be 1 on the right": """
    w = y[:-1]
    return w[1:] * x[1:]
""",
    "a temporary whose extent is checked after it is allocated": """
    v1 = y.copy()
    y[:-1] *= v1[-1] - v1[:-1]
""",
    "a view of everything is no longer the argument itself": """
    return x[-2:], x[:], y
""",
    "a read that an earlier check makes safe waits for it": """
    v0 = y * s
    for k1 in range(n):
        y[0] *= 0.5
    i0 = shift(y, 1.0)
    t0 = v0[-1 - i0 % len(v0)]
    t1 = np.dot(y, a[0])
    return v0, t0, t1, a[-1 % a.shape[0], -1 % a.shape[1]]
""",
    "the builtin sum of nothing is an integer": """
    return sum(y), sum(y, 1.5)
""",
    "two buffers trade places by data": """
    v0, v1 = 0, 0
    for k1 in x:
        v1 = a.sum(axis=0) + k1
        if p[0] > k1:
            v0, v1 = v1, v0
    return v0, v1
""",
    "buffers trade places by data, then one is written": """
    v0, v1 = x.copy(), y.copy()
    for k in range(n):
        if p[k] > 0:
            v0, v1 = v1, v0
        v0[k] += 1.0
    return v0, v1
""",
    "tuples of unlike items are returned from a loop": """
    for k in range(n):
        if p[k] > 1:
            return 0, 1
        if p[k] > 0:
            return x, 0
""",
    "equal arrays are still two": """
    return y.copy(), y.copy(), y * 2, y * 2
""",
    "operands that cannot be compared in a branch that is not taken": """
    best = None
    for k1 in x:
        if k1 > 0.5:
            best = None
        if best is None or k1 > best:
            best = k1
    t0 = None if n > 3 else 1
    return best, t0 < 2
""",
    "a selection is taken apart in both branches": """
    m = y[y > -9.0]
    if p[0] > 1:
        t0 = m[0]
    else:
        t0 = m[-1]
    for k1 in x:
        t0 += m[0] if k1 > 0 else len(y[y > k1] * y[y > k1])
        t0 += np.sum(y[y > k1] * (x[y > k1] - 1))
    return t0
""",
    "a loop whose results nobody needs may still raise": """
    k1 = 0
    while k1 < n and s != x[k1 * 2]:
        k1 += 1
""",
    "a variable that is unbound or an array before a loop that returns another one": """
    v1 = y.copy()
    for k1 in range(3, n):
        if p[0] > k1:
            return 0
    while len(x):
        return v1 >= 0, a[0]
""",
    "an array made in a loop is returned from the loop": """
    m1 = None
    for k1 in x:
        for k2 in range(3):
            if m1 is None:
                m1 = x - k1
        else:
            return m1
""",
    "selected integers and a number that is an integer or a float": """
    p[x >= 0] -= max(i0 := 0, s, i0)
    p[x >= 0] += min(2, n)
""",
}

DIFFERENTIATED = {
    "an increment of what an outer region wrote": """
    v0 = x
    v1 = y.copy()
    for k in range(1, n):
        v0, v1 = v1, v0
    x[3:1] = 0 - v0
    return np.sum(v1)
""",
    "an array of the last iteration is added to": """
    v0, v1 = x, y.copy()
    for k in range(n):
        v0, v1 = v1, v0
        v0[1:] += v1[:-1] * s
    return np.sum(v0 * v1)
""",
}


@pytest.mark.parametrize("name", SAME)
def test_program_is_plain(name: str) -> None:
    with interpreting():
        assert outcome_of_text(program(SAME[name]), 0) == "same"


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_gradient_is_right(name: str) -> None:
    with interpreting():
        assert gradient_outcome_of_text(program(DIFFERENTIATED[name]), 0) == "same"


def test_test_that_becomes_false_ends_the_loop() -> None:
    body = """
    i0 = 0
    t1 = s
    v0 = x
    w = x[1:]
    if np.tanh(x[1 % max(x.shape[0], 1)]) <= x[n]:
        return np.sum(y) + w[-1]
    while (p.size if abs(x[i0]) > abs(min(n, a.shape[0])) else len(x)) <= a.shape[1] < i0:
        if np.any(v0 < (1 if not v0[0] >= a[-1, 1 % max(a.shape[1], 1)] else 3)):
            w[::-1] += x[::-1]
        else:
            v0[:3] += y[:3]
    return np.sum(p) + np.tanh(t1)
"""
    with interpreting():
        assert gradient_outcome_of_text(program(body), 0) == "same"


def program(body: str) -> str:
    return f"import numpy as np\n{HELPERS}\ndef program(x, y, a, p, n, s):{body}"
