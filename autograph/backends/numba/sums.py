"""Sums over a nest, added up in blocks so that rounding errors do not grow with their length.

Enters: the accumulations of a nest. Leaves: the lines around and inside its loops that add up block
sums, and, where the sum is not one of many, the rounding errors of adding them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograph.backends import loops as lp
from autograph.backends.naming import Names
from autograph.backends.numba.expressions import literal
from autograph.ir.graph import Value

#: Long sums are added up in blocks of this many terms.
SUM_BLOCK = 512


def is_long_sum(statement: lp.Stmt) -> bool:
    """Return whether a statement adds to a sum whose rounding errors must not grow."""
    return (
        isinstance(statement, lp.Reduce)
        and statement.careful
        and statement.op.name == "add"
        and statement.target.dtype.kind == "f"
    )


class BlockSums:
    """The sums of one nest.

    Args:
        body: The statements of the nest, of which some are sums.
        names: Names of variables.
        line: Writes a line.
        compensated: Whether to add up the rounding errors of adding block sums.

    Attributes:
        redirected: For each total, the name of the sum of the current block.
    """

    def __init__(
        self,
        body: Sequence[lp.Stmt],
        names: Names,
        line: Callable[[str], None],
        compensated: bool,
    ) -> None:
        found = [s.target for s in lp.walk(body) if isinstance(s, lp.Reduce) and is_long_sum(s)]
        targets = list(dict.fromkeys(found))
        self._names, self._line = names, line
        self._totals = [names.of(target) for target in targets]
        self._parts = [names.fresh("part") for _ in targets]
        self._errors = [names.fresh("error") for _ in targets if compensated]
        self._zeros = [literal(target.dtype.type(0)) for target in targets]
        self.redirected: dict[Value, str] = dict(zip(targets, self._parts, strict=True))

    def begin(self) -> None:
        """Write what comes before the nest."""
        for error, zero in zip(self._errors, self._zeros, strict=False):
            self._line(f"{error} = {zero}")

    def open_block(self) -> None:
        """Write what comes before the terms of a block."""
        for part, zero in zip(self._parts, self._zeros, strict=True):
            self._line(f"{part} = {zero}")

    def close_block(self) -> None:
        """Write what comes after the terms of a block."""
        if not self._errors:
            for total, part in zip(self._totals, self._parts, strict=True):
                self._line(f"{total} += {part}")
        for total, part, error in zip(self._totals, self._parts, self._errors, strict=False):
            self._two_sum(total, part, error)

    def end(self) -> None:
        """Write what comes after the nest."""
        for total, error in zip(self._totals, self._errors, strict=False):
            self._line(f"if {error} == {error}:")
            self._line(f"    {total} += {error}")

    def _two_sum(self, total: str, part: str, error: str) -> None:
        """Add a block's sum to the total and the rounding error to the error (Knuth's two-sum)."""
        new, back = self._names.fresh("new"), self._names.fresh("back")
        self._line(f"{new} = {total} + {part}")
        self._line(f"{back} = {new} - {total}")
        self._line(f"{error} += ({total} - ({new} - {back})) + ({part} - {back})")
        self._line(f"{total} = {new}")
