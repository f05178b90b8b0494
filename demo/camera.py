"""A test camera for laptops without one: an MJPEG stream on loopback of a drawn, labeled scene.

    python -m demo.camera --port 0

It prints one line of JSON with its address and runs until interrupted.
"""

import argparse
import json
import math
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Any

import cv2
import numpy as np

MODES = ("ok", "warmup", "black", "cover", "hang", "cut")
LABEL = ("HOMEWARD TEST PICTURE", "not a real camera")
WIDTH, HEIGHT = 1280, 720
FRAMES_PER_SECOND = 15

Pixels = Any  # a numpy array of blue, green, red


class TestCamera:
    """The stream as a context: `with TestCamera("ok") as camera: camera.url`.

    ok: a well-lit scene. warmup: dark at first, as cameras are. black and cover: a lens that sees
    nothing, or a thing upon it. hang: headers and then silence. cut: ends after two frames.
    """

    __test__ = False  # tests use it; it is none

    def __init__(self, mode: str = "ok", port: int = 0) -> None:
        self.closing = Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", port), _stream(mode, self.closing))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/{mode}"
        self.thread = Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> "TestCamera":
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def _stream(mode: str, closing: Event) -> type[BaseHTTPRequestHandler]:
    class Stream(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            try:
                for jpeg in _jpegs(mode, closing):
                    self.wfile.write(_part(jpeg))
            except OSError:
                return  # the viewer has seen enough

        def log_message(self, *_: object) -> None:
            """Quiet: the demonstration's own lines matter more."""

    return Stream


def _part(jpeg: bytes) -> bytes:
    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"


def _jpegs(mode: str, closing: Event) -> Iterator[bytes]:
    if mode == "hang":
        closing.wait()
        return
    number = 0
    while not closing.wait(1 / FRAMES_PER_SECOND) and not (mode == "cut" and number == 2):
        _, coded = cv2.imencode(".jpg", frame(mode, number, time.time()))
        yield bytes(coded)
        number += 1


def frame(mode: str, number: int, now: float) -> Pixels:
    """One frame of a stream; `now` (Unix seconds) stands on its clock."""
    noise = np.random.default_rng(number)
    if mode == "black":
        return _grain(noise, 0, 1)
    if mode == "cover":
        return _grain(noise, 9, 2.5)
    light = min(1.0, 0.02 + 0.12 * number) if mode == "warmup" else 1.0
    return cv2.convertScaleAbs(scene(now), alpha=light)


def _grain(noise: np.random.Generator, level: float, spread: float) -> Pixels:
    values = noise.normal(level, spread, (HEIGHT // 4, WIDTH // 4))
    gray = np.clip(values, 0, 255).astype(np.uint8)
    return cv2.cvtColor(cv2.resize(gray, (WIDTH, HEIGHT)), cv2.COLOR_GRAY2BGR)


def scene(now: float) -> Pixels:
    """A bright room that nobody could mistake for one: label, clock, and a ball going around."""
    down = np.linspace(150, 225, HEIGHT, dtype=np.uint8)[:, None, None]
    pixels = np.ascontiguousarray(np.broadcast_to(down, (HEIGHT, WIDTH, 3)))
    for x in range(0, WIDTH, 80):
        cv2.line(pixels, (x, 0), (x, HEIGHT), (120, 140, 160), 2)
    angle = now * math.tau / 6
    ball = (WIDTH // 2 + round(420 * math.cos(angle)), 560 + round(80 * math.sin(angle)))
    cv2.circle(pixels, ball, 60, (60, 120, 30), -1)
    _write(pixels, LABEL[0], 200, 2.2)
    _write(pixels, LABEL[1], 290, 1.8)
    _write(pixels, time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now)) + " UTC", 390, 1.4)
    return pixels


def _write(pixels: Pixels, text: str, baseline: int, scale: float) -> None:
    font, thick = cv2.FONT_HERSHEY_SIMPLEX, 4
    (width, _), _ = cv2.getTextSize(text, font, scale, thick)
    place = ((WIDTH - width) // 2, baseline)
    cv2.putText(pixels, text, place, font, scale, (40, 30, 20), thick, cv2.LINE_AA)


def main() -> None:
    parser = argparse.ArgumentParser(prog="demo.camera", description="A labeled test camera.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--mode", choices=MODES, default="ok")
    chosen = parser.parse_args()
    with TestCamera(chosen.mode, chosen.port) as camera:
        print(json.dumps({"url": camera.url}), flush=True)
        try:
            Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
