"""Battery, heat and free disk: whether the laptop will still answer tomorrow."""

import shutil
from pathlib import Path

import psutil

from agent.hosts import host
from agent.settings import Settings
from shared.readings import Power, Unread

NAME = "power"


def read(settings: Settings, work_dir: Path) -> Power | Unread:
    battery = psutil.sensors_battery()
    disk = shutil.disk_usage(work_dir.anchor)  # the system's disk: full, nothing works
    return Power(
        battery_percent=round(battery.percent, 1) if battery else None,
        plugged=battery.power_plugged if battery else None,
        # psutil says "unlimited" and "unknown" by negative numbers.
        seconds_left=battery.secsleft if battery and battery.secsleft >= 0 else None,
        temperature_c=host.hottest_celsius(),
        disk_free_percent=round(100 * disk.free / disk.total, 1),
    )
