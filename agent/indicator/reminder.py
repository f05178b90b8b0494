"""When this person was last told that Homeward is on the laptop: at first sign-in, then monthly.

The age of a file of their own says so; nothing stands in it.
"""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

MONTH_S = 30 * 24 * 3600


class Due(StrEnum):
    NOT_YET = ""
    FIRST = "first"
    AGAIN = "again"


class Reminder:
    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        self._file, self._clock = file, clock
        self._told = False  # by this program, should the file not be to be had

    def due(self) -> Due:
        try:
            age = self._clock() - self._file.stat().st_mtime
        except OSError:
            return Due.NOT_YET if self._told else Due.FIRST
        # Also for a file from the future, which a clock that was wrong has left.
        return Due.AGAIN if abs(age) >= MONTH_S and not self._told else Due.NOT_YET

    def note(self) -> None:
        self._told = True
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.touch()
            now = self._clock()
            os.utime(self._file, (now, now))
            self._told = False


def own_file(environ: Mapping[str, str] = os.environ) -> Path:
    usual = Path(environ.get("HOME", "/nowhere"), ".local", "state")
    return Path(environ.get("XDG_STATE_HOME") or usual, "homeward", "told")
