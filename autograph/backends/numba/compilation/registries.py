"""What numba loads before it compiles, and how often it looks whether there is more.

numba's contexts are refreshed at the first compilation, and hundreds of times in each: all modules
that may hold implementations are imported, and all lists of implementations looked at. Generated
source needs neither typed containers nor classes, characters or sets; and there can only be more
if modules have been imported, or if a list has grown.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from numba.core.runtime import rtsys

_MODULES = (
    *("cpython.builtins", "cpython.hashing", "cpython.iterators", "cpython.numbers"),
    *("cpython.rangeobj", "cpython.slicing", "cpython.tupleobj", "cpython.unicode"),
    *("core.optional", "misc.literal", "np.linalg", "np.arraymath", "np.arrayobj"),
    *("np.npdatetime", "np.unsafe.ndarray"),
)
"""Modules that generated source needs."""
_REGISTRIES = ("cpython.cmathimpl", "cpython.mathimpl", "np.npyimpl", "cpython.printimpl")
"""Modules with registries of their own that it needs."""


@contextmanager
def few_registries(context: Any) -> Iterator[None]:
    """Let numba load what generated source needs, and look for more where there may be more.

    Args:
        context: numba's target context, which nobody else may use meanwhile.
    """
    refresh = context.refresh
    seen: list[int] = []

    def refresh_if_more() -> None:
        if seen != [now := _extent(context)]:
            seen[:] = [now]
            refresh()

    context.refresh, context.load_additional_registries = refresh_if_more, lambda: _load(context)
    try:
        yield
    finally:
        del context.refresh, context.load_additional_registries


def _load(context: Any) -> None:
    """Load what is needed into a target context."""
    rtsys.initialize(context)
    for name in _MODULES:
        import_module(f"numba.{name}")
    for name in _REGISTRIES:
        context.install_registry(import_module(f"numba.{name}").registry)


def _extent(context: Any) -> int:
    """Return what grows with everything that a context could find."""
    implementations, declarations = context._registries, context.typing_context._registries
    return (
        len(sys.modules)
        + sum(len(r.functions) + len(r.getattrs) + len(r.casts) for r in implementations)
        + sum(len(r.functions) + len(r.attributes) + len(r.globals) for r in declarations)
    )
