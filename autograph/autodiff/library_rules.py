"""Derivatives of functions of SciPy and NumPy that are called as they are, element by element."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograph.autodiff.cotangents import Cotangents, fit
from autograph.autodiff.formulas import Term, number
from autograph.autodiff.matrices import in_dtype
from autograph.autodiff.primal import Frame
from autograph.autodiff.special.table import HOLOMORPHIC, OF_SEVERAL, RULES, UNKNOWN
from autograph.autodiff.special.terms import Partial
from autograph.errors import NondifferentiableError, Site
from autograph.ir.graph import Node, Value
from autograph.ops.define import broadcast_dims
from autograph.ops.elementwise import add, cast, multiply
from autograph.ops.library import LibraryCall, Operand


def rule_of(node: Node) -> Sequence[Sequence[Partial]] | None:
    """Return the partial derivatives of each result of what a library node calls, if known.

    Of functions of complex numbers they are where no formula takes sizes or signs of real ones.
    """
    call: LibraryCall = node.attrs["call"]
    package, _, name = call.name.rpartition(".")
    is_complex = any(v.dtype.kind == "c" for v in (*node.operands, *node.results))
    if is_complex and name not in HOLOMORPHIC:
        return None
    if package.partition(".")[0] not in ("numpy", "scipy") or call.kwargs:
        return None
    rows = [RULES[name]] if name in RULES else OF_SEVERAL.get(name)
    return rows if rows is not None and len(rows) == len(node.results) else None


def partials(
    node: Node,
    position: int,
    primal: Callable[[Value], Value],
    wanted: Callable[[Value], bool],
) -> list[tuple[Value, Value]]:
    """Return the wanted operands of a library node, each with the derivative of a result by it.

    Raises:
        NondifferentiableError: If the derivative is not known.
    """
    call: LibraryCall = node.attrs["call"]
    rows = rule_of(node) or ()
    results = [Term(primal(v)) for v in node.results]
    y: Term = results[position]
    args: list[Any] = []
    for x in call.args:
        args.append(
            _as_float(primal(node.operands[x.position]), y) if isinstance(x, Operand) else x
        )
    _require_alike(call, args, node.site)
    found = []
    for place, x in enumerate(call.args):
        if not isinstance(x, Operand) or not wanted(node.operands[x.position]):
            continue
        partial = rows[position][place] if place < len(rows[position]) else None
        if partial is None:
            reason = f": {UNKNOWN[call_name(call)]}" if call_name(call) in UNKNOWN else ""
            raise NondifferentiableError(
                f"{call.name} has no derivative rule for its argument {place}{reason}", node.site
            )
        slope = partial(results if len(rows) > 1 else y, *args)
        slope = slope if isinstance(slope, Term) else number(slope, y)
        found.append((node.operands[x.position], slope.value))
    return found


def call_name(call: LibraryCall) -> str:
    """Return the name of a function without its module."""
    return call.name.rpartition(".")[2]


def _as_float(value: Value, like: Term) -> Term:
    """Return an argument as a number of the type of the result; complex ones as they are."""
    dtype = like.value.dtype
    fits = value.dtype.kind == "c" or (value.dtype.kind == "f" and dtype.kind == "c")
    return Term(value if fits or value.dtype == dtype else cast(value, dtype=dtype))


def _require_alike(call: LibraryCall, args: Sequence[Any], site: Site | None) -> None:
    """Refuse arrays of which nobody knows whether they are of one size."""
    try:
        broadcast_dims([x.value.dims for x in args if isinstance(x, Term)])
    except TypeError:
        raise NondifferentiableError(
            f"{call.name} has no derivative where its arguments may be of different sizes; give it "
            "arrays that have been computed with each other, as x + 0 * y",
            site,
        ) from None


def reverse(node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents) -> None:
    """Pass the cotangents of the results of a library function on to its operands."""
    active = frame.plan.active
    for position, g in enumerate(gs):
        if g is None:
            continue
        for operand, slope in partials(node, position, frame.demand, active.__contains__):
            cotangents.add(operand, in_dtype(multiply(g, slope), operand.dtype))


def forward(
    node: Node, primal: Callable[[Value], Value], tangents: Mapping[Value, Value]
) -> list[Value | None]:
    """Return the tangents of the results of a library function, None where one does not vary."""
    return [
        _tangent(node, position, primal, tangents) if v.dtype.kind in "fc" else None
        for position, v in enumerate(node.results)
    ]


def _tangent(
    node: Node, position: int, primal: Callable[[Value], Value], tangents: Mapping[Value, Value]
) -> Value:
    result = primal(node.results[position])
    total: Value | None = None
    for operand, slope in partials(node, position, primal, lambda v: v in tangents):
        t = tangents[operand]
        t = t if t.dtype == result.dtype else cast(t, dtype=result.dtype)
        term = multiply(t, slope)
        total = term if total is None else add(total, term)
    assert total is not None
    return fit(total, result.dims)
