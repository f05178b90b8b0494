"""The routers between this laptop and the portal: evidence of the network it hangs on."""

from pathlib import Path
from typing import Any

from agent.sensors import child
from agent.settings import Settings
from shared.encoding import from_json
from shared.readings import Hop, Reason, Traceroute, Unread

NAME = "traceroute"
DEADLINE_S = 40.0  # twenty silent seconds for each of IPv4 and IPv6


def read(
    settings: Settings, work_dir: Path, deadline_s: float = DEADLINE_S
) -> tuple[Traceroute, ...] | Unread:
    target = settings.trace_target or settings.portal_address.hostname
    request = {"target": target, "deadline_s": deadline_s}
    try:
        # The child stops by itself at the deadline and says what it has; one second is for that.
        said = child.ask("agent.children.traceroute", request, deadline_s + 1, work_dir)
    except child.TimedOut:
        return Unread(Reason.TIMED_OUT, "Looking up the trace's target took too long.")
    except child.Died:
        return Unread(Reason.FAILED, "The tracer ended without an answer.")
    return parse(said)


def parse(said: bytes) -> tuple[Traceroute, ...] | Unread:
    """What agent/children/traceroute.py says."""
    answer = from_json(said)
    if "unread" in answer:
        return Unread(Reason(answer["unread"]), answer["detail"])
    return tuple(_route(route) for route in answer["routes"])


def _route(route: dict[str, Any]) -> Traceroute:
    hops = tuple(Hop(**hop | {"rtt_ms": tuple(hop["rtt_ms"])}) for hop in route["hops"])
    return Traceroute(**route | {"hops": hops})
