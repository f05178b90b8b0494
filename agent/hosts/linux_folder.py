"""Linux: word of a file that was replaced in a folder, without looking again and again."""

import ctypes
import os
from pathlib import Path

_AFRESH = os.O_NONBLOCK | os.O_CLOEXEC
_WRITTEN, _MOVED_TO, _GONE = 0x8, 0x80, 0x400 | 0x800  # sys/inotify.h


class FolderWatch:
    """`fileno` becomes readable when something changed; `heed` forgets that, and begins again where
    the folder was not there before.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = os.fsencode(folder)
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd: int = self._libc.inotify_init1(_AFRESH)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        self.watching = False
        self.heed()

    def fileno(self) -> int:
        return self._fd

    def heed(self) -> None:
        try:
            while os.read(self._fd, 4096):
                pass
        except BlockingIOError:
            pass
        # Adding what is watched already changes nothing.
        what = _WRITTEN | _MOVED_TO | _GONE
        self.watching = self._libc.inotify_add_watch(self._fd, self._folder, what) >= 0
