"""The routers on the way to an address, as macOS's own traceroute finds them."""

import re
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress

from agent.hosts.tracing import Limits, collect, is_ip
from shared.readings import Hop, Traceroute

_HOP = re.compile(r"^\s*(\d+)\s+(.*)$")
_ROUND_TRIP = re.compile(r"([\d.]+) ms")
_NOTE = re.compile(r"!\S*")


def trace(target: str, address: str, limits: Limits) -> Traceroute:
    """Follow the way to `address`; OSError where there is no traceroute."""
    version = 6 if ":" in address else 4
    name = "traceroute6" if version == 6 else "traceroute"
    asked = ["-n", "-q", str(limits.probes), "-w", str(max(1, round(limits.wait_s)))]
    command = [f"/usr/sbin/{name}", *asked, "-m", str(limits.hops), address]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as tracer:
        lines = tracer.stdout or ()
        hops = collect(hops_of(lines), limits, time.monotonic)
        with suppress(OSError):
            tracer.kill()
    reached = any(hop.ip == address.partition("%")[0] for hop in hops[-1:])
    return Traceroute(target, version, hops, reached)


def hops_of(lines: Iterable[str]) -> Iterable[Hop]:
    """One hop for each line, as soon as the line is whole; the headline is none."""
    for line in lines:
        if found := _HOP.match(line):
            yield _hop(int(found[1]), found[2])


def _hop(ttl: int, said: str) -> Hop:
    """With two addresses in one line a load balancer was at work: the last one stands."""
    ips = [word for word in said.split() if is_ip(word)]
    trips = tuple(float(ms) for ms in _ROUND_TRIP.findall(said))
    note = _NOTE.search(said)
    return Hop(ttl, ips[-1] if ips else None, trips, note[0] if note else None)
