"""How well a Mac is protected, as its own programs tell its administrator."""

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.hosts.asked import Ask, asking, property_list
from agent.hosts.macos_session import sessions
from agent.hosts.signed_in import NoSessionManager
from shared.readings import Posture, Reason, Unread

STALE_S = 14 * 24 * 3600
UPDATES = Path("/Library/Preferences/com.apple.SoftwareUpdate.plist")
_FIREWALL = "/usr/libexec/ApplicationFirewall/socketfilterfw"
_FIREWALL_STATE = re.compile(r"\(State = (\d+)\)")
_BOOT_LEVEL = re.compile(r'\bSecureBootLevel = "?(\w+)')
_UNCLEAR = Unread(Reason.FAILED, "What the system says makes no sense.")


def posture(until: float, work: Path) -> Posture:
    """Each answer for itself; none takes long enough to be remembered in `work`."""
    del work
    asked = asking(until)
    return Posture(
        disk_encrypted=disk_encrypted(asked),
        firewall_on=firewall_on(asked),
        screen_locked=screen_locked(asked),
        updates_waiting=updates_waiting(UPDATES, time.time()),
        secure_boot=secure_boot(asked),
    )


def disk_encrypted(asked: Ask) -> bool | Unread:
    """By FileVault, and all of it: while it is at work, a part of the disk is still plain."""
    said = asked(["/usr/bin/fdesetup", "status"])
    if "FileVault is On." in said:
        return "in progress" not in said
    return False if "FileVault is Off." in said else _UNCLEAR


def firewall_on(asked: Ask) -> bool | Unread:
    state = _FIREWALL_STATE.search(asked([_FIREWALL, "--getglobalstate"]))
    return int(state[1][:9]) > 0 if state else _UNCLEAR


def screen_locked(asked: Ask) -> bool | Unread:
    """Just now. Whether it locks by itself is a setting in each person's own files."""
    try:
        found = sessions(asked)
    except NoSessionManager:
        return _UNCLEAR
    if not found:
        return Unread(Reason.NOT_PRESENT, "Nobody is signed in at the screen.")
    return all(session.locked for session in found)


def updates_waiting(file: Path, now: float) -> int | Unread:
    """What the Mac found when it looked last; asking Apple anew takes minutes."""
    told = _settings(file)
    seen, count = told.get("LastSuccessfulDate"), told.get("LastUpdatesAvailable")
    if type(count) is not int or count < 0 or not isinstance(seen, datetime):
        return Unread(Reason.FAILED, "The Mac does not say which updates wait.")
    if now - seen.replace(tzinfo=UTC).timestamp() > STALE_S:  # a property list tells UTC
        return Unread(Reason.FAILED, "The laptop has not asked for updates for over two weeks.")
    return count


def _settings(file: Path) -> dict[str, Any]:
    try:
        return property_list(file.read_bytes())
    except OSError:
        return {}


def secure_boot(asked: Ask) -> bool | Unread:
    """Whether only systems that Apple has signed start, and nothing less."""
    level = _BOOT_LEVEL.search(asked(["/usr/libexec/mdmclient", "QuerySecurityInfo"]))
    if level is None or level[1] not in ("full", "medium", "off"):
        return Unread(Reason.NOT_SUPPORTED, "This Mac does not say how it starts.")
    return level[1] == "full"
