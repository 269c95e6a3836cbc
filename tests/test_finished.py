"""Finished compilations: found by their graph, rebuilt where anything is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import autograph as ag
from autograph import finished, pipeline
from autograph.backends.numba import code_cache
from autograph.disk_cache import DiskCache

MARK = finished._MARK


def total(x, k):
    for i in range(1, len(x)):
        x[i] += k * x[i - 1]
    if k > 100:
        raise ValueError("too large")
    return np.sum(x[1:] * x[:-1])


def power(x, steps):
    for _ in range(steps):
        x = np.sin(x) * 1.5
    return np.sum(x)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Begin with an empty cache."""
    monkeypatch.setenv("AUTOGRAPH_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(code_cache, "_loaded", {})
    return tmp_path


@pytest.fixture
def stages_run(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the graphs that are rewritten."""
    names: list[str] = []
    optimize = pipeline.optimize

    def noted(graph: Any, **options: Any) -> Any:
        names.append(graph.name)
        return optimize(graph, **options)

    monkeypatch.setattr(pipeline, "optimize", noted)
    return names


def check(compiled: Any, k: float = 0.5) -> None:
    x, y = np.linspace(0, 1, 9), np.linspace(0, 1, 9)
    assert compiled(x, k) == pytest.approx(total(y, k), rel=1e-14)
    np.testing.assert_array_equal(x, y)


def entries(folder: Path) -> list[Path]:
    """Return the files that hold finished compilations."""
    return [f for f in folder.glob("*.code") if f.read_bytes()[32:].startswith(MARK)]


def test_no_stage_runs_for_a_graph_that_is_known(stages_run: list[str], folder: Path) -> None:
    check(ag.compile(total))
    assert stages_run == ["total"]
    code_cache._loaded.clear()
    again = ag.compile(total)
    check(again)
    assert stages_run == ["total"]
    assert again.stats()["cache_hits"] == 1
    assert len(entries(folder)) == 1


def test_checks_restore_and_guards_hold_for_what_was_found(stages_run: list[str]) -> None:
    for _ in range(2):
        compiled = ag.compile(total)
        check(compiled)
        x = np.ones(3)
        with pytest.raises(ValueError, match="too large"):
            compiled(x, 101.0)
        np.testing.assert_array_equal(x, [1, 102, 10303])
        assert compiled(np.ones(1), 0.5) == 0.0
        assert compiled(np.ones(0), 0.5) == 0.0
    assert len(stages_run) == compiled.stats()["specialisations"] * 1


def test_scalars_keep_their_types() -> None:
    def parts(x, n):
        return np.float32(x[0]), n + 1, np.int32(n), x[0] > 0

    for _ in range(2):
        found, wanted = ag.compile(parts)(np.ones(2), 3), parts(np.ones(2), 3)
        assert list(map(type, found)) == list(map(type, wanted))


def test_stages_can_be_seen_afterwards(stages_run: list[str]) -> None:
    first, x = ag.compile(total), np.ones(4)
    texts = [first.show(stage, x, 0.5) for stage in ("optimized", "loops", "numba")]
    notes = first.explain(x, 0.5)
    second = ag.compile(total)
    check(second)
    assert len(stages_run) == 1
    assert [second.show(stage, x, 0.5) for stage in ("optimized", "loops", "numba")] == texts
    assert second.explain(x, 0.5) == notes


def test_sizes_count_where_loops_may_be_cut(stages_run: list[str]) -> None:
    gradient = ag.grad(power)
    large, small = gradient(np.ones(5), 1000), ag.grad(power)(np.ones(5), 3)
    runs = len(stages_run)
    np.testing.assert_array_equal(ag.grad(power)(np.ones(5), 1000), large)
    np.testing.assert_array_equal(ag.grad(power)(np.ones(5), 3), small)
    assert len(stages_run) == runs
    ag.grad(power, memory=1000)(np.ones(5), 1000)
    assert len(stages_run) > runs


def test_debugging_verifies_all_stages(stages_run: list[str]) -> None:
    for _ in range(2):
        check(ag.compile(total, debug=True))
    assert len(stages_run) == 2


def test_types_count(stages_run: list[str]) -> None:
    for layout in ("C", "F", "C", "F"):
        ag.compile(np_sum)(np.ones((3, 4), order=layout))
    assert len(stages_run) == 2


def np_sum(x):
    return np.sum(x)


@pytest.mark.parametrize(
    "content", [b"", MARK, b"image", MARK + msgspec.msgpack.encode({"code": 1})]
)
def test_what_is_no_entry_is_made_again(
    content: bytes, stages_run: list[str], folder: Path
) -> None:
    check(ag.compile(total))
    (entry,) = entries(folder)
    before = entry.read_bytes()
    assert DiskCache(folder).store(entry.stem, content)
    check(ag.compile(total))
    assert len(stages_run) == 2
    assert entry.read_bytes() == before


def test_damaged_entries_are_made_again(stages_run: list[str], folder: Path) -> None:
    check(ag.compile(total))
    (entry,) = entries(folder)
    entry.write_bytes(entry.read_bytes()[:-1] + b"?")
    check(ag.compile(total))
    assert len(stages_run) == 2


def test_entries_without_machine_code_are_made_again(stages_run: list[str], folder: Path) -> None:
    check(ag.compile(total))
    for file in folder.glob("*.code"):
        if file.read_bytes()[32:].startswith(b"image"):
            file.unlink()
    code_cache._loaded.clear()
    check(ag.compile(total))
    assert len(stages_run) == 2


def test_guards_with_unknown_symbols_are_made_again(stages_run: list[str], folder: Path) -> None:
    check(ag.compile(total))
    (entry,) = entries(folder)
    content = msgspec.msgpack.decode(entry.read_bytes()[32 + len(MARK) :], type=finished._Entry)
    wrong = finished._Guard(0, [(99, 1)], ">=0", False)
    changed = msgspec.structs.replace(content, guards=[wrong])
    assert DiskCache(folder).store(entry.stem, MARK + msgspec.msgpack.encode(changed))
    check(ag.compile(total))
    assert len(stages_run) == 2


def test_library_calls_are_always_emitted(stages_run: list[str], folder: Path) -> None:
    def bessel(x):
        return np.i0(x) + 1

    for _ in range(2):
        compiled = ag.compile(bessel)
        np.testing.assert_array_equal(compiled(np.ones(3)), bessel(np.ones(3)))
    assert "host call" in compiled.explain(np.ones(3))
    assert len(stages_run) == 2


def test_a_folder_that_cannot_be_written_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AUTOGRAPH_CACHE_DIR", str(tmp_path / "file" / "folder"))
    for _ in range(2):
        check(ag.compile(total))
