"""Empties a folder where everything goes by its path (Windows).

Each folder on the way is held in its place meanwhile, so that no link can be put there instead.
A folder inside is brought up beside the others before it is emptied: no path gets longer than the
system takes, and a wipe that was interrupted simply goes on.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from agent.hosts.tally import Tally, worth_overwriting


@dataclass(frozen=True, slots=True)
class Grip:
    """What a system lends. `held`: while it is open a folder can neither be moved nor replaced;
    raises OSError for whatever is no folder. `overwritten`: what a file said is gone. `leads_away`
    tells of all that stands for something elsewhere.
    """

    held: Callable[[Path], AbstractContextManager[None]]
    overwritten: Callable[[Path], bool]
    leads_away: Callable[[os.stat_result], bool]


def count(tally: Tally, grip: Grip) -> None:
    with _held(tally, grip) as top:
        waiting = [top] if top else []
        while waiting:
            path = waiting.pop()
            try:
                waiting += _counted(path, tally, grip)
            except OSError:
                tally.kept += 1
                continue
            tally.folders += path != top


def _counted(path: Path, tally: Tally, grip: Grip) -> list[Path]:
    with grip.held(path):
        inside = {one: one.lstat() for one in path.iterdir()}
    folders = [one for one, is_ in inside.items() if _is_folder(is_, grip)]
    for one in inside.keys() - set(folders):
        tally.note(inside[one], worth_overwriting(inside[one]))
    return folders


def empty(tally: Tally, step: Callable[[], None], grip: Grip) -> None:
    with _held(tally, grip) as top:
        if top:
            _Emptying(top, tally, step, grip).run()


@contextmanager
def _held(tally: Tally, grip: Grip) -> Iterator[Path | None]:
    """The folder, with every one above it in its place; None where there is no such folder."""
    top = Path(tally.folder)
    with ExitStack() as way:
        try:
            for folder in (*reversed(top.parents), top):
                way.enter_context(grip.held(folder))
        except OSError:
            tally.there = False
        yield top if tally.there else None


def _is_folder(is_: os.stat_result, grip: Grip) -> bool:
    return stat.S_ISDIR(is_.st_mode) and not grip.leads_away(is_)


class _Emptying:
    def __init__(self, top: Path, tally: Tally, step: Callable[[], None], grip: Grip) -> None:
        self._top, self._tally, self._step, self._grip = top, tally, step, grip
        self._kept: set[Path] = set()

    def run(self) -> None:
        while found := set(self._top.iterdir()) - self._kept:
            for path in found:
                try:
                    self._take(path)
                except OSError:
                    self._kept.add(path)
                    self._tally.kept += 1
                self._step()

    def _take(self, path: Path) -> None:
        is_ = path.lstat()
        if not _is_folder(is_, self._grip):
            self._remove(path, is_)
            return
        with self._grip.held(path):
            for inside in list(path.iterdir()):
                self._bring_up(inside)
        path.rmdir()
        self._tally.folders += 1

    def _bring_up(self, path: Path) -> None:
        try:
            is_ = path.lstat()
            if _is_folder(is_, self._grip):
                path.rename(self._top / f".homeward-{os.urandom(8).hex()}")
            else:
                self._remove(path, is_)
                self._step()
        except OSError:
            self._tally.kept += 1

    def _remove(self, path: Path, is_: os.stat_result) -> None:
        """A link goes, what it leads to stays."""
        leads_away = self._grip.leads_away(is_)
        overwritten = False
        with suppress(OSError):
            overwritten = not leads_away and worth_overwriting(is_) and self._grip.overwritten(path)
        try:
            path.unlink()
        except PermissionError:
            if leads_away:
                raise
            path.chmod(stat.S_IWRITE)  # marked as read-only, which Windows does not remove
            path.unlink()
        self._tally.note(is_, overwritten)
