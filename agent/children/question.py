"""How a short-lived program answers a question that may hang: one JSON request comes in, one
reading goes out as JSON.
"""

import math
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict

from agent.hosts import host
from agent.hosts.signed_in import SignedIn
from shared.encoding import from_json, to_json
from shared.readings import Fix, Posture, Unread, Wifi, plain

Told = Fix | Wifi | Posture | SignedIn | Unread


def answer(questions: Mapping[str, Callable[[float], Told]]) -> None:
    """Each question is handed the moment of time.monotonic() until which it may take."""
    host.end_with_parent()
    request = from_json(sys.stdin.buffer.read())
    # A bus may hang, and whoever asked may have ended before the kernel was told.
    host.end_within(math.ceil(request["deadline_s"]) + 1)
    reading = questions[request["question"]](time.monotonic() + request["deadline_s"])
    said = asdict(reading) if isinstance(reading, SignedIn) else plain(reading)
    sys.stdout.buffer.write(to_json(said))
