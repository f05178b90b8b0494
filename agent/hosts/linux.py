"""Linux: what the kernel and the system's files say about this laptop."""

import signal
import socket
import struct
import sys
import time
from pathlib import Path

from agent.hosts.linux_tracer import trace
from agent.hosts.posix import (
    AS_ADMINISTRATOR,
    account,
    become,
    become_owner,
    end_group,
    end_within,
    lock_holder,
    nudge,
    set_mode,
    sync_folder,
    try_lock,
)

__all__ = [
    "AS_ADMINISTRATOR",
    "CAMERA_BACKEND",
    "CAMERA_PATH",
    "SETTINGS",
    "account",
    "become",
    "become_owner",
    "boot_id",
    "boottime",
    "built_in_cameras",
    "dns_servers",
    "end_group",
    "end_with_parent",
    "end_within",
    "gateways",
    "lock_holder",
    "nudge",
    "program",
    "set_mode",
    "sync_folder",
    "temperatures",
    "trace",
    "try_lock",
]

SETTINGS = Path("/etc/homeward/agent.toml")

_PR_SET_PDEATHSIG = 1  # linux/prctl.h

# --- For the core -------------------------------------------------------------------------------


def boottime() -> float:
    """Seconds since boot, sleep counted."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id(file: Path = Path("/proc/sys/kernel/random/boot_id")) -> str:
    """What tells this boot from any other."""
    return file.read_text().strip()


def end_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends, however it ends."""
    # Imported here: only the sensors' short-lived programs need it.
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


# --- For the sensors ----------------------------------------------------------------------------


def program(module: str) -> list[str]:
    """The command that starts a sensor's program where it may look."""
    return [sys.executable, "-I", "-m", module]


# OpenCV's name for the way to a camera of this system. Named, because letting it try every way
# takes ten times as long for a camera that is not there.
CAMERA_BACKEND = "CAP_V4L2"
CAMERA_PATH = "/dev/video"

_GATEWAY = 0x2  # RTF_GATEWAY of linux/route.h
_STUB = "127.0.0.53"  # systemd-resolved answers here; the servers it asks stand elsewhere


def gateways(proc_net: Path = Path("/proc/net")) -> tuple[str, ...]:
    """The routers that lead everywhere, IPv4 first."""
    found = _gateways_v4(_lines(proc_net / "route")) + _gateways_v6(_lines(proc_net / "ipv6_route"))
    return tuple(dict.fromkeys(found))


def _gateways_v4(lines: list[str]) -> list[str]:
    rows = [line.split() for line in lines[1:]]
    # The kernel prints the address as a number in the processor's own byte order.
    return [
        socket.inet_ntoa(struct.pack("=I", int(row[2], 16)))
        for row in rows
        if row[1] == row[7] == "00000000" and int(row[3], 16) & _GATEWAY
    ]


def _gateways_v6(lines: list[str]) -> list[str]:
    rows = [line.split() for line in lines]
    return [
        socket.inet_ntop(socket.AF_INET6, bytes.fromhex(row[4]))
        for row in rows
        if row[0] == "0" * 32 and row[1] == "00" and int(row[8], 16) & _GATEWAY
    ]


def dns_servers(etc: Path = Path("/etc"), run: Path = Path("/run")) -> tuple[str, ...]:
    """The name servers in use, also those behind systemd-resolved's stub."""
    servers = _nameservers(etc / "resolv.conf")
    if _STUB in servers:
        servers = _nameservers(run / "systemd/resolve/resolv.conf") or servers
    return servers


def _nameservers(file: Path) -> tuple[str, ...]:
    words = [line.split() for line in _lines(file)]
    return tuple(line[1] for line in words if len(line) > 1 and line[0] == "nameserver")


def temperatures(classes: Path = Path("/sys/class")) -> list[float]:
    """What each sensor of the laptop says, in degrees Celsius."""
    files = [*classes.glob("hwmon/hwmon*/temp*_input"), *classes.glob("thermal/thermal_zone*/temp")]
    thousandths = [line for file in files for line in _lines(file)]
    return [int(line) / 1000 for line in thousandths if line.lstrip("-").isdigit()]


def built_in_cameras(classes: Path = Path("/sys/class/video4linux")) -> dict[str, str]:
    """Each camera's number and name. A camera has several nodes; only the first gives pictures."""
    nodes = [node for node in classes.glob("video*") if _lines(node / "index") == ["0"]]
    numbers = sorted(int(node.name.removeprefix("video")) for node in nodes)
    return {str(n): " ".join(_lines(classes / f"video{n}" / "name")) for n in numbers}


def _lines(file: Path) -> list[str]:
    """A small file's lines; none where the kernel or the distribution has no such file."""
    try:
        return file.read_text(errors="replace").splitlines()
    except OSError:
        return []
