"""macOS: who sits at the laptop, says the registry of its devices; how to start a program before
their eyes, and how to lock their screen.
"""

import os
import pwd
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from agent.hosts.asked import Ask, ask, property_list
from agent.hosts.signed_in import NoSessionManager, Session

ANSWER_S = 5.0
_ROOT = ("/usr/sbin/ioreg", "-n", "Root", "-d1", "-a")
_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
_LOCK = (
    "import ctypes; ctypes.CDLL('/System/Library/PrivateFrameworks/login.framework/login')"
    ".SACLockScreenImmediate()"
)


def sessions(asked: Ask = ask) -> tuple[Session, ...]:
    """All who are signed in at the laptop itself, those before the screen first.

    Raises NoSessionManager.
    """
    said = property_list(asked(_ROOT).encode()).get("IOConsoleUsers")
    if not isinstance(said, list):
        raise NoSessionManager("The system does not say who is signed in.")
    return tuple(sorted(_sessions(said), key=lambda one: not one.active))


def _sessions(said: list[Any]) -> Iterator[Session]:
    """The sign-in screen has a session, too, in which nobody has signed in."""
    for one in said:
        uid = one.get("kCGSSessionUserIDKey") if isinstance(one, dict) else None
        if type(uid) is int and one.get("kCGSessionLoginDoneKey"):
            yield Session(
                id=str(one.get("kCGSSessionIDKey", uid)),
                uid=uid,
                graphical=True,
                active=bool(one.get("kCGSSessionOnConsoleKey")),
                locked=bool(one.get("CGSSessionScreenIsLocked")),  # stands there only if it is
                environment=_home(uid),
                account=str(one.get("kCGSSessionUserNameKey", "")),
            )


def own_session(environ: Mapping[str, str] = os.environ) -> Session | None:
    """Where the system does not tell: whoever started the agent, unless that came from afar."""
    if "SSH_CONNECTION" in environ or not os.geteuid():
        return None
    return Session("own", os.geteuid(), True, True, False, _home(os.geteuid()))


def ourselves() -> Session:
    """Nobody's screen: where the agent itself runs."""
    return Session("agent", os.geteuid(), False, True, False)


def lock_sessions(asked: Ask = ask, patience_s: float = ANSWER_S) -> tuple[Session, ...]:
    """Lock every screen, then read back what became of it. Raises NoSessionManager.

    Apple documents no call for this; the one its own menu uses is not promised to stay.
    """
    until = time.monotonic() + patience_s
    for session in sessions(asked):
        with suppress(OSError):
            start_in(session, [sys.executable, "-I", "-c", _LOCK], stdin=subprocess.DEVNULL)
    while True:
        told = sessions(asked)
        if all(one.locked for one in told) or time.monotonic() >= until:
            return told
        time.sleep(0.2)


def start_in(session: Session, command: list[str], **streams: Any) -> "subprocess.Popen[str]":
    """Start a program as the person in this session, before their eyes. Raises OSError.

    Its group is its own, so that it can be ended with whatever it starts.
    """
    environment = {"PATH": _PATH, **session.environment}
    return subprocess.Popen(
        in_session(session.uid, os.geteuid(), command), env=environment, cwd="/",
        process_group=0, text=True, **streams,
    )  # fmt: skip


def in_session(uid: int, own: int, command: list[str]) -> list[str]:
    """A program belongs to a screen by launchd's session it runs in, not by its environment."""
    if uid == own:
        return command
    return ["/bin/launchctl", "asuser", str(uid), "/usr/bin/sudo", "-E", "-u", f"#{uid}", *command]


def _home(uid: int) -> dict[str, str]:
    try:
        person = pwd.getpwuid(uid)
    except KeyError:
        return {}
    return {"HOME": person.pw_dir, "USER": person.pw_name, "LOGNAME": person.pw_name}
