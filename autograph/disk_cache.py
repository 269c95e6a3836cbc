"""A folder of byte strings that survives the process, each under a hexadecimal key.

Enters and leaves: bytes. An entry is its SHA-256 followed by its content, so whatever a crash, a
full disk or another program leaves behind is recognised and counts as absent. Entries appear by
renaming, so concurrent processes see each one whole or not at all. A folder that cannot be read or
written is a cache that never hits. The oldest entries go when the folder outgrows its limit.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

import platformdirs

_SUFFIX = ".code"
_UNFINISHED = ".part"
_LOOKS = "0"
"""How the key of an entry ends that, once stored, has the size of the folder looked up: one of
sixteen, as listing ten thousand files takes as long as compiling a small function."""
_CHECKSUM_BYTES = hashlib.sha256().digest_size


class DiskCache:
    """Entries in one folder.

    Args:
        directory: The folder; made when the first entry is stored.
        limit: Size in bytes above which old entries are removed.
    """

    def __init__(self, directory: Path, limit: int = 512 << 20) -> None:
        self.directory = directory
        self.limit = limit

    @classmethod
    def default(cls) -> DiskCache:
        """Return the cache in ``AUTOGRAPH_CACHE_DIR`` or, where that is unset, the user's own."""
        chosen = os.environ.get("AUTOGRAPH_CACHE_DIR")
        return cls(Path(chosen) if chosen else platformdirs.user_cache_path("autograph"))

    def load(self, key: str) -> bytes | None:
        """Return the entry's content, or None if it is absent, damaged or another user's."""
        try:
            with self._path(key).open("rb") as file:
                if not _is_trusted(os.fstat(file.fileno())):
                    return None
                data = file.read()
        except OSError:
            return None
        checksum, content = data[:_CHECKSUM_BYTES], data[_CHECKSUM_BYTES:]
        if hashlib.sha256(content).digest() != checksum:
            return None
        with contextlib.suppress(OSError):  # the time of last use decides what is removed
            os.utime(self._path(key))
        return content

    def store(self, key: str, content: bytes) -> bool:
        """Write an entry; return whether that was possible."""
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished = self.directory / (key[:16] + os.urandom(8).hex() + _UNFINISHED)
            handle = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            return False
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(content).digest())
                file.write(content)
            unfinished.replace(self._path(key))
        except OSError:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            return False
        if key.endswith(_LOOKS):
            self._remove_oldest()
        return True

    def _path(self, key: str) -> Path:
        return self.directory / (key + _SUFFIX)

    def _remove_oldest(self) -> None:
        """Bring the folder down to three quarters of its limit if it is above the limit."""
        entries = []
        with contextlib.suppress(OSError), os.scandir(self.directory) as found:
            for entry in found:
                if entry.name.endswith((_SUFFIX, _UNFINISHED)):
                    with contextlib.suppress(OSError):
                        status = entry.stat(follow_symlinks=False)
                        entries.append((status.st_mtime_ns, status.st_size, entry.path))
        total = sum(size for _, size, _ in entries)
        if total <= self.limit:
            return
        for _, size, path in sorted(entries):
            if total <= self.limit * 3 // 4:
                break
            with contextlib.suppress(OSError):
                Path(path).unlink()
                total -= size


def _is_trusted(status: os.stat_result) -> bool:
    """Return whether a file is the user's own or the administrator's: it will be executed."""
    return not hasattr(os, "geteuid") or status.st_uid in (os.geteuid(), 0)
