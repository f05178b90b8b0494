"""Where a Mac's location service says the laptop is."""

import math
import time
from collections.abc import Callable
from typing import Any

from agent.fixes import believable
from shared.readings import Fix, Reason, Unread

EXACT_M = 1000.0
SETTLE_S = 3.0  # a first, vague answer often becomes a better one
FRESH_S = 300.0  # an older one is where the laptop was
_UNASKED, _RESTRICTED, _DENIED = 0, 1, 2  # CLAuthorizationStatus
UNALLOWED = Unread(
    Reason.REFUSED,
    "Location Services are off, or not allowed to Homeward. "
    "Allow it in System Settings, Privacy & Security, Location Services.",
)
UNASKED = Unread(
    Reason.REFUSED, "Nobody at the laptop has said yet whether Homeward may know its place."
)
LATE = Unread(Reason.TIMED_OUT, "macOS found no place in time.")


def settled(
    manager: Any,
    until: float,
    wait: Callable[[float], None],
    clock: Callable[[], float] = time.time,
) -> Fix | Unread:
    """`manager` is a CLLocationManager; `wait` lets the frameworks work meanwhile."""
    if manager.authorizationStatus() in (_RESTRICTED, _DENIED):
        return UNALLOWED
    manager.startUpdatingLocation()
    best: Fix | None = None
    while time.monotonic() < until and not (best and best.accuracy_m <= EXACT_M):
        wait(0.2)
        fix = _fix(manager.location(), clock())
        if fix and best is None:
            until = min(until, time.monotonic() + SETTLE_S)
        if fix and (best is None or fix.accuracy_m < best.accuracy_m):
            best = fix
    return best or _why_not(manager.authorizationStatus())


def _why_not(status: int) -> Unread:
    if status in (_RESTRICTED, _DENIED):
        return UNALLOWED
    return UNASKED if status == _UNASKED else LATE


def _fix(location: Any, now: float) -> Fix | None:
    """An accuracy below zero is how CoreLocation says that it does not know."""
    if location is None:
        return None
    at, seen = location.coordinate(), location.timestamp().timeIntervalSince1970()
    if not math.isfinite(seen) or now - seen > FRESH_S:
        return None
    t = round(min(seen, now) * 1000)
    return believable(at.latitude, at.longitude, location.horizontalAccuracy(), "os", t)
