"""How to make the items of a list, as many as the program made, of the leaves in its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from autograph.frontend.language.text import Text
from autograph.frontend.tracing.composite import Container, OneOf
from autograph.frontend.tracing.template import Row, Scalar, Static, Template

Build = Callable[[Iterator[Any]], Any]
"""Makes an item of its leaves."""


def item_builder(element: Template) -> Build:
    """Return what makes an item of a list of its leaves."""
    if isinstance(element, Scalar):
        kind = element.kind
        return (lambda leaves: kind(next(leaves))) if isinstance(kind, type) else next
    if isinstance(element, Row):
        return lambda leaves: next(leaves).copy()
    if isinstance(element, Static):
        content = element.content
        return lambda leaves: content
    if isinstance(element, Container):
        make: Any = getattr(element.kind, "_make", element.kind)
        parts = [item_builder(part) for part in element.items]
        if element.kind is Text:
            return lambda leaves: Text([part(leaves) for part in parts]).render()
        return lambda leaves: make([part(leaves) for part in parts])
    assert isinstance(element, OneOf)
    return _choice(element)


def _choice(element: OneOf) -> Build:
    builders = [item_builder(part) for part in element.alternatives]
    groups = list(element.storage().values())
    counts = [len(element.alternatives[group[0]].types()) for group in groups]

    def build(leaves: Iterator[Any]) -> Any:
        flags = [bool(next(leaves)) for _ in builders[1:]]
        chosen = flags.index(True) + 1 if True in flags else 0
        found = None
        for group, count in zip(groups, counts, strict=True):
            own = [next(leaves) for _ in range(count)]
            if chosen in group:
                found = builders[chosen](iter(own))
        return found

    return build
