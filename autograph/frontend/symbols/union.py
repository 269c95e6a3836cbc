"""Contents that are one of several things, told apart by conditions when the program runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograph.errors import Site, UnsupportedError
from autograph.frontend.symbols.condition import Condition, all_of, assumed
from autograph.frontend.symbols.context import current_tracer
from autograph.frontend.symbols.decisions import Key, Restart
from autograph.frontend.symbols.symbolic import Symbolic

Alternative = tuple[Condition, Any]


class Union(Symbolic):
    """One of several contents.

    Attributes:
        alternatives: (condition, content), of which exactly one condition holds.
    """

    __slots__ = ("alternatives",)

    def __init__(self, alternatives: tuple[Alternative, ...]) -> None:
        self.alternatives = alternatives

    def _no_attribute(self, name: str) -> Exception:
        return AttributeError(name)

    def __repr__(self) -> str:
        return f"<one of {[content for _, content in self.alternatives]}>"


class Unjoined:
    """What is left of a variable whose contents on two paths have no common form.

    It is an error only to use it.

    Attributes:
        reason: Why they have none.
        site: Where the paths meet.
        remedy: The decision under which a trace finds a common form.
    """

    def __init__(self, reason: str, site: Site | None, remedy: Key | None = None) -> None:
        self.reason = reason
        self.site = site
        self.remedy = remedy

    def error(self, name: str) -> UnsupportedError:
        """Return the error for a use of the variable `name`.

        Raises:
            Restart: If another trace can do better.
        """
        if self.remedy is not None:
            raise Restart(self.remedy)
        where = f" (see line {self.site.line})" if self.site is not None else ""
        return UnsupportedError(f"'{name}' {self.reason}{where}", current_tracer().site)


class Ended(Unjoined):
    """What is left of a variable of a run that has ended: it is an error to rebind it, too."""


def alternatives(content: Any) -> tuple[Alternative, ...]:
    """Return the alternatives of a content that are still possible in this region."""
    return tuple(_flattened(content, []))


def _flattened(content: Any, given: list[Condition]) -> Iterator[Alternative]:
    from_here = content.alternatives if isinstance(content, Union) else ()
    if not from_here:
        yield all_of(given), content
    for condition, alternative in from_here:
        if condition.known is not False:
            yield from _flattened(alternative, [*given, condition])


def narrow(content: Any) -> Any:
    """Return the content, without the alternatives that are known or assumed not to hold."""
    if not isinstance(content, Union):
        return content
    rest = alternatives(content)
    if len(rest) > 1:
        for condition, alternative in rest:
            if assumed(condition):
                return alternative
        rest = tuple(a for a in rest if assumed(a[0]) is not False)
    return rest[0][1] if len(rest) == 1 else Union(rest)
