"""What templates tell about the contents they describe."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from autograph.frontend.symbols.leaves import is_number
from autograph.frontend.tracing.composite import Container, Grown, Inner, OneOf
from autograph.frontend.tracing.journal import Unbound
from autograph.frontend.tracing.template import NoJoin, Static, Template


def template_key(template: Template) -> Hashable:
    """Return what is equal for templates that describe the same contents."""
    if isinstance(template, OneOf):
        return ("one of", tuple(map(template_key, template.alternatives)))
    if isinstance(template, Container):
        return (template.key, template.keys, tuple(map(template_key, template.items)))
    if isinstance(template, Grown):
        how = (template.capacity, template.arranged, template.held)
        return (template.key, template_key(template.element), *how)
    if isinstance(template, Inner):
        return (template.key, template_key(template.items))
    if isinstance(template, Static):
        number = is_number(template.content)
        return ("static", template.key, repr(template.content) if number else None)
    return template if template.is_key else template.key


def has_text(template: Template) -> bool:
    """Return whether a content may be a text."""
    if isinstance(template, OneOf):
        return any(map(has_text, template.alternatives))
    if isinstance(template, Container):
        return getattr(template.kind, "is_text", False)
    return isinstance(template, Static) and isinstance(template.content, str)


SEVERAL = 2
"""A text with more kinds of pieces than this, as iterations have made it, gets longer by each."""


def is_longer_text(template: Template) -> bool:
    """Return whether a content is a text that seems to get longer by each iteration."""
    if isinstance(template, OneOf):
        made = [t for t in template.alternatives if isinstance(t, Container) and has_text(t)]
        return len(made) > SEVERAL or any(map(is_longer_text, template.alternatives))
    if not isinstance(template, Container) or not getattr(template.kind, "is_text", False):
        return False
    return any(isinstance(item, OneOf) for item in template.items[1:])


def longest_text(template: Template | None) -> int:
    """Return the length of the longest of the known texts that a content may be, 0 for none."""
    if isinstance(template, OneOf):
        return max(map(longest_text, template.alternatives), default=0)
    is_text = isinstance(template, Static) and isinstance(template.content, str)
    return len(template.content) if is_text else 0  # type: ignore[union-attr]


def nesting(template: Template) -> int:
    """Return how deep tuples are nested in a template."""
    if isinstance(template, OneOf):
        return max(map(nesting, template.alternatives), default=0)
    if isinstance(template, Inner):
        return nesting(template.items.element)
    if not isinstance(template, Container):
        return 0
    return (template.kind is tuple) + max(map(nesting, template.items), default=0)


def has_objects(template: Template) -> bool:
    """Return whether a template contains Python objects that are known by identity."""
    if isinstance(template, OneOf):
        return any(map(has_objects, template.alternatives))
    if isinstance(template, Container):
        return any(map(has_objects, template.items))
    if not isinstance(template, Static) or is_number(template.content):
        return isinstance(template, NoJoin) and template.content.remedy is None
    return not isinstance(template.content, str | bytes | Unbound | type(None))


def parts_of(element: Template) -> Iterator[Template]:
    """Yield the template of an item of a list, and those of what it is made of."""
    yield element
    parts: Sequence[Template] = ()
    if isinstance(element, Container):
        parts = element.items
    elif isinstance(element, OneOf):
        parts = element.alternatives
    elif isinstance(element, Inner):
        parts = (element.items.element,)
    for part in parts:
        yield from parts_of(part)


def holds(element: Template, *kinds: type[Template]) -> bool:
    """Return whether there is anything of some kinds in an item of a list."""
    return any(isinstance(part, kinds) for part in parts_of(element))
