"""Conversions that any process has made, so that none has to parse and convert a file again.

Enters: a function and the text of its file. Leaves: the code of its converted form, from the folder
of the machine code, if that was stored under a digest over all that the conversion depends on: the
text, what tells the function apart in it, the code that it runs, the converters, all versions.
"""

from __future__ import annotations

import functools
import hashlib
import marshal
import sys
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import gast

from autograph.disk_cache import DiskCache

_MARK = b"conversion "
"""How entries begin."""


def key_of(fn: FunctionType, text: str, *, is_verified: bool) -> str:
    """Return the key of a conversion.

    Args:
        fn: The function.
        text: The text of its file.
        is_verified: Whether the function has to be what the text contains.
    """
    code = fn.__code__
    parts = (
        *("conversion", sys.version, gast.__version__, _converters()),
        *(code.co_filename, fn.__qualname__, is_verified, _content(code), text),
    )
    return hashlib.sha256("\0".join(map(str, parts)).encode(errors="surrogatepass")).hexdigest()


def load(key: str) -> CodeType | None:
    """Return the code under a key, None if it is not there."""
    content = DiskCache.default().load(key)
    if content is None or not content.startswith(_MARK):
        return None
    try:
        code = marshal.loads(content[len(_MARK) :])
    except (ValueError, EOFError, TypeError):
        return None
    return code if isinstance(code, CodeType) else None


def store(key: str, code: CodeType) -> None:
    """Store code under a key."""
    DiskCache.default().store(key, _MARK + marshal.dumps(code))


def _content(part: Any) -> Any:
    """Return what tells code, or a constant of code, from others, the same in all processes."""
    if isinstance(part, frozenset):
        return sorted(map(repr, part))
    if not isinstance(part, CodeType):
        return repr(part)
    names = sorted(name for name in dir(part) if name.startswith("co_"))
    read = {name: getattr(part, name) for name in names if name not in _DERIVED}
    return [
        (name, [*map(_content, value)] if name == "co_consts" else repr(value))
        for name, value in read.items()
        if not callable(value)
    ]


#: What code tells in other ways, too, or only in some versions.
_DERIVED = frozenset({"co_lnotab"})


@functools.cache
def _converters() -> str:
    """Return a digest over the source of the conversion."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
