"""The folder of byte strings: damage, absence of permission, and size."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest

from autograph import disk_cache
from autograph.disk_cache import DiskCache

KEY = "0123456789abcdef" * 4
CONTENT = bytes(range(256)) * 4


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "folder")


def entry(cache: DiskCache) -> Path:
    [path] = cache.directory.iterdir()
    return path


def test_an_entry_comes_back(cache: DiskCache) -> None:
    assert cache.load(KEY) is None
    assert cache.store(KEY, CONTENT)
    assert cache.load(KEY) == CONTENT
    assert cache.load(KEY[::-1]) is None
    assert entry(cache).stat().st_mode & 0o077 == 0


def test_a_new_entry_replaces_the_old(cache: DiskCache) -> None:
    cache.store(KEY, b"old")
    cache.store(KEY, b"new")
    assert cache.load(KEY) == b"new"
    assert len(list(cache.directory.iterdir())) == 1


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 500, 32 + len(CONTENT) - 1])
def test_a_truncated_entry_counts_as_absent(cache: DiskCache, length: int) -> None:
    cache.store(KEY, CONTENT)
    path = entry(cache)
    path.write_bytes(path.read_bytes()[:length])
    assert cache.load(KEY) is None
    cache.store(KEY, CONTENT)
    assert cache.load(KEY) == CONTENT


@pytest.mark.parametrize("position", [0, 31, 32, 700, -1])
def test_a_corrupted_entry_counts_as_absent(cache: DiskCache, position: int) -> None:
    cache.store(KEY, CONTENT)
    path = entry(cache)
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)
    assert cache.load(KEY) is None


def test_an_entry_of_another_user_counts_as_absent(
    cache: DiskCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.store(KEY, CONTENT)
    owner = entry(cache).stat().st_uid
    monkeypatch.setattr(disk_cache.os, "geteuid", lambda: owner + 1, raising=False)
    assert (cache.load(KEY) is None) == (owner != 0)  # the administrator's are trusted


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    cache = DiskCache(blocker / "folder")
    assert not cache.store(KEY, CONTENT)
    assert cache.load(KEY) is None


def test_a_folder_without_permission_is_no_error(
    cache: DiskCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.store(KEY, CONTENT)

    def refuse(*arguments: object, **keywords: object) -> None:
        raise PermissionError("read-only file system")

    monkeypatch.setattr(disk_cache.os, "open", refuse)
    monkeypatch.setattr(disk_cache.os, "utime", refuse)
    assert not cache.store(KEY, b"new")
    assert cache.load(KEY) == CONTENT


def test_a_write_that_fails_leaves_nothing(
    cache: DiskCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Path, target: Path) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    assert not cache.store(KEY, CONTENT)
    assert list(cache.directory.iterdir()) == []


def test_the_oldest_entries_go_first(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, limit=5 * 1032)
    bystander = tmp_path / "notes.txt"
    bystander.write_text("x" * 9000)
    keys = [f"{k:063x}0" for k in range(6)]
    for age, key in enumerate(keys[:5]):
        cache.store(key, bytes(1000))
        os.utime(tmp_path / f"{key}.code", (1000 + age, 1000 + age))
    cache.load(keys[0])  # which makes it the newest
    cache.store(keys[5], bytes(1000))
    kept = [key for key in keys if cache.load(key) is not None]
    assert kept == [keys[0], keys[4], keys[5]]
    assert bystander.exists()


def test_one_store_of_sixteen_looks_at_the_size_of_the_folder(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, limit=5 * 1032)
    for k in range(1, 16):
        cache.store(f"{k:064x}", bytes(1000))
    assert len(list(tmp_path.iterdir())) == 15
    cache.store(f"{16:064x}", bytes(1000))
    assert len(list(tmp_path.iterdir())) == 3


def test_the_folder_is_the_users_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOGRAPH_CACHE_DIR", str(tmp_path))
    assert DiskCache.default().directory == tmp_path
    monkeypatch.delenv("AUTOGRAPH_CACHE_DIR")
    assert DiskCache.default().directory == platformdirs.user_cache_path("autograph")
