"""Asks the system's own programs; what comes back is text that was once meant for people."""

import plistlib
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Any
from xml.parsers.expat import ExpatError

Ask = Callable[[Sequence[str]], str]
# What plistlib falls over, where something else than a property list stands in one.
_NONSENSE = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
PATIENCE_S = 15.0
_HIDDEN: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # on Windows no console flashes up


def ask(command: Sequence[str], patience_s: float = PATIENCE_S) -> str:
    """What it says; "" where it is missing, fails or takes too long."""
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=patience_s, check=True,
            stdin=subprocess.DEVNULL, creationflags=_HIDDEN,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace")


def asking(until: float) -> Ask:
    """`ask`, but nothing is waited for after `until`, a moment of time.monotonic()."""
    return lambda command: ask(command, max(0.1, min(PATIENCE_S, until - time.monotonic())))


def property_list(said: bytes) -> dict[str, Any]:
    """The first thing in what Apple tells as a property list; {} for nothing, or for nonsense."""
    try:
        told = plistlib.loads(said)
    except (plistlib.InvalidFileException, ExpatError, *_NONSENSE):
        return {}
    thing = told[0] if isinstance(told, list) and told else told
    return thing if isinstance(thing, dict) else {}
