"""Linux: the clock that counts sleep, and word of another network."""

from __future__ import annotations

import _socket
import time

from agent.kernel.posix import Bell

# linux/rtnetlink.h: links, IPv4 addresses and routes, IPv6 addresses and routes
_NETWORK_GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400


def now() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def sleep_so_far() -> float:
    """How long this boot has slept: one clock counts sleep, the other does not."""
    return now() - time.clock_gettime(time.CLOCK_MONOTONIC)


def bell(private: str) -> Bell:
    del private  # signals find this process without a name
    return Bell(_Network())


class _Network:
    """Many messages are about nothing: only another address or way out is another network."""

    def __init__(self) -> None:
        self._known = _networks()
        self._messages = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_RAW, 0)
        self._messages.setblocking(False)
        self._messages.bind((0, _NETWORK_GROUPS))

    def fileno(self) -> int:
        return self._messages.fileno()

    def changed(self) -> bool:
        """Call when there is something to read."""
        _drain(self._messages)
        before, self._known = self._known, _networks()
        return before != self._known


def _drain(messages: _socket.socket) -> None:
    try:
        while messages.recv(65536):
            pass
    except BlockingIOError:
        return
    except OSError:
        return  # ENOBUFS: messages were lost, and /proc tells the whole truth anyway


def _networks() -> tuple[bytes, ...]:
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
