"""What arguments may be: arrays and numbers in objects, values that compiling needs."""

from __future__ import annotations

import collections
import dataclasses
import enum
import functools
import types

import numpy as np
import pytest
import scipy.stats

import autograph as ag
from autograph import compiled
from tests.lifecycle.comparing import compare, specialisations

Point = collections.namedtuple("Point", "position velocity")


@dataclasses.dataclass
class Layer:
    weights: object
    bias: object
    name: str = "layer"

    def __call__(self, x):
        return np.tanh(self.weights @ x + self.bias)


class Network:
    def __init__(self, count):
        self.layers = [Layer(np.full((3, 3), 0.1 * k), np.ones(3)) for k in range(count)]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def loss(self, x):
        return np.sum(self(x) ** 2)


class Slotted:
    __slots__ = ("weights",)

    def __init__(self, weights):
        self.weights = weights


class Mode(enum.Enum):
    UP = 1
    DOWN = 2


def vector(scale=1.0):
    return np.arange(1.0, 4.0) * scale


def test_numbers_and_arrays_in_objects_are_run_time_values():
    make = {
        "dataclass": lambda k: Layer(vector(k), 1.0 + k),
        "namespace": lambda k: types.SimpleNamespace(weights=vector(k), bias=np.float32(k)),
    }
    for kind, maker in make.items():
        f = compare(lambda o: o.weights * 2 + o.bias, *((maker(float(k)),) for k in range(4)))
        assert specialisations(f) == 1, kind
    f = compare(lambda o: o.weights * 2, *((Slotted(vector(k)),) for k in range(3)))
    assert specialisations(f) == 1


def test_attributes_may_change_in_every_way():
    layer = Layer(vector(), 1)
    f = ag.compile(lambda o: o.weights * 2)
    contents = (vector(), np.arange(3), 2.0, np.ones((2, 2)), np.float32(3), 7, [1, 2])
    for content in contents:
        layer.weights = content
        compare(f.__wrapped__, (layer,), compiled=f)
    del layer.weights
    with pytest.raises(AttributeError, match="'Layer' object has no attribute 'weights'"):
        f(layer)


def test_writes_into_arrays_of_objects_and_containers_are_seen():
    def clear(layer, pair, named):
        layer.weights[0] = 9.0
        pair[1][:] = layer.weights
        named["a"] += 1.0
        return pair[1].sum()

    layer, pair, named = Layer(vector(), 1.0), (1, np.zeros(3)), {"a": vector()}
    f = ag.compile(clear)
    for _ in range(2):
        assert f(layer, pair, named) == 14.0
    np.testing.assert_array_equal(layer.weights, [9.0, 2.0, 3.0])
    np.testing.assert_array_equal(pair[1], layer.weights)
    np.testing.assert_array_equal(named["a"], [3.0, 4.0, 5.0])


def test_one_array_under_two_attributes():
    def write(layer):
        layer.weights[0] = 5.0
        return layer.bias.sum()

    f = ag.compile(write)
    for is_shared in (True, False, True, False):
        layer = Layer(vector(), vector())
        if is_shared:
            layer.bias = layer.weights
        assert f(layer) == (10.0 if is_shared else 6.0)


def test_identity_of_arguments():
    f = ag.compile(lambda x, y: 1.0 if x is y else 2.0)
    first, second = vector(), vector()
    assert [f(first, second), f(first, first), f(first, second)] == [2.0, 1.0, 2.0]
    f = ag.compile(lambda a, b: (a is b, b[0].sum()))
    items = [vector()]
    assert f(items, items) == (True, 6.0)
    assert f(items, [vector()]) == (False, 6.0)


def test_network_of_objects():
    network, x = Network(2), vector()
    f = compare(lambda n, x: n.loss(x), (network, x))
    network.layers[0].weights[0, 0] = 5.0
    compare(f.__wrapped__, (network, x), compiled=f)
    assert specialisations(f) == 1
    network.layers.append(Layer(np.eye(3), np.zeros(3)))
    compare(f.__wrapped__, (network, x), compiled=f)
    network.layers[1] = Layer(np.eye(3) * 3, np.zeros(3))
    compare(f.__wrapped__, (network, x), compiled=f)


