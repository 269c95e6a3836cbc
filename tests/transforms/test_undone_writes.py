"""Writes that the reverse undoes, at places that say where further writes go."""

from __future__ import annotations

import numpy as np
import pytest

import autograph as ag
from tests.properties.interpreting import interpreting


def by_its_own_elements(x, p, n):
    total, q = 0.0, p * 1.0
    for i in range(n):
        if x[0] > 0:
            q[int(q[i]) % 4] = q[i] + x[1] * 0.1
            q[int(q[i + 1]) % 4] *= x[2]
            total += np.sin(q[int(q[1]) % 4] * x[0])
        total += q[0] ** 2
    return total


def by_each_other(x, p, n):
    total, q, r = 0.0, p * 1.0, p[::-1] * 1.0
    for i in range(n):
        q[int(r[i]) % 4] = q[i] * q[1] + x[1] * 0.1
        r[int(q[i]) % 4] *= x[2] * r[0]
        q[int(r[i]) % 4] += q[i] * r[0] + x[1] * 0.1
        total += np.sin(q[int(q[1]) % 4] * x[0]) * r[i]
    return total


@pytest.mark.parametrize("program", [by_its_own_elements, by_each_other])
def test_places_that_are_computed_from_what_is_overwritten(program):
    x, p = np.array([1.0, 2.1, 0.3]), np.array([1.3, 2.2, 3.1, 0.4])
    with interpreting():
        for n in (1, 3):
            ag.check_grads(lambda x, p, n=n: program(x, p, n), (x, p))
