"""What Linux and macOS do alike: accounts, locks, modes, groups of processes."""

import fcntl
import os
import pwd
import signal
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from agent.kernel.posix import LOCK

AS_ADMINISTRATOR = "sudo homeward-agent …"
# struct flock of fcntl.h: how it is packed, the question "who would stop me from writing?", and
# where the answer names the kind of lock and its holder.
if sys.platform == "linux":
    _FLOCK, _QUESTION, _KIND, _PID = "hhqqi4x", (fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0), 0, 4
else:
    _FLOCK, _QUESTION, _KIND, _PID = "qqihh", (0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET), 3, 2


def account() -> str:
    """The account the person at the laptop is signed in with, also behind sudo."""
    by_sudo = os.environ.get("SUDO_USER")
    if by_sudo:
        return by_sudo
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def is_account(name: str) -> bool:
    """Whether somebody can sign in here under this name."""
    try:
        pwd.getpwnam(name)
    except (KeyError, ValueError):
        return False
    return True


def become_owner(folder: Path) -> None:
    """Root goes on as the account whose state this is: the service must be able to read what is
    written, and less can go wrong.
    """
    if os.geteuid() or not folder.exists():
        return
    owner = pwd.getpwuid(folder.stat().st_uid)
    if owner.pw_uid:
        os.initgroups(owner.pw_name, owner.pw_gid)
        os.setgid(owner.pw_gid)
        os.setuid(owner.pw_uid)


def lock_holder(path: Path) -> int | None:
    """The process that holds a lockf() lock on this file; raises OSError."""
    with path.open("r+b") as file:
        answer = fcntl.fcntl(file, fcntl.F_GETLK, struct.pack(_FLOCK, *_QUESTION))
    said: tuple[int, ...] = struct.unpack(_FLOCK, answer)
    return None if said[_KIND] == fcntl.F_UNLCK else said[_PID]


def nudge(private: Path) -> None:
    """Have the running agent check in now; nothing where none runs."""
    with suppress(OSError):
        if running := lock_holder(private / LOCK):
            os.kill(running, signal.SIGHUP)


def try_lock(file: int) -> bool:
    """Lock an open file; False when another process has. The lock ends with its process."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def set_mode(folder: Path, mode: int) -> None:
    """Exactly this mode, whatever the umask says."""
    folder.chmod(mode)


def sync_folder(folder: Path) -> None:
    """Make names in a folder as durable as what they name."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def become(command: list[str]) -> NoReturn:
    """Go on as another program, in the same process."""
    os.execv(command[0], command)  # noqa: S606  (no shell meant)


def end_group(leader: int) -> None:
    """End a program that was started as the leader of a group, and all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def end_within(seconds: int) -> None:
    """Have this process end at the latest then, whatever it hangs in."""
    signal.alarm(seconds)
