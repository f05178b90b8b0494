"""What kernel and service manager tell the resident process, without a module that weighs."""

from __future__ import annotations

import _socket
import os
import time

# linux/rtnetlink.h: links, IPv4 addresses and routes, IPv6 addresses and routes
_NETWORK_GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400


def now() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def sleep_so_far() -> float:
    """How long this boot has slept: one clock counts sleep, the other does not."""
    return now() - time.clock_gettime(time.CLOCK_MONOTONIC)


def chance() -> float:
    return int.from_bytes(os.urandom(4), "big") / 2**32


def network_messages() -> _socket.socket:
    watch = _socket.socket(
        _socket.AF_NETLINK, _socket.SOCK_RAW | _socket.SOCK_CLOEXEC | _socket.SOCK_NONBLOCK, 0
    )
    watch.bind((0, _NETWORK_GROUPS))
    return watch


def drain(watch: _socket.socket) -> None:
    try:
        while watch.recv(65536):
            pass
    except BlockingIOError:
        return
    except OSError:
        return  # ENOBUFS: messages were lost, and /proc tells the whole truth anyway


def networks() -> tuple[bytes, ...]:
    """This laptop's IPv4 addresses and its ways out. Of an IPv6 route only destination, source and
    gateway: what stands behind them counts its use.
    """
    ways_out = tuple(
        line[:105] for line in _lines("/proc/net/ipv6_route") if line.startswith(b"0" * 32)
    )
    return (*_lines("/proc/net/fib_trie"), *ways_out)


def _lines(path: str) -> list[bytes]:
    try:
        with open(path, "rb") as file:  # noqa: PTH123  (no pathlib here)
            return file.read().splitlines()
    except OSError:
        return []


def end_group(child: int, number: int) -> None:
    try:
        os.killpg(child, number)
    except ProcessLookupError:
        return


def watchdog_s() -> float:
    return int(os.environ.get("WATCHDOG_USEC", "0")) / 1e6 or 3600


def notify(word: str) -> None:
    """sd_notify(3), where a service manager listens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address or (word.startswith("WATCHDOG") and "WATCHDOG_USEC" not in os.environ):
        return
    manager = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM | _socket.SOCK_CLOEXEC)
    try:
        manager.connect("\0" + address[1:] if address.startswith("@") else address)
        manager.send(word.encode())
    except OSError:
        return
    finally:
        manager.close()
