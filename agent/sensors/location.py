"""Where the laptop is, from the best source that answers; each fix names its source."""

import time
from pathlib import Path

from agent.settings import Settings
from shared.readings import Fix, Reason, Unread

NAME = "location"


def read(settings: Settings, work_dir: Path) -> Fix | Unread:
    place = settings.fixed_location
    if place is None:
        return Unread(
            Reason.NOT_CONFIGURED,
            "This laptop has no location source of its own. "
            "The city seen by the portal stands with each check-in.",
        )
    return Fix(place.latitude, place.longitude, place.accuracy_m, "fixed", int(time.time() * 1000))
