"""The routers on the way to an address, as Windows' own tracert finds them."""

import re
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress

from agent.hosts.tracing import Limits, collect, is_ip
from agent.hosts.windows_shell import program
from shared.readings import Hop, Traceroute

_HOP = re.compile(r"^\s*(\d+)\s+(.*)$")
_ROUND_TRIP = re.compile(r"<?(\d+) ms")  # "<1 ms" is told as 1


def trace(target: str, address: str, limits: Limits) -> Traceroute:
    """Follow the way to `address`; OSError where there is no tracert. It always probes thrice."""
    wait_ms = str(round(limits.wait_s * 1000))
    command = [program("tracert"), "-d", "-h", str(limits.hops), "-w", wait_ms, address]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace",
        creationflags=subprocess.CREATE_NO_WINDOW,
    ) as tracer:  # fmt: skip
        hops = collect(hops_of(tracer.stdout or ()), limits, time.monotonic)
        with suppress(OSError):
            tracer.kill()
    reached = any(hop.ip == address.partition("%")[0] for hop in hops[-1:])
    return Traceroute(target, 6 if ":" in address else 4, hops, reached)


def hops_of(lines: Iterable[str]) -> Iterable[Hop]:
    """One hop for each line that begins with a number; the sentences around are in any language."""
    for line in lines:
        if found := _HOP.match(line):
            ips = [word for word in found[2].rstrip(".").split() if is_ip(word)]
            trips = tuple(float(ms) for ms in _ROUND_TRIP.findall(found[2]))
            yield Hop(int(found[1]), ips[-1] if ips else None, trips, None)
