"""A system that Homeward cannot ask yet: each question says so, and the report goes out."""

from pathlib import Path

from shared.readings import Reason, Unread

_NOT_YET = Unread(Reason.NOT_SUPPORTED, "Homeward cannot ask this system for it yet.")


def wifi(until: float) -> Unread:
    return _NOT_YET


def place(until: float) -> Unread:
    return _NOT_YET


def posture(until: float, work: Path) -> Unread:
    return _NOT_YET
