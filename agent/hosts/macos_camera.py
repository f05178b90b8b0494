"""Which cameras the laptop has (macOS)."""

import json
from collections.abc import Iterator

from agent.hosts.asked import Ask, ask

CAMERA_BACKEND = "CAP_AVFOUNDATION"
CAMERA_PATH = "camera:"  # a Mac has no paths for cameras; in the settings they are numbers


def built_in_cameras(asked: Ask = ask) -> dict[str, str]:
    """Each camera's number and name. OpenCV counts them in the order of their ids."""
    said = asked(["/usr/sbin/system_profiler", "SPCameraDataType", "-json"])
    return {str(n): name for n, (_, name) in enumerate(sorted(_cameras(said)))}


def camera_is_refused(number: str) -> bool:
    """Never said beforehand: who was not allowed gets no picture, or a black one."""
    return False


def _cameras(said: str) -> Iterator[tuple[str, str]]:
    try:
        for camera in json.loads(said)["SPCameraDataType"]:
            yield str(camera.get("spcamera_unique-id", "")), str(camera["_name"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return
