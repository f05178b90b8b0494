"""Empties chosen folders, and nothing outside of them.

Works on open folders, never on paths, so that no link and no folder moved meanwhile leads away.
A folder inside is brought up beside the others before it is emptied: there is no depth at which it
would run out of stack or open files, and a wipe that was interrupted simply goes on.
Overwriting promises little on an SSD; docs/threat-model.md says what.
"""

import os
import pwd
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

LARGEST_OVERWRITTEN = 64 * 1024 * 1024
_BLOCK = 1024 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_SYSTEM = frozenset((
    "bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "opt", "proc", "run", "sbin",
    "snap", "sys", "usr", "var",
))  # fmt: skip
_HOMES_IN_VAR = ("var", "home")  # where some systems keep what /home leads to


class NotAllowed(Exception):
    """This folder is never wiped; nothing was. `code` is a stable word."""

    def __init__(self, code: str, folder: str) -> None:
        super().__init__(f"{folder}: {code}")
        self.code = code
        self.folder = folder


@dataclass(slots=True)
class Tally:
    """What became of one folder. `linked`: removed here, while another name elsewhere keeps it."""

    folder: str
    files: int = 0
    folders: int = 0
    bytes: int = 0
    overwritten: int = 0
    linked: int = 0
    kept: int = 0
    there: bool = True
    done: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def choose(folders: Iterable[str], homes: Iterable[str], keep: Iterable[Path]) -> list[Path]:
    """The folders meant, each once. `keep` is what the agent itself lives in. Raises NotAllowed."""
    chosen = [Path(name) for name in folders] + [_home(account) for account in homes]
    for path in chosen:
        _check(path, list(keep))
    return list(dict.fromkeys(chosen))


def _home(account: str) -> Path:
    try:
        # The system's own links may lead to homes; inside, none is followed.
        return Path(os.path.realpath(pwd.getpwnam(account).pw_dir))
    except KeyError:
        raise NotAllowed("account-unknown", account) from None


def _check(path: Path, keep: list[Path]) -> None:
    parts = path.parts[1:]
    if not path.is_absolute() or ".." in parts or len(parts) < 2:
        raise NotAllowed("folder-not-allowed", str(path))
    if parts[0] in _SYSTEM and not (parts[:2] == _HOMES_IN_VAR and len(parts) > 2):
        raise NotAllowed("folder-not-allowed", str(path))
    for own in map(Path.resolve, keep):
        if path.resolve() in (own, *own.parents) or own in path.resolve().parents:
            raise NotAllowed("folder-not-allowed", str(path))


def empty(tally: Tally, step: Callable[[], None]) -> None:
    """Remove all that is in the folder, not the folder; `step` is called after each thing."""
    with _opened(tally) as folder:
        if folder is not None:
            _Emptying(folder, tally, step).run()
    tally.done = True


def count(tally: Tally) -> None:
    """What `empty` would remove; removes nothing."""
    with _opened(tally) as folder:
        if folder is not None:
            _count(Path(tally.folder), _mount_of(folder), tally)
    tally.done = True


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


def _mount_of(folder: int) -> str:
    """Which mount an open folder is on. A folder mounted a second time is on the same device."""
    for line in Path(f"/proc/self/fdinfo/{folder}").read_text().splitlines():
        if line.startswith("mnt_id:"):
            return line
    raise OSError("the kernel does not say which mount this is")


class _Emptying:
    def __init__(self, root: int, tally: Tally, step: Callable[[], None]) -> None:
        self._root = root
        self._mount = _mount_of(root)
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
            if _mount_of(folder) != self._mount:
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
    overwritten = _worth_overwriting(is_) and _overwrite(name, folder)
    os.unlink(name, dir_fd=folder)
    tally.files += 1
    tally.overwritten += overwritten
    if stat.S_ISREG(is_.st_mode):
        tally.bytes += is_.st_size
        tally.linked += is_.st_nlink > 1


def _worth_overwriting(is_: os.stat_result) -> bool:
    """Not what another name elsewhere still means: that stays as it is."""
    return (
        stat.S_ISREG(is_.st_mode) and is_.st_nlink == 1 and 0 < is_.st_size <= LARGEST_OVERWRITTEN
    )


def _overwrite(name: str, folder: int) -> bool:
    # O_NONBLOCK: should a pipe stand there by now, opening it does not wait.
    flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with suppress(OSError):
        file = os.open(name, flags, dir_fd=folder)
        try:
            is_ = os.fstat(file)
            if _worth_overwriting(is_):
                for at in range(0, is_.st_size, _BLOCK):
                    os.pwrite(file, os.urandom(min(_BLOCK, is_.st_size - at)), at)
                os.fsync(file)
                return True
        finally:
            os.close(file)
    return False


def _count(top: Path, mount: str, tally: Tally) -> None:
    waiting = [top]
    while waiting:
        path = waiting.pop()
        try:
            waiting += _counted(path, mount, tally)
        except OSError:
            tally.kept += 1
            continue
        tally.folders += path != top


def _counted(path: Path, mount: str, tally: Tally) -> list[Path]:
    """The folders inside one folder, after its files were counted."""
    folder = os.open(path, _FOLDER)
    try:
        if _mount_of(folder) != mount:
            raise OSError("another disk is mounted here")
        inside = {name: os.stat(name, dir_fd=folder, follow_symlinks=False)
                  for name in _names(folder)}  # fmt: skip
    finally:
        os.close(folder)
    files = [is_ for is_ in inside.values() if not stat.S_ISDIR(is_.st_mode)]
    regular = [is_ for is_ in files if stat.S_ISREG(is_.st_mode)]
    tally.files += len(files)
    tally.bytes += sum(is_.st_size for is_ in regular)
    tally.linked += sum(is_.st_nlink > 1 for is_ in regular)
    tally.overwritten += sum(map(_worth_overwriting, regular))
    return [path / name for name, is_ in inside.items() if stat.S_ISDIR(is_.st_mode)]
