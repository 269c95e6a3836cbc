"""Loads numba's functions of arrays without SciPy's linear algebra.

numba looks for a BLAS when it loads them, and imports SciPy to do so, which takes a tenth of a
first compilation. Where source multiplies matrices it looks again, and imports SciPy then.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from numba.np import linalg


def load() -> None:
    """Import numba's functions of arrays, unless they are there already."""
    if "numba.np.arraymath" in sys.modules:
        return
    names: Any = linalg
    ensure_blas = names.ensure_blas
    names.ensure_blas = lambda: None
    try:
        import_module("numba.np.arraymath").ensure_blas = ensure_blas  # type: ignore[attr-defined]
    finally:
        names.ensure_blas = ensure_blas
