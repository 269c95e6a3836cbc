"""What functions of this folder need of the runtime that converted code calls."""

from __future__ import annotations

from typing import Any, Protocol


class Interpreter(Protocol):
    """What reads attributes and calls functions as converted code does."""

    def call(self, f: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Return `f(*args, **kwargs)`."""

    def method(self, o: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """Return `o.<name>(*args, **kwargs)`."""

    def plain(self, f: Any, *args: Any) -> Any:
        """Return the result of a function of this package that is traced as the user's are."""

    def attribute(self, o: Any, name: str) -> Any:
        """Return `o.<name>`."""

    def set_attribute(self, o: Any, name: str, value: Any) -> None:
        """Run `o.<name> = value`."""

    def binary(self, name: str, a: Any, b: Any) -> Any:
        """Return `operator.<name>(a, b)`."""
