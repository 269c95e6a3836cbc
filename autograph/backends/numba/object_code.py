"""Machine code that only LLVM can link: for systems whose object files do not become an `Image`.

Enters: an object file, or what was stored of it. Leaves: the address of its entry. LLVM has to be
imported for that, numba has not.
"""

from __future__ import annotations

import functools
import importlib
import json
from typing import Any, NamedTuple

from autograph.backends.numba.symbols import address_of


class ObjectCode(NamedTuple):
    """An object file, and what is needed to link it.

    Attributes:
        content: The contents of the file.
        entry: The symbol of the function that is called from outside.
        symbols: The names of everything outside that is referred to.
    """

    content: bytes
    entry: str
    symbols: list[str]

    def pack(self) -> bytes:
        """Return the same as bytes: one line of JSON, then the content."""
        return json.dumps([self.entry, self.symbols]).encode() + b"\n" + self.content

    @classmethod
    def unpack(cls, data: bytes) -> ObjectCode:
        """Return what `pack` was applied to."""
        head, _, content = data.partition(b"\n")
        entry, symbols = json.loads(head)
        return cls(content, entry, symbols)

    def load(self) -> int:
        """Link the code and return the address of its entry.

        LLVM ends the process when it links code that refers to what does not exist.
        """
        llvm = importlib.import_module("llvmlite.binding")
        for symbol in self.symbols:
            llvm.add_symbol(symbol, address_of(symbol))
        engine = _engine()
        engine.add_object_file(llvm.ObjectFileRef.from_data(self.content))
        engine.finalize_object()
        address: int = engine.get_function_address(self.entry)
        return address


@functools.cache
def _engine() -> Any:
    llvm = importlib.import_module("llvmlite.binding")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
