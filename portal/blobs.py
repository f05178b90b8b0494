"""Media files by their SHA-256: durable before anyone is told, never a name of their own."""

import hashlib
import os
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from shared.errors import BodyMismatch, TooLarge

_UNFINISHED = ".part"
_STALE = timedelta(hours=24)


class Upload:
    """A file on its way in. `finish` or `discard` it; a crash leaves what `sweep` removes."""

    def __init__(self, final: Path, sha256: bytes, size: int) -> None:
        self._final = final
        self._sha256 = sha256
        self._left = size
        self._digest = hashlib.sha256()
        # Beside its final place, so that the rename stays inside one file system.
        self._part = final.with_name(f"{final.name}.{secrets.token_hex(8)}{_UNFINISHED}")
        final.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._part.open("xb")

    def write(self, data: bytes) -> None:
        """Raises TooLarge as soon as there is more than was announced."""
        self._left -= len(data)
        if self._left < 0:
            raise TooLarge("the file is longer than the signed record says")
        self._digest.update(data)
        self._file.write(data)

    def finish(self) -> None:
        """Make it durable under its name; raises BodyMismatch and keeps nothing."""
        if self._left or self._digest.digest() != self._sha256:
            self.discard()
            raise BodyMismatch("the file is not the one the signed record lists; send it again")
        self._file.flush()
        _sync_data(self._file.fileno())
        self._file.close()
        self._part.replace(self._final)
        _sync_folder(self._final.parent)

    def discard(self) -> None:
        """Forget it; fine to call again, or after `finish`."""
        self._file.close()
        self._part.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class FileStore:
    """The folder of media: `ab/abcdef…`."""

    root: Path

    def path(self, sha256: bytes) -> Path:
        name = sha256.hex()
        return self.root / name[:2] / name

    def upload(self, sha256: bytes, size: int) -> Upload:
        return Upload(self.path(sha256), sha256, size)

    def has(self, sha256: bytes) -> bool:
        return self.path(sha256).is_file()

    def delete(self, sha256: bytes) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def sweep(self, now: float | None = None) -> int:
        """Remove uploads that nobody has touched for a day; how many there were."""
        before = (time.time() if now is None else now) - _STALE.total_seconds()
        stale = [p for p in self.root.glob(f"??/*{_UNFINISHED}") if p.stat().st_mtime < before]
        for part in stale:
            part.unlink(missing_ok=True)
        return len(stale)


class Untouched(FileStore):
    """For a dry run: every file stays."""

    def delete(self, sha256: bytes) -> None:
        del sha256


def _sync_data(descriptor: int) -> None:
    # Windows and macOS have no fdatasync.
    getattr(os, "fdatasync", os.fsync)(descriptor)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there; NTFS journals its names itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
