"""Dicts whose keys are known while tracing, as objects that keep the values in attributes.

They stand for dicts that lists of unknown length hold: only objects can lie in pools.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar

from autograph.frontend.standard_library.dict_views import Viewed
from autograph.frontend.standard_library.hash_tables import needs_hash_table


class Record(Viewed):
    """A dict that has certain keys; some of them may still be missing when it is made."""

    stands_for: ClassVar[type] = dict
    is_record: ClassVar[bool] = True
    _entries: ClassVar[tuple[tuple[Any, str], ...]] = ()
    _label: ClassVar[str] = ""

    def contents(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for _, name in self._entries)

    # ------------------------------------------------------------ items

    def __getitem__(self, key: Any) -> Any:
        for own, name in self._entries:
            if own == key:
                return getattr(self, name)
        raise KeyError(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        for own, name in self._entries:
            if own == key:
                setattr(self, name, value)
                return
        needs_hash_table(self._label)

    def __delitem__(self, key: Any) -> None:
        needs_hash_table(self._label)

    def __contains__(self, key: Any) -> bool:
        for own, name in self._entries:
            if own == key:
                return getattr(self, name) is not self
        return False

    def __len__(self) -> int:
        for _, name in self._entries:
            getattr(self, name)
        return len(self._entries)

    def get(self, key: Any, default: Any = None) -> Any:
        for own, name in self._entries:
            if own == key:
                return getattr(self, name)
        return default

    def setdefault(self, key: Any, default: Any = None) -> Any:
        for own, name in self._entries:
            if own == key:
                return getattr(self, name)
        needs_hash_table(self._label)

    def pop(self, key: Any, *default: Any) -> Any:
        needs_hash_table(self._label)

    def popitem(self) -> Any:
        needs_hash_table(self._label)

    def clear(self) -> None:
        needs_hash_table(self._label)

    # ------------------------------------------------------------ all items

    def __iter__(self) -> Iterator[Any]:
        for key, name in self._entries:
            getattr(self, name)
            yield key

    def _pairs(self) -> Iterator[tuple[Any, Any]]:
        """Go through keys and values."""
        for key, name in self._entries:
            yield key, getattr(self, name)

    def __reversed__(self) -> Iterator[Any]:
        for key, name in self._entries[::-1]:
            getattr(self, name)
            yield key

    def copy(self) -> Any:
        return {key: value for key, value in self._pairs()}

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self


@lru_cache(maxsize=1024)
def record_class(keys: tuple[Any, ...]) -> type[Record]:
    """Return the class of the dicts with certain keys, in this order."""
    entries = tuple((key, f"item_{k}_{key}") for k, key in enumerate(keys))

    def rebuilt(*values: Any) -> Any:
        return dict(zip(keys, values, strict=True))

    content = {
        "_entries": entries,
        "_label": repr(keys),
        "rebuilt": staticmethod(rebuilt),
        "__hash__": None,
        "__module__": Record.__module__,
    }
    return type("Record", (Record,), content)


def record_of(items: dict[Any, Any], keys: tuple[Any, ...]) -> Record:
    """Return the object that stands for a dict; of some keys it may not have items yet."""
    kind = record_class(keys)
    made = kind()
    for key, name in kind._entries:
        if key in items:
            setattr(made, name, items[key])
    return made
