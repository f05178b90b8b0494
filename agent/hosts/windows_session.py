"""Windows: who sits at the laptop, says its session manager; how to start a program before their
eyes, and how to lock their screen.
"""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import pywintypes
import win32ts

from agent.hosts.signed_in import NoSessionManager, Session
from agent.hosts.windows_shell import program
from agent.hosts.windows_state import into, is_locked, own_number

ANSWER_S = 5.0
_AT_THE_LAPTOP = 0  # WTS_PROTOCOL_TYPE_CONSOLE: those from afar have other numbers
_SERVICES = 0  # the session in which services run, and no person


def sessions() -> tuple[Session, ...]:
    """All who are signed in at the laptop itself, those before the screen first.

    Raises NoSessionManager.
    """
    try:
        found = list(_sessions())
    except pywintypes.error as error:
        raise NoSessionManager("The session manager does not answer.") from error
    return tuple(sorted(found, key=lambda one: not one.active))


def _sessions() -> Iterator[Session]:
    for one in win32ts.WTSEnumerateSessions(win32ts.WTS_CURRENT_SERVER_HANDLE):
        number = int(one["SessionId"])
        name = _asked(number, win32ts.WTSUserName)
        if number == _SERVICES or not name:
            continue  # nobody has signed in there
        if _asked(number, win32ts.WTSClientProtocolType) == _AT_THE_LAPTOP:
            active = one["State"] == win32ts.WTSActive
            locked = is_locked(number)
            yield Session(str(number), number, True, active, locked, account=str(name))


def _asked(number: int, what: int) -> Any:
    return win32ts.WTSQuerySessionInformation(win32ts.WTS_CURRENT_SERVER_HANDLE, number, what)


def own_session(environ: Mapping[str, str] = os.environ) -> Session | None:
    """Where no session manager runs: whoever started the agent, unless services did."""
    number = own_number()
    if number == _SERVICES or environ.get("SESSIONNAME", "Console") != "Console":
        return None
    return Session(str(number), number, True, True, False)


def ourselves() -> Session:
    """Nobody's screen: where the agent itself runs."""
    return Session("agent", own_number(), False, True, False)


def lock_sessions(patience_s: float = ANSWER_S) -> tuple[Session, ...]:
    """Lock every screen, then read back what became of it. Raises NoSessionManager.

    That the call succeeds says nothing: Windows locks later, or not at all.
    """
    until = time.monotonic() + patience_s
    for session in sessions():
        with suppress(OSError):
            start_in(session, [program("rundll32"), "user32.dll,LockWorkStation"])
    while True:
        told = sessions()
        if all(one.locked for one in told) or time.monotonic() >= until:
            return told
        time.sleep(0.2)


def start_in(session: Session, command: list[str], **streams: Any) -> "subprocess.Popen[str]":
    """Start a program as the person in this session, before their eyes. Raises OSError.

    It is the child of one that ends it when it is ended itself.
    """
    whole = into(session.uid, own_number(), command)
    return subprocess.Popen(whole, text=True, creationflags=subprocess.CREATE_NO_WINDOW, **streams)
