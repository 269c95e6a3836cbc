"""`np.seterr` and `np.geterr`: how floating-point errors are treated from here on.

Enters: the modes that the program sets. Leaves: those before; what raises from here on; the modes
that NumPy has when the call ends. Those at its beginning are a premise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct

from autograph.frontend.language import lists
from autograph.frontend.language.notices import Notice
from autograph.frontend.language.text import written
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.floating_errors import KINDS, SILENT
from autograph.frontend.symbols.inputs import Held, Names
from autograph.frontend.symbols.union import Union, narrow
from autograph.frontend.tracing.premises import Premise
from autograph.frontend.tracing.tracer import tracer

INSTEAD = "use `with np.errstate(...)` around what it is about"


class TreatsErrors(Premise, frozen=True, eq=False):
    """NumPy treats floating-point errors in certain ways."""

    modes: tuple[str, ...]

    def text(self, names: Names) -> str:
        """Return the expression that tests it."""
        return f"tuple({self.source.text(names)}().values()) == {self.modes!r}"


class Setting(Struct, frozen=True, eq=False):
    """How errors are treated when the call has ended.

    Attributes:
        modes: By kind of error.
    """

    modes: tuple[str, ...]

    def give(self, _: str) -> None:
        """Have NumPy treat errors so."""
        np.seterr(**_by_kind(self.modes))


_settings: dict[tuple[str, ...], Setting] = {}


def _by_kind(modes: tuple[str, ...]) -> Any:
    return dict(zip(("divide", "over", "under", "invalid"), modes, strict=True))


def geterr() -> Any:
    """Return `np.geterr()`."""
    trace = tracer()
    modes = narrow(trace.error_modes.read())
    if isinstance(modes, Union) or trace.floating_errors.depth:
        raise unsupported(
            "np.seterr and np.geterr inside of np.errstate, or where run-time values say how "
            f"errors are treated, are not supported; {INSTEAD}"
        )
    trace.outside.note(TreatsErrors(Held("errors", np.geterr), trace.entry_modes))
    return trace.mark_made(_by_kind(modes))


def seterr(all: Any = None, **given: Any) -> Any:
    """Run `np.seterr(...)`; return how errors were treated before."""
    before = geterr()
    unknown = set(given) - set(KINDS)
    if unknown:
        tracer().fail(f"TypeError: seterr() got an unexpected keyword argument {min(unknown)!r}")
    asked = {kind: given.get(kind) or all or before[kind] for kind in before}
    for kind, mode in asked.items():
        if mode not in (*SILENT, "raise"):
            raise unsupported(f"np.seterr({kind}={mode!r}) is not supported; {INSTEAD}")
    modes = tuple(asked.values())
    if modes != tuple(before.values()):
        _set(modes)
    return before


def _set(modes: tuple[str, ...]) -> None:
    trace = tracer()
    raising = frozenset(kind for kind, mode in _by_kind(modes).items() if mode == "raise")
    if raising != trace.floating_errors.raising and trace.top is not trace.root:
        raise unsupported(
            f"np.seterr that has errors raise, in a branch or loop, is not supported; {INSTEAD}"
        )
    trace.floating_errors.raising = raising
    np.seterr(**{kind: "raise" if kind in raising else "ignore" for kind in KINDS})
    trace.write(trace.error_modes, modes)
    setting = _settings.setdefault(modes, Setting(modes))
    lists.append(trace.printed, Notice((setting, written(""))))
