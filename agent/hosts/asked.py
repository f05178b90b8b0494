"""Asks the system's own programs; what comes back is text that was once meant for people."""

import plistlib
import subprocess
from collections.abc import Callable, Sequence
from typing import Any
from xml.parsers.expat import ExpatError

Ask = Callable[[Sequence[str]], str]
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


def property_list(said: str) -> dict[str, Any]:
    """The first thing in what one of Apple's programs tells as a property list; {} for nothing."""
    try:
        told = plistlib.loads(said.encode())
    except (plistlib.InvalidFileException, ValueError, ExpatError):
        return {}
    thing = told[0] if isinstance(told, list) and told else told
    return thing if isinstance(thing, dict) else {}
