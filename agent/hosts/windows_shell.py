"""Asks PowerShell, whose answers as JSON are the same in every language of Windows."""

import json
import os
from collections.abc import Callable
from typing import Any

from agent.hosts.asked import PATIENCE_S, ask

Rows = Callable[[str], list[dict[str, Any]]]
_FOLDER = os.environ.get("SYSTEMROOT", r"C:\Windows") + r"\System32"
POWERSHELL = _FOLDER + r"\WindowsPowerShell\v1.0\powershell.exe"


def rows(script: str, patience_s: float = PATIENCE_S) -> list[dict[str, Any]]:
    """What the script gives, one dictionary each; [] where it is refused or fails."""
    whole = (
        "$ErrorActionPreference='SilentlyContinue';[Console]::OutputEncoding=[Text.Encoding]::UTF8;"
        f"ConvertTo-Json -Compress -Depth 3 -InputObject @({script})"
    )
    command = [POWERSHELL, "-NoProfile", "-NonInteractive", "-Command", whole]
    return understood(ask(command, patience_s))


def understood(said: str) -> list[dict[str, Any]]:
    """[] for whatever is no list of rows."""
    try:
        told = json.loads(said.removeprefix("\ufeff"))  # some versions begin with this mark
    except (ValueError, RecursionError):
        return []
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def program(name: str) -> str:
    """One of Windows' own programs, by its full path: others may stand in the search path."""
    return f"{_FOLDER}\\{name}.exe"
