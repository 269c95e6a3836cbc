"""Every registered rule is evaluated on both sides; a claim that does not hold fails its test."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from autograph.autodiff import value_and_gradient
from autograph.ir.evaluate import evaluate
from autograph.ir.graph import Graph, Value, building, copy_entry, symbol
from autograph.ir.op import Op, constant_of
from autograph.ir.types import array
from autograph.ir.verify import verify
from autograph.ops.reduction import sum_
from autograph.opt import DEFAULT_CLAIMS, RULES
from autograph.opt.driver import Rewriter
from autograph.opt.rule import Rule, ops_of_kind
from tests.opt.exact_values import CONTEXT, HUGE, evaluate_exactly, lift

SIZES = {"p": 3, "q": 6, "n": 5}
DTYPES = {
    "f": ["f8", "f4"],
    "i": ["i8", "i4"],
    "u": ["u1"],
    "b": ["?"],
    "c": ["c16"],
}
MAGNITUDES = [0.5, 0.7, 1.0, 2.0, 3.0, 1e-5, 1e-10, 1e-18, 40.0, 95.0, 700.0, 730.0, 1000.0, 1e16]
EXTREMES = {
    "f8": [5e-324, 3e-310, 2.3e-308, 1e-200, 1e200, 1e308],
    "f4": [1e-45, 1e-40, 1.2e-38, 1e-30, 1e30, 3e38],
}
ULPS = 4


# ---------------------------------------------------------------- both sides of a rule


def dtypes_of(rule: Rule) -> list[str]:
    if "condition" in rule.operands or rule.kinds == "b":
        return ["f8", "i8"] if uses_numbers(rule) else ["?"]
    return [dtype for kind in rule.kinds for dtype in DTYPES[kind]]


def uses_numbers(rule: Rule) -> bool:
    return any(operand != "condition" for operand in rule.operands)


def left_graph(rule: Rule, dtype: str, constants: dict[int, float]) -> Graph:
    """Return the graph of a left side on arrays (or scalars) of a dtype."""
    dims = [symbol(name) for name in SIZES]
    graph = Graph("left")
    operands = []
    with building(graph):
        for k, operand in enumerate(rule.operands):
            if k in constants:
                operands.append(constant_of(constants[k], dtype))
                continue
            ndim = 1 if operand == "condition" else operand
            type_ = array("?" if operand == "condition" else dtype, dims[len(dims) - ndim :])
            operands.append(Value(type_, None, f"x{k}"))
            graph.params.append(operands[-1])
        graph.results = [rule.sample(*operands)]
    return verify(graph)


def right_graph(rule: Rule, left: Graph) -> Graph:
    """Return the left side rewritten by this rule alone."""
    ops = [rule.op] if isinstance(rule.op, Op) else ops_of_kind(rule.op)
    log: list[str] = []
    right = Rewriter(left, {op: [rule] for op in ops}, {}, log).run()
    assert rule.name in log, "the rule does not fire on its own left side"
    return verify(right)


def sides(rule: Rule, dtype: str):
    """Yield both sides, for each choice of the constants in the rule."""
    choices = [
        [(k, value) for value in operand]
        for k, operand in enumerate(rule.operands)
        if isinstance(operand, tuple)
    ]
    for chosen in itertools.product(*choices):
        left = left_graph(rule, dtype, dict(chosen))
        yield left, right_graph(rule, left)


# ---------------------------------------------------------------- points


def edge_values(dtype: np.dtype) -> np.ndarray:
    if dtype.kind == "b":
        return np.array([False, True])
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return np.array([0, 1, 2, 3, 7, 100, info.min, info.max, info.max - 1], dtype)
    if dtype.kind == "c":
        parts = [0.0, -0.0, 1.0, -2.5, np.inf, np.nan, 1e200]
        return np.array([complex(a, b) for a in parts for b in parts])
    positive = np.array([*MAGNITUDES, *EXTREMES[dtype.str[1:]], np.inf])
    return np.array([0.0, -0.0, np.nan, *positive, *-positive]).astype(dtype)


def random_values(dtype: np.dtype, rng: np.random.Generator, count: int) -> np.ndarray:
    if dtype.kind != "f":
        return rng.choice(edge_values(dtype), count)
    scale = np.resize([1.0, 1.0, 30.0, 300.0, 1e-3], count)
    return (rng.standard_normal(count) * scale).astype(dtype)


def is_elementwise(graph: Graph) -> bool:
    return all(n.op.kind == "elementwise" or n.op.name == "constant" for n in graph.nodes)


def points(graph: Graph):
    """Yield inputs: for elementwise rules all combinations of edge values, else random draws."""
    rng = np.random.default_rng(len(graph.nodes))
    dtypes = [p.dtype for p in graph.params]
    if is_elementwise(graph):
        edges = [edge_values(d) for d in dtypes]
        grid = np.meshgrid(*edges, indexing="ij")
        randoms = [random_values(d, rng, 60) for d in dtypes]
        yield [np.concatenate([g.ravel(), r]) for g, r in zip(grid, randoms, strict=True)]
        return
    for draw in range(40):
        inputs = []
        for param in graph.params:
            shape = [SIZES[d.symbol.name] for d in param.dims]
            x = random_values(param.dtype, rng, int(np.prod(shape)))
            if draw % 2:
                spots = rng.random(x.size) < (0.1 if draw % 4 == 1 else 0.5)
                x = np.where(spots, rng.choice(edge_values(param.dtype), x.size), x)
            inputs.append(x.reshape(shape) if shape else x[0])
        yield inputs


def run(graph: Graph, inputs) -> np.ndarray:
    return np.atleast_1d(np.asarray(evaluate(graph, inputs)[0]))


# ---------------------------------------------------------------- comparing


def same_bits(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return where values are identical; all NaNs are alike."""
    same = (a == b) & (np.signbit(np.real(a)) == np.signbit(np.real(b)))
    return same | ((a != a) & (b != b))


