import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, building, symbol
from autograph.ir.op import affine, constant_of

N, M = symbol("n"), symbol("m")
forms = st.builds(
    lambda c, a, b: Affine(c, {N: a, M: b}),
    st.integers(-9, 9),
    st.integers(-3, 3),
    st.integers(-3, 3),
)


@given(forms, forms, st.integers(-5, 5), st.integers(-50, 50), st.integers(-50, 50))
def test_arithmetic_agrees_with_integers(p, q, k, n, m):
    at = {N: n, M: m}
    assert (p + q).evaluate(at) == p.evaluate(at) + q.evaluate(at)
    assert (p - q).evaluate(at) == p.evaluate(at) - q.evaluate(at)
    assert (p * k).evaluate(at) == p.evaluate(at) * k
    assert (k - p).evaluate(at) == k - p.evaluate(at)


@given(forms, forms)
def test_equality_is_that_of_coefficients(p, q):
    same = all(p.coefficient(s) == q.coefficient(s) for s in (N, M)) and p.const == q.const
    assert (p == q) == same
    if same:
        assert hash(p) == hash(q)


@given(forms, forms, st.integers(-20, 20), st.integers(-20, 20))
def test_substitution_is_evaluation_in_two_steps(p, q, n, m):
    inner = {N: n, M: m}
    assert p.substitute({N: q}).evaluate(inner) == p.evaluate({N: q.evaluate(inner), M: m})


@given(forms, st.integers(-20, 20), st.integers(-20, 20))
def test_text_is_python(p, n, m):
    assert eval(p.text(), {"n": n, "m": m}) == p.evaluate({N: n, M: m})


def test_terms_that_cancel_leave_a_constant():
    assert (Affine.of(N) - N + 3).constant == 3
    assert Affine.of(N).constant is None
    assert Affine.of(N).symbol is N
    assert (Affine.of(N) + 1).symbol is None


def test_values_of_affine_and_constant_nodes_stand_for_their_forms():
    with building(Graph()):
        assert Affine.of(affine(form=Affine.of(N) * 2 + 1)) == Affine.of(N) * 2 + 1
        assert Affine.of(constant_of(7, np.int64)) == 7


def test_a_form_is_not_equal_to_other_things():
    assert Affine(1) != "1"
    with pytest.raises(KeyError):
        Affine.of(N).evaluate({})
