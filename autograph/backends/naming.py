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
from autograph.ir.types import DType

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
        self._released: dict[str, DType] = {}

    def of(self, variable: Value | Buffer) -> str:
        """Return the identifier of a scalar variable or a buffer."""
        if variable not in self._names:
            base = variable.name or _default(variable)
            dtype = variable.dtype if isinstance(variable, Value) else None
            self._names[variable] = self.fresh(base, dtype)
        return self._names[variable]

    def release(self, variables: Iterable[Value]) -> None:
        """Let later variables of the same dtypes have the names of those mentioned no more.

        A name has one type, so that variables of the text need not be told apart by their places.
        """
        for variable in variables:
            if variable in self._names:
                self._released[self._names.pop(variable)] = variable.dtype

    def fresh(self, base: str, dtype: DType | None = None) -> str:
        """Return an identifier that starts like `base`: a new one, or one that was released."""
        stem = re.sub(r"\W", "_", base, flags=re.ASCII).lstrip("_") or "v"
        stem = stem if not stem[0].isdigit() else f"v{stem}"
        name, count = stem, 0
        while name in self._taken and not self._is_free(name, dtype):
            count += 1
            name = f"{stem}_{count}" if stem[-1].isdigit() else f"{stem}{count}"
        self._taken.add(name)
        self._released.pop(name, None)
        return name

    def _is_free(self, name: str, dtype: DType | None) -> bool:
        return dtype is not None and name in self._released and self._released[name] == dtype


def _default(variable: Value | Buffer) -> str:
    return {"b": "p", "i": "n", "u": "n", "c": "z"}.get(variable.dtype.kind, "t")
