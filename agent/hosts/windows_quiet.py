"""An event of the kernel listens while an alarm sounds (Windows)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pywintypes
import win32api
import win32con
import win32event
import win32security

_NAME = r"Global\Homeward-quiet"  # whoever takes the name first only ends alarms: anybody may
# sddl.h: all rights to the system and administrators; to set it (EVENT_MODIFY_STATE) to all users.
_RIGHTS, _REVISION = "D:(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x2;;;BU)", 1


@contextmanager
def asked(folder: Path, command_id: bytes) -> Iterator[Callable[[float], bool]]:
    """While this command is carried out: waits, and tells whether somebody has said so."""
    del folder, command_id  # all that sound at the moment hear it
    try:
        event = win32event.CreateEvent(_for_everybody(), True, False, _NAME)
    except pywintypes.error:
        yield _waited  # somebody keeps the name to themselves: it ends by its time
        return
    try:
        yield lambda wait_s: _is_set(event, wait_s)
    finally:
        win32api.CloseHandle(event)


def _for_everybody() -> Any:
    attributes = win32security.SECURITY_ATTRIBUTES()
    convert = win32security.ConvertStringSecurityDescriptorToSecurityDescriptor
    attributes.SECURITY_DESCRIPTOR = convert(_RIGHTS, _REVISION)
    return attributes


def _is_set(event: Any, wait_s: float) -> bool:
    answer = win32event.WaitForSingleObject(event, round(wait_s * 1000))
    return bool(answer == win32event.WAIT_OBJECT_0)


def _waited(wait_s: float) -> bool:
    time.sleep(wait_s)
    return False


def say(folder: Path) -> int:
    """How many listened; none where no alarm sounds."""
    del folder
    try:
        event = win32event.OpenEvent(win32con.EVENT_MODIFY_STATE, False, _NAME)
    except pywintypes.error:
        return 0
    win32event.SetEvent(event)
    win32api.CloseHandle(event)
    return 1
