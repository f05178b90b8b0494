"""Where the laptop is, from the best source that answers; each fix names its source."""

import time
from pathlib import Path

from agent.sensors import child, heard_place, wifi
from agent.settings import Settings
from shared.readings import Fix, Reason, Unread

NAME = "location"
SYSTEM_S = 20.0  # GeoClue may never answer; Homeward does not stand on it
SERVICE_S = 15.0
EXACT_M = 1000.0
NOWHERE = Unread(
    Reason.NOT_CONFIGURED,
    "This laptop has no location source of its own. "
    "The city seen by the portal stands with each check-in.",
)


def read(settings: Settings, work_dir: Path) -> Fix | Unread:
    """What is measured comes before what the settings say: a laptop may have been carried away."""
    by_system = _by_system(work_dir)
    if isinstance(by_system, Fix) and by_system.accuracy_m <= EXACT_M:
        return by_system
    by_wifi = _by_wifi(settings, work_dir)
    measured = [one for one in (by_system, by_wifi) if isinstance(one, Fix)]
    if measured:
        return min(measured, key=lambda fix: fix.accuracy_m)
    return _fixed(settings) or (by_wifi if isinstance(by_wifi, Unread) else NOWHERE)


def _by_system(work_dir: Path) -> Fix | Unread:
    answer = child.ask_system("around", "place", SYSTEM_S, work_dir)
    return answer if isinstance(answer, Unread) else Fix(**answer)


def _by_wifi(settings: Settings, work_dir: Path) -> Fix | Unread:
    """By the access points around, where the settings name a service that knows them."""
    if settings.wifi_positioning is None:
        return NOWHERE
    around = wifi.read(settings, work_dir)
    if isinstance(around, Unread):
        return around
    points = heard_place.usable(around.access_points)
    if len(points) < 2:
        return Unread(Reason.FAILED, "Fewer than two access points are around that tell a place.")
    now = round(time.time() * 1000)
    if remembered := heard_place.recall(work_dir, points, now):
        return remembered
    request = {
        "service": settings.wifi_positioning,
        "question": heard_place.question(points),
        "t": now,
        "deadline_s": SERVICE_S,
    }
    answer = child.ask_for_reading("agent.children.positioning", request, SERVICE_S, work_dir)
    if isinstance(answer, Unread):
        return answer
    fix = Fix(**answer)
    heard_place.remember(work_dir, points, fix)
    return fix


def _fixed(settings: Settings) -> Fix | None:
    place = settings.fixed_location
    if place is None:
        return None
    return Fix(place.latitude, place.longitude, place.accuracy_m, "fixed", int(time.time() * 1000))
