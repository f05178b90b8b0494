"""The wake channel: a held request whose only answer is "check in now". Nobody has to trust it.

Runs inside the supervisor, so: no blocking, no threads, and ssl only where the portal speaks https.
"""

from __future__ import annotations

import _socket
import errno
import os

TYPE_CHECKING = False  # typing itself would cost the supervisor a megabyte
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

READ, WRITE = 1, 4  # poll()'s POLLIN and POLLOUT, which Windows does not name
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5, 600
SILENCE_S = 300  # the portal answers within four minutes; longer means the connection is dead
LONGEST_ANSWER = 16 * 1024
_UNDER_WAY = (0, errno.EINPROGRESS, errno.EWOULDBLOCK)  # Windows says the last


class Closed(OSError):
    """The other end has gone, is silent, or speaks no HTTP."""


class Dismissed(Exception):
    """The ticket is no longer good: only a check-in brings another."""


class Channel:
    """`door` is what the beat left: scheme, host, port, ip, path, certificates, ticket."""

    def __init__(self, door: dict[str, str], now: float) -> None:
        self.door = door
        self.listening = False
        self.events = 0
        self.due = now  # when to act without an event: to call again, or to give up waiting
        self.over = False
        self._failures = 0
        self._socket: Any = None
        self._not_yet: tuple[type[OSError], ...] = (BlockingIOError,)
        self._talk: Generator[int, None, None] | None = None

    @property
    def fd(self) -> int | None:
        """What to poll for `events`; None between two calls."""
        return self._socket.fileno() if self._socket is not None else None

    def step(self, now: float, ready: bool) -> bool:
        """Go on as far as possible without waiting; True when the portal has news."""
        if self.over or (not ready and now < self.due):
            return False
        try:
            if self._talk is not None and not ready:
                raise Closed("nothing was heard for too long")
            return self._go_on(now)
        except Dismissed:
            self.close()
        except OSError:
            self._fail(now)
        return False

    def close(self) -> None:
        """For good."""
        self.over = True
        self._hang_up()

    def _go_on(self, now: float) -> bool:
        if self._talk is None:
            self._talk = self._conversation()
        was_listening = self.listening
        try:
            self.events = next(self._talk)
        except StopIteration:
            self.close()
            return True
        if self.listening and not was_listening:
            self._failures = 0
        self.due = now + SILENCE_S
        return False

    def _fail(self, now: float) -> None:
        self._hang_up()
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self._failures, 10))
        self._failures += 1
        self.due = now + pause * (0.5 + os.urandom(1)[0] / 512)

    def _hang_up(self) -> None:
        self.listening = False
        self._talk = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _conversation(self) -> Generator[int, None, None]:
        """Yields the poll events it waits for; ends when the portal has news."""
        yield from self._connect()
        while True:
            request = self._request()
            if self._socket.send(request) != len(request):
                raise Closed("no room for a few bytes")
            self.listening = True
            status, body = yield from self._answer()
            if status != b"200":
                raise Dismissed
            if b"true" in body:
                return

    def _connect(self) -> Generator[int, None, None]:
        ip, port = self.door["ip"], int(self.door["port"])
        family = _socket.AF_INET6 if ":" in ip else _socket.AF_INET
        if self.door["scheme"] == "https":
            yield from self._connect_securely(family, ip, port)
            return
        self._socket = _socket.socket(family, _socket.SOCK_STREAM)
        yield from self._reach(ip, port)

    def _connect_securely(self, family: int, ip: str, port: int) -> Generator[int, None, None]:
        # Only here, because these two are half of what the supervisor weighs.
        import socket
        import ssl

        plain = socket.socket(family, socket.SOCK_STREAM)
        self._socket = plain
        yield from self._reach(ip, port)
        self._not_yet = (BlockingIOError, ssl.SSLWantReadError)
        context = ssl.create_default_context(cafile=self.door["certificates"])
        self._socket = context.wrap_socket(
            plain, server_hostname=self.door["host"], do_handshake_on_connect=False
        )
        yield from self._once_ready(self._socket.do_handshake)

    def _reach(self, ip: str, port: int) -> Generator[int, None, None]:
        self._socket.setblocking(False)
        if self._socket.connect_ex((ip, port)) not in _UNDER_WAY:
            raise Closed("no connection")
        yield WRITE
        if self._socket.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR):
            raise Closed("no connection")

    def _request(self) -> bytes:
        return (
            f"GET {self.door['path']}?ticket={self.door['ticket']} HTTP/1.1\r\n"
            f"Host: {self.door['host']}:{self.door['port']}\r\nAccept: application/json\r\n\r\n"
        ).encode()

    def _answer(self) -> Generator[int, None, tuple[bytes, bytes]]:
        """(status, body) of one HTTP answer; the connection stays for the next."""
        data = b""
        while (parsed := _parse(data)) is None:
            data += yield from self._once_ready(lambda: self._socket.recv(4096))
            if len(data) > LONGEST_ANSWER:
                raise Closed("an answer without end")
        return parsed

    def _once_ready(self, act: Callable[[], Any]) -> Generator[int, None, bytes]:
        """Try, and wait for something to read as often as it takes."""
        while True:
            try:
                done = act()
            except self._not_yet:
                yield READ
                continue
            if done == b"":
                raise Closed("the other end has gone")
            return done or b""


def _parse(data: bytes) -> tuple[bytes, bytes] | None:
    """(status, body), None while it is not all there; raises Closed."""
    head, gap, body = data.partition(b"\r\n\r\n")
    if not gap:
        return None
    first, *lines = head.split(b"\r\n")
    if not first.startswith(b"HTTP/1.1 "):
        raise Closed("not HTTP")
    for line in lines:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and value.strip().isdigit():
            return (first[9:12], body) if len(body) >= int(value) else None
    raise Closed("an answer of unknown length")
