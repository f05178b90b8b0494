"""A file worth nothing but its room: given up on a full disk, so that new orders can be kept."""

import os
import shutil
from pathlib import Path

NAME = "ballast"
SIZE = 256 * 1024


def lay(folder: Path, spare: int) -> None:
    """Put it back while the disk has room."""
    path = folder / NAME
    if not path.exists() and shutil.disk_usage(folder).free > spare + SIZE:
        path.write_bytes(os.urandom(SIZE))  # some file systems store zeros in no room at all
        path.chmod(0o600)


def drop(folder: Path) -> None:
    (folder / NAME).unlink(missing_ok=True)
