"""Functions of single elements, and of neighbours, that NumPy itself writes in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np


def sinc(x: Any) -> Any:
    x = np.asarray(x)
    if x.dtype.kind in "biu":
        x = x.astype(np.float64)
    angle = np.pi * np.where(x == 0, 1.0e-20, x).astype(x.dtype)
    return np.where(x == 0, 1.0, np.sin(angle) / angle).astype(x.dtype)[()]
