"""ASGI's messages, as far as the edge needs them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from portal.problems import Problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SLOWEST_S = 60  # for a buffered body as a whole; for a streamed one between two pieces
_PIECE = 256 * 1024
_JSON = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


class ClientGone(Exception):
    """Nobody is left to answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = _JSON

    @classmethod
    def of(cls, problem: Problem) -> "Reply":
        response = problem.response()
        headers = ((name.lower().encode(), value.encode()) for name, value in response.headers)
        kept = tuple(header for header in headers if header[0] != b"content-length")
        return cls(response.status_code, response.get_data(), kept)

    async def send(self, send: Send) -> None:
        length = (b"content-length", str(len(self.body)).encode())
        headers = [*self.headers, length]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def header(scope: Message, name: bytes) -> str:
    """A request header's value, empty when it is missing."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body; raises Problem, ClientGone."""
    body, more = await _next(receive)
    if more:
        try:
            async with asyncio.timeout(SLOWEST_S):
                while more and len(body) <= limit:
                    piece, more = await _next(receive)
                    body += piece
        except TimeoutError as error:
            raise _too_slow() from error
    if len(body) > limit:
        raise Problem(413, "too-large", f"At most {limit} bytes may be sent here. Send less.")
    return body


async def pieces(receive: Receive) -> AsyncIterator[bytes]:
    """A body as it comes, in pieces worth a write; raises Problem, ClientGone."""
    held, more = b"", True
    while more:
        try:
            async with asyncio.timeout(SLOWEST_S):
                piece, more = await _next(receive)
        except TimeoutError as error:
            raise _too_slow() from error
        held += piece
        if len(held) >= _PIECE or not more:
            yield held
            held = b""


async def drain(receive: Receive, limit: int) -> None:
    """Let a client finish before it is answered: one that still writes would not listen."""
    async for piece in pieces(receive):
        limit -= len(piece)
        if limit < 0:
            return


async def _next(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message.get("body", b""), message.get("more_body", False)


def _too_slow() -> Problem:
    return Problem(408, "too-slow", "The line was silent for too long. Send it again.")


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the whole body at once, then what really comes."""
    left = [body]

    async def replayed() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return replayed
