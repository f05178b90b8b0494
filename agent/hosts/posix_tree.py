"""Empties a folder where folders can be held open (Linux, macOS).

Works on open folders, never on paths, so that no link and no folder moved meanwhile leads away.
A folder inside is brought up beside the others before it is emptied: there is no depth at which it
would run out of stack or open files, and a wipe that was interrupted simply goes on.
"""

import os
import pwd
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from agent.hosts.tally import Tally, worth_overwriting

MountOf = Callable[[int], object]  # which disk, or part of one, an open folder is on
_BLOCK = 1024 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def home(account: str) -> Path | None:
    try:
        # The system's own links may lead to homes; inside, none is followed.
        return Path(os.path.realpath(pwd.getpwnam(account).pw_dir))
    except KeyError:
        return None


def parts_of(path: str) -> tuple[str, ...]:
    """The names on the way; none for a path that is not a plain one from the root."""
    way = Path(path)
    return way.parts[1:] if way.is_absolute() and ".." not in way.parts else ()


def empty(tally: Tally, step: Callable[[], None], mount_of: MountOf) -> None:
    with _opened(tally) as folder:
        if folder is not None:
            _Emptying(folder, tally, step, mount_of).run()


def count(tally: Tally, mount_of: MountOf) -> None:
    with _opened(tally) as folder:
        if folder is None:
            return
        mount, top = mount_of(folder), Path(tally.folder)
        waiting = [top]
        while waiting:
            path = waiting.pop()
            try:
                waiting += _counted(path, mount, tally, mount_of)
            except OSError:
                tally.kept += 1
                continue
            tally.folders += path != top


@contextmanager
def _opened(tally: Tally) -> Iterator[int | None]:
    """Step by step from the root, so that no part of the path can be a link."""
    folder: int | None = os.open("/", _FOLDER)
    try:
        for part in Path(tally.folder).parts[1:]:
            above, folder = folder, None
            try:
                folder = os.open(part, _FOLDER, dir_fd=above)
            finally:
                os.close(above)  # type: ignore[arg-type]  # open until here
    except OSError:
        tally.there = False
    try:
        yield folder
    finally:
        if folder is not None:
            os.close(folder)


class _Emptying:
    def __init__(
        self, root: int, tally: Tally, step: Callable[[], None], mount_of: MountOf
    ) -> None:
        self._root = root
        self._mount_of = mount_of
        self._mount = mount_of(root)
        self._tally = tally
        self._step = step
        self._kept: set[str] = set()

    def run(self) -> None:
        while names := set(_names(self._root)) - self._kept:
            for name in names:
                try:
                    self._take(name)
                except OSError:
                    self._kept.add(name)
                    self._tally.kept += 1
                self._step()

    def _take(self, name: str) -> None:
        if not _is_folder(name, self._root):
            _remove(name, self._root, self._tally)
            return
        folder = os.open(name, _FOLDER, dir_fd=self._root)
        try:
            if self._mount_of(folder) != self._mount:
                raise OSError("another disk is mounted here")
            for inside in _names(folder):
                self._bring_up(inside, folder)
        finally:
            os.close(folder)
        os.rmdir(name, dir_fd=self._root)
        self._tally.folders += 1

    def _bring_up(self, name: str, folder: int) -> None:
        try:
            if _is_folder(name, folder):
                # The kernel refuses to move what something is mounted on.
                aside = f".homeward-{os.urandom(8).hex()}"
                os.rename(name, aside, src_dir_fd=folder, dst_dir_fd=self._root)
            else:
                _remove(name, folder, self._tally)
                self._step()
        except OSError:
            self._tally.kept += 1


def _names(folder: int) -> list[str]:
    return os.listdir(folder)


def _is_folder(name: str, folder: int) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)


def _remove(name: str, folder: int, tally: Tally) -> None:
    """A link goes, what it leads to stays."""
    is_ = os.stat(name, dir_fd=folder, follow_symlinks=False)
    overwritten = worth_overwriting(is_) and _overwrite(name, folder)
    os.unlink(name, dir_fd=folder)
    tally.note(is_, overwritten)


def _overwrite(name: str, folder: int) -> bool:
    # O_NONBLOCK: should a pipe stand there by now, opening it does not wait.
    flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with suppress(OSError):
        file = os.open(name, flags, dir_fd=folder)
        try:
            is_ = os.fstat(file)
            if worth_overwriting(is_):
                for at in range(0, is_.st_size, _BLOCK):
                    os.pwrite(file, os.urandom(min(_BLOCK, is_.st_size - at)), at)
                os.fsync(file)
                return True
        finally:
            os.close(file)
    return False


def _counted(path: Path, mount: object, tally: Tally, mount_of: MountOf) -> list[Path]:
    """The folders inside one folder, after its files were counted."""
    folder = os.open(path, _FOLDER)
    try:
        if mount_of(folder) != mount:
            raise OSError("another disk is mounted here")
        inside = {name: os.stat(name, dir_fd=folder, follow_symlinks=False)
                  for name in _names(folder)}  # fmt: skip
    finally:
        os.close(folder)
    for is_ in inside.values():
        if not stat.S_ISDIR(is_.st_mode):
            tally.note(is_, worth_overwriting(is_))
    return [path / name for name, is_ in inside.items() if stat.S_ISDIR(is_.st_mode)]
