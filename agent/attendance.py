"""Who is signed in at the laptop, asked by a program that may hang without harm."""

from pathlib import Path

from agent.hosts.signed_in import Session
from agent.sensors.child import ask_system
from shared.readings import Unread

_PATIENCE_S = 15.0


def signed_in(work_dir: Path) -> tuple[Session, ...] | None:
    """None where nobody can tell."""
    said = ask_system("signed_in", "signed-in", _PATIENCE_S, work_dir)
    if isinstance(said, Unread):
        return None
    return tuple(Session(**one) for one in said["sessions"])
