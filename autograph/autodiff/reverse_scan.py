"""The reverse of a loop is a loop, its iterations in the opposite order.

It carries the cotangents of the carried values, one accumulator for each active value that the
body reads from around the loop, and the arrays whose writes it undoes. It pops what the forward
loop pushed, and pushes the cotangents of what the forward loop popped.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from autograph.autodiff.checkpoints import ends_by_condition
from autograph.autodiff.cotangents import Cotangents
from autograph.autodiff.factoring import take_out_factors
from autograph.autodiff.loop_frame import Loop
from autograph.autodiff.primal import Frame
from autograph.errors import NondifferentiableError
from autograph.ir.graph import Copier, Graph, Node, Value, building, emit, free_values, uses
from autograph.ir.op import constant, constant_of
from autograph.ir.types import ArrayType, TapeType
from autograph.ops.control import pushed_values, scan, tape_results, trip_count
from autograph.ops.elementwise import add, multiply

Walk = Callable[[Frame, Cotangents], None]
"""Runs a frame's region backwards."""


def reverse_scan(node: Node, frame: Frame, cotangents: Cotangents, walk: Walk) -> None:
    """Emit the reverse of a scan of the frame's region.

    Args:
        node: The scan.
        frame: The frame of the region that holds it.
        cotangents: Those of the frame's region; updated.
        walk: Runs the body backwards.
    """
    reversal = _Reversal(node, frame, cotangents)
    if reversal.has_work():
        reversal.build_body(walk)
        reversal.emit()


class _Carry(Struct):
    """A carry of the reverse loop.

    Attributes:
        param: It, in the body.
        init: Emits its first value.
        receive: Takes its last value.
        result: Its next value, in the body.
    """

    param: Value
    init: Callable[[], Value]
    receive: Callable[[Value], None]
    result: Value


