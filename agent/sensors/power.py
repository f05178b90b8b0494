"""The battery: whether the laptop will still answer tomorrow, and how worn it is."""

from pathlib import Path
from typing import Any

import psutil

from agent.hosts import host
from agent.settings import Settings
from shared.readings import Power, Reason, Unread

NAME = "power"


def read(settings: Settings, work_dir: Path) -> Power | Unread:
    battery = _battery()
    if battery is None:
        return Unread(Reason.NOT_PRESENT, "This machine has no battery.")
    capacity_percent, cycles = host.battery_wear()
    return describe(battery, capacity_percent, cycles)


def _battery() -> Any:
    """None where there is none, or where the system shows no devices at all, as in a container."""
    try:
        return psutil.sensors_battery()
    except FileNotFoundError:
        return None


def describe(battery: Any, capacity_percent: float | None, cycles: int | None) -> Power:
    """`battery` as psutil tells it."""
    return Power(
        battery_percent=round(battery.percent, 1),
        plugged=battery.power_plugged,
        # psutil says "unlimited" and "unknown" by negative numbers.
        seconds_left=battery.secsleft if battery.secsleft >= 0 else None,
        capacity_percent=capacity_percent,
        cycles=cycles,
    )
