"""Which cameras the laptop has, and whether this account may open them (Linux)."""

import os
from pathlib import Path

from agent.hosts.linux_files import lines

# OpenCV's name for the way to a camera of this system. Named, because letting it try every way
# takes ten times as long for a camera that is not there.
CAMERA_BACKEND = "CAP_V4L2"
CAMERA_PATH = "/dev/video"


def built_in_cameras(classes: Path = Path("/sys/class/video4linux")) -> dict[str, str]:
    """Each camera's number and name. A camera has several nodes; only the first gives pictures."""
    nodes = [node for node in classes.glob("video*") if lines(node / "index") == ["0"]]
    numbers = sorted(int(node.name.removeprefix("video")) for node in nodes)
    return {str(n): " ".join(lines(classes / f"video{n}" / "name")) for n in numbers}


def camera_is_refused(number: str, path: str = CAMERA_PATH) -> bool:
    """Whether the system keeps this account from a camera that is there."""
    device = path + number
    return os.access(device, os.F_OK) and not os.access(device, os.R_OK | os.W_OK)
