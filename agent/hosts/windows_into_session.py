"""Starts a program as the person in a session, hands its own streams on, and ends as it ends.

A service lives in a session of its own, in which nobody sees a window or hears a sound. Called with
the session's number and the command. Ended, it ends the program with all that it started.
"""

import os
import subprocess
import sys
from typing import Any

import win32api
import win32con
import win32event
import win32process
import win32profile
import win32ts

from agent.kernel.windows_job import Job

_USUAL: Any = None  # pywin32's types do not know that it may be None
_FOLDER = os.environ.get("SYSTEMROOT", r"C:\Windows")  # the agent's own is shut to the person
_HIDDEN = win32con.CREATE_NO_WINDOW | win32con.CREATE_UNICODE_ENVIRONMENT


def start(session: int, command: list[str]) -> int:
    """The program's exit code. Raises pywintypes.error where nobody has signed in, or no right is.

    Only the system's own account may take a person's token.
    """
    token = win32ts.WTSQueryUserToken(session)
    environment = win32profile.CreateEnvironmentBlock(token, False)
    flags = _HIDDEN | win32con.CREATE_SUSPENDED
    line = subprocess.list2cmdline(command)
    process, thread, _, _ = win32process.CreateProcessAsUser(
        token, _USUAL, line, _USUAL, _USUAL, True, flags, environment, _FOLDER, _streams()
    )
    job = Job()
    job.add(int(process))
    win32process.ResumeThread(thread)
    win32event.WaitForSingleObject(process, win32event.INFINITE)
    return int(win32process.GetExitCodeProcess(process))


def _streams() -> Any:
    startup = win32process.STARTUPINFO()
    startup.dwFlags = win32con.STARTF_USESTDHANDLES
    startup.lpDesktop = r"winsta0\default"
    startup.hStdInput = win32api.GetStdHandle(win32api.STD_INPUT_HANDLE)
    startup.hStdOutput = win32api.GetStdHandle(win32api.STD_OUTPUT_HANDLE)
    startup.hStdError = win32api.GetStdHandle(win32api.STD_ERROR_HANDLE)
    return startup


if __name__ == "__main__":
    sys.exit(start(int(sys.argv[1]), sys.argv[2:]))
