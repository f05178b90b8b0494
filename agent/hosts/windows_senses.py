"""Asks what agent/hosts/windows_posture.py understands; who sits there only Windows itself says."""

import time
from pathlib import Path

from agent.hosts.signed_in import NoSessionManager
from agent.hosts.windows_posture import posture_of
from agent.hosts.windows_session import sessions
from agent.hosts.windows_shell import rows
from shared.readings import Posture, Reason, Unread

PATIENCE_S = 8.0  # with one question that hangs, the others are still answered


def posture(until: float, work: Path) -> Posture:
    """None of it takes long enough to be remembered in `work`."""
    del work
    return posture_of(
        lambda script: rows(script, max(0.1, min(PATIENCE_S, until - time.monotonic()))),
        _screen_locked(),
    )


def _screen_locked() -> bool | Unread:
    """Just now. When it locks by itself is a setting of each person's own."""
    try:
        found = sessions()
    except NoSessionManager as silence:
        return Unread(Reason.FAILED, str(silence))
    if not found:
        return Unread(Reason.NOT_PRESENT, "Nobody is signed in at the screen.")
    return all(session.locked for session in found)
