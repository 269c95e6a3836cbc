"""Calls of LAPACK's routines from generated source.

Enters: a `Call` statement. Leaves: whether machine code calls LAPACK for it without Python, and the
text of that call.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograph.backends import loops as lp

#: The letters by which LAPACK tells its dtypes apart.
LETTERS = {np.dtype(x): letter for x, letter in zip(("f4", "f8", "c8", "c16"), "sdcz", strict=True)}
#: Ops of which machine code does all itself but LAPACK's part.
DIRECT = ("lu", "lu_solve", "triangular_solve", "cholesky")


def is_direct(call: lp.Call) -> bool:
    """Return whether a call needs no Python."""
    return call.op.name in DIRECT and call.outputs[0].dtype in LETTERS


def call_text(call: lp.Call, arrays: Sequence[str]) -> str:
    """Return the source of a call that is direct."""
    options = [str(int(value)) for value in call.options.values()]
    return f"lapack_{call.op.name}({', '.join([*arrays, *options])})"
