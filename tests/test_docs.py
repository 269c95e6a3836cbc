"""The documentation is run: what it shows is what happens."""

import doctest
import importlib
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", ["docs/architecture.md"])
def test_page(name):
    result = doctest.testfile(
        str(ROOT / name), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("name", ["checking", "custom", "derivatives", "directions"])
def test_examples_of_docstrings(name):
    module = importlib.import_module(f"autograph.{name}")
    result = doctest.testmod(module, globs={"np": np, "__name__": "examples"})
    assert result.attempted > 0
    assert result.failed == 0
