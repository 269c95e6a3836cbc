"""Machine code as it lies in memory: bytes, and where in them addresses have to be filled in.

Enters: an object file of LLVM's, or what was stored of it. Leaves: an `Image`, which can be put
anywhere in memory without a linker. Only objects of the kind that LLVM makes for a process it runs
in are taken: ELF for x86-64, all of whose references are absolute addresses.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import NamedTuple

_MAGIC = b"\x7fELF\x02\x01"
_X86_64 = 62
_ABSOLUTE_64 = 1
_SYMBOL_TABLE, _RELOCATIONS_WITH_ADDENDS, _NO_CONTENT, _RELOCATIONS = 2, 4, 8, 9
_WRITE, _ALLOCATE, _THREAD_LOCAL = 1, 2, 1 << 10
_UNDEFINED, _FIRST_SPECIAL, _ABSOLUTE, _COMMON = 0, 0xFF00, 0xFFF1, 0xFFF2
_UNWINDING = ".eh_frame"
_PAGE = 4096


class UnknownObjectError(Exception):
    """An object file is not of the kind that can become an image."""


class Reference(NamedTuple):
    """A place that holds the address of something outside the image.

    Attributes:
        place: Offset of its eight bytes.
        symbol: Name of what it refers to.
        addend: To be added to the address.
    """

    place: int
    symbol: str
    addend: int


class Image(NamedTuple):
    """Machine code with its data.

    Attributes:
        content: The bytes, to be put at the beginning of a page.
        writable: Offset of the part that the code may write, at the beginning of a page.
        entry: Offset of the function that is called from outside.
        inner: Offsets of places that hold an offset in the image, to become an address.
        references: Places that refer to something outside.
    """

    content: bytes
    writable: int
    entry: int
    inner: list[int]
    references: list[Reference]

    @property
    def symbols(self) -> list[str]:
        """The names of everything outside that is referred to."""
        return sorted({reference.symbol for reference in self.references})

    def pack(self) -> bytes:
        """Return the same as bytes: one line of JSON, then the content."""
        return json.dumps(self._replace(content=b"")[1:]).encode() + b"\n" + self.content

    @classmethod
    def unpack(cls, data: bytes) -> Image:
        """Return what `pack` was applied to."""
        head, _, content = data.partition(b"\n")
        writable, entry, inner, references = json.loads(head)
        return cls(content, writable, entry, inner, [Reference(*row) for row in references])


class _Section(NamedTuple):
    """A row of the table of sections, in the order of the ELF format."""

    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int

    @property
    def is_loaded(self) -> bool:
        return bool(self.flags & _ALLOCATE)

    @property
    def is_writable(self) -> bool:
        return bool(self.flags & _WRITE)


class _Symbol(NamedTuple):
    """A row of the table of symbols."""

    name: str
    section: int
    value: int
    size: int


class _Object:
    """An object file, taken apart.

    Args:
        data: The contents of the file.

    Raises:
        UnknownObjectError: If it is none for x86-64.
    """

    def __init__(self, data: bytes) -> None:
        (machine,) = struct.unpack_from("<H", data, 18) if len(data) >= 64 else (0,)
        if data[: len(_MAGIC)] != _MAGIC or machine != _X86_64:
            raise UnknownObjectError("no ELF object for x86-64")
        self.data = data
        (table,) = struct.unpack_from("<Q", data, 40)
        size, count, names = struct.unpack_from("<3H", data, 58)
        self.sections = [
            _Section(*struct.unpack_from("<IIQQQQIIQQ", data, table + k * size))
            for k in range(count)
        ]
        self.names = [self._text(self.sections[names], s.name) for s in self.sections]
        self.symbols = list(self._symbols())

    def _text(self, table: _Section, start: int) -> str:
        start += table.offset
        return self.data[start : self.data.index(b"\0", start)].decode()

    def _symbols(self) -> Iterator[_Symbol]:
        for section in self.sections:
            if section.kind == _SYMBOL_TABLE:
                texts = self.sections[section.link]
                for k in range(section.size // 24):
                    name, _, _, index, value, size = struct.unpack_from(
                        "<IBBHQQ", self.data, section.offset + 24 * k
                    )
                    yield _Symbol(self._text(texts, name), index, value, size)

    def relocations(self, section: _Section) -> Iterator[tuple[int, _Symbol, int]]:
        """Return place, symbol and addend of every relocation in a section of them."""
        if section.kind == _RELOCATIONS:
            raise UnknownObjectError("relocations without addends")
        for k in range(section.size // 24):
            place, what, addend = struct.unpack_from("<QQq", self.data, section.offset + 24 * k)
            if what & 0xFFFFFFFF != _ABSOLUTE_64:
                raise UnknownObjectError(f"a relocation of type {what & 0xFFFFFFFF}")
            yield place, self.symbols[what >> 32], addend


class _Layout:
    """Where the parts of an object go in an image.

    Args:
        parts: The object.
    """

    def __init__(self, parts: _Object) -> None:
        self.content = bytearray()
        self._offsets: dict[int, int] = {}
        self._common: dict[str, int] = {}
        loaded = [
            k
            for k, section in enumerate(parts.sections)
            if section.is_loaded and not parts.names[k].startswith(_UNWINDING)
        ]
        for k in loaded:
            if not parts.sections[k].is_writable:
                self._place(parts, k)
        self._align(_PAGE)
        self.writable = len(self.content)
        for k in loaded:
            if parts.sections[k].is_writable:
                self._place(parts, k)
        for symbol in parts.symbols:
            if symbol.section == _COMMON:  # its value is its alignment
                self._align(symbol.value)
                self._common[symbol.name] = len(self.content)
                self.content += bytes(symbol.size)

    def _align(self, alignment: int) -> None:
        self.content += bytes(-len(self.content) % max(alignment, 1))

    def _place(self, parts: _Object, k: int) -> None:
        section = parts.sections[k]
        if section.flags & _THREAD_LOCAL or section.alignment > _PAGE:
            raise UnknownObjectError(f"the section {parts.names[k]}")
        self._align(section.alignment)
        self._offsets[k] = len(self.content)
        if section.kind == _NO_CONTENT:
            self.content += bytes(section.size)
        else:
            self.content += parts.data[section.offset : section.offset + section.size]

    def place_in(self, section: int) -> int | None:
        """Return where a section went, None if it is not needed."""
        return self._offsets.get(section)

    def of(self, symbol: _Symbol) -> int | None:
        """Return where a symbol is, None if it is outside."""
        if symbol.section == _UNDEFINED:
            return None
        if symbol.section == _COMMON:
            return self._common[symbol.name]
        if symbol.section >= _FIRST_SPECIAL or symbol.section not in self._offsets:
            raise UnknownObjectError(f"the symbol {symbol.name}")
        return self._offsets[symbol.section] + symbol.value


def image_of(data: bytes, entry: str) -> Image:
    """Return the image of an object file.

    Args:
        data: The contents of the file.
        entry: Name of the function that is called from outside.

    Raises:
        UnknownObjectError: If the object is of another kind, or does not define the entry.
    """
    parts = _Object(data)
    layout = _Layout(parts)
    inner, references = [], []
    for section in parts.sections:
        start = layout.place_in(section.info)
        if section.kind not in (_RELOCATIONS_WITH_ADDENDS, _RELOCATIONS) or start is None:
            continue
        for place, symbol, addend in parts.relocations(section):
            inside = layout.of(symbol)
            if inside is None:
                references.append(Reference(start + place, symbol.name, addend))
            else:
                struct.pack_into("<Q", layout.content, start + place, inside + addend)
                inner.append(start + place)
    entries = [symbol for symbol in parts.symbols if symbol.name == entry]
    begin = layout.of(entries[0]) if entries else None
    if begin is None:
        raise UnknownObjectError(f"no function {entry}")
    return Image(bytes(layout.content), layout.writable, begin, inner, references)
