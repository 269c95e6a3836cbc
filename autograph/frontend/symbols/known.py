"""What is known in one region: forms that are not negative, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from msgspec import Struct, field

from autograph.ir.affine import Affine
from autograph.ir.graph import Value


class KnownInScope(Struct):
    """What is known inside one region; forgotten when it ends.

    Attributes:
        known: Forms that are not negative.
        about: Those of them in which a symbol occurs.
        proved: More of them, which were proved by what is known here and around.
        memo: Other things found out, by key.
    """

    known: list[Affine] = field(default_factory=list)
    about: dict[Value, list[Affine]] = field(default_factory=dict)
    proved: set[Affine] = field(default_factory=set)
    memo: dict[Hashable, object] = field(default_factory=dict)

    def add(self, form: Affine) -> None:
        """Note that a form is not negative."""
        self.known.append(form)
        for symbol, _ in form.terms:
            self.about.setdefault(symbol, []).append(form)

    def replace(self, f: Callable[[Affine], Affine]) -> None:
        """Put other forms in the place of all."""
        forms, self.known, self.about = self.known, [], {}
        for form in forms:
            self.add(f(form))
