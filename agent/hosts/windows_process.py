"""This boot, this account, and how processes hold on to each other (Windows)."""

import ctypes
import msvcrt
import os
import subprocess
import sys
import threading
import winreg
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pywintypes
import win32security

from agent.hosts.asked import ask
from agent.hosts.windows_shell import program as system_program
from agent.hosts.windows_state import in_front, into, own_number
from agent.kernel.windows import now, ring
from agent.kernel.windows_api import kernel32
from agent.kernel.windows_job import SYNCHRONIZE

AS_ADMINISTRATOR = "homeward-agent …  in a terminal that was opened as administrator"
SETTINGS = Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "Homeward" / "agent.toml"
# How a sound is played and a window shown here, in the order in which it is tried.
PLAYERS = ("windows",)
WINDOWS = ("tk", "box")
BOX = "agent.hosts.windows_box"  # the program behind that word
_IN_SESSION = ("camera", "around")  # of agent/children: a service is not among those who may look
_BOOTS = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
_ACCESS_DENIED = 5  # winerror.h
_FOREVER = 0xFFFFFFFF
_ADMINISTRATORS, _SYSTEM, _EVERYBODY = "*S-1-5-32-544", "*S-1-5-18", "*S-1-5-32-545"


def boottime() -> float:
    """Seconds since boot, sleep counted."""
    return now()


def boot_id() -> str:
    """What tells this boot from any other: Windows counts them."""
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _BOOTS) as key:
            return str(winreg.QueryValueEx(key, "BootId")[0])
    except OSError:
        return ""


def account() -> str:
    """The account the person at the laptop is signed in with."""
    return os.environ.get("USERNAME", "")


def is_account(name: str) -> bool:
    """Whether somebody can sign in here under this name."""
    try:
        win32security.LookupAccountName(None, name)
    except pywintypes.error:
        return False
    return True


def become_owner(folder: Path) -> None:
    """The service is the system itself, and administrators may read what it reads."""
    del folder


def become(command: list[str]) -> NoReturn:
    """Windows replaces no process: this one waits for the other and ends as it ended."""
    sys.exit(subprocess.call(command))


def program(module: str) -> list[str]:
    """The command that starts a sensor's program where it may look."""
    command = [sys.executable, "-I", "-m", module]
    if module.rpartition(".")[2] in _IN_SESSION:
        return into(in_front(), own_number(), command)
    return command


def end_with_parent() -> None:
    """End this process when the one that started it ends, however it ends."""
    parent = kernel32.OpenProcess(SYNCHRONIZE, False, os.getppid())
    if parent is None and ctypes.get_last_error() == _ACCESS_DENIED:
        return  # the system started it in a person's session, in a job that ends with both
    threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: int | None) -> None:
    """None is one that has ended already."""
    if parent is not None:
        kernel32.WaitForSingleObject(parent, _FOREVER)
    os._exit(1)


def end_group(leader: int) -> None:
    """End a program and all that it started."""
    ask([system_program("taskkill"), "/T", "/F", "/PID", str(leader)])


def end_within(seconds: int) -> None:
    """Have this process end at the latest then, whatever it hangs in."""
    clock = threading.Timer(seconds, os._exit, (1,))
    clock.daemon = True
    clock.start()


def nudge(private: Path) -> None:
    """Have the running agent check in now; nothing where none runs."""
    with suppress(OSError):
        ring("asked", str(private))


def try_lock(file: int) -> bool:
    """Lock an open file; False when another process has. The lock ends with its process."""
    try:
        os.lseek(file, 0, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True


def set_mode(folder: Path, mode: int) -> None:
    """The system and administrators, and others as far as the mode lets them. Raises OSError."""
    others = {0: (), 1: ("(X)",), 3: ("(X,WD)",), 5: ("(OI)(CI)(RX)",)}[mode & 7]
    grants = [f"{who}:(OI)(CI)F" for who in (_SYSTEM, _ADMINISTRATORS)]
    grants += [f"{_EVERYBODY}:{rights}" for rights in others]
    icacls = [system_program("icacls"), str(folder), "/inheritance:r", "/grant:r"]
    if not ask([*icacls, *grants]):
        raise PermissionError(f"{folder} could not be shut to others.")


def sync_folder(folder: Path) -> None:
    """NTFS writes names to its own journal, and offers no way to wait for it."""
    del folder
