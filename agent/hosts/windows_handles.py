"""Holds folders in their place, and overwrites files, by the handles of Windows."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pywintypes
import win32con
import win32file

from agent.hosts.tally import LARGEST_OVERWRITTEN

_BLOCK = 1024 * 1024
# FILE_LIST_DIRECTORY of winnt.h: without a right to read, the sharing below would not count.
_LIST = 0x1
_NOBODY_MAY_MOVE = win32con.FILE_SHARE_READ | win32con.FILE_SHARE_WRITE  # but not FILE_SHARE_DELETE
_THE_LINK_ITSELF = 0x200000  # winbase.h: FILE_FLAG_OPEN_REPARSE_POINT
_AS_IT_IS = win32con.FILE_FLAG_BACKUP_SEMANTICS | _THE_LINK_ITSELF
_ELSEWHERE = 0x20000000  # ntifs.h, IsReparseTagNameSurrogate: it stands for another place


def leads_away(is_: os.stat_result) -> bool:
    """Links and junctions do; what OneDrive has yet to fetch does not."""
    return bool(getattr(is_, "st_reparse_tag", 0) & _ELSEWHERE) or stat.S_ISLNK(is_.st_mode)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Raises OSError for a link, or whatever is no folder."""
    handle = _opened(folder, _LIST, _NOBODY_MAY_MOVE)
    try:
        attributes, tag = _kind(handle)
        if not attributes & win32con.FILE_ATTRIBUTE_DIRECTORY or tag & _ELSEWHERE:
            raise NotADirectoryError(folder)
        yield
    finally:
        win32file.CloseHandle(handle)


def overwritten(path: Path) -> bool:
    """Only a file of one name. Raises OSError."""
    handle = _opened(path, win32con.GENERIC_WRITE, 0)
    try:
        said = win32file.GetFileInformationByHandle(handle)
        attributes, tag = _kind(handle)
        size, names = (said[5] << 32) + said[6], said[7]
        if attributes & win32con.FILE_ATTRIBUTE_DIRECTORY or tag & _ELSEWHERE or names != 1:
            return False
        if size > LARGEST_OVERWRITTEN:
            return False
        for at in range(0, size, _BLOCK):
            win32file.WriteFile(handle, os.urandom(min(_BLOCK, size - at)))
        win32file.FlushFileBuffers(handle)
    except pywintypes.error as error:
        raise OSError(f"not overwritten: {error.winerror}") from error
    finally:
        win32file.CloseHandle(handle)
    return True


def _opened(path: Path, rights: int, sharing: int) -> Any:
    nothing: Any = None  # pywin32's types do not know that it may be None
    where = (nothing, win32con.OPEN_EXISTING, _AS_IT_IS, nothing)
    try:
        return win32file.CreateFile(str(path), rights, sharing, *where)
    except pywintypes.error as error:
        raise OSError(f"not opened: {error.winerror}") from error


def _kind(handle: Any) -> tuple[int, int]:
    """Attributes, and for what it stands if it stands for something."""
    try:
        said = win32file.GetFileInformationByHandleEx(handle, win32file.FileAttributeTagInfo)
    except pywintypes.error as error:
        raise OSError(f"not told: {error.winerror}") from error
    return int(said["FileAttributes"]), int(said["ReparseTag"])
