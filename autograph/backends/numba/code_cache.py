"""Compiles generated source, at most once per machine.

Enters: the text of a module that defines one function, and the types of its arguments. Leaves: a
callable that runs its machine code, from the folder of `DiskCache` if any process has compiled the
same before; then neither numba nor LLVM is imported.

An entry's key is a digest over all that decides what the machine code is: source, types, options,
and the `surroundings`. The source may use the names of `vocabulary`, and whatever the caller adds.
"""

from __future__ import annotations

import hashlib
import importlib
import linecache
import pickle
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from autograph.backends.numba import loader, surroundings
from autograph.backends.numba.argument_types import ArgumentType
from autograph.backends.numba.callbacks import interruptible
from autograph.backends.numba.image import Image, UnknownObjectError, image_of
from autograph.backends.numba.object_code import ObjectCode
from autograph.backends.numba.symbols import CALLBACKS
from autograph.disk_cache import DiskCache
from autograph.errors import InternalError

_SCHEMA = 2

MachineCode = Image | ObjectCode
#: How entries of the disk cache begin.
_FORMS: dict[type[MachineCode], bytes] = {Image: b"image ", ObjectCode: b"object "}


class SignatureMismatch(TypeError):
    """The arguments' types are not those that machine code was compiled for."""


class Compiled(NamedTuple):
    """A function that is ready to be called.

    Attributes:
        entry: Runs the machine code if the arguments have exactly its types; raises
            `SignatureMismatch` if not, and OverflowError for integers beyond 64 bits.
        from_cache: Whether nothing had to be compiled.
        key: The key of the machine code.
        is_lasting: Whether other processes find it under the key.
    """

    entry: Callable[..., Any]
    from_cache: bool
    key: str
    is_lasting: bool


_loaded: dict[str, Compiled] = {}


def compile_source(
    source: str,
    name: str,
    asked: Sequence[ArgumentType],
    fastmath: frozenset[str] = frozenset(),
    namespace: Mapping[str, Any] | None = None,
) -> Compiled:
    """Return machine code for a generated function, compiling it if no process has done so yet.

    Args:
        source: Text of a module that defines the function.
        name: The function's name.
        asked: The types of its arguments.
        fastmath: LLVM's fast-math flags for every floating-point operation of the function, such as
            ``contract`` or ``reassoc``. None by default: the results are those of the source.
        namespace: Further names that the source uses. The key contains the names alone.

    Raises:
        InternalError: If the source does not define the function.
        numba.core.errors.NumbaError: If numba cannot compile it.
    """
    extra = dict(namespace or {})
    key = cache_key(source, name, asked, fastmath, extra)
    filename = f"<autograph {name} {key[:12]}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    known = find_compiled(key, name)
    if known is not None:
        return known
    code, is_portable = _compile(
        source, name, filename, f"{name}_{key[:16]}", asked, fastmath, extra
    )
    missing = loader.missing_symbols(code)
    if missing:
        raise InternalError(f"the machine code of {name} calls what is missing: {missing}")
    is_stored = is_portable and DiskCache.default().store(key, _FORMS[type(code)] + code.pack())
    return _load(code, key, name, from_cache=False, is_lasting=is_stored)


def find_compiled(key: str, name: str) -> Compiled | None:
    """Return the machine code under a key if any process has compiled it, else None."""
    if key in _loaded:
        return _loaded[key]._replace(from_cache=True)
    code = _read(DiskCache.default(), key)
    return None if code is None else _load(code, key, name, from_cache=True, is_lasting=True)


def _load(
    code: MachineCode, key: str, name: str, *, from_cache: bool, is_lasting: bool
) -> Compiled:
    """Put machine code in memory and remember it."""
    entry = loader.callable_at(loader.load(code), name, _failing(name))
    if not CALLBACKS.keys().isdisjoint(code.symbols):
        entry = interruptible(entry)
    _loaded[key] = Compiled(entry, from_cache, key, is_lasting)
    return _loaded[key]


def _compile(*arguments: Any) -> tuple[MachineCode, bool]:
    """Return machine code and whether other processes can run it, too."""
    compiler = importlib.import_module("autograph.backends.numba.compilation.compiler")
    made = compiler.compile_function(*arguments)
    try:
        return image_of(made.data, made.entry), made.is_portable
    except UnknownObjectError:
        return ObjectCode(made.data, made.entry, made.symbols), made.is_portable


def cache_key(
    source: str,
    name: str,
    asked: Sequence[ArgumentType],
    fastmath: frozenset[str],
    namespace: Mapping[str, Any],
) -> str:
    """Return a digest over everything that decides what the machine code is."""
    parts = (
        _SCHEMA,
        *surroundings.lasting(),
        *surroundings.settings(),
        name,
        *asked,
        *sorted(fastmath),
        *sorted(namespace),
        source,
    )
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def _read(cache: DiskCache, key: str) -> MachineCode | None:
    """Return the machine code under a key, or None if it is absent or could not run here."""
    data = cache.load(key)
    for form, mark in _FORMS.items():
        if data is not None and data.startswith(mark):
            try:
                code = form.unpack(data[len(mark) :])
            except (ValueError, TypeError):
                return None
            return None if loader.missing_symbols(code) else code
    return None


def _failing(name: str) -> Callable[[bytes | None], NoReturn]:
    """Return what machine code calls when it fails."""

    def failed(pickled: bytes | None) -> NoReturn:
        if pickled is None:
            raise SignatureMismatch(f"{name} has no machine code for arguments of these types")
        kind, arguments, place = pickle.loads(pickled)
        error = kind(*arguments)
        if place is None:
            raise error
        _, filename, line = place
        exec(compile("\n" * (line - 1) + "raise error", filename, "exec"), {"error": error})
        raise error

    return failed
