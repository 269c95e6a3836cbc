"""Proofs and assumptions about affine forms."""

from __future__ import annotations

import numpy as np
import pytest

from autograph.frontend.symbols.facts import Facts
from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, building, symbol
from autograph.ops.elementwise import equal, less, logical_and, logical_not, not_equal

N, M, STEPS = symbol("n"), symbol("m"), symbol("steps")


@pytest.fixture
def facts():
    found = Facts()
    found.enter(N, 10, is_size=True)
    found.enter(M, 7, is_size=True)
    found.enter(STEPS, 3, is_size=False)
    return found


def form(x):
    return Affine.of(x)


def texts(facts):
    return [str(guard) for guard in facts.guards]


def test_sizes_are_nonnegative_and_parameters_are_not(facts):
    assert facts.nonnegative(N)
    assert facts.nonnegative(form(N) * 2 + M + 1)
    assert not facts.nonnegative(form(N) - 1)
    assert not facts.nonnegative(STEPS)


def test_constants(facts):
    assert facts.nonnegative(Affine(0))
    assert not facts.nonnegative(Affine(-1))
    assert facts.zero(form(N) - N)


def test_index_of_a_loop_is_eliminated_before_the_outer_one(facts):
    i, j = symbol("i"), symbol("j")
    facts.bound(i, 0, form(N) - 1)
    facts.bound(j, i, form(N) - 1)
    assert facts.nonnegative(form(N) - 1 - j)
    assert facts.nonnegative(form(j) - i)
    assert facts.nonnegative(j)
    assert not facts.nonnegative(form(N) - 2 - j)
    assert not facts.nonnegative(form(i) - j)


def test_bounds_end_with_their_scope(facts):
    i = symbol("i")
    facts.push()
    facts.bound(i, 0, form(N) - 1)
    assert facts.nonnegative(i)
    facts.pop()
    assert not facts.nonnegative(i)


def test_coefficients_and_rounding(facts):
    i, half = symbol("i"), symbol("half")
    facts.bound(i, 1, None)
    assert facts.nonnegative(form(i) * 2 - 1)
    facts.learn(form(N) - form(half) * 2)
    facts.learn(form(half) * 2 + 1 - N)
    assert facts.nonnegative(form(half))
    assert facts.nonnegative(form(N) - form(half) * 2)
    assert not facts.nonnegative(form(half) * 2 - N)


def test_assumption_holds_for_the_hints_and_is_recorded_once(facts):
    assert facts.assume_nonnegative(form(N) - 2)
    assert facts.assume_nonnegative(form(N) - 1)
    assert facts.assume_nonnegative(form(N) - 2)
    assert texts(facts) == ["n - 2 >= 0"]
    assert facts.nonnegative(form(N) - 2)


def test_stronger_guard_takes_the_place_of_weaker_ones(facts):
    facts.assume_nonnegative(form(N) - 1)
    facts.assume_nonnegative(form(M) - 1)
    facts.assume_nonnegative(form(N) - 3)
    assert texts(facts) == ["m - 1 >= 0", "n - 3 >= 0"]


def test_what_does_not_hold_for_the_hints_is_not_assumed(facts):
    assert not facts.assume_nonnegative(form(M) - 8)
    assert not facts.assume_equal(N, M)
    assert facts.guards == []


def test_refused_guard_is_not_assumed():
    facts = Facts(refused={"n - 1 >= 0"})
    facts.enter(N, 10, is_size=True)
    assert not facts.assume_nonnegative(form(N) - 1)
    assert facts.assume_nonnegative(form(N) - 2)


def test_assumption_about_an_index_becomes_one_about_its_bound(facts):
    i = symbol("i")
    facts.bound(i, 1, form(M) - 2)
    assert facts.assume_nonnegative(form(N) - 1 - (form(i) + 1))
    assert texts(facts) == ["n - m >= 0"]
    assert facts.assume_nonnegative(form(i) - 1)
    assert len(facts.guards) == 1


def test_nothing_is_assumed_of_unbounded_symbols(facts):
    opaque = symbol("k")
    assert not facts.assume_nonnegative(form(N) - opaque)
    assert not facts.assume_equal(N, opaque)


def test_assumed_equality_is_substituted_everywhere():
    facts = Facts()
    a, b, c = (symbol(name) for name in "abc")
    for size in (a, b, c):
        facts.enter(size, 5, is_size=True)
    assert facts.assume_equal(b, c)
    assert facts.assume_equal(a, b)
    assert texts(facts) == ["c - b == 0", "b - a == 0"]
    assert facts.canonical(c) == form(a)
    assert facts.canonical(form(b) + c + 1) == form(a) * 2 + 1
    assert facts.substitution == {b: form(a), c: form(a)}
    assert facts.equal(form(c) - 1, form(a) - 1)


def test_equality_with_a_constant():
    facts = Facts()
    facts.enter(N, 1, is_size=True)
    assert facts.assume_equal(N, 1)
    assert facts.canonical(form(N) + 1) == 2
    assert texts(facts) == ["n - 1 == 0"]


def test_equality_that_cannot_be_solved_is_still_known():
    facts = Facts()
    facts.enter(N, 6, is_size=True)
    facts.enter(M, 4, is_size=True)
    assert facts.assume_equal(form(N) * 2, form(M) * 3)
    assert facts.substitution == {}
    assert facts.zero(form(N) * 2 - form(M) * 3)


def test_hints_are_values_of_forms_over_entry_symbols(facts):
    assert facts.hint(form(N) - M) == 3
    assert facts.hint(symbol("k")) is None


@pytest.mark.parametrize(
    ("make", "truth", "wanted"),
    [
        (lambda i: less(i, N), True, lambda i: form(N) - 1 - i),
        (lambda i: less(i, N), False, lambda i: form(i) - N),
        (lambda i: logical_not(less(i, N)), True, lambda i: form(i) - N),
        (lambda i: equal(i, N), True, lambda i: form(i) - N),
        (lambda i: logical_and(less(i, N), less(i, M)), True, lambda i: form(M) - 1 - i),
        (lambda i: not_equal(i, N), False, lambda i: form(N) - i),
    ],
)
def test_conditions_teach_inequalities(facts, make, truth, wanted):
    i = symbol("i")
    with building(Graph()):
        facts.learn_condition(make(i), truth)
    assert facts.nonnegative(wanted(i))
    assert not facts.nonnegative(wanted(i) - 1)


def test_unequal_and_nonnegative_is_positive(facts):
    i = symbol("i")
    facts.bound(i, 0, None)
    with building(Graph()):
        facts.learn_condition(not_equal(i, np.int64(0)), True)
    assert facts.positive(i)


def test_disjunction_teaches_nothing(facts):
    i = symbol("i")
    with building(Graph()):
        facts.learn_condition(logical_and(less(i, N), less(i, M)), False)
    assert not facts.nonnegative(form(i) - N)


def test_once_remembers_within_open_scopes(facts):
    made = []

    def make():
        made.append(1)
        return len(made)

    facts.push()
    assert facts.once("key", make) == facts.once("key", make) == 1
    facts.pop()
    assert facts.once("key", make) == 2
    facts.push()
    assert facts.once("key", make) == 2


def test_proof_among_many_facts_ends(facts):
    symbols = [symbol(f"s{k}") for k in range(12)]
    for a in symbols:
        for b in symbols:
            if a is not b:
                facts.learn(form(a) + b - N)
    assert not facts.nonnegative(sum(symbols, Affine(-1)) - form(N) * 40)
