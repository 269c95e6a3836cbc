"""Names of variables in source text.

Enters: values and buffers, in the order in which the text mentions them. Leaves: identifiers that
are unique in one function and words in neither Python nor C++.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

from autograph.backends.loops import Buffer
from autograph.ir.graph import Value

_CPP_WORDS = (
    "auto bool case catch char class const default delete do double enum explicit export extern "
    "false float friend goto inline int long mutable namespace new operator private protected "
    "public register short signed sizeof static struct switch template this throw true try "
    "typedef typename union unsigned using virtual void volatile main asm"
)
_RESERVED = frozenset(
    {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *_CPP_WORDS.split(), "np"}
)


class Names:
    """Gives each variable of a function its identifier, on first mention.

    Args:
        taken: Identifiers that the text uses for something else.
    """

    def __init__(self, taken: frozenset[str] | set[str] = frozenset()) -> None:
        self._taken = {*_RESERVED, *taken}
        self._names: dict[Value | Buffer, str] = {}

    def of(self, variable: Value | Buffer) -> str:
        """Return the identifier of a scalar variable or a buffer."""
        if variable not in self._names:
            self._names[variable] = self.fresh(variable.name or _default(variable))
        return self._names[variable]

    def release(self, variables: Iterable[Value]) -> None:
        """Let later variables have the names of variables that the text mentions no more."""
        for variable in variables:
            self._taken.discard(self._names.pop(variable, ""))

    def fresh(self, base: str) -> str:
        """Return a new identifier that starts like `base`."""
        stem = re.sub(r"\W", "_", base, flags=re.ASCII).lstrip("_") or "v"
        stem = stem if not stem[0].isdigit() else f"v{stem}"
        name, count = stem, 0
        while name in self._taken:
            count += 1
            name = f"{stem}_{count}" if stem[-1].isdigit() else f"{stem}{count}"
        self._taken.add(name)
        return name


def _default(variable: Value | Buffer) -> str:
    return {"b": "p", "i": "n", "u": "n", "c": "z"}.get(variable.dtype.kind, "t")
