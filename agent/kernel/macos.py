"""macOS: the clock that counts sleep, and word of another network."""

from __future__ import annotations

import _socket
import time

from agent.kernel.posix import Bell

_PF_ROUTE = 17  # sys/socket.h
_TYPE = 3  # where a message of net/route.h names its type, after its length and version
_NEW_ADDRESS, _ADDRESS_GONE = 0xC, 0xD


def now() -> float:
    """CLOCK_MONOTONIC counts sleep here, unlike on Linux."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def sleep_so_far() -> float:
    """How long this boot has slept: one clock counts sleep, the other does not."""
    return now() - time.clock_gettime(time.CLOCK_UPTIME_RAW)


def bell(private: str) -> Bell:
    del private  # signals find this process without a name
    return Bell(_Network())


class _Network:
    """The kernel tells of every address that comes or goes."""

    def __init__(self) -> None:
        self._messages = _socket.socket(_PF_ROUTE, _socket.SOCK_RAW, 0)
        self._messages.setblocking(False)

    def fileno(self) -> int:
        return self._messages.fileno()

    def changed(self) -> bool:
        """Call when there is something to read."""
        found = False
        try:
            while message := self._messages.recv(2048):
                found = found or tells_of_address(message)
        except BlockingIOError:
            return found
        except OSError:
            return True  # ENOBUFS: messages were lost, and one of them may have been the one
        return found


def tells_of_address(message: bytes) -> bool:
    return len(message) > _TYPE and message[_TYPE] in (_NEW_ADDRESS, _ADDRESS_GONE)
