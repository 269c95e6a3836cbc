"""`while`: run at trace time as long as its test is known, else a loop of the graph.

Enters: the site of a loop, its test and its blocks. Leaves: the code with which it is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograph.frontend.flow.control import (
    Block,
    Code,
    condition_of,
    if_,
    native_loop,
    nothing,
    region,
)
from autograph.frontend.flow.fixpoint import Loop, Site
from autograph.frontend.flow.scan_loop import staged_loop
from autograph.frontend.symbols.completion import EXIT, NORMAL
from autograph.frontend.symbols.condition import TRUE
from autograph.frontend.symbols.decisions import STAGE, Restart
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine

UNROLLED_ITERATIONS = 32
"""How many iterations run at trace time before the loop is staged."""


def while_(site: Site, test: Block, body: Block, orelse: Block) -> Code:
    """Run a `while`: at trace time as long as nothing about it depends on run-time values."""
    known, changes_nothing = probed(test)
    if known is False:
        test()
        return orelse() or NORMAL
    if known and (STAGE, site) not in tracer().decisions:
        restart = Restart((STAGE, site))
        rounds = _iterations(test, restart)
        return native_loop(rounds, lambda _: body(), orelse, restart)
    if known is None and not changes_nothing and (STAGE, site) not in tracer().decisions:
        raise Restart((STAGE, site))
    return staged_while(site, test, body, orelse, changes_nothing)


def staged_while(site: Site, test: Block, body: Block, orelse: Block, is_still: bool) -> Code:
    """Run a `while` as a loop of the graph; `is_still` says that its test changes nothing."""

    def iteration(_: Affine) -> Any:
        condition = condition_of(test())
        if is_still:
            tracer().learn(condition)
            return body()
        return if_(condition, nothing, lambda: EXIT) or body()

    separate = test if is_still else None
    return staged_loop(Loop(site, None, iteration, separate, orelse, "", False))


def probed(test: Block) -> tuple[bool | None, bool]:
    """Return the truth of a test, if it is known, and whether the test changes nothing."""
    truths: list[bool | None] = []

    def evaluate() -> None:
        truths.append(condition_of(test()).known)

    probe = region("probe", evaluate, TRUE)
    if not truths:
        test()
    # In a `try` a test may leave the loop by an exception, if not now, then in a later iteration.
    return truths[0], not probe.changes and not tracer().handlers


def _iterations(test: Block, restart: Restart) -> Iterator[None]:
    """Go on while a test is known to be true; ask for the loop to be staged if that takes long."""
    for count in range(UNROLLED_ITERATIONS + 1):
        truth = condition_of(test()).known
        if truth is None or count == UNROLLED_ITERATIONS:
            raise restart
        if not truth:
            return
        yield None
