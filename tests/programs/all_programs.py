"""Every program of the corpus, in one list: those of all modules of this folder."""

import importlib
import pkgutil
from pathlib import Path

from tests.programs import corpus

MODULES = tuple(
    importlib.import_module(f"{__package__}.{module.name}")
    for module in pkgutil.iter_modules([str(Path(__file__).parent)])
    if not module.name.startswith("test_") and module.name != Path(__file__).stem
)

PROGRAMS = tuple(corpus.registry)
