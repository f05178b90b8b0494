"""A program in a job (Windows): what it starts ends with it, and all of it with the last handle."""

from __future__ import annotations

import ctypes
import subprocess

from agent.kernel.windows_api import JobLimits, kernel32

# winnt.h
_EXTENDED_LIMITS, _KILL_ON_CLOSE = 9, 0x2000
_TERMINATE, _SET_QUOTA = 0x1, 0x100
SYNCHRONIZE = 0x100000


class Job:
    """Programs that end together, at the latest with the process that holds this."""

    def __init__(self) -> None:
        self._job = kernel32.CreateJobObjectW(None, None)
        limits = JobLimits(flags=_KILL_ON_CLOSE)
        kernel32.SetInformationJobObject(
            self._job, _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)
        )

    def __del__(self) -> None:
        kernel32.CloseHandle(self._job)

    def add(self, process: int) -> None:
        """A handle, and whatever its program starts from now on."""
        kernel32.AssignProcessToJobObject(self._job, process)

    def end(self) -> None:
        kernel32.TerminateJobObject(self._job, 1)


class Child:
    """A program in a job of its own, so that whatever it starts can be ended with it."""

    def __init__(self, command: list[str]) -> None:
        self._job = Job()
        self._program = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, creationflags=subprocess.CREATE_NO_WINDOW
        )
        rights = _TERMINATE | _SET_QUOTA | SYNCHRONIZE
        self.handle = kernel32.OpenProcess(rights, False, self._program.pid)
        self._job.add(self.handle)

    def __del__(self) -> None:
        kernel32.CloseHandle(self.handle)

    def exit_code(self) -> int | None:
        """None while it runs. Call no more once it has been told."""
        return self._program.poll()

    def ask_to_end(self) -> None:
        """A program without a window cannot be asked. A beat may be ended at any line."""
        self.kill()

    def kill(self) -> None:
        """With everything it started, also what it left behind."""
        self._job.end()
