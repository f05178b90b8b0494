"""A window before the person at the laptop: full-screen where there is Tk, else what there is.

`show_window` returns once it is shown; what the person does with it, the `OpenWindow` says.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import IO

from agent.hosts import host
from agent.hosts.session import Session, ourselves, start_in

_TK = Path(__file__).with_name("tk_window.py")
# The agent's own Python may come without Tk, or may be shut to the person at the laptop.
PYTHONS = (sys.executable, "/usr/bin/python3")
_APPEARS_S = 30.0
_FAILS_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Window:
    """Plain text throughout; each line is a paragraph."""

    title: str
    lines: tuple[str, ...]
    button: str


class Seen(StrEnum):
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"  # without a word: by the window manager, or with the session
    SHOWN = "shown"  # in a form that takes no answer


class CannotShow(Exception):
    """No way leads before this person's eyes."""


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """`way` names how it is shown; `program` is None where there is no answer to wait for."""

    way: str
    program: "subprocess.Popen[str] | None" = None

    def wait(self, timeout_s: float) -> Seen | None:
        """What the person did; None while the window stands open."""
        if self.program is None:
            return Seen.SHOWN
        try:
            self.program.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        _end(self.program)
        return Seen.CLOSED if self.program.returncode else Seen.ACKNOWLEDGED

    def close(self) -> None:
        """Take it away, whatever the person did."""
        if self.program is not None:
            _end(self.program)


def show_window(
    window: Window, session: Session | None, pythons: Sequence[str] = PYTHONS
) -> OpenWindow:
    """Show it to the person in this session, or on every terminal where there is none.

    Raises CannotShow.
    """
    for way in host.WINDOWS:
        if shown := _shown(way, window, session, pythons):
            return shown
    raise CannotShow(f"none of these could show it: {', '.join(host.WINDOWS)}")


def _shown(
    way: str, window: Window, session: Session | None, pythons: Sequence[str]
) -> OpenWindow | None:
    if way == "terminals":
        text = "\n\n".join((window.title, *window.lines)) + "\n"
        return OpenWindow(way) if _told(session or ourselves(), ["wall"], text) else None
    if session is None or not session.graphical:
        return None
    if way == "notification":
        return OpenWindow(way) if _told(session, _notification(window)) else None
    program = _program(way, window, session, pythons)
    return OpenWindow(way, program) if program else None


def _program(
    way: str, window: Window, session: Session, pythons: Sequence[str]
) -> "subprocess.Popen[str] | None":
    if way == "zenity":
        return _shown_by_zenity(window, session)
    by_tk = [[python, "-I", str(_TK)] for python in pythons]
    commands = by_tk if way == "tk" else [[sys.executable, "-I", "-m", host.BOX]]
    shown = (_shown_by(command, window, session) for command in commands)
    return next((program for program in shown if program), None)


def _shown_by(
    command: list[str], window: Window, session: Session
) -> "subprocess.Popen[str] | None":
    """A program of ours: it reads what to show, and says when it is shown."""
    try:
        program = start_in(
            session, command,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return None
    said = {"title": window.title, "lines": window.lines, "button": window.button}
    # A pipe, for arguments can be read by every account of the laptop. Closing it writes too, and
    # a program that is gone breaks it there: what became of it is asked below.
    with suppress(BrokenPipeError), program.stdin as pipe:  # type: ignore[union-attr]  # is a PIPE
        pipe.write(json.dumps(said))
    if _says_something(program.stdout, _APPEARS_S):  # type: ignore[arg-type]  # is a PIPE
        return program
    _end(program)
    return None


def _says_something(stream: IO[str], timeout_s: float) -> bool:
    """False when it ends or stays silent: no Tk there, or no screen."""
    said: list[str] = []
    # A thread: on Windows nothing else waits for a pipe. It ends with the program at the latest.
    reader = threading.Thread(target=lambda: said.append(stream.readline()), daemon=True)
    reader.start()
    reader.join(timeout_s)
    return any(said)


def _shown_by_zenity(window: Window, session: Session) -> "subprocess.Popen[str] | None":
    text = "\n\n".join(window.lines)
    words = ["--no-markup", f"--title={window.title}", f"--text={text}"]
    try:
        program = start_in(
            session, ["zenity", "--info", *words, f"--ok-label={window.button}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        # It does not say that it is shown. Without a screen it fails at once.
        failed = bool(program.wait(_FAILS_WITHIN_S))
    except subprocess.TimeoutExpired:
        return program
    except OSError:
        return None
    return None if failed else program


def _notification(window: Window) -> list[str]:
    body = escape("\n".join(window.lines))
    return ["notify-send", "--urgency=critical", "--app-name=Homeward", window.title, body]


def _told(session: Session, command: list[str], text: str = "") -> bool:
    try:
        program = start_in(
            session, command,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        program.communicate(text, timeout=_APPEARS_S)
    except OSError:
        return False
    except subprocess.TimeoutExpired:
        _end(program)
        return False
    return program.returncode == 0


def _end(program: "subprocess.Popen[str]") -> None:
    host.end_group(program.pid)
    program.wait()
    if program.stdout:
        program.stdout.close()