def show(inputs, bad, left, right) -> str:
    at = tuple(np.argwhere(bad)[0])
    given = [x[at] if np.shape(x) == bad.shape else x for x in inputs]
    return f"at {given}: {left[at]!r} became {right[at]!r}; {bad.sum()} of {bad.size} points"


def within_ulps(left: np.ndarray, right: np.ndarray, ulps: float) -> np.ndarray:
    with np.errstate(all="ignore"):
        near = np.abs(left - right) <= ulps * np.spacing(np.abs(left))
    return near | (left == right) | ((left != left) & (right != right))


def exact_results(graph: Graph, inputs) -> np.ndarray:
    """Return the values in exact arithmetic; limits where one input is infinite."""
    lifted = [lift(x) for x in inputs]
    truth = np.atleast_1d(evaluate_exactly(graph, lifted))
    if not is_elementwise(graph):
        return truth
    infinite = [np.isinf(x) for x in inputs]
    undefined = np.array([CONTEXT.isnan(t) for t in truth])
    alone = np.add.reduce([i.astype(int) for i in infinite]) == 1
    wanted = undefined & alone
    if wanted.any():
        finite = [
            np.where(i, np.where(x > 0, HUGE, -HUGE), y)[wanted]
            for x, y, i in zip(inputs, lifted, infinite, strict=True)
        ]
        truth[wanted] = evaluate_exactly(graph, finite)
    return truth


@np.errstate(all="ignore")
def errors(found: np.ndarray, truth: np.ndarray, floor: float) -> np.ndarray:
    """Return the distances from exact values in units in the last place of those.

    Values below `floor` are measured in units of the floor, subnormal ones as the least normal.
    """
    result = np.zeros(found.shape)
    floor = max(floor, float(np.finfo(found.dtype).tiny))
    for at, exact in np.ndenumerate(truth):
        value, nearest = found[at], found.dtype.type(float(exact))
        if value == nearest or (abs(value) < floor and abs(nearest) < floor and floor < 1e-30):
            continue
        if not np.isfinite(value) or not np.isfinite(nearest):
            result[at] = np.inf
            continue
        unit = float(np.spacing(found.dtype.type(max(abs(nearest), floor))))
        result[at] = float(abs(CONTEXT.mpf(float(value)) - exact) / unit)
    return result


def neighbourhood_error(graph: Graph, inputs, at) -> float:
    """Return the largest error of the left side near a point: it may be lucky at the point."""
    near = []
    for x in inputs:
        here = x[at]
        with np.errstate(all="ignore"):
            steps = here * (1 + np.finfo(x.dtype).eps * np.arange(-12, 13).astype(x.dtype))
        near.append(steps.astype(x.dtype))
    found, truth = run(graph, near), exact_results(graph, near)
    defined = np.array([not CONTEXT.isnan(t) for t in truth])
    return float(errors(found, truth, 0.0)[defined].max(initial=0.0))


