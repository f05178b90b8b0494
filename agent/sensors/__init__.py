"""Everything the laptop can look at, and the one way to do so: `look` with a plan."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from agent.plan import Plan
from agent.sensors import (
    address,
    camera,
    disk,
    heat,
    location,
    posture,
    power,
    test_picture,
    traceroute,
    wifi,
)
from agent.sensors.camera import Album
from agent.settings import Settings
from shared.readings import Reading, Reason, Unread


class Sensor(Protocol):
    """A module of this folder. `read` keeps its own deadline."""

    NAME: str

    def read(self, settings: Settings, work_dir: Path) -> Reading | Album | Unread: ...


SENSORS: tuple[Sensor, ...] = (
    address,
    wifi,
    location,
    power,
    heat,
    disk,
    posture,
    traceroute,
    camera,
    test_picture,
)


@dataclass(frozen=True, slots=True)
class Look:
    """What each sensor of the plan read, and the pictures its snapshots point to."""

    readings: dict[str, Reading | Unread]
    pictures: tuple[bytes, ...]


def look(plan: Plan, settings: Settings, work_dir: Path) -> Look:
    """Read the plan's sensors and no others, side by side: the slowest one decides how long.

    Whatever could not be read says why; the rest of the report goes out all the same.
    """
    asked = [sensor for sensor in SENSORS if sensor.NAME in plan.sensors]
    if wifi.NAME not in plan.sensors:
        # Or the place would be found by what nobody agreed to be looked at.
        settings = replace(settings, wifi_positioning=None)
    with ThreadPoolExecutor(max_workers=len(SENSORS)) as pool:
        seen = pool.map(lambda sensor: _read(sensor, settings, work_dir), asked)
    readings: dict[str, Reading | Unread] = {}
    pictures: tuple[bytes, ...] = ()
    for sensor, reading in zip(asked, seen, strict=True):
        if isinstance(reading, Album):
            pictures = reading.pictures
            reading = reading.snapshots
        # The owner reads a drill as she would read a theft.
        readings[camera.NAME if sensor is test_picture else sensor.NAME] = reading
    return Look(readings, pictures)


def _read(sensor: Sensor, settings: Settings, work_dir: Path) -> Reading | Album | Unread:
    try:
        return sensor.read(settings, work_dir)
    except Exception as surprise:
        # One of the two places that catch everything: a sensor's surprise must not cost the
        # report. The message may hold an address or a place, so only the type is told.
        return Unread(Reason.FAILED, type(surprise).__name__)
