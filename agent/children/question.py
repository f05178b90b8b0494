"""How a short-lived program answers a question that may hang: one JSON request comes in, one
reading goes out as JSON.
"""

import math
import sys
import time
from collections.abc import Callable, Mapping

from agent.hosts import host
from shared.encoding import from_json, to_json
from shared.readings import Fix, Posture, Unread, Wifi, plain


def answer(questions: Mapping[str, Callable[[float], Fix | Wifi | Posture | Unread]]) -> None:
    """Each question is handed the moment of time.monotonic() until which it may take."""
    host.end_with_parent()
    request = from_json(sys.stdin.buffer.read())
    # A bus may hang, and whoever asked may have ended before the kernel was told.
    host.end_within(math.ceil(request["deadline_s"]) + 1)
    reading = questions[request["question"]](time.monotonic() + request["deadline_s"])
    sys.stdout.buffer.write(to_json(plain(reading)))