def test_objects_of_unlike_classes_and_linked_ones():
    class Node:
        def __init__(self, value, following):
            self.value, self.following = value, following

    class Double(Node):
        def amount(self):
            return super().amount() * 2

    Node.amount = lambda self: self.value.sum()

    def total(node):
        result = 0.0
        while node is not None:
            result = result + node.amount()
            node = node.following
        return result

    f = ag.compile(total)
    for kinds in ([Node], [Node, Double, Node], [Double, Double], [Node]):
        node = None
        for k, kind in enumerate(kinds):
            node = kind(vector(k), node)
        compare(total, (node,), compiled=f)


def test_results_are_new_objects_or_the_arguments():
    shared = {"a": vector()}

    def make(layer, items):
        doubled = Layer(layer.weights * 2, layer.bias, "new")
        return doubled, Point(layer.weights, 1), layer, items, {"k": [1.0]}, {3}, shared

    layer, items = Layer(vector(), 2.0), [vector()]
    f = compare(make, (layer, items))
    first, second = f(layer, items), f(layer, items)
    assert first[0] is not second[0]
    assert first[1].position is layer.weights
    assert first[2] is layer
    assert first[3] is items
    assert first[6] is shared
    first[4]["k"].append(2.0)
    first[5].add(4)
    assert f(layer, items)[4:6] == ({"k": [1.0]}, {3})


def test_values_that_are_needed_while_compiling():
    matrix = np.arange(6.0).reshape(2, 3)
    compare(lambda x, axis: x.sum(axis), *((matrix, a) for a in (0, 1, -1, None, (0, 1), 0)))
    compare(lambda x, d: x.astype(d), *((matrix, d) for d in (np.float32, "int32", np.dtype("f4"))))
    compare(lambda x, s: x[s] * 2, *((vector(), s) for s in (slice(0, 2), slice(1, 3), ..., None)))
    compare(lambda x, m: x * (2 if m is Mode.UP else 3), *((vector(), m) for m in Mode))
    compare(lambda x, m: x.sum() if m == "sum" else x.max(), (vector(), "sum"), (vector(), "max"))
    compare(lambda items, k: items[k] * 2, *(([vector(), 3.0], k) for k in (0, 1, -1, 0)))
    compare(lambda x, y=None: x if y is None else x + y, (vector(),), (vector(), 2.0), (1.0, None))
    compare(lambda x, g: g(x), *((vector(), g) for g in (np.exp, np.sqrt, np.sum, np.max, len)))


def test_functions_as_arguments_are_told_apart_by_their_code():
    def scaled(x, factor):
        return x * factor

    f = ag.compile(lambda x, g: g(x))
    for k in range(5):
        shift = np.full(3, float(k))
        compare(f.__wrapped__, (vector(), lambda x, k=k: x + k), compiled=f)
        compare(f.__wrapped__, (vector(), lambda x: x * k + shift), compiled=f)  # noqa: B023
    before = specialisations(f)
    for k in range(5):
        compare(f.__wrapped__, (vector(), lambda x: x * k), compiled=f)  # noqa: B023
        compare(f.__wrapped__, (vector(), functools.partial(scaled, factor=k)), compiled=f)
        compare(f.__wrapped__, (vector(), Network(k).loss), compiled=f)
    assert specialisations(f) - before <= 8
    assert f(2.0, ag.compile(lambda x: x + 1)) == 3.0
    assert f(2.0, ag.compile(lambda x: x + 2)) == 4.0


def test_a_value_that_changes_with_every_call_is_an_error_in_the_end(monkeypatch):
    monkeypatch.setattr(compiled, "MAXIMUM_SPECIALISATIONS", 10)
    x = np.ones((1,) * 12)
    f = ag.compile(lambda k: np.sum(x, axis=k).ndim)
    assert [f(k) for k in range(8)] == [11] * 8
    with pytest.warns(ag.AutographWarning, match="compiled 8 times because 'k' changed"):
        assert f(8) == 11
    assert f(9) == 11
    with pytest.raises(ag.UnsupportedError, match="compiled 10 times because 'k' changed"):
        f(10)


