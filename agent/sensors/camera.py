"""One still from each camera. Reached only by `look` with a plan that names the camera.

Each camera is opened by a short-lived program of its own, so that one that hangs or crashes loses
no other's picture. Pictures come through a pipe: no plain picture ever lies on the disk.
"""

import re
import time
from dataclasses import dataclass
from pathlib import Path

from agent.hosts import host
from agent.sensors import child
from agent.settings import Settings
from shared.encoding import from_json
from shared.readings import CameraUnread, Reason, Snapshot, Snapshots, Unread

NAME = "camera"
DEADLINE_S = 30.0
MOST_CAMERAS = 6
LONGEST_LINE = 8192  # bytes about one camera, thumbnail included: the whole record holds 64 KiB
ONE_CAMERA_S = 15.0  # four seconds to open, eight to get used to the light, and the start


@dataclass(frozen=True, slots=True)
class Camera:
    """`source` is a number, a path or an address and may hold a password; `label` never does."""

    label: str
    source: str


@dataclass(frozen=True, slots=True)
class Album:
    """What the cameras showed; each snapshot's `index` points into `pictures` (JPEG)."""

    snapshots: Snapshots
    pictures: tuple[bytes, ...]


def read(settings: Settings, work_dir: Path, deadline_s: float = DEADLINE_S) -> Album | Unread:
    found = cameras(settings)
    if not found:
        return _none(settings)
    until = time.monotonic() + deadline_s
    seen: list[Snapshot | CameraUnread] = []
    pictures: list[bytes] = []
    for camera in found:
        left = min(ONE_CAMERA_S, until - time.monotonic())
        snapshot, picture = _take(camera, left, work_dir, len(pictures))
        seen.append(snapshot)
        pictures += [picture] if picture else []
    return Album(Snapshots(tuple(seen)), tuple(pictures))


def _none(settings: Settings) -> Unread:
    if settings.use_builtin_cameras:
        return Unread(Reason.NOT_PRESENT, "No camera was found on this laptop.")
    return Unread(Reason.NOT_CONFIGURED, "The settings name no camera.")


def cameras(settings: Settings) -> tuple[Camera, ...]:
    """The cameras found on this laptop, then those of the settings, each once."""
    built_in = host.built_in_cameras() if settings.use_builtin_cameras else {}
    sources = [*built_in, *(_source(entry) for entry in settings.cameras)]
    once = list(dict.fromkeys(sources))[:MOST_CAMERAS]
    return tuple(Camera(_label(source, built_in), source) for source in once)


def _source(entry: str) -> str:
    number = entry.removeprefix(host.CAMERA_PATH)
    return number if number.isdigit() else entry


def _label(source: str, built_in: dict[str, str]) -> str:
    if source.isdigit():
        return f"{built_in.get(source) or 'Camera'} ({source})"
    if "://" not in source:
        return Path(source).name
    scheme, _, rest = source.partition("://")
    place = re.split(r"[?#]", rest)[0]  # tokens also stand behind the question mark
    return f"{scheme}://{place.rpartition('@')[2]}"


def _take(
    camera: Camera, deadline_s: float, work_dir: Path, index: int
) -> tuple[Snapshot | CameraUnread, bytes]:
    if deadline_s <= 0:
        return CameraUnread(camera.label, Reason.TIMED_OUT, "No time was left for it."), b""
    request = {"source": camera.source, "deadline_s": deadline_s}
    try:
        said = child.ask("agent.children.camera", request, deadline_s, work_dir)
    except child.TimedOut:
        return CameraUnread(camera.label, Reason.TIMED_OUT, "It gave no picture in time."), b""
    except child.Died:
        return CameraUnread(camera.label, Reason.FAILED, "Its driver crashed."), b""
    return parse(camera.label, said, index)


def parse(label: str, said: bytes, index: int) -> tuple[Snapshot | CameraUnread, bytes]:
    """One line of JSON, then the picture; anything else counts as no picture.

    Pictures come from networks too, and one made for it may have taken the program over.
    """
    line, _, picture = said.partition(b"\n")
    try:
        if len(line) > LONGEST_LINE:
            raise ValueError
        answer = from_json(line)
        if "unread" in answer:
            return CameraUnread(label, Reason(answer["unread"]), answer["detail"]), b""
        return Snapshot(camera=label, index=index, **answer), picture
    except (ValueError, TypeError, KeyError):
        return CameraUnread(label, Reason.FAILED, "What it gave is no picture."), b""
