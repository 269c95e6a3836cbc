"""What `keys`, `values` and `items` of a dict return, as plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from autograph.frontend.standard_library.tables import together
from autograph.frontend.tracing.stand_in import StandIn


class View(StandIn):
    """The items of a dict, seen in one of three ways."""

    _name = ""

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def __len__(self) -> int:
        return len(self._owner)

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._name + "([" + ", ".join([repr(x) for x in self]) + "])"


class Keys(View):
    """What `keys()` returns."""

    stands_for: ClassVar[type] = type({}.keys())
    _name = "dict_keys"

    def __iter__(self) -> Iterator[Any]:
        for key in self._owner:
            yield key

    def __reversed__(self) -> Iterator[Any]:
        for key in reversed(self._owner):
            yield key

    def __contains__(self, key: Any) -> bool:
        return key in self._owner

    def __and__(self, other: Any) -> Any:
        return set(self) & set(other)

    def __or__(self, other: Any) -> Any:
        return set(self) | set(other)

    def __sub__(self, other: Any) -> Any:
        return set(self) - set(other)


class Values(View):
    """What `values()` returns."""

    stands_for: ClassVar[type] = type({}.values())
    _name = "dict_values"

    def __iter__(self) -> Iterator[Any]:
        for _, value in self._owner._pairs():
            yield value

    def __contains__(self, value: Any) -> bool:
        for x in self:  # noqa: SIM110 - what is called is what this defines
            if x == value:
                return True
        return False


class Pairs(View):
    """What `items()` returns."""

    stands_for: ClassVar[type] = type({}.items())
    _name = "dict_items"

    def __iter__(self) -> Iterator[Any]:
        for item in self._owner._pairs():
            yield item

    def __contains__(self, item: Any) -> bool:
        key, value = item
        return key in self._owner and self._owner[key] == value


class Viewed(StandIn):
    """What dicts have in common, however they find their keys."""

    def __repr__(self) -> str:
        return "{" + ", ".join([f"{k!r}: {v!r}" for k, v in self.items()]) + "}"

    def __setitem__(self, key: Any, value: Any) -> None:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def _pairs(self) -> Iterator[tuple[Any, Any]]:
        """Go through keys and values."""
        raise NotImplementedError

    def copy(self) -> Any:
        raise NotImplementedError

    def keys(self) -> Any:
        return Keys(self)

    def values(self) -> Any:
        return Values(self)

    def items(self) -> Any:
        return Pairs(self)

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, dict) or len(other) != len(self):
            return False
        for key, value in self._pairs():
            if key not in other:
                return False
            if other[key] != value:
                return False
        return True

    __hash__ = None  # type: ignore[assignment]

    def __or__(self, other: Any) -> Any:
        result = self.copy()
        result.update(other)
        return result

    def update(self, items: Any = (), /, **named: Any) -> None:
        if isinstance(items, dict):
            for key, value in items.items():
                self[key] = value
        else:
            for key, value in together(items):
                self[key] = value
        for key, value in named.items():
            self[key] = value