class _Reversal:
    """The reverse of one scan while it is put together."""

    def __init__(self, node: Node, frame: Frame, cotangents: Cotangents) -> None:
        count = node.attrs["carries"]
        self.node = node
        self.frame = frame
        self.cotangents = cotangents
        self.loop = Loop(frame, node, frame.plan)
        self.inner = Cotangents(self.loop)
        self.carries: list[_Carry] = []
        self.tapes: list[tuple[Value, Value]] = []
        self.pushes: list[tuple[Value, Value]] = []
        self.given = [cotangents.take(result) for result in node.results[:count]]
        self.given_tapes = [cotangents.take_tapes(tape) for tape in tape_results(node)]

    def has_work(self) -> bool:
        """Return whether there is anything to pass back or to undo."""
        some = any(g is not None for g in self.given)
        return some or any(self.given_tapes) or bool(self.loop.states)

    def build_body(self, walk: Walk) -> None:
        """Run the body backwards and collect what the reverse loop carries, pops and pushes."""
        body = self.loop.region
        active = self.frame.plan.active
        with building(self.loop.reverse):
            captures = self._captures()
            seeds = {
                k: Value(self.frame.type(result.type))
                for k, result in enumerate(self.node.results[: len(self.given)])
                if result in active
            }
            factor = self._factor(seeds, captures)
            for value, accumulator in captures.items():
                if factor is None:
                    self.inner.put(value, accumulator)
            for k, seed in seeds.items():
                one = constant_of(1, seed.dtype)
                self.inner.add(body.results[k], seed if factor is None else one)
            for pushed, tapes in zip(pushed_values(self.node), self.given_tapes, strict=True):
                for tape in tapes:
                    assert isinstance(tape.type, TapeType)
                    self.tapes.append((tape, Value(tape.type.element)))
                    self.inner.add(pushed, self.tapes[-1][1])
            walk(self.loop, self.inner)
            for k, seed in seeds.items():
                found = self.inner.take(self.loop.region.params[1 + k])
                self._carry_cotangent(k, seed, _times(found, factor))
            for value, accumulator in captures.items():
                found = _times(self.inner.take(value), factor)
                if factor is not None and found is not None:
                    found = add(accumulator, found)
                self._carry_accumulator(value, accumulator, found)
            for k, state in self.loop.states.items():
                self._carry_state(k, state)
            self._push_cotangents()
        self.tapes += self.loop.pops
        self.loop.learn()

    def _factor(self, seeds: dict[int, Value], captures: dict[Value, Value]) -> Value | None:
        """Return the one cotangent that all others are multiples of, if these are numbers.

        Then the multiples are computed without it: where iterations wait for each other, they wait
        for one product, and not for all that the cotangent passes through. Multiples are by real
        numbers: what complex cotangents pass through need not be linear in complex ones.

        A loop in another one that ends when its data say so has no use for that: iterations of the
        other one run side by side, and those of this one wait for nothing.
        """
        if ends_by_condition(self.node) and isinstance(self.frame, Loop):
            return None
        elements = self.loop.region.params[1 + self.node.attrs["carries"] :]
        moving = (*seeds.values(), *captures)
        scalars = not any(v.ndim or v.dtype.kind == "c" for v in moving)
        active = any(v in self.frame.plan.active for v in elements)
        if len(seeds) != 1 or not scalars or active or any(self.given_tapes):
            return None
        return next(iter(seeds.values()))

    def _captures(self) -> dict[Value, Value]:
        """Return an accumulator for each active value that the body reads from around the loop.

        Raises:
            NondifferentiableError: If a tape is among them.
        """
        found = {}
        for value in free_values(self.loop.region):
            if value not in self.frame.plan.active:
                continue
            if not isinstance(value.type, ArrayType):
                raise NondifferentiableError(
                    "a tape is read in a loop that does not step through it", self.node.site
                )
            found[value] = Value(self.frame.type(value.type))
        return found

    def _carry_cotangent(self, k: int, seed: Value, result: Value | None) -> None:
        """Carry the cotangent of carry `k`."""
        param, given = self.loop.region.params[1 + k], self.given[k]
        stays_zero = result is seed and given is None

        def receive(x: Value) -> None:
            if not stays_zero:
                self.cotangents.add(self.node.operands[k], x)

        self.carries.append(
            _Carry(
                seed,
                lambda: self.frame.zeros(self.node.results[k]) if given is None else given,
                receive,
                self.loop.zeros(param) if result is None else result,
            )
        )

    def _carry_accumulator(self, value: Value, accumulator: Value, result: Value | None) -> None:
        """Carry the cotangent of a captured value, unless the body adds nothing to it."""
        if result is accumulator or result is None:
            return

        def init() -> Value:
            given = self.cotangents.take(value)
            return self.frame.zeros(value) if given is None else given

        self.carries.append(
            _Carry(accumulator, init, lambda x: self.cotangents.add(value, x), result)
        )

    def _carry_state(self, k: int, state: Value) -> None:
        """Carry an array backwards from its last contents, for rules to read."""
        operand = self.node.operands[k]
        self.carries.append(
            _Carry(
                state,
                lambda: self.frame.demand(self.node.results[k]),
                lambda x: self.frame.know(operand, x),
                self.loop.demand(self.loop.region.params[1 + k]),
            )
        )

    def _push_cotangents(self) -> None:
        """Push the cotangents of the elements that the loop pops.

        Raises:
            NondifferentiableError: If an element is a tape that is read twice.
        """
        count = self.node.attrs["carries"]
        elements = self.loop.region.params[1 + count :]
        for tape, element in zip(self.node.operands[count:], elements, strict=True):
            if isinstance(element.type, ArrayType):
                found = self.inner.take(element)
                pushed = [] if found is None else [found]
            else:
                pushed = self.inner.take_tapes(element)
            if len(pushed) > 1:
                raise NondifferentiableError(
                    "this derivative of so high an order reads a tape twice", self.node.site
                )
            self.pushes += [(tape, x) for x in pushed]

    # ------------------------------------------------------------ emitting

    def emit(self) -> None:
        """Emit the reverse loop and hand out its results."""
        body = self.loop.reverse
        with building(self.frame.reverse):
            inits = [carry.init() for carry in self.carries]
            changed = [k for k, carry in enumerate(self.carries) if not self._is_constant(carry)]
            body.params = [
                self.loop.index_param,
                *(self.carries[k].param for k in changed),
                *(element for _, element in self.tapes),
            ]
            body.results = [self.carries[k].result for k in changed]
            body.results += [x for _, x in self.pushes]
            take_out_factors(body, self.inner.added)
            constants = {
                carry.param: init
                for carry, init in zip(self.carries, inits, strict=True)
                if self._is_constant(carry)
            }
            finals = self._emit_scan(with_constants(body, constants), [inits[k] for k in changed])
            for k, carry in enumerate(self.carries):
                carry.receive(finals[changed.index(k)] if k in changed else inits[k])
            for (tape, _), pushed in zip(self.pushes, finals[len(changed) :], strict=True):
                self.cotangents.add(tape, pushed)

    def _is_constant(self, carry: _Carry) -> bool:
        return carry.result is carry.param

    def _emit_scan(self, body: Graph, inits: list[Value]) -> tuple[Value, ...]:
        if not body.results:
            return ()
        attrs = {
            "length": self.frame.form(trip_count(self.node)),
            "reverse": not self.node.attrs["reverse"],
            "carries": len(inits),
            "until": False,
        }
        return emit(scan, [*inits, *(tape for tape, _ in self.tapes)], attrs, [body])


def _times(x: Value | None, factor: Value | None) -> Value | None:
    """Return a multiple of a factor, or what is given where there is no factor."""
    if x is None or factor is None:
        return x
    if x.node is not None and x.node.op is constant and x.node.attrs["value"] == 1:
        return factor
    product: Value = multiply(x, factor)
    return product


def with_constants(body: Graph, constants: dict[Value, Value]) -> Graph:
    """Return a loop body with carries that never change replaced by their values."""
    used = uses(body)
    replaced = {param: value for param, value in constants.items() if param in used}
    if not replaced:
        return body
    copier = Copier(replaced)
    return copier.region(body)
