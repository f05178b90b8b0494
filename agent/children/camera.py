"""The short-lived program that opens one camera and takes one still.

It reads one JSON request from its input and writes one line of JSON, then the JPEG. The JPEG holds
pixels and nothing else: time and place stand in the sealed record.
"""

import math
import sys
import time
from collections.abc import Iterator
from typing import Any

from agent.children.picture import Frame, Pixels, develop, glance, hand_in, own_output

import cv2  # isort: skip  (after the settings that it reads when it loads)

from agent.hosts import host
from shared.encoding import from_json
from shared.readings import Reason

OPEN_MS = 4000
READ_MS = 3000
WARM_UP_S = 8.0
WARM_UP_FRAMES = 30
SETTLED_FRAMES = 4
CAPTURE_SIZE = (1280, 720)


class NoPicture(Exception):
    """The camera gave nothing; carries the reason and a sentence for people."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def take(source: str) -> Frame:
    """The best frame of a camera; raises NoPicture. The camera is closed before it returns."""
    start = time.monotonic()
    capture = _open(source)
    try:
        if not capture.isOpened():
            raise _nothing("It could not be opened: busy, unplugged or switched off.", start)
        return best(_frames(capture), start)
    finally:
        capture.release()


def _open(source: str) -> Any:
    if not source.isdigit():
        waits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_MS]
        return cv2.VideoCapture(source, cv2.CAP_FFMPEG, waits)
    capture = cv2.VideoCapture(int(source), getattr(cv2, host.CAMERA_BACKEND))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, CAPTURE_SIZE[0])
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, CAPTURE_SIZE[1])
    return capture


def _nothing(detail: str, start: float) -> NoPicture:
    if time.monotonic() - start >= READ_MS / 1000:
        return NoPicture(Reason.TIMED_OUT, "It did not answer.")
    return NoPicture(Reason.FAILED, detail)


def _frames(capture: Any) -> Iterator[Pixels]:
    for _ in range(WARM_UP_FRAMES):
        good, pixels = capture.read()
        if not good:
            return
        yield pixels


def best(frames: Iterator[Pixels], start: float) -> Frame:
    """The sharpest well-lit frame until the exposure has settled; raises NoPicture without any."""
    kept: Frame | None = None
    settled, before = 0, -255.0
    for pixels in frames:
        frame = glance(pixels)
        kept = frame if kept is None or frame.worth >= kept.worth else kept
        settled = settled + 1 if abs(frame.mean - before) < 2 and frame.mean >= 16 else 0
        before = frame.mean
        if settled >= SETTLED_FRAMES or time.monotonic() - start > WARM_UP_S:
            break
    if kept is None:
        raise _nothing("It opened but sent no picture.", start)
    return kept


def answer(source: str) -> tuple[dict[str, Any], bytes]:
    try:
        return develop(take(source))
    except NoPicture as nothing:
        return {"unread": nothing.reason, "detail": nothing.detail}, b""


def main() -> None:
    # Whoever asked may itself be ended, and nobody would be left to close the camera.
    host.end_with_parent()
    request = from_json(sys.stdin.buffer.read())
    # And it may have ended before the kernel was told.
    host.end_within(math.ceil(request["deadline_s"]))
    cv2.setNumThreads(1)
    with own_output() as output:
        hand_in(*answer(request["source"]), output)


if __name__ == "__main__":
    main()
