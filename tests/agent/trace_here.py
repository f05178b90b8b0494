"""Traces from wherever it is started, as nobody where the kernel lets it change to that account.

    python trace_here.py ADDRESS WAIT_S SILENT_HOPS SECONDS

Prints its capabilities and the trace as JSON. A program of its own, because namespaces and
accounts belong to whole processes.
"""

import json
import os
import re
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from agent.hosts import host
from agent.hosts.tracing import Limits

NOBODY = 65534


def become_nobody() -> None:
    with suppress(OSError):  # a user namespace of one account: it had no capability to begin with
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def main() -> None:
    address, wait_s, silent_hops, seconds = sys.argv[1:]
    become_nobody()
    limits = Limits(
        until=time.monotonic() + float(seconds),
        wait_s=float(wait_s),
        silent_hops=int(silent_hops),
    )
    route = host.trace("portal.example", address, limits)
    capabilities = re.search(r"CapEff:\s*(\w+)", Path("/proc/self/status").read_text())[1]
    print(json.dumps({"capabilities": int(capabilities, 16), "route": asdict(route)}))


main()
