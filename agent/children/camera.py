"""The short-lived program that opens one camera and takes one still.

It reads one JSON request from its input and writes one line of JSON, then the JPEG. The JPEG holds
pixels and nothing else: time and place stand in the sealed record.
"""

import math
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

# Read by the libraries when they load: one thread and no chatter for one small picture, and a
# camera that stops sending gives up in seconds.
os.environ |= {
    "OPENBLAS_NUM_THREADS": "1",
    "OPENCV_LOG_LEVEL": "ERROR",
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "3",
}

import cv2

from agent.hosts import host
from shared.encoding import b64, from_json, to_json
from shared.readings import Reason

OPEN_MS = 4000
READ_MS = 3000
WARM_UP_S = 8.0
WARM_UP_FRAMES = 30
SETTLED_FRAMES = 4
CAPTURE_SIZE = (1280, 720)
PICTURE_WIDTH = 960
DULL_WIDTH = 640  # a covered lens is a fact worth little space
THUMBNAIL_SIDE = 160
THUMBNAIL_BYTES = 4500  # 6 kB as text; the whole record must fit into 64 KiB
JPEG_QUALITY = 75

Pixels = Any  # a numpy array; OpenCV's own types say no more


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame and what a glance at it tells: brightness, contrast (0 to 255) and sharpness."""

    pixels: Pixels
    mean: float
    spread: float
    sharpness: float

    @property
    def worth(self) -> float:
        """Sharp is good; sharp but nearly black or white is mostly noise."""
        return self.sharpness if 25 < self.mean < 235 else self.sharpness / 5

    @property
    def picture(self) -> str:
        if self.mean < 6 and self.spread < 3:
            return "black"
        return "covered" if self.spread < 6 else "ok"


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


def glance(pixels: Pixels) -> Frame:
    small = cv2.resize(pixels, (160, 90), interpolation=cv2.INTER_AREA)
    gray = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    mean, spread = (float(value[0][0]) for value in cv2.meanStdDev(gray))
    return Frame(pixels, mean, spread, float(cv2.Laplacian(gray, cv2.CV_64F).var()))


def develop(frame: Frame) -> tuple[dict[str, Any], bytes]:
    """What a Snapshot says of this frame, and its JPEG."""
    shrunk = _shrink(frame.pixels, PICTURE_WIDTH if frame.picture == "ok" else DULL_WIDTH)
    height, width = shrunk.shape[:2]
    facts = {"picture": frame.picture, "width": width, "height": height}
    return facts | {"thumbnail": b64(thumbnail(frame.pixels))}, _jpeg(shrunk, JPEG_QUALITY)


def thumbnail(pixels: Pixels) -> bytes:
    """At most 160 pixels a side; the best quality that stays small."""
    height, width = pixels.shape[:2]
    small = _shrink(pixels, round(THUMBNAIL_SIDE * min(1, width / height)))
    tries = (_jpeg(small, quality) for quality in (60, 45, 30, 15, 5))
    return next(jpeg for jpeg in tries if len(jpeg) <= THUMBNAIL_BYTES)


def _shrink(pixels: Pixels, width: int) -> Pixels:
    height_now, width_now = pixels.shape[:2]
    if width_now <= width:
        return pixels
    height = max(1, round(height_now * width / width_now))
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def _jpeg(pixels: Pixels, quality: int) -> bytes:
    _, coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(coded)


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
    with _own_output() as output:
        facts, jpeg = answer(request["source"])
        output.write(to_json(facts) + b"\n" + jpeg)


def _own_output() -> BinaryIO:
    """The pipe, for this program alone: what a driver prints goes where errors go."""
    pipe = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(pipe, "wb")


if __name__ == "__main__":
    main()
