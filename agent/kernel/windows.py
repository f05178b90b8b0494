"""Windows: the clock that counts sleep, and the kernel objects that the resident process sleeps on.

A running supervisor is reached by events whose names only administrators can read.
"""

from __future__ import annotations

import ctypes
import msvcrt
import os
from ctypes import wintypes

from agent.kernel.windows_api import (
    CONSOLE_HANDLER,
    Overlapped,
    SecurityAttributes,
    advapi32,
    iphlpapi,
    kernel32,
    winsock,
)
from agent.kernel.windows_job import Child

__all__ = [
    "Child",
    "bell",
    "chance",
    "notify",
    "now",
    "only_one",
    "ring",
    "sleep_so_far",
    "watchdog_s",
]

LOCK = "supervisor.lock"
_BEYOND_TEXT = 1000  # a locked byte cannot be read by others; the text before it can
_MAY_SET, _FAILED = 0x2, 0xFFFFFFFF  # winnt.h: EVENT_MODIFY_STATE, WAIT_FAILED
_READ, _WRITE, _CONNECT, _CLOSE = 0x1, 0x2, 0x10, 0x20  # winsock2.h: FD_…
_FOR_ADMINISTRATORS = "D:(A;;GA;;;SY)(A;;GA;;;BA)"  # sddl.h: all rights, to them and the system
_SDDL_REVISION = 1
_ENDS = (0, 1, 2)  # wincon.h: Ctrl-C, Ctrl-Break, a closed window; not that somebody signs off
_POLLOUT = 4  # as agent/wake.py names it


def now() -> float:
    return int(kernel32.GetTickCount64()) / 1000


def sleep_so_far() -> float:
    """How long this boot has slept: one clock counts sleep, the other does not."""
    awake = ctypes.c_uint64()
    kernel32.QueryUnbiasedInterruptTime(ctypes.byref(awake))
    return now() - awake.value / 1e7


def chance() -> float:
    return int.from_bytes(os.urandom(4), "big") / 2**32


def watchdog_s() -> float:
    return 3600  # the service manager notices an end, and nothing else


def notify(word: str) -> None:
    """The service tells its manager itself: agent/hosts/windows_service.py."""
    del word


def only_one(private: str) -> bool:
    """One supervisor for each state folder; the kernel ends the lock with its process."""
    file = os.open(_path(private), os.O_RDWR | os.O_CREAT | os.O_BINARY, 0o600)
    os.lseek(file, _BEYOND_TEXT, os.SEEK_SET)
    try:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    os.lseek(file, 0, os.SEEK_SET)
    os.write(file, os.urandom(16).hex().encode())
    return True


def ring(what: str, private: str) -> None:
    """`what` is stop, asked or woke. Nothing happens where no supervisor runs. Raises OSError."""
    if event := kernel32.OpenEventW(_MAY_SET, False, _name(what, private)):
        kernel32.SetEvent(event)
        kernel32.CloseHandle(event)


def _name(what: str, private: str) -> str:
    """By a word that only administrators can read: others could make an event of a known name
    first, and have the agent obey it.
    """
    with open(_path(private), encoding="ascii") as file:  # noqa: PTH123  (no pathlib here)
        return f"Global\\Homeward-{what}-{file.read(32)}"


def _path(private: str) -> str:
    return os.path.join(private, LOCK)  # noqa: PTH118  (no pathlib here)


def bell(private: str) -> Bell:
    return Bell(private)


class Bell:
    """What the resident process sleeps on. From now on Ctrl-C stops, too."""

    def __init__(self, private: str) -> None:
        self._network = _Network()
        self._line = _event(None)
        self._named = {what: _event(_name(what, private)) for what in ("stop", "asked", "woke")}
        self._console = CONSOLE_HANDLER(self._ended)
        kernel32.SetConsoleCtrlHandler(self._console, True)

    def wait(self, ms: int, line: int | None, events: int, child: Child | None) -> set[str]:
        """What rang: stop, asked, network, line. Ends early when the child ends or the laptop has
        slept, too: the clocks say for how long.
        """
        bells = {**self._named, "network": self._network.event}
        if line is not None:
            self._watch(line, events)
            bells["line"] = self._line
        if child is not None:
            bells["child"] = child.handle
        handles = (wintypes.HANDLE * len(bells))(*bells.values())
        first = kernel32.WaitForMultipleObjects(len(bells), handles, False, ms)
        if first == _FAILED:
            raise ctypes.WinError(ctypes.get_last_error())
        rang = set(list(bells)[first : first + 1])  # a time-out's number lies behind them all
        if "network" in rang:
            self._network.listen()
        return rang - {"child", "woke"}

    def _ended(self, how: int) -> bool:
        return how in _ENDS and bool(kernel32.SetEvent(self._named["stop"]))

    def _watch(self, line: int, events: int) -> None:
        """Anew each time: then Windows also tells what was so before."""
        wanted = _WRITE | _CONNECT if events & _POLLOUT else _READ
        kernel32.ResetEvent(self._line)
        winsock.WSAEventSelect(line, self._line, wanted | _CLOSE)


class _Network:
    """Rings when an IPv4 address comes or goes."""

    def __init__(self) -> None:
        self.event = _event(None)
        self._overlapped = Overlapped(event=self.event)
        self.listen()

    def listen(self) -> None:
        """Each call is for one ring."""
        handle = wintypes.HANDLE()
        iphlpapi.NotifyAddrChange(ctypes.byref(handle), ctypes.byref(self._overlapped))


def _event(name: str | None) -> int:
    """One that is quiet again as soon as it has been heard."""
    rights = ctypes.c_void_p()
    advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW(
        _FOR_ADMINISTRATORS, _SDDL_REVISION, ctypes.byref(rights), None
    )
    attributes = SecurityAttributes(ctypes.sizeof(SecurityAttributes), rights, False)
    made: int | None = kernel32.CreateEventW(ctypes.byref(attributes), False, False, name)
    if made is None:
        raise ctypes.WinError(ctypes.get_last_error())
    return made
