"""Battery, heat and free disk: whether the laptop will still answer tomorrow."""

import shutil
from pathlib import Path
from typing import Any

import psutil

from agent.hosts import host
from agent.settings import Settings
from shared.readings import Power, Unread

NAME = "power"


def read(settings: Settings, work_dir: Path) -> Power | Unread:
    disk = shutil.disk_usage(work_dir.anchor)  # the system's disk: once full, nothing works
    return describe(_battery(), host.temperatures(), disk.free / disk.total)


def _battery() -> Any:
    """None where there is none, or where the system shows no devices at all, as in a container."""
    try:
        return psutil.sensors_battery()
    except FileNotFoundError:
        return None


def describe(battery: Any, temperatures: list[float], disk_free: float) -> Power:
    """`battery` as psutil tells it, `disk_free` from 0 to 1."""
    real = [celsius for celsius in temperatures if celsius > 0]  # absent sensors read 0 or less
    return Power(
        battery_percent=round(battery.percent, 1) if battery else None,
        plugged=battery.power_plugged if battery else None,
        # psutil says "unlimited" and "unknown" by negative numbers.
        seconds_left=battery.secsleft if battery and battery.secsleft >= 0 else None,
        temperature_c=max(real, default=None),
        disk_free_percent=round(100 * disk_free, 1),
    )
