"""Bounds of the integers that a loop carries, supposed before an iteration and verified after.

Without them every counter would need a check that it stays within 64 bits. A bound is first
supposed with room to spare, raised if an iteration breaks it, and lowered once if that can spare a
check.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from autograph.frontend.symbols.context import current_tracer
from autograph.frontend.symbols.magnitude import BEYOND, LARGEST
from autograph.frontend.symbols.symbolic import value_of_form
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import scalar

INT64 = scalar(np.int64)

ROOM = 2**60
"""How much a carried integer is first supposed to gain."""


class CarriedIntegers:
    """What the integer carries of a loop are supposed not to exceed.

    Attributes:
        limits: By position of the carry, its bound.
    """

    def __init__(self) -> None:
        self.limits: dict[int, int] = {}
        self._raised: set[int] = set()
        self._lowered: set[int] = set()

    def copy(self) -> CarriedIntegers:
        """Return the same bounds, to be revised apart."""
        made = CarriedIntegers()
        made.limits = dict(self.limits)
        made._raised, made._lowered = set(self._raised), set(self._lowered)
        return made

    def reset(self) -> None:
        """Suppose nothing any more: the loop carries something else."""
        self.limits, self._raised, self._lowered = {}, set(), set()

    def suppose(self, params: Sequence[Value], inits: Sequence[Affine | None]) -> None:
        """Bound the params of a body; `inits` are the forms that enter, where they are known."""
        magnitudes = current_tracer().facts.magnitudes
        for k, (param, init) in enumerate(zip(params, inits, strict=True)):
            if param.type != INT64:
                continue
            initial = 0 if init is None else magnitudes.of(init)
            limit = initial + ROOM
            self.limits.setdefault(k, limit if limit <= LARGEST else BEYOND)
            magnitudes.limits[param] = self.limits[k]

    def apply(self, params: Sequence[Value]) -> None:
        """Bound other values that the carries are."""
        for k, param in enumerate(params):
            if k in self.limits:
                current_tracer().facts.magnitudes.limits[param] = self.limits[k]

    def verified(
        self,
        params: Sequence[Value],
        inits: Sequence[Affine | None],
        ends: Sequence[Affine | None],
        length: Affine | None,
    ) -> bool:
        """Return whether an iteration keeps to the bounds; they are revised if it does not."""
        facts = current_tracer().facts
        holds = True
        for k, (param, init, end) in enumerate(zip(params, inits, ends, strict=True)):
            if end is None or k not in self.limits:
                continue
            value_of_form(end)  # with a check, where it needs one
            initial = 0 if init is None else facts.magnitudes.of(init)
            left = max(initial, facts.magnitudes.of(end))
            moved = partial(facts.magnitudes.carried, initial, end, param, length)
            if left > self.limits[k]:
                spanned = end - param if length is None else end - param + length
                facts.assume_ordinary(spanned, moved)
            needed = min(left, moved()) if left <= self.limits[k] or moved() > LARGEST else moved()
            holds &= self._revised(k, needed, blamed=param in facts.blamed)
        return holds

    def _revised(self, k: int, needed: int, *, blamed: bool) -> bool:
        supposed = self.limits[k]
        if needed > supposed:
            again = k in self._raised or needed > LARGEST
            self._raised.add(k)
            self.limits[k] = BEYOND if again else needed
            return supposed == BEYOND
        if blamed and 2 * needed <= supposed and k not in self._lowered:
            self._lowered.add(k)
            self.limits[k] = needed
            return False
        return True
