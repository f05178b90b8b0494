"""Which session this is, who has the screen, and whether it is locked (Windows)."""

import ctypes
import os
import struct
import sys
from ctypes import wintypes

# wtsapi32.h
_USER_NAME, _INFO = 5, 25  # WTSUserName, WTSSessionInfoEx
_LEVEL, _LOCKED = 1, 0  # WTS_SESSIONSTATE_LOCK is 0, and 1 is unlocked
_HEAD = struct.Struct("<I4xIii")  # WTSINFOEXW: level; session, its state, flags
_NOBODY = 0xFFFFFFFF


def own_number() -> int:
    """The session of this process."""
    number = wintypes.DWORD()
    ctypes.WinDLL("kernel32").ProcessIdToSessionId(os.getpid(), ctypes.byref(number))
    return number.value


def in_front() -> int | None:
    """The session of whoever has the screen; None while nobody is signed in there."""
    ask = ctypes.WinDLL("kernel32").WTSGetActiveConsoleSessionId
    ask.restype = wintypes.DWORD
    number = int(ask())
    return number if number != _NOBODY and _told(number, _USER_NAME).strip(b"\0") else None


def is_locked(session: int) -> bool:
    """False where Windows does not say."""
    return says_locked(_told(session, _INFO))


def _told(session: int, what: int) -> bytes:
    """b"" where Windows does not say."""
    wts = ctypes.WinDLL("wtsapi32")
    told, size = ctypes.c_void_p(), wintypes.DWORD()
    where = (ctypes.byref(told), ctypes.byref(size))
    if not wts.WTSQuerySessionInformationW(None, session, what, *where) or not told.value:
        return b""
    try:
        return ctypes.string_at(told.value, size.value)
    finally:
        wts.WTSFreeMemory(told)


def says_locked(info: bytes) -> bool:
    """Flags of -1 mean that Windows does not know."""
    if len(info) < _HEAD.size:
        return False
    level, _, _, flags = _HEAD.unpack_from(info)
    return bool(level == _LEVEL and flags == _LOCKED)


def into(session: int | None, own: int, command: list[str]) -> list[str]:
    """What starts a program in a session; in this one where it is meant, or where there is none."""
    if session is None or session == own:
        return command
    return [sys.executable, "-I", "-m", "agent.hosts.windows_into_session", str(session), *command]
