"""Conversions that are stored: read again by their text and code, made again if damaged."""

from __future__ import annotations

import importlib.util
import linecache
import marshal
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest

from autograph.disk_cache import DiskCache
from autograph.errors import UnsupportedSyntaxError
from autograph.frontend import convert, converted_source
from autograph.frontend.conversion import convert as conversion
from autograph.frontend.conversion import stored

TEXT = """\
class Holder:
    def total(self, x, names=("a", "b")):
        __hidden = 1.5
        return sum(v * __hidden for v in x if v not in {"a", "b"})

def make(scale):
    return lambda x: x * scale

def outer(a):
    def inner(b):
        return a + b if b > 0 else a - b
    return inner
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Begin with nothing stored."""
    monkeypatch.setenv("AUTOGRAPH_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the functions that are converted."""
    names: list[str] = []
    convert_now = conversion._convert

    def noted(fn: FunctionType):
        names.append(fn.__name__)
        return convert_now(fn)

    monkeypatch.setattr(conversion, "_convert", noted)
    return names


def functions(folder: Path, text: str = TEXT, name: str = "module") -> list[FunctionType]:
    """Import a file anew and return its functions."""
    file = folder / f"{name}.py"
    file.write_text(text)
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [module.Holder.total, module.make(2.0), module.outer, module.outer(1)]


def test_functions_of_another_process_are_not_converted_again(
    folder: Path, conversions: list[str]
) -> None:
    first = [convert(fn) for fn in functions(folder)]
    assert conversions == ["total", "<lambda>", "outer", "inner"]
    again = [convert(fn) for fn in functions(folder)]
    assert again == first
    assert len(conversions) == 4
    for one, other in zip(first, again, strict=True):
        assert one.co_filename == other.co_filename == str(folder / "module.py")
        assert [*one.co_positions()] == [*other.co_positions()]


def test_source_can_be_seen_afterwards(folder: Path) -> None:
    texts = [converted_source(fn) for fn in functions(folder)]
    again = functions(folder)
    for fn in again:
        convert(fn)
    assert [converted_source(fn) for fn in again] == texts


def test_text_and_file_count(folder: Path, conversions: list[str]) -> None:
    for name, text in [("a", TEXT), ("b", TEXT), ("c", TEXT.replace("1.5", "2.5"))]:
        for fn in functions(folder, text, name):
            convert(fn)
    assert len(conversions) == 12


def test_a_file_that_has_changed_is_refused_as_before(folder: Path) -> None:
    for fn in functions(folder):
        convert(fn)
    (total, *_) = functions(folder)
    (folder / "module.py").write_text(TEXT.replace("1.5", "20.5"))
    linecache.checkcache()
    with pytest.raises(UnsupportedSyntaxError, match="has changed"):
        convert(total)


@pytest.mark.parametrize(
    "content", [b"", b"image ", b"conversion ", b"conversion " + marshal.dumps(3)]
)
def test_what_is_no_code_is_made_again(
    content: bytes, folder: Path, conversions: list[str]
) -> None:
    _, scaled, *_ = functions(folder)
    convert(scaled)
    (entry,) = (folder / "cache").glob("*.code")
    assert DiskCache(folder / "cache").store(entry.stem, content)
    _, again, *_ = functions(folder)
    convert(again)
    assert conversions == ["<lambda>"] * 2
    assert stored.load(entry.stem) == convert(again)
