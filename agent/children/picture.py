"""Stills of short-lived programs: what a glance at one tells, and how it becomes a small JPEG."""

import os
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

from shared.encoding import b64, to_json

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


def hand_in(facts: dict[str, Any], jpeg: bytes, output: BinaryIO) -> None:
    """One line of JSON, then the picture."""
    output.write(to_json(facts) + b"\n" + jpeg)


def own_output() -> BinaryIO:
    """The pipe, for this program alone: what a driver prints goes where errors go."""
    pipe = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(pipe, "wb")
