"""macOS: which folders are the system's, and on which disk a folder is.

Apple keeps Documents, Desktop and the like from every program that was not given full access to the
disk: what it keeps is counted as kept, and the wipe answers that it is incomplete.
"""

import os
from collections.abc import Callable

from agent.hosts import posix_tree
from agent.hosts.posix_tree import home
from agent.hosts.tally import Tally

__all__ = ["count", "empty", "home", "is_allowed", "trim"]

# In small letters: its disks tell no case apart.
_SYSTEM = frozenset((
    "applications", "bin", "cores", "dev", "etc", "library", "network", "opt", "private", "sbin",
    "system", "tmp", "usr", "var",
))  # fmt: skip
_DISKS = "volumes"  # where another disk shows, by its name


def is_allowed(path: str) -> bool:
    parts = posix_tree.parts_of(path.lower())
    if parts[:1] == (_DISKS,):
        return len(parts) > 2
    return len(parts) > 1 and parts[0] not in _SYSTEM


def count(tally: Tally) -> None:
    posix_tree.count(tally, _disk_of)


def empty(tally: Tally, step: Callable[[], None]) -> None:
    posix_tree.empty(tally, step, _disk_of)


def _disk_of(folder: int) -> int:
    """Nothing can be mounted a second time here, so the device tells all."""
    return os.fstat(folder).st_dev


def trim(folder: str) -> bool:
    """The file system does so itself, and cannot be asked to."""
    del folder
    return False
