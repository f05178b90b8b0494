"""The short-lived program that asks the operating system a question which may hang.

It reads one JSON request from its input and writes one reading as JSON.
"""

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

from agent.hosts import host, senses
from shared.encoding import from_json, to_json
from shared.readings import Fix, Posture, Unread, Wifi, plain

QUESTIONS: dict[str, Callable[[float], Fix | Wifi | Posture | Unread]] = {
    "wifi": senses.wifi,
    "place": senses.place,
    "posture": lambda until: senses.posture(until, Path()),  # it is started in the work folder
}


def main() -> None:
    host.end_with_parent()
    request = from_json(sys.stdin.buffer.read())
    # A bus may hang, and whoever asked may have ended before the kernel was told.
    host.end_within(math.ceil(request["deadline_s"]) + 1)
    reading = QUESTIONS[request["question"]](time.monotonic() + request["deadline_s"])
    sys.stdout.buffer.write(to_json(plain(reading)))


if __name__ == "__main__":
    main()
