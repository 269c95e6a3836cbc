"""The state that a staged loop carries, found as the fixpoint of tracing its body.

Each trial traces the body once, from the state that the trials before it left. The first one starts
from the entry contents and so finds out what the body changes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import pairwise
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from autograph.frontend.flow.control import Block, run_block
from autograph.frontend.flow.seeds import Seed, recall, remember, way_here
from autograph.frontend.symbols.carried_integers import CarriedIntegers
from autograph.frontend.symbols.completion import CONTINUE, NORMAL, RAISE, Completion
from autograph.frontend.symbols.condition import positive
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.decisions import SIZES, TEXTS, UNROLL, Restart
from autograph.frontend.symbols.leaves import Leaf
from autograph.frontend.symbols.magnitude import COUNTABLE
from autograph.frontend.symbols.union import Union, Unjoined, alternatives, narrow
from autograph.frontend.tracing.carried import Carried, EntryThen
from autograph.frontend.tracing.composite import Container, OneOf, each
from autograph.frontend.tracing.contents import Path, parts_of, with_parts
from autograph.frontend.tracing.growth import Growth
from autograph.frontend.tracing.heap import ListPlace
from autograph.frontend.tracing.join import visible_outside
from autograph.frontend.tracing.journal import Place, Scope, same_content
from autograph.frontend.tracing.packing import Packing
from autograph.frontend.tracing.padded import apart, arrays_in
from autograph.frontend.tracing.sizes import Sizes
from autograph.frontend.tracing.state import (
    State,
    name_slots,
    sizes_may_change,
    state_of,
    without_masks,
)
from autograph.frontend.tracing.template import NoJoin, Template
from autograph.frontend.tracing.template_facts import (
    has_objects,
    has_text,
    is_longer_text,
    longest_text,
    template_key,
)
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import scalar

NEW_OBJECT = (
    "is a Python object that a staged loop makes anew in each iteration; it can be used only in "
    "the iteration that makes it"
)
UNROLLED_TO_GROW = 16
"""Loops of a constant length up to this are run at trace time if they make a list longer."""

TRIALS = 12
"""How often a body is traced before its state is taken not to settle."""

Site = tuple[str, int, int]
EMPTY = State({}, {})
INT64 = scalar(np.int64)


class Loop(Struct, frozen=True):
    """A loop to be staged.

    Attributes:
        site: Its place in the source.
        length: The number of iterations; None if only the test or a jump ends it.
        body: Runs one iteration, given the index as a form.
        test: The test of a `while`, if it has no side effects.
        orelse: The `else` block.
        index: What the index is called.
        unrollable: Whether the loop can be run at trace time instead.
    """

    site: Site
    length: Affine | None
    body: Callable[[Affine], Any]
    test: Callable[[], Any] | None
    orelse: Block
    index: str
    unrollable: bool


class Trial(Struct):
    """One trace of the body, from a supposed state to the state that it leaves."""

    scope: Scope
    carried: Carried
    params: list[Value]
    completion: Completion
    end: dict[Hashable, Any]
    packing: Packing
    continuing: State
    leaving: State
    counters: set[int]
    bounded: bool = True

    @property
    def leaves_at_once(self) -> bool:
        """Whether no iteration follows this one."""
        return NORMAL not in self.completion.codes

    @property
    def index(self) -> Value:
        """The index of the iteration."""
        return self.scope.graph.params[0]


class Fixpoint:
    """Traces the body of a loop until what it carries no longer changes.

    Attributes:
        places: The places that the loop changes.
        entry: Their contents before the loop.
    """

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.places: dict[Hashable, Place] = {}
        self.entry: dict[Hashable, Any] = {}
        self._continuing, self._leaving = EMPTY, EMPTY
        self._counters: set[int] = set()
        self._unsettled: set[Hashable] = set()
        self._depths: list[int] = []
        self._counts: list[int] = []
        self._nestings: list[int] = []
        self.integers = CarriedIntegers()
        self.growth = Growth(loop.site, loop.length)
        self.sizes = Sizes(loop.site, loop.length)
        self._way = (loop.site, way_here())
        self._suppose(recall(self._way))

    def _suppose(self, seed: Seed | None) -> None:
        """Start from what this loop carried when it was last traced, if that applies."""
        if seed is None:
            return
        self.places, self.entry = dict(seed.places), seed.contents()
        self._continuing, self._leaving = seed.continuing, seed.leaving
        self._counters, self.integers, self.growth = seed.counters, seed.integers, seed.growth
        self.growth.resume(self.loop.length, self.entry)

    def run(self) -> Trial:
        """Return the trial whose state is its own fixpoint.

        Raises:
            UnsupportedError: If there is none.
        """
        for number in range(TRIALS):
            stale = tracer().count_stale()
            trial = self._trial()
            if trial.completion.only == RAISE or (number == 0 and trial.leaves_at_once):
                return trial
            self._require_steady_texts(number, trial)
            self._require_steady_depth(trial)
            if number > 1:
                count = len(trial.continuing.types())
                self._give_up_objects(trial)
                if len(trial.continuing.types()) != count:
                    trial.counters.clear()
            settled = (
                trial.continuing.key == self._continuing.key
                and trial.leaving.key == self._leaving.key
            )
            self._note_unsettled(number, trial)
            self._continuing, self._leaving = trial.continuing, trial.leaving
            if not settled:
                self.integers.reset()
            steady = trial.bounded and self.sizes.settled and stale == tracer().count_stale()
            steady &= number > 0 or self.growth.confirmed
            if settled and self._counters <= trial.counters and steady:
                remember(self._way, self._found())
                return trial
            self._counters = self._counters & trial.counters if settled else trial.counters
        before = Carried.of(self.entry, trial.carried.state, trial.carried.state).state
        changing = self._changing(before, trial.continuing)
        texts = any(has_text(trial.continuing.templates[place]) for place in changing)
        if texts and (TEXTS,) not in tracer().decisions:
            raise Restart((TEXTS,))
        if not sizes_may_change():
            raise Restart((SIZES, tracer().site))
        names = sorted({self.places[place].name for place in changing})
        raise unsupported(
            f"{', '.join(map(repr, names)) or 'the state'} of this loop does not settle to a fixed "
            "set of types; give it its final type before the loop"
        )

    def _found(self) -> Seed:
        return Seed(
            dict(self.places),
            {},
            self._continuing,
            self._leaving,
            set(self._counters),
            self.integers,
            self.growth,
        )

    def _changing(self, before: State, now: State) -> list[Hashable]:
        """Return the places whose templates differ."""
        return [
            place
            for place, template in now.templates.items()
            if place not in before.templates
            or template_key(before.templates[place]) != template_key(template)
        ]

    def _note_unsettled(self, number: int, trial: Trial) -> None:
        """Note which views change from iteration to iteration, and start again without them."""
        if number < 2 or not sizes_may_change():
            return
        changing = {
            key
            for key in self._changing(self._continuing, trial.continuing)
            if any(_grows_apart(part) for _, part in parts_of(trial.end[key]))
        }
        if changing - self._unsettled:
            self._unsettled |= changing
            trial.continuing = trial.leaving = EMPTY

    def _give_up_objects(self, trial: Trial) -> None:
        """Make Python objects that each iteration makes anew unusable after it."""
        unjoined = NoJoin(Unjoined(NEW_OBJECT, tracer().site))
        for state, name in ((self._continuing, "continuing"), (self._leaving, "leaving")):
            now: State = getattr(trial, name)
            given_up = {
                place: _without_objects(state.templates.get(place), template, unjoined)
                for place, template in now.templates.items()
            }
            slots = {
                slot: _without_objects(state.slots.get(slot), template, unjoined)
                for slot, template in now.slots.items()
            }
            setattr(trial, name, State(given_up, slots))

    def _trial(self) -> Trial:
        trace, loop = tracer(), self.loop
        trace.traces += 1
        carried = Carried.of(self.entry, self._continuing, self._leaving)
        scope = trace.push("body")
        index = Value(INT64, None, loop.index or None)
        params = [
            Value(t, None, n)
            for t, n in zip(carried.state.types(), self.names(carried), strict=True)
        ]
        scope.graph.params += [index, *params]
        if loop.unrollable:
            trace.loops[index] = loop.site
            trace.lengths[index] = loop.length
        upper = None if loop.length is None else loop.length - 1
        trace.facts.bound(index, lower=0, upper=upper)
        for k in self._counters & set(range(len(params))):
            trace.facts.bound(params[k], lower=as_form(carried.inits[k]))
        trace.facts.magnitudes.limits[index] = COUNTABLE if upper is None else upper
        self.integers.suppose(params, list(map(as_form, carried.inits)))
        form = Affine.of(index)
        trace.images[form] = carried.images(params)
        self.enter(carried, params, form)
        heads = {key: place.read() for key, place in self.places.items()}
        completion = run_block(loop.body, form).renamed({CONTINUE: NORMAL})
        trial = self._ended(scope, carried, params, completion, heads)
        trace.pop(scope)
        return trial

    def enter(self, carried: Carried, params: list[Value], trips: Affine) -> None:
        """Write what an iteration finds to its places, given how many ran before it."""
        leaves = self.sizes.at(carried.state, [leaf_of(p) for p in params], trips)
        contents = carried.unpack(leaves, positive(trips), at_head=True)
        for key, content in contents.items():
            tracer().write(self.places[key], self.growth.at(key, content, trips))

    def names(self, carried: Carried) -> list[str | None]:
        """Return names for the carries: those of the places."""
        found: list[str | None] = []
        for key, template in carried.state.templates.items():
            found += leaf_names(template, self.places[key].name)
        for slot, template in carried.state.slots.items():
            found += leaf_names(template, self.places[slot.places[0][0]].name)
        return found

    def _ended(
        self,
        scope: Scope,
        carried: Carried,
        params: list[Value],
        completion: Completion,
        heads: dict[Hashable, Any],
    ) -> Trial:
        """Take stock of what the body left, while its region is still open."""
        trace = tracer()
        for key, (place, before) in scope.log.items():
            if key not in self.places and not same_content(before, place.read()):
                self.places[key], self.entry[key] = place, without_masks(before, lambda _: True)
        is_visible = visible_outside(scope.graph)
        end = {
            key: without_masks(narrow(place.read()), is_visible)
            for key, place in self.places.items()
        }
        self._require_fixed_items(end)
        if sizes_may_change():
            end = {key: self._made_inside(key, x, scope) for key, x in end.items()}
        packing = name_slots(end, scope)
        leaving = state_of(end, packing).outside(is_visible)
        probe = trace.push("probe", completion.condition(NORMAL))
        going_on = {key: narrow(content) for key, content in end.items()}
        continuing = state_of(going_on, packing).outside(is_visible)
        trace.pop(probe)
        self.growth.note(heads, end, self.entry)
        self.sizes.note(heads, self.entry, packing)
        trial = Trial(
            scope,
            carried,
            params,
            completion,
            end,
            packing,
            self._arranged(self._continuing, continuing),
            self._arranged(self._leaving, leaving),
            set(),
        )
        self._find_counters(trial)
        trial.continuing = trial.continuing.with_marks(packing)
        trial.leaving = trial.leaving.with_marks(packing)
        return trial

    def _made_inside(self, key: Hashable, content: Any, scope: Scope) -> Any:
        """Return a content with arrays made in the iteration for those that cannot be passed on.

        These are arrays from outside that meet others of other sizes, and views that change from
        iteration to iteration.
        """

        def made(_: Path, part: Any) -> Any:
            arrays = arrays_in(part)
            if not arrays or len({(a.dtype, a.ndim) for a in arrays}) > 1:
                return part
            inside = [a.cell.birth.within(scope) and not a.view.steps for a in arrays]
            meeting = any(inside) and len({a.dims for a in arrays}) > 1 and not apart()
            if key in self._unsettled:
                inside = [False] * len(inside)
            elif all(inside) or not meeting:
                return part
            new = [
                (when, a if own else tracer().copied(a))
                for (when, _), a, own in zip(alternatives(part), arrays, inside, strict=True)
            ]
            return new[0][1] if len(new) == 1 else Union(tuple(new))

        return with_parts(content, made)

    def _arranged(self, before: State, now: State) -> State:
        """Return the merged state, with a capacity for every list that grows."""
        merged = before.merged(now, lambda a, _: a)
        templates = {
            key: self.growth.arranged(key, template, self.entry[key])
            for key, template in merged.templates.items()
        }
        slots = {
            slot: self.sizes.of(slot, self.growth.settled(slot, template, before.slots.get(slot)))
            for slot, template in merged.slots.items()
        }
        return State(templates, slots)

    def _require_steady_texts(self, number: int, trial: Trial) -> None:
        """Start again with texts as lists of their parts, if one gets longer by each iteration."""
        if (TEXTS,) in tracer().decisions:
            return
        before = self._continuing.templates
        for place, template in trial.continuing.templates.items():
            longest = longest_text(before.get(place))
            if is_longer_text(template) or (number > 1 and longest_text(template) > longest > 0):
                raise Restart((TEXTS,))

    def _require_steady_depth(self, trial: Trial) -> None:
        """Start again with objects in pools, if each trial has them refer to one more of them."""
        depths = {slot: len(slot.places[0]) for slot in trial.packing.slots if not slot.is_buffer}
        deepest = max(depths, key=depths.__getitem__, default=None)
        self._depths.append(0 if deepest is None else depths[deepest])
        self._counts.append(len(depths))
        if deepest is not None and (grows(self._depths) or grows(self._counts, 5)):
            found = tracer().needs_pool(trial.packing.slots[deepest][0][1])
            if isinstance(found, Restart):
                raise found
        self._nestings.append(trial.continuing.nesting)
        if grows(self._nestings):
            tracer().require_nested_tuples()

    def _require_fixed_items(self, end: dict[Hashable, Any]) -> None:
        """Have a loop that changes the number of items of a list run at trace time."""
        for key, place in self.places.items():
            if isinstance(place, ListPlace) and len(end[key]) != len(self.entry[key]):
                length = self.loop.length
                if not self.loop.unrollable or length is None or length.constant is None:
                    continue
                if tracer().is_of_container(place.owner):
                    continue  # It gets as many items as the data say.
                if length.constant <= UNROLLED_TO_GROW:
                    raise Restart((UNROLL, self.loop.site))

    def _find_counters(self, trial: Trial) -> None:
        """Find the integer carries that an iteration leaves at or above their entry values.

        Also verify the bounds that were supposed of the integer carries.
        """
        facts = tracer().facts
        carried = Carried.of(self.entry, trial.continuing, trial.leaving)
        leaves = carried.state.pack(trial.end, trial.packing)
        same = carried.state.key == trial.carried.state.key
        lows, forms = list(map(as_form, carried.inits)), list(map(as_form, leaves))
        if same:
            length = self.loop.length
            trial.bounded = self.integers.verified(trial.params, lows, forms, length)
        for k, (low, form) in enumerate(zip(lows, forms, strict=True)):
            if low is None or form is None:
                continue
            if facts.nonnegative(form - low) or (
                same and facts.nonnegative(form - trial.params[k])
            ):
                trial.counters.add(k)


def grows(sizes: list[int], times: int = 3) -> bool:
    """Return whether something has become larger by each of the last trials."""
    last = sizes[-times:]
    return len(last) == times and all(0 < a < b for a, b in pairwise(last))


def _grows_apart(content: Any) -> bool:
    """Return whether a content is one of ever more arrays, or a view of ever more steps."""
    arrays = arrays_in(content) or []
    return any(a.view.steps for a in arrays) or (len(arrays) > 2 and not apart())


def _without_objects(before: Template | None, now: Template, unjoined: Template) -> Template:
    """Return a template in which Python objects that are not the same as before are unusable."""
    # What was found for the first time may be the same in the next iteration.
    if before is None or not has_objects(before) or template_key(before) == template_key(now):
        return now
    known = {part.key: part for part in each(before)}
    if any(has_objects(part) and part.key not in known for part in each(now)):
        return unjoined
    if isinstance(now, OneOf):
        parts = (_without_objects(known.get(t.key), t, unjoined) for t in now.alternatives)
        return OneOf(tuple(parts))
    if isinstance(now, Container):
        same = known[now.key]
        found = dict(same.pairs()) if isinstance(same, Container) else {}
        items = (_without_objects(found.get(key), item, unjoined) for key, item in now.pairs())
        return replace(now, items=tuple(items))
    return now


def leaf_names(template: Template, name: str) -> list[str | None]:
    """Return names for the leaves of a template: that of the place, or of an attribute."""
    if isinstance(template, EntryThen):
        return leaf_names(template.later, name)
    if isinstance(template, Container):
        found: list[str | None] = []
        for key, item in template.pairs():
            own = key if isinstance(key, str) and key.isidentifier() else name
            found += leaf_names(item, own)
        return found
    return [name or None] * len(template.types())


def as_form(leaf: Leaf) -> Affine | None:
    """Return the form of an int64 leaf, None for any other leaf."""
    if isinstance(leaf, np.int64):
        return Affine(int(leaf))
    if isinstance(leaf, Value) and leaf.type == INT64:
        return Affine.of(leaf)
    return leaf if isinstance(leaf, Affine) else None


def leaf_of(value: Value) -> Leaf:
    """Return the leaf that a carried value is."""
    return Affine.of(value) if value.type == INT64 else value
