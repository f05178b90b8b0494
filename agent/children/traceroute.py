"""The short-lived program that looks up the target and traces the way to it.

It reads one JSON request from its input and writes one JSON answer.
"""

import errno
import math
import socket
import sys
import time
from dataclasses import asdict
from typing import Any

from agent.hosts import host
from agent.hosts.tracing import Limits
from shared.encoding import from_json, to_json
from shared.readings import Reason, Traceroute, Unread


def look_up(target: str) -> list[str]:
    """One address of each IP version, IPv4 first; none where the name leads nowhere."""
    try:
        found = socket.getaddrinfo(target, None, type=socket.SOCK_DGRAM)
    except OSError:
        return []
    first: dict[int, str] = {}
    for family, _, _, _, place in found:
        first.setdefault(family, str(place[0]))
    return [first[family] for family in (socket.AF_INET, socket.AF_INET6) if family in first]


def trace_all(target: str, until: float) -> tuple[Traceroute, ...] | Unread:
    """A trace for each IP version that leads out of this network, sharing the time that is left."""
    addresses = look_up(target)
    if not addresses:
        return Unread(Reason.FAILED, "The trace's target was not found; the network may be down.")
    routes = []
    for i, address in enumerate(addresses):
        now = time.monotonic()
        limits = Limits(until=now + (until - now) / (len(addresses) - i))
        try:
            routes.append(host.trace(target, address, limits))
        except OSError as error:
            if error.errno == errno.ENOPROTOOPT:
                return Unread(Reason.NOT_SUPPORTED, "This kernel does not report routers' answers.")
    if not routes:
        return Unread(Reason.FAILED, "No way leads out of this network.")
    return tuple(routes)


def to_answer(outcome: tuple[Traceroute, ...] | Unread) -> dict[str, Any]:
    if isinstance(outcome, Unread):
        return {"unread": outcome.reason, "detail": outcome.detail}
    return {"routes": [asdict(route) for route in outcome]}


def main() -> None:
    host.end_with_parent()
    request = from_json(sys.stdin.buffer.read())
    # Looking up a name may hang, and whoever asked may have ended before the kernel was told.
    host.end_within(math.ceil(request["deadline_s"]) + 1)
    outcome = trace_all(request["target"], time.monotonic() + request["deadline_s"])
    sys.stdout.buffer.write(to_json(to_answer(outcome)))


if __name__ == "__main__":
    main()
