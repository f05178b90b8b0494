"""A named pipe in the public folder listens while an alarm sounds (Linux, macOS)."""

import os
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NAME = "quiet-"


@contextmanager
def asked(folder: Path, command_id: bytes) -> Iterator[Callable[[float], bool]]:
    """While this command is carried out: waits, and tells whether somebody has said so."""
    path = folder / f"{_NAME}{command_id.hex()}"
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    path.chmod(0o622)  # whatever the umask says
    # Opened for both, it is never at its end. What is said stays in it: once asked is for good.
    line = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield lambda wait_s: bool(select.select([line], [], [], wait_s)[0])
    finally:
        path.unlink(missing_ok=True)
        os.close(line)


def say(folder: Path) -> int:
    """How many listened; none where no alarm sounds."""
    return sum(_told(path) for path in folder.glob(f"{_NAME}*"))


def _told(path: Path) -> bool:
    with suppress(OSError):  # nobody listens any more: a kill left it behind
        line = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return bool(os.write(line, b"."))
        finally:
            os.close(line)
    return False
