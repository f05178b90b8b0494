"""Windows: folders are emptied by path, each held in its place meanwhile."""

import winreg
from collections.abc import Callable
from pathlib import Path

import pywintypes
import win32security

from agent.hosts import path_tree
from agent.hosts.asked import ask
from agent.hosts.path_tree import Grip
from agent.hosts.tally import Tally
from agent.hosts.windows_handles import held, leads_away, overwritten
from agent.hosts.windows_paths import is_allowed
from agent.hosts.windows_shell import program

__all__ = ["count", "empty", "home", "is_allowed", "trim"]

_PROFILES = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
_TRIM_S = 300
_GRIP = Grip(held, overwritten, leads_away)


def home(account: str) -> Path | None:
    """Where Windows has put this account's profile; None where it has none here."""
    try:
        sid, _, _ = win32security.LookupAccountName(None, account)
        key = f"{_PROFILES}\\{win32security.ConvertSidToStringSid(sid)}"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as profile:
            path = winreg.QueryValueEx(profile, "ProfileImagePath")[0]
    except (pywintypes.error, OSError):
        return None
    return Path(winreg.ExpandEnvironmentStrings(str(path)))


def count(tally: Tally) -> None:
    path_tree.count(tally, _GRIP)


def empty(tally: Tally, step: Callable[[], None]) -> None:
    path_tree.empty(tally, step, _GRIP)


def trim(folder: str) -> bool:
    """Many SSDs then give what was there to nobody any more. Not all can."""
    return bool(ask([program("defrag"), Path(folder).drive, "/L"], _TRIM_S))
