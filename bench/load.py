"""A small load generator: kept-open connections, each sending its requests one after another."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """What was answered 2xx, what otherwise, and how long it took."""

    good: int
    bad: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.good / self.seconds


class _Connection(asyncio.Protocol):
    def __init__(self, requests: list[bytes], deadline: float) -> None:
        self._left = deque(requests)
        self._deadline = deadline
        self._answer = b""
        self.good = self.bad = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        if head.startswith(b"HTTP/1.1 2"):
            self.good += 1
        else:
            self.bad += 1
        self._answer = b""
        self._next()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _next(self) -> None:
        if not self._left or time.perf_counter() > self._deadline:
            self._transport.close()
            return
        self._transport.write(self._left.popleft())


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def drive(port: int, requests: list[list[bytes]], most_seconds: float) -> Load:
    """Send until all is sent or the time is over; one connection for each list."""
    return asyncio.run(_drive(port, requests, most_seconds))


async def _drive(port: int, requests: list[list[bytes]], most_seconds: float) -> Load:
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    connections = []
    for some in requests:
        _, made = await loop.create_connection(
            lambda some=some: _Connection(some, began + most_seconds), "127.0.0.1", port
        )
        connections.append(made)
    await asyncio.gather(*(made.done for made in connections))
    seconds = time.perf_counter() - began
    good, bad = (sum(getattr(c, name) for c in connections) for name in ("good", "bad"))
    return Load(good, bad, seconds)