# ---------------------------------------------------------------- the claims


def check_exact(left: Graph, right: Graph) -> None:
    for inputs in points(left):
        before, after = run(left, inputs), run(right, inputs)
        bad = ~same_bits(before, after)
        assert not bad.any(), show(inputs, bad, before, after)


@np.errstate(all="ignore")
def check_rounding(left: Graph, right: Graph) -> None:
    for inputs in points(left):
        before, after = run(left, inputs), run(right, inputs)
        if is_elementwise(left):
            bad = ~within_ulps(before, after, 2 * ULPS)
        else:  # barring overflow, relative to the terms
            terms = sum(float(np.abs(x).sum()) for x in inputs)
            bad = np.abs(before - after) > ULPS * np.finfo(before.dtype).eps * terms
            bad &= np.full(bad.shape, terms < 1e30)
        assert not bad.any(), show(inputs, bad, before, after)


def check_stabler(left: Graph, right: Graph) -> None:
    nearer = False
    floor = 0.0 if is_elementwise(left) else 1.0  # a reduction rounds relative to its terms
    for inputs in points(left):
        before, after = run(left, inputs), run(right, inputs)
        truth = exact_results(left, inputs)
        defined = np.array([not CONTEXT.isnan(t) for t in truth.ravel()]).reshape(truth.shape)
        bad = ~defined & (before != after) & (after == after)
        assert not bad.any(), "undefined " + show(inputs, bad, before, after)
        safe = np.where(defined, truth, CONTEXT.mpf(0))
        old = np.where(defined, errors(before, safe, floor), 0)
        new = np.where(defined, errors(after, safe, floor), 0)
        nearer = nearer or bool((new < old - 1).any())
        bad = (new > old) & (new > ULPS * (1 if floor == 0 else 4))
        for at in map(tuple, np.argwhere(bad)) if is_elementwise(left) else ():
            bad[at] = new[at] > 2 * neighbourhood_error(left, inputs, at)
        assert not bad.any(), f"{new[bad][0]} ulp: " + show(inputs, bad, before, after)
    nearer = nearer or has_better_derivative(left, right)
    assert nearer, "neither the value nor the derivative is anywhere nearer to the exact one"


def has_better_derivative(left: Graph, right: Graph) -> bool:
    """Return whether a derivative that is not finite becomes so."""
    gradients = [value_and_gradient(_summed(g), (0,)) for g in (left, right)]
    for inputs in points(left):
        finite = [np.asarray(x)[np.isfinite(x)] for x in inputs]
        before, after = (evaluate(g, finite)[1] for g in gradients)
        if (~np.isfinite(before) & np.isfinite(after)).any():
            return True
    return False


def _summed(graph: Graph) -> Graph:
    result = copy_entry(graph)
    with building(result):
        result.results = [sum_(v, axes=tuple(range(v.ndim))) for v in result.results]
    return result


def differs(left: Graph, right: Graph) -> bool:
    return any(
        not within_ulps(run(left, inputs), run(right, inputs), 2 * ULPS).all()
        for inputs in points(left)
    )


CHECKS = {"exact": check_exact, "rounding": check_rounding, "stabler": check_stabler}


@pytest.mark.parametrize(
    ("rule", "dtype"),
    [(r, d) for r in RULES if r.claim != "unsafe" for d in dtypes_of(r)],
    ids=lambda x: x.name if isinstance(x, Rule) else x,
)
def test_claim_holds(rule, dtype):
    for left, right in sides(rule, dtype):
        CHECKS[rule.claim](left, right)


@pytest.mark.parametrize(
    "rule", [r for r in RULES if r.claim == "unsafe"], ids=lambda rule: rule.name
)
def test_unsafe_rules_are_off_and_do_change_values(rule):
    assert rule.claim not in DEFAULT_CLAIMS
    assert any(differs(left, right) for left, right in sides(rule, "f8"))


def test_there_are_enough_rules_of_each_phase():
    assert len(RULES) >= 60
    assert {rule.phase for rule in RULES} == {"canonicalize", "stabilize", "specialize"}
