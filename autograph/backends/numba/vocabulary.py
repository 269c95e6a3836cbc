"""The names that generated source may use besides `np` and `math`, and where they are defined.

What they stand for imports numba and is loaded when source that uses it is compiled.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from autograph.ops.random import DISTRIBUTIONS

_FOLDER = f"{__package__}.compilation"

#: Whole powers of floats that are computed by products.
EXPONENTS = range(3, 17)

_TYPES = ("f64", "f32")
_FLOAT_FUNCTIONS = (
    "acos acosh asin asinh atan atanh cbrt cos cosh erf erfc exp exp2 expm1 lgamma log log10 log1p "
    "log2 sin sinh tan tanh ceil fabs floor rint sqrt trunc "
    "atan2 hypot pow copysign fmax fmin maximum minimum"
)


def power_name(exponent: int) -> str:
    """Return the name of the function for one of `EXPONENTS`."""
    return f"power_{exponent}"


_NAMES = {
    "allocation": "empty zeros",
    "arithmetic": (
        "reassociated_add reassociated_multiply wrapping_add wrapping_subtract wrapping_multiply "
        "same_memory detached assume_nonnegative floor_divide remainder unsigned_power "
        "float_to_uint64 chosen max min"
    ),
    "complex_math": (
        "complex_divide complex_reciprocal complex_less complex_less_equal complex_power"
    ),
    "lapack": "lapack_lu lapack_lu_solve lapack_triangular_solve lapack_cholesky",
    "library_calls": "library_run library_results",
    "loop_hints": "independent independent_rest",
    "overlap": "overlapping",
    "powers": " ".join(map(power_name, EXPONENTS)),
    "prefetch": "prefetch_row",
    "random_distributions": " ".join(f"draw_{name}" for name in DISTRIBUTIONS),
    "routine_calls": "call_routine",
    "short_sorts": "sort_short argsort_short argsort_distinct",
    "recursive_calls": "stack_position is_too_deep contiguous",
    "vector_math": " ".join(f"{name}_{t}" for name in _FLOAT_FUNCTIONS.split() for t in _TYPES),
}

MODULES: dict[str, str] = {
    name: module for module, names in _NAMES.items() for name in names.split()
}
"""By name: the module of the folder `compilation` that defines it."""


def load(names: Iterable[str]) -> dict[str, Any]:
    """Return what some names stand for, leaving out those that are none of these."""
    found: dict[str, Any] = {}
    for name in names:
        if name in MODULES:
            module = importlib.import_module(f"{_FOLDER}.{MODULES[name]}")
            found[name] = module.namespace()[name]
    return found
