"""The world around a command, handed in: folder, clocks, the person at the keyboard, the screen."""

import getpass
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from owner.errors import CodeMissing, PasswordMissing

MOST_TYPED = 8192


@dataclass(frozen=True, slots=True)
class Outside:
    """`now` in Unix ms; `tick` in seconds from anywhere, never set back; `type` is what was typed,
    empty where nobody is there; `screen` gets tables and sentences, `progress` bars. With --json,
    `screen` is silent.
    """

    home: Path
    now: Callable[[], int]
    tick: Callable[[], float]
    sleep: Callable[[float], None]
    password: Callable[[str], str]
    code: Callable[[str], str]
    agree: Callable[[str], bool]
    type: Callable[[str], str]
    screen: Console
    progress: Console


def real(*, quiet: bool, password_from_stdin: bool) -> Outside:
    """This computer."""
    return Outside(
        home=_home(),
        now=lambda: time.time_ns() // 1_000_000,
        tick=time.monotonic,
        sleep=time.sleep,
        password=_password_source(password_from_stdin),
        code=_code,
        agree=_agree,
        type=_type,
        screen=Console(quiet=quiet, highlight=False),
        progress=Console(stderr=True, highlight=False),
    )


def _home() -> Path:
    chosen = os.environ.get("HOMEWARD_HOME")
    return Path(chosen) if chosen else Path.home() / ".config" / "homeward"


def _password_source(from_stdin: bool) -> Callable[[str], str]:
    if from_stdin:
        line = _first_line(sys.stdin.buffer.readline(MOST_TYPED))
        return lambda _: line
    if path := os.environ.get("HOMEWARD_PASSWORD_FILE"):
        return lambda _: _from_file(Path(path))
    return _prompt


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return _first_line(file.readline(MOST_TYPED))
    except OSError as error:
        raise PasswordMissing(f"HOMEWARD_PASSWORD_FILE names {path}, which cannot be read. "
                              "Check it, or unset it to be asked.") from error  # fmt: skip


def _first_line(raw: bytes) -> str:
    try:
        return raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise PasswordMissing("The password given is not text in UTF-8. Check where it comes "
                              "from.") from error  # fmt: skip


def _prompt(question: str) -> str:
    if not sys.stdin.isatty():
        raise PasswordMissing(_NOBODY_THERE)
    try:
        return getpass.getpass(f"{question}: ")
    except EOFError as error:
        raise PasswordMissing(_NOBODY_THERE) from error


_NOBODY_THERE = "The password cannot be asked here. Use --password-stdin or HOMEWARD_PASSWORD_FILE."


def _code(question: str) -> str:
    """Seen while typed: it is good for half a minute, or once."""
    if not sys.stdin.isatty():
        raise CodeMissing(_NOBODY_FOR_A_CODE)
    try:
        return input(f"{question}: ").strip()
    except EOFError as error:
        raise CodeMissing(_NOBODY_FOR_A_CODE) from error


_NOBODY_FOR_A_CODE = (
    "This account asks for a second factor. Add --code with what your authenticator app shows, "
    "or with one of your backup codes."
)


def _agree(question: str) -> bool:
    return _type(f"{question} [y/N] ").casefold() in ("y", "yes")


def _type(question: str) -> str:
    if not sys.stdin.isatty():
        return ""
    try:
        return input(question).strip()
    except EOFError:
        return ""
