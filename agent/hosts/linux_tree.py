"""Linux: which folders are the system's, and on which mount a folder is."""

import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from agent.hosts import posix_tree
from agent.hosts.posix_tree import home
from agent.hosts.tally import Tally

__all__ = ["count", "empty", "home", "is_allowed", "trim"]

_SYSTEM = frozenset((
    "bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "opt", "proc", "run", "sbin",
    "snap", "sys", "usr", "var",
))  # fmt: skip
_HOMES_IN_VAR = ("var", "home")  # where some systems keep what /home leads to
_TRIM_S = 300


def is_allowed(path: str) -> bool:
    parts = posix_tree.parts_of(path)
    if parts[:2] == _HOMES_IN_VAR:
        return len(parts) > 2
    return len(parts) > 1 and parts[0] not in _SYSTEM


def count(tally: Tally) -> None:
    posix_tree.count(tally, _mount_of)


def empty(tally: Tally, step: Callable[[], None]) -> None:
    posix_tree.empty(tally, step, _mount_of)


def _mount_of(folder: int) -> str:
    """A folder mounted a second time is on the same device, but on another mount."""
    for line in Path(f"/proc/self/fdinfo/{folder}").read_text().splitlines():
        if line.startswith("mnt_id:"):
            return line
    raise OSError("the kernel does not say which mount this is")


def trim(folder: str) -> bool:
    """Many SSDs then give what was there to nobody any more. Not all can."""
    words = ["fstrim", folder]
    with suppress(OSError, subprocess.TimeoutExpired):
        return not subprocess.run(words, capture_output=True, timeout=_TRIM_S).returncode
    return False
