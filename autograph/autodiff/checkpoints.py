"""Checkpoints: a loop whose tape would leave the cache runs forward again, part by part.

Enters: a program to be differentiated, and its gradient as it is without checkpoints. Leaves: the
program with its long loops cut in chunks. Only what a chunk starts from is kept; its reverse runs
it forward once more, with a tape that is as long as a chunk and is used again for each of them.
Chunks of about the square root of the number of trips make checkpoints and tape smallest.

A loop whose tape is short has no chunks: all its trips are in the loop after them. Of a loop that
ends by a condition nobody knows how long it is: each of its chunks is longer than the last one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct, field

from autograph.ir.affine import Affine
from autograph.ir.graph import Copier, Graph, Guard, Node, Value, copy_entry, located
from autograph.ir.op import constant_of, form_value
from autograph.ir.types import ArrayType, TapeType
from autograph.ops.control import (
    has_trip_count,
    ifelse,
    make_scan,
    pushed_values,
    scan,
    tape_results,
)
from autograph.ops.elementwise import (
    add,
    cast,
    ceil,
    divide,
    floor_divide,
    greater,
    less,
    logical_and,
    logical_not,
    logical_or,
    maximum,
    minimum,
    multiply,
    sqrt,
    subtract,
    switch,
)

LONGEST_TAPE = 16 * 2**20
"""The bytes of tape from which on a loop is run in chunks."""

UNKNOWN_TRIPS = 1000
"""How often a loop is taken to run that ends by a condition, or as often as is computed."""

CHUNK = "chunk"
"""The name of the number of a chunk."""

LEAST_SAVING = 4
"""How many times smaller chunks must make what is kept, for a loop to be cut."""


class Sizes(Struct):
    """What is known of sizes when a program is differentiated.

    Attributes:
        hints: Sizes and integer arguments of the call that is compiled for.
        refused: Texts of guards that must not be assumed.
        longest_tape: The bytes of tape from which on a loop is run in chunks.
        guards: What has been assumed: sizes for which tapes are short.
        rerun: Nodes of the program that run again in its reverse, for people to read.
        is_limit: Whether memory counts more than how long it takes to compile.
        is_apart: Whether the reverse runs when the forward program has ended.
    """

    hints: Mapping[Value, int] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    longest_tape: int = LONGEST_TAPE
    guards: list[Guard] = field(default_factory=list)
    is_limit: bool = False
    is_apart: bool = False
    rerun: list[Node] = field(default_factory=list)

    @property
    def unknown_trips(self) -> int:
        """How often a loop that ends by a condition is taken to run: under a limit, for long."""
        return 1 << 40 if self.is_limit else UNKNOWN_TRIPS

    def of(self, forms: Iterable[Affine]) -> int | None:
        """Return the product of forms in the call that is compiled for, if it is known."""
        product = 1
        for form in forms:
            if any(symbol not in self.hints for symbol in form.symbols):
                return None
            product *= max(form.evaluate(self.hints), 0)
        return product

    def are_small(self, symbols: Sequence[Value], growth: float) -> bool:
        """Assume that no size is more than a few times larger than now; return whether it may be.

        Args:
            symbols: The sizes.
            growth: By how much their product may grow.
        """
        factor = max(growth, 1.0) ** (1 / max(len(symbols), 1))
        found = [
            Guard(math.ceil(max(self.hints[s], 8) * factor) - Affine.of(s), ">=0", is_limit=True)
            for s in symbols
        ]
        if any(guard.key in self.refused for guard in found):
            return False
        self.guards += [guard for guard in found if guard not in self.guards]
        return True


class Block(Struct, frozen=True):
    """Arrays of one size: the dims, and how many bytes an element has in all of them."""

    dims: tuple[Affine, ...]
    bytes: int


class Cut(Struct, frozen=True):
    """A loop to cut: what each trip tapes, and what a checkpoint of it holds."""

    tape: tuple[Block, ...]
    state: tuple[Block, ...]


def loops_to_cut(
    program: Graph, recorded: Mapping[Node, Node], fused: set[Node], sizes: Sizes
) -> dict[Node, Cut]:
    """Return the loops of a program that are to run in chunks.

    Args:
        program: The program that was differentiated.
        recorded: For each loop that pushes something in its gradient, the copy that does.
        fused: Loops of the gradient that run together with their reverse.
        sizes: What is known; gets guards for loops that are not cut because of them.
    """
    found = {}
    inner = {node for loop in _loops(program) for node in _loops(loop.regions[0])}
    for node in _loops(program):
        copy = recorded.get(node)
        if copy is None or copy in fused or not _can_be_cut(node):
            continue
        tape = [
            _block(value, copy)
            for value, _ in zip(pushed_values(copy), tape_results(copy), strict=False)
        ]
        state = [
            Block(v.type.dims, v.dtype.itemsize)
            for v in copy.operands[: copy.attrs["carries"]]
            if isinstance(v.type, ArrayType)
        ]
        blocks = [block for block in tape if block is not None]
        if len(blocks) == len(tape) and any(block.dims for block in blocks):
            cut = Cut(tuple(blocks), tuple(state))
            guarded = sizes.is_limit or node not in inner
            if _pays(cut, copy.attrs["length"], sizes, guarded=guarded):
                found[node] = cut
    for outer in list(found):
        _choose(outer, found, sizes)
    return found


def _choose(outer: Node, found: dict[Node, Cut], sizes: Sizes) -> None:
    """Take back the cuts of a loop, or of those in it, whichever leave more to be kept.

    Both are made where neither is enough: bodies that are there nine times take long to compile.
    """
    inner = [node for node in _loops(outer.regions[0]) if node in found]
    if outer not in found or not inner:
        return
    trips, state, tape = _measured(outer, found[outer], sizes)
    size = max(1.0, math.sqrt(trips * state / tape))
    by_outer = trips / size * state + size * tape
    rows = (_measured(node, found[node], sizes) for node in inner)
    by_inner = trips * sum(2 * math.sqrt(n * s * t) for n, s, t in rows)
    if sizes.is_limit and min(by_outer, by_inner) > sizes.longest_tape:
        return
    for node in inner if by_outer <= by_inner else [outer]:
        del found[node]


def _measured(node: Node, cut: Cut, sizes: Sizes) -> tuple[int, int, int]:
    """Return the trips of a loop, and the bytes of a checkpoint and of the tape of one trip."""
    length = node.attrs["length"]
    known = None if length is None else sizes.of([length])
    trips = UNKNOWN_TRIPS if known is None else max(known, 1)
    return trips, _bytes(cut.state, sizes) or 1, _bytes(cut.tape, sizes) or 1


def chunks_of(program: Graph) -> set[Node]:
    """Return the loops through one chunk that a program has from derivatives inside of it.

    The reverse of a loop in chunks is one, too: it runs a chunk forward, then backwards.
    """
    return {
        inner
        for node in _loops(program)
        if node.regions[0].params[0].name == CHUNK
        for inner in node.regions[0].nodes
        if inner.op is scan
    }


def _loops(region: Graph) -> Iterator[Node]:
    """Yield the loops of a region, those in their bodies, and those in branches."""
    for node in region.nodes:
        if node.op is scan and node.results:
            yield node
            yield from _loops(node.regions[0])
        elif node.op is ifelse:
            for arm in node.regions:
                yield from _loops(arm)


def _can_be_cut(node: Node) -> bool:
    """Return whether a loop counts up, and has neither tapes nor chunks."""
    attrs, index = node.attrs, node.regions[0].params[0]
    tapes = len(node.operands) > attrs["carries"] or tape_results(node)
    return not attrs["reverse"] and not tapes and index.name != CHUNK


def ends_by_condition(node: Node) -> bool:
    """Return whether it is not known before a loop how often it runs."""
    return has_trip_count(node) or len(node.regions) > 1


def _block(value: Value, loop: Node) -> Block | None:
    """Return what a push stores, None if that differs from trip to trip."""
    lengths: list[Affine] = []
    body = loop.regions[0]
    while isinstance(value.type, TapeType):
        inner = value.node
        if inner is None or inner.op is not scan or inner.attrs["length"] is None:
            return None
        lengths.append(inner.attrs["length"])
        value = pushed_values(inner)[tape_results(inner).index(value)]
    dims = (*lengths, *value.dims)
    inside = {body.params[0], *(v for n in body.walk() for v in n.results)}
    inside |= {p for n in body.walk() for r in n.regions for p in r.params}
    if any(s in inside for dim in dims for s in dim.symbols):
        return None
    return Block(dims, value.dtype.itemsize)


def _pays(cut: Cut, length: Affine | None, sizes: Sizes, *, guarded: bool) -> bool:
    """Return whether to cut a loop, with the sizes that are known.

    Where it does not pay now, it is assumed that sizes stay so, if they are to be `guarded`.
    """
    tape = _bytes(cut.tape, sizes)
    state = _bytes(cut.state, sizes)
    if tape is None or state is None:
        return False
    known = None if length is None else sizes.of([length])
    counted = length.symbols if length is not None and known is not None else ()
    trips, tape = max(sizes.unknown_trips if known is None else known, 1), max(tape, 1)
    worth = (2 * LEAST_SAVING) ** 2 * state / tape
    if trips < worth and not counted:
        return False
    least = max(worth, sizes.longest_tape / tape)
    symbols = dict.fromkeys(s for b in cut.tape for dim in b.dims for s in dim.symbols)
    symbols.update(dict.fromkeys(counted))
    if trips > least:
        return True
    return guarded and not sizes.are_small(list(symbols), 2 * least / trips)


def _bytes(blocks: Sequence[Block], sizes: Sizes) -> int | None:
    counts = [sizes.of(block.dims) for block in blocks]
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return None
    return sum(n * block.bytes for n, block in zip(known, blocks, strict=True))


# ---------------------------------------------------------------- cutting


def cut_loops(
    program: Graph, cuts: Mapping[Node, Cut], longest_tape: int
) -> tuple[Graph, set[Node]]:
    """Return a program with loops cut in chunks, and the loops that run through one chunk."""
    cutter = _Cutter(cuts, longest_tape)
    return copy_entry(program, cutter.visit), cutter.chunks


class _Cutter:
    """Copies a program with some of its loops, which may be in each other, cut in chunks.

    Attributes:
        chunks: The loops through one chunk that have been emitted.
    """

    def __init__(self, cuts: Mapping[Node, Cut], longest_tape: int) -> None:
        self._cuts = cuts
        self._longest_tape = longest_tape
        self.chunks: set[Node] = set()

    def visit(self, copier: Copier, node: Node) -> None:
        """Copy a node."""
        if node not in self._cuts:
            copier.node(node, self.visit)
            return
        with located(lambda: node.site):
            if ends_by_condition(node):
                self._emit_growing(copier, node, self._cuts[node])
            else:
                self._emit_equal(copier, node, self._cuts[node])

    def _run(self, region: Graph, params: Sequence[Value], copier: Copier) -> list[Value]:
        """Emit the nodes of a region, given what stands for its params; return its results."""
        part = Copier({**copier.mapping, **dict(zip(region.params, params, strict=True))})
        for step in region.nodes:
            self.visit(part, step)
        return [part.value(v) for v in region.results]

    def _note_chunk(self, results: Sequence[Value]) -> None:
        assert results[0].node is not None
        self.chunks.add(results[0].node)

    def _emit_equal(self, copier: Copier, node: Node, cut: Cut) -> None:
        """Emit a loop as a loop over chunks and one over the other trips."""
        trips = form_value(copier.form(node.attrs["length"]))
        tape, state = _total(cut.tape, copier), _total(cut.state, copier)
        real = cast(trips, dtype=np.dtype(np.float64))
        root = ceil(sqrt(divide(multiply(real, state), tape)))
        size = maximum(cast(root, dtype=np.dtype(np.int64)), 1)
        is_long = greater(multiply(real, tape), float(self._longest_tape))
        count = switch(is_long, floor_divide(trips, size), 0)
        inits = [copier.value(v) for v in node.operands]

        def run(first: Value, length: Value, carries: Sequence[Value]) -> tuple[Value, ...]:
            def body(index: Value, *inner: Value) -> list[Value]:
                at = form_value(Affine.of(first) + Affine.of(index))
                return self._run(node.regions[0], [at, *inner], copier)

            names = [p.name for p in node.regions[0].params]
            return make_scan(Affine.of(length), carries, body, names=names[1:], index_name=names[0])

        def run_chunk(number: Value, *carries: Value) -> Sequence[Value]:
            results = run(multiply(number, size), size, carries)
            self._note_chunk(results)
            return results

        carried = make_scan(Affine.of(count), inits, run_chunk, index_name=CHUNK)
        done = multiply(count, size)
        finals = run(done, subtract(trips, done), carried)
        copier.mapping.update(zip(node.results, finals, strict=True))

    def _emit_growing(self, copier: Copier, node: Node, cut: Cut) -> None:
        """Emit a loop that ends by a condition as chunks of growing lengths.

        Each chunk runs as many trips more than the one before it as a checkpoint has tapes; so n
        trips make about the square root of 2 n chunks, and the last one is about as long.
        """
        count, length = node.attrs["carries"], node.attrs["length"]
        tape, state = _total(cut.tape, copier), _total(cut.state, copier)
        step = maximum(cast(ceil(divide(state, tape)), dtype=np.dtype(np.int64)), 1)

        def run_chunk(number: Value, *carries: Value) -> Sequence[Value]:
            *given, done = carries
            wanted = size = multiply(add(number, 1), step)
            if length is not None:
                size = minimum(size, subtract(form_value(copier.form(length)), done))
            results = self._emit_chunk(copier, node, (done, size), given)
            trips, stopped = results[count : count + 2]
            ended = logical_or(stopped, less(trips, wanted))
            return [*results[:count], add(done, trips), ended]

        start = [*(copier.value(v) for v in node.operands), constant_of(0, np.int64)]
        found = make_scan(None, start, run_chunk, until=True, index_name=CHUNK)
        copier.mapping.update(zip(node.results, found[: len(node.results)], strict=True))

    def _emit_chunk(
        self, copier: Copier, node: Node, span: tuple[Value, Value], carries: Sequence[Value]
    ) -> tuple[Value, ...]:
        """Emit some trips of a loop, as long as it goes on.

        Returns:
            The carries, then how many trips there were, and whether the body has said to stop.
        """
        (first, size), count = span, node.attrs["carries"]

        def body(index: Value, *inner: Value) -> list[Value]:
            at = form_value(Affine.of(first) + Affine.of(index))
            found = self._run(node.regions[0], [at, *inner[:count]], copier)
            stopped = found[count:] if node.attrs["until"] else [inner[count + 1]]
            return [*found[:count], add(inner[count], 1), *stopped]

        def goes_on(*inner: Value) -> Value:
            more: Value = logical_and(less(inner[count], size), logical_not(inner[count + 1]))
            for region in node.regions[1:]:
                (holds,) = self._run(region, inner[:count], copier)
                more = logical_and(more, holds)
            return more

        start = [*carries, constant_of(0, np.int64), constant_of(False, np.bool_)]
        index, *names = (p.name for p in node.regions[0].params)
        names += [None, None]
        results = make_scan(None, start, body, condition=goes_on, names=names, index_name=index)
        self._note_chunk(results)
        return results


def _total(blocks: Sequence[Block], copier: Copier) -> Value:
    """Emit how many bytes arrays have, as a float."""
    total: Value | float = 0.0
    for block in blocks:
        product: Value | float = float(block.bytes)
        for dim in block.dims:
            extent = cast(form_value(copier.form(dim)), dtype=np.dtype(np.float64))
            product = multiply(extent, product)
        total = add(product, total) if isinstance(product, Value) else total
    assert isinstance(total, Value)
    return total