def test_keyword_parameters_and_pythons_own_errors():
    def f(x, /, y=2.0, *more, scale=1.0, **named):
        return x * y * scale + sum(more) + sum(named.values())

    compiled = ag.compile(f)
    calls = [
        ((3.0,), {}),
        ((3.0, 4.0), {"scale": 2.0}),
        ((3.0, 4.0, 5.0, 6.0), {}),
        ((3.0,), {"a": 1.0, "b": 2.0}),
        ((3.0,), {"b": 1.0, "a": 2.0, "y": 7.0}),
    ]
    for args, kwargs in calls:
        assert compiled(*args, **kwargs) == f(*args, **kwargs)

    def two(x, y):
        return x

    compiled = ag.compile(two)
    for args, kwargs in (((), {}), ((1.0,), {}), ((1.0,) * 3, {}), ((1.0,), {"z": 1})):
        with pytest.raises(TypeError) as plain:
            two(*args, **kwargs)
        with pytest.raises(TypeError) as found:
            compiled(*args, **kwargs)
        assert str(found.value) == str(plain.value)


def test_defaults_are_read_at_the_call():
    def f(x, k=1.0):
        return x + k

    compiled = ag.compile(f)
    assert compiled(1.0) == 2.0
    f.__defaults__ = (5.0,)
    assert compiled(1.0) == 6.0


def test_objects_seen_by_code_that_is_not_converted_are_told_apart():
    @dataclasses.dataclass
    class Pair:
        a: float
        b: float

    class Named:
        def __init__(self, name):
            self.name = name

        def __str__(self):
            return self.name

        def __bool__(self):
            return self.name == "a"

    first, second = Named("a"), Named("b")
    table = {first: 1.0, second: 2.0}
    compare(lambda p, q: 1.0 if p == q else 2.0, (Pair(1, 2), Pair(1, 2)), (Pair(1, 2), Pair(1, 3)))
    compare(lambda p: 1.0 if str(p) == "a" else 2.0, (first,), (second,))
    compare(lambda p: 1.0 if p else 2.0, (first,), (second,))
    compare(lambda p: table[p] * 2, (first,), (second,))
    compare(lambda p, q: 1.0 if p in q else 2.0, (first, [first]), (first, [second]))
    with pytest.raises(ValueError, match="ambiguous"):
        ag.compile(lambda p, q: p == q)(Pair(vector(), 1), Pair(vector(), 1))


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ((k for k in range(3)), "'x' is an iterator, which every call would use up"),
        (np.ma.array([1.0]), r"MaskedArray of dtype float64; pass x.filled\(np.nan\)"),
        (np.array([1, None], object), r"of dtype object; pass a list, x.tolist\(\)"),
        (np.array(["a", "b"]), r"of dtype <U1; pass a list, x.tolist\(\)"),
        (np.asmatrix(np.eye(2)), r"matrix of dtype float64; pass np.asarray\(x\)"),
        (np.zeros(2, [("a", float)]), r"pass one array for each field, such as x\['a'\]"),
        (np.zeros(2, ">f8"), r"of dtype >f8; pass x.astype\(np.float64\)"),
        (np.zeros(2, ">i2"), r"of dtype >i2; pass x.astype\(np.int16\)"),
        (np.zeros(2, "M8[s]"), r"pass counts of a unit, x.astype\(np.int64\)"),
    ],
)
def test_arguments_that_are_refused(argument, message):
    with pytest.raises(ag.UnsupportedError, match=message):
        ag.compile(lambda x: [v * 2 for v in x])(argument)


def test_objects_of_a_library_that_need_the_numbers():
    with pytest.raises(ag.UnsupportedError, match=r"_continuous_distns needs the numbers"):
        ag.compile(lambda x: scipy.stats.norm.fit(x))(vector())


def test_a_container_that_contains_itself():
    items = [1.0]
    items.append(items)
    with pytest.raises(ag.UnsupportedError, match="contains itself"):
        ag.compile(lambda x: x[0])(items)


def test_gradients_by_arguments_after_bound_ones():
    class Loss:
        factor = 3.0

        def __call__(self, x):
            return self.factor * x * x

    assert ag.grad(Loss())(2.0) == 12.0
    assert ag.grad(functools.partial(lambda k, x: k * x * x, 5.0))(2.0) == 20.0
