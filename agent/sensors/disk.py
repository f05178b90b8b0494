"""Room on the system's disk: once it is full, nothing works, this agent neither."""

import shutil
from pathlib import Path

from agent.settings import Settings
from shared.readings import Disk, Unread

NAME = "disk"


def read(settings: Settings, work_dir: Path) -> Disk | Unread:
    usage = shutil.disk_usage(work_dir.anchor)
    return Disk(usage.total, usage.free)
