"""Empties chosen folders, and nothing outside of them; how, each system's own tree says.

Overwriting promises little on an SSD; docs/threat-model.md says what.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from agent.hosts import tree
from agent.hosts.tally import Tally


class NotAllowed(Exception):
    """This folder is never wiped; nothing was. `code` is a stable word."""

    def __init__(self, code: str, folder: str) -> None:
        super().__init__(f"{folder}: {code}")
        self.code = code
        self.folder = folder


def choose(folders: Iterable[str], homes: Iterable[str], keep: Iterable[Path]) -> list[Path]:
    """The folders meant, each once. `keep` is what the agent itself lives in. Raises NotAllowed."""
    chosen = [Path(name) for name in folders] + [_home(account) for account in homes]
    for path in chosen:
        if not tree.is_allowed(str(path)) or any(_overlap(path, own) for own in keep):
            raise NotAllowed("folder-not-allowed", str(path))
    return list(dict.fromkeys(chosen))


def _home(account: str) -> Path:
    if (home := tree.home(account)) is None:
        raise NotAllowed("account-unknown", account)
    return home


def _overlap(path: Path, own: Path) -> bool:
    """Asked of the disk, not of the names: one folder has several where case means nothing."""
    (first, *above), (own_first, *own_above) = _lineage(path), _lineage(own)
    return first in (own_first, *own_above) or own_first in above


def _lineage(path: Path) -> list[object]:
    resolved = path.resolve()
    return [_identity(one) for one in (resolved, *resolved.parents)]


def _identity(path: Path) -> object:
    try:
        is_ = path.stat()
    except OSError:
        return path
    return is_.st_dev, is_.st_ino


def empty(tally: Tally, step: Callable[[], None]) -> None:
    """Remove all that is in the folder, not the folder; `step` is called after each thing."""
    tree.empty(tally, step)
    tally.done = True


def count(tally: Tally) -> None:
    """What `empty` would remove; removes nothing."""
    tree.count(tally)
    tally.done = True
