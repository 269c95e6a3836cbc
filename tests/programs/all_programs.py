"""Every program of the corpus, in one list."""

from tests.programs import (
    calls,
    control_flow,
    corpus,
    dtypes,
    elements,
    examples,
    failures,
    in_place,
    numbers,
    numpy_functions,
    objects,
    reductions,
    views,
)

MODULES = (
    calls,
    control_flow,
    dtypes,
    elements,
    examples,
    failures,
    in_place,
    numbers,
    numpy_functions,
    objects,
    reductions,
    views,
)

PROGRAMS = tuple(corpus.registry)
