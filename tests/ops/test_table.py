"""Generated from the op table: every row against NumPy, derivatives against differences."""

import numpy as np
import pytest

from autograph.errors import VerificationError
from autograph.ir.evaluate import evaluate
from autograph.ir.graph import Graph, Value, building, symbol
from autograph.ir.op import Nondifferentiable, Op, all_ops, get_op
from autograph.ir.pattern import Literal, Pattern, Wildcard, instantiate, is_number, matches
from autograph.ir.types import array
from autograph.ir.verify import verify
from autograph.ops.define import G, X, Y, derivatives, op_of_ufunc
from autograph.ops.elementwise import add, cast, exp, log, multiply, switch

TABLE = [op for op in all_ops() if op.kind == "elementwise" and op.load_ufunc is not None]
IDS = [op.name for op in TABLE]
DTYPES = [np.dtype(c) for c in ("?", "i4", "i8", "f4", "f8")]
DOMAINS = {  # where a function is defined and smooth
    "arccosh": (1.2, 4.0),
    "arcsin": (-0.9, 0.9),
    "arccos": (-0.9, 0.9),
    "arctanh": (-0.9, 0.9),
    "log": (0.1, 4.0),
    "log2": (0.1, 4.0),
    "log10": (0.1, 4.0),
    "log1p": (-0.8, 4.0),
    "sqrt": (0.1, 4.0),
    "power": (0.3, 3.0),
    "cbrt": (0.2, 3.0),
    "reciprocal": (0.2, 3.0),
    "remainder": (0.6, 3.0),
    "fmod": (0.6, 3.0),
}


def operands_of(op: Op, dtype: np.dtype, rng: np.random.Generator) -> list[np.ndarray]:
    low, high = DOMAINS.get(op.name, (-2.0, 2.0))
    return [rng.uniform(low, high, 7).astype(dtype) for _ in range(op.ufunc.nin)]


def graph_of(op: Op, dtypes: list[np.dtype]) -> Graph:
    n = symbol("n")
    graph = Graph("f", [Value(array(d, [n]), None, f"x{k}") for k, d in enumerate(dtypes)])
    with building(graph):
        graph.results = [op(*graph.params)]
    return verify(graph)


@pytest.mark.parametrize("op", TABLE, ids=IDS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_result_dtype_is_numpys(op, dtype):
    resolved = op.ufunc.resolve_dtypes  # raises TypeError where the ufunc has no loop
    try:
        wanted = resolved((*[dtype] * op.ufunc.nin, None))
    except TypeError:
        with pytest.raises((TypeError, VerificationError)):
            graph_of(op, [dtype] * op.ufunc.nin)
        return
    if wanted[0] != dtype:
        with pytest.raises(TypeError, match="takes"):
            graph_of(op, [dtype] * op.ufunc.nin)
        return
    graph = graph_of(op, [dtype] * op.ufunc.nin)
    inputs = operands_of(op, dtype, np.random.default_rng(0))
    with np.errstate(all="ignore"):
        expected = op.ufunc(*inputs)
    (found,) = evaluate(graph, inputs)
    assert found.dtype == graph.results[0].dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("op", TABLE, ids=IDS)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_derivative_agrees_with_central_differences(op, dtype):
    rules = derivatives(op)
    assert len(rules) == op.ufunc.nin
    if all(isinstance(rule, Nondifferentiable) for rule in rules):
        assert all(rule.reason for rule in rules)
        return
    graph = graph_of(op, [np.dtype(dtype)] * len(rules))
    with building(graph):
        g = add(multiply(graph.params[0], 0), 1.5)
        bound = {G: g, Y: graph.results[0], **dict(zip(X, graph.params, strict=False))}
        smooth = [k for k, rule in enumerate(rules) if isinstance(rule, Pattern)]
        graph.results += [instantiate(rules[k], bound, dtype=np.dtype(dtype)) for k in smooth]
    verify(graph)
    inputs = operands_of(op, np.dtype(dtype), np.random.default_rng(1))
    results = evaluate(graph, inputs)
    for k, found in zip(smooth, results[1:], strict=True):
        assert found.dtype == np.dtype(dtype)
        exact = [x.astype("f8") for x in inputs]
        up, down = list(exact), list(exact)
        up[k], down[k] = exact[k] + 1e-6, exact[k] - 1e-6
        expected = 1.5 * (op.ufunc(*up) - op.ufunc(*down)) / 2e-6
        rtol = 1e-7 if dtype == "f8" else 2e-5
        np.testing.assert_allclose(found, expected, rtol=rtol * 10, atol=rtol)


def test_every_row_names_its_backends_and_its_derivative():
    for op in all_ops():
        if op.kind == "elementwise" and op is not cast:
            assert op.python or op.expand, op
            assert op.cuda or op.expand, op
            assert op.derivative is not None, op


def test_ufuncs_find_their_ops():
    assert op_of_ufunc(np.sin) is get_op("sin")
    assert op_of_ufunc(np.true_divide) is get_op("divide")
    assert op_of_ufunc(np.gcd) is None


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="twice"):
        Op("sin", "elementwise", lambda node: ())


def test_where_the_untaken_side_is_nan_the_derivative_is_not():
    n = symbol("n")
    graph = Graph("f", [Value(array(d, [n])) for d in ("?", "f8", "f8", "f8")])
    with building(graph):
        bound = dict(zip((*X, G), graph.params, strict=True))
        rules = derivatives(switch)
        graph.results = [instantiate(rules[1], bound), instantiate(rules[2], bound)]
    condition, g = np.array([True, False]), np.array([np.nan, 2.0])
    first, second = evaluate(graph, [condition, g, g, np.array([3.0, np.nan])])
    np.testing.assert_array_equal(first, [3.0, 0.0])
    np.testing.assert_array_equal(second, [0.0, np.nan])


def test_patterns_match_up_to_order_of_commutative_operands():
    x, k = Wildcard("x"), Wildcard("k", lambda v: v.node is not None)
    graph = Graph("f", [Value(array("f8", [symbol("n")]))])
    with building(graph):
        e = exp(graph.params[0])
        y = multiply(graph.params[0], e)
        z = log(add(1, e))
    bindings: dict = {}
    assert matches(k * x, y, bindings, {})
    assert bindings == {k: e, x: graph.params[0]}
    assert matches(log(1 + k), z, {}, {})
    assert not matches(log(2 + k), z, {}, {})
    assert not matches(x + x, z.node.operands[0], {}, {})
    failed: dict = {}
    assert not matches(x * exp(x * x), y, failed, {})
    assert failed == {}


def test_literals_know_the_sign_of_zero():
    assert is_number(np.float64(0.0), 0)
    assert not is_number(np.float64(-0.0), 0)
    assert not isinstance(Literal(1), Wildcard)
