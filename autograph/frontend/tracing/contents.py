"""Contents of places and their parts: the items of tuples, lists, dicts and objects.

Enters: a content, and the path of a part of it. Leaves: the part, or a content with other parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograph.frontend.symbols.union import Union, alternatives
from autograph.frontend.tracing.heap import Keyed, content_of, is_heap
from autograph.frontend.tracing.journal import UNBOUND, Items

Path = tuple[Any, ...]


def part_of(content: Any, key: Any) -> Any:
    """Return the item of a container, unbound if there is none."""
    return content.get(key, UNBOUND) if isinstance(content, Items) else content[key]


def container(kind: type, keys: Sequence[Any], parts: Sequence[Any]) -> Any:
    """Return a container of these items."""
    if issubclass(kind, Items):
        pairs = zip(keys, parts, strict=True)
        return kind((key, part) for key, part in pairs if part is not UNBOUND)
    make: Any = getattr(kind, "_make", kind)
    return make(parts)


def part_at(content: Any, path: Sequence[Any]) -> Any:
    """Return the item at a path inside a content, unbound where there is no such item."""
    for key in path:
        content = _item_of(content, key)
    return content


def _item_of(content: Any, key: Any) -> Any:
    if isinstance(content, Union):
        return Union(tuple((c, _item_of(part, key)) for c, part in alternatives(content)))
    content = content_of(content) if is_heap(content) else content
    inside = isinstance(content, Items) or (
        isinstance(content, tuple) and key in range(len(content))
    )
    return part_of(content, key) if inside else UNBOUND


def parts_of(content: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the parts of a content that have no parts themselves, each with its path."""
    if not isinstance(content, tuple | Items):
        yield path, content
        return
    for key in content if isinstance(content, Items) else range(len(content)):
        yield from parts_of(content[key], (*path, key))


def with_parts(content: Any, f: Callable[[Path, Any], Any], path: Path = ()) -> Any:
    """Return a content with `f(path, part)` for each part that has no parts itself."""
    if not isinstance(content, tuple | Items):
        return f(path, content)
    keys = tuple(content) if isinstance(content, Items) else tuple(range(len(content)))
    parts = [with_parts(content[k], f, (*path, k)) for k in keys]
    if all(part is content[k] for part, k in zip(parts, keys, strict=True)):
        return content
    made = container(type(content), keys, parts)
    return made.of(content.owner) if isinstance(content, Keyed) else made
