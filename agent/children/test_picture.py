"""The short-lived program that draws a drill's test picture. It knows no way to open a camera.

It reads one JSON request from its input and writes what the camera's program would.
"""

import sys

import cv2
import numpy

from agent.children.picture import Pixels, develop, glance, hand_in, own_output
from agent.hosts import host
from shared.encoding import from_json

SIZE = (720, 1280)
BARS = (
    (235, 235, 235),
    (16, 180, 235),
    (180, 180, 16),
    (16, 180, 16),
    (180, 16, 180),
    (16, 16, 180),
)
WORDS = ("Homeward test picture", "A drill: no camera was opened")


def draw() -> Pixels:
    """Colored bars, and on them in words what this is."""
    pixels = numpy.zeros((*SIZE, 3), numpy.uint8)
    width = SIZE[1] // len(BARS) + 1
    for number, color in enumerate(BARS):
        pixels[:, number * width : (number + 1) * width] = color
    cv2.rectangle(pixels, (140, 260), (1140, 460), (32, 32, 32), cv2.FILLED)
    for line, words in enumerate(WORDS):
        place = (180, 340 + 80 * line)
        cv2.putText(pixels, words, place, cv2.FONT_HERSHEY_DUPLEX, 1.6, (255, 255, 255), 2)
    return pixels


def main() -> None:
    host.end_with_parent()
    host.end_within(from_json(sys.stdin.buffer.read())["deadline_s"])
    cv2.setNumThreads(1)
    with own_output() as output:
        hand_in(*develop(glance(draw())), output)


if __name__ == "__main__":
    main()
