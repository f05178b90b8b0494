"""Where Windows' location service says the laptop is."""

import math
from typing import Any

from agent.fixes import believable
from shared.readings import Fix, Reason, Unread

UNALLOWED = Unread(
    Reason.REFUSED,
    "Windows does not let programs know the place. "
    "Allow it in Settings, Privacy & security, Location.",
)
LATE = Unread(Reason.TIMED_OUT, "Windows found no place in time.")
FAILED = Unread(Reason.FAILED, "Windows' location service failed.")
_NONSENSE = Unread(Reason.FAILED, "What Windows' location service says is no place.")


def fix_of(coordinate: Any, now: float) -> Fix | Unread:
    """`coordinate` is a Geocoordinate; `now` is in seconds."""
    try:
        at, seen = coordinate.point.position, coordinate.timestamp.timestamp()
    except (AttributeError, ValueError, OverflowError, OSError):
        return _NONSENSE
    t = round((min(seen, now) if math.isfinite(seen) and seen > 0 else now) * 1000)
    return believable(at.latitude, at.longitude, coordinate.accuracy, "os", t) or _NONSENSE
