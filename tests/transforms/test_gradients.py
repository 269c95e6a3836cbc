"""`grad` and its arguments: positions, names, containers, what is returned besides."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest

import autograph as ag

X = np.array([0.3, 1.2, -0.7])


def cube(x):
    return x**3


def test_gradients_of_gradients():
    second, third = ag.grad(ag.grad(cube)), ag.grad(ag.grad(ag.grad(lambda x: x**4)))
    assert (ag.grad(cube)(2.0), second(2.0), third(2.0)) == (12.0, 12.0, 48.0)
    assert ag.compile(lambda x: second(x) + ag.grad(cube)(x))(2.0) == 24.0


def test_perturbations_are_not_confused():
    def product(x):
        return x * ag.grad(lambda y: x + y)(1.0)

    def siblings(x, y):
        return x * x * y

    assert ag.grad(product)(3.0) == 1.0
    assert ag.grad(lambda x: x * ag.grad(lambda y: x * y)(x))(3.0) == 6.0
    assert ag.grad(siblings, (0, 1))(3.0, 3.0) == (18.0, 9.0)
    assert ag.compile(lambda x: ag.grad(siblings)(x, x))(3.0) == 18.0
    assert ag.jvp(lambda x: x * ag.jvp(lambda y: x + y, (1.0,), (1.0,))[1], (3.0,), (1.0,))[1] == 1


def test_training_step_in_a_compiled_loop():
    @ag.compile
    def train(w, x, y, steps):
        def loss(w):
            r = x @ w - y
            return np.sum(r * r) / len(y)

        for _ in range(steps):
            w = w - 0.1 * ag.grad(loss)(w)
        return w

    rng = np.random.default_rng(0)
    x, true = rng.normal(size=(20, 3)), np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(train(np.zeros(3), x, x @ true, 200), true, rtol=1e-6)


def test_function_that_minimises_by_gradients_inside():
    def minimum(a):
        def inner(x):
            return (x - a) ** 2 + 0.1 * x**4

        x = 0.0
        while abs(ag.grad(inner)(x)) > 1e-10:
            x = x - 0.1 * ag.grad(inner)(x)
        return x * x

    value, slope = ag.value_and_grad(minimum)(1.3)
    x = np.sqrt(value)
    np.testing.assert_allclose(slope, 2 * x * 2 / (2 + 1.2 * x * x), rtol=1e-7)


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [("k", 2.0), ("x", 3.0), (("k", "x"), (2.0, 3.0)), ((1, "x"), (2.0, 3.0)), (-1, 2.0)],
)
def test_arguments_by_position_and_name(argnums, expected):
    assert ag.grad(lambda x, k=3.0: x * k, argnums)(2.0) == expected
    assert ag.grad(lambda x, k: x * k, argnums)(2.0, k=3.0) == expected
    assert ag.compile(lambda x: ag.grad(lambda x, k: x * k, argnums)(x, 3.0))(2.0) == expected


def test_argument_that_takes_keywords_only():
    assert ag.grad(lambda x, *, k: x * k, "k")(2.0, k=3.0) == 2.0
    with pytest.raises(ag.AutographError, match="no argument 'z'"):
        ag.grad(lambda x: x, "z")(2.0)
    with pytest.raises(ag.AutographError, match="no argument 2"):
        ag.grad(lambda x: x, 2)(2.0)


@dataclass
class Layer:
    weights: np.ndarray
    scale: float
    name: str = "layer"


Pair = namedtuple("Pair", "a b")


def test_containers():
    def loss(p):
        return np.sum(p["w"] ** 2) * p["list"][1] + p["pair"].b * p["layer"].scale

    given = {"w": X, "list": [1.0, 2.0], "pair": Pair(X, 3.0), "layer": Layer(X, 4.0)}
    found = ag.grad(loss)(given)
    np.testing.assert_allclose(found["w"], 4 * X)
    assert found["list"] == [0.0, np.sum(X**2)]
    assert found["pair"].b == 4.0
    assert isinstance(found["pair"], Pair)
    np.testing.assert_array_equal(found["pair"].a, 0 * X)
    assert isinstance(found["layer"], Layer)
    assert (found["layer"].scale, found["layer"].name) == (3.0, None)


def test_what_is_returned_besides():
    def loss(x):
        return np.sum(x * x), {"mean": np.mean(x), "text": "t"}

    (value, aux), gradient = ag.value_and_grad(loss, has_aux=True)(X)
    assert value == np.sum(X * X)
    assert aux["text"] == "t"
    np.testing.assert_allclose(aux["mean"], np.mean(X))
    np.testing.assert_allclose(gradient, 2 * X)
    again, aux = ag.grad(loss, has_aux=True)(X)
    np.testing.assert_allclose(again, 2 * X)
    with pytest.raises(ag.NondifferentiableError, match="has_aux"):
        ag.grad(lambda x: np.sum(x), has_aux=True)(X)


class Model:
    def __init__(self):
        self.factor = 3.0
        self.calls = np.zeros(2)

    def loss(self, x):
        self.calls[0] += 1.0
        x *= self.factor
        return np.sum(x * x)


def test_what_the_function_changes_is_a_copy():
    model, x, extra = Model(), X.copy(), [1.0]

    def loss(x, extra):
        extra.append(2.0)
        x[0] = 1.0
        return np.sum(x * x) * len(extra)

    np.testing.assert_allclose(ag.grad(model.loss)(x), 18 * X)
    np.testing.assert_allclose(ag.grad(loss)(x, extra), 4 * X * [0, 1, 1])
    np.testing.assert_array_equal(x, X)
    assert extra == [1.0]
    assert model.calls[0] == 0


def test_prints_once(capsys):
    def loss(x):
        print("at", x)
        return x * x

    assert ag.grad(loss)(3.0) == 6.0
    assert capsys.readouterr().out == "at 3.0\n"


def raises_above_one(x):
    if x > 1:
        raise ValueError("too large")
    return x * x


def test_exceptions_are_the_functions():
    @ag.compile
    def inside(x):
        return ag.grad(raises_above_one)(x)

    @ag.compile
    def caught(x):
        try:
            return ag.grad(raises_above_one)(x)
        except ValueError:
            return -1.0

    for gradient in (ag.grad(raises_above_one), inside, ag.grad(ag.grad(cube_unless_large))):
        assert gradient(0.5) in (1.0, 3.0)
        with pytest.raises(ValueError, match="too large"):
            gradient(2.0)
    assert (caught(0.5), caught(2.0)) == (1.0, -1.0)


def cube_unless_large(x):
    return raises_above_one(x) * x


@pytest.mark.parametrize(
    ("fn", "args", "message"),
    [
        (lambda x: x, (X,), "one real float; this one returns an array: sum it"),
        (lambda x: (x, x), (1.0,), "a tuple of 2 items"),
        (lambda x: None, (1.0,), "returns None"),
        (lambda n: n * 1.0, (3,), r"argument 0 \(n\) has dtype int64; a gradient needs a float"),
        (lambda n: n.sum() * 1.0, (np.array([True]),), "has dtype bool"),
        (lambda p: p["k"] * 1.0, ({"k": 3},), r"argument 0 \(p\)\['k'\] has dtype int64"),
        (lambda t: 1.0, ("text",), "holds no float"),
    ],
)
@pytest.mark.parametrize("inside", [False, True])
def test_what_has_no_gradient_is_refused(fn, args, message, inside):
    gradient = ag.grad(fn)
    function = ag.compile(lambda *given: gradient(*given)) if inside else gradient
    with pytest.raises(ag.NondifferentiableError, match=message):
        function(*args)


def test_an_argument_and_its_written_alias_are_refused():
    def f(x, y):
        y[0] = 2.0
        return np.sum(x * x)

    with pytest.raises(ag.NondifferentiableError, match=r"shares its memory.*pass a copy"):
        ag.grad(f)(X, X)


def doubles_the_second(x, y):
    y[:] = y * 2 + x[0]
    return np.sum(x * x * y)


def test_arguments_whose_elements_alternate_are_apart():
    base = np.arange(8.0)
    gradient = ag.grad(doubles_the_second, argnums=(0, 1))
    apart = gradient(base[::2].copy(), base[1::2].copy())
    for found, wanted in zip(gradient(base[::2], base[1::2]), apart, strict=True):
        np.testing.assert_array_equal(found, wanted)
    with pytest.raises(ag.NondifferentiableError, match=r"shares its memory.*pass a copy"):
        gradient(base[::2], base[::2])


def test_arguments_that_overlap_in_a_later_call_are_refused():
    # What was compiled for arrays apart served these, too, and left out what the write changes.
    base = np.arange(8.0)
    gradient = ag.grad(doubles_the_second)
    gradient(base[:4].copy(), base[4:].copy())
    with pytest.raises(ag.NondifferentiableError, match=r"shares its memory.*pass a copy"):
        gradient(base[:4], base[3:7])


def test_a_written_argument_that_is_read_as_a_global_too_is_refused():
    base = np.arange(4.0)

    def f(x):
        x[0] = 2.0
        return np.sum(x * base)

    gradient = ag.grad(f)
    np.testing.assert_array_equal(gradient(base.copy()), [0.0, 1.0, 2.0, 3.0])
    for same in (base[:], base):
        with pytest.raises(ag.NondifferentiableError, match=r"shares its memory.*pass a copy"):
            gradient(same)
    inside = ag.compile(lambda: ag.grad(f)(base))
    with pytest.raises(ag.NondifferentiableError, match=r"shares its memory.*pass a copy"):
        inside()


def test_functions_made_in_a_loop_are_compiled_once():
    weights, counts = np.zeros(3), set()
    for k in range(5):
        x = np.eye(3) * (k + 1)
        gradient = ag.grad(lambda w, p=2.0: np.sum((x @ w - 1.0) ** p))  # noqa: B023
        np.testing.assert_allclose(gradient(weights), 2 * x.T @ (x @ weights - 1))
        counts.add(gradient.stats()["specialisations"])
        weights = weights - 0.01 * gradient(weights, p=2.0)
    assert counts == {1}
    assert "nest" in gradient.show("loops", weights)


def positive_doubled(x):
    return x[x > 0] * 2


def test_products_with_the_jacobian_of_what_a_mask_selects():
    x = np.array([1.0, -1.0, 2.0])
    value, pull = ag.vjp(positive_doubled, x)
    np.testing.assert_array_equal(value, [2.0, 4.0])
    np.testing.assert_array_equal(pull(np.array([1.0, 3.0]))[0], [2.0, 0.0, 6.0])
    _, tangent = ag.jvp(positive_doubled, (x,), (x,))
    np.testing.assert_array_equal(tangent, [2.0, 4.0])
