"""What granian serves: check-in, media and wake answered at once, all else handed to Flask.

A body reaches Flask only when it is complete, so that laptops on slow lines cannot hold the
threads that pages need.
"""

import asyncio
import json
import multiprocessing
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import parse_qs

from a2wsgi import WSGIMiddleware
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from portal import asgi, create_app, settings
from portal.asgi import ClientGone, Message, Receive, Reply, Send
from portal.intake import core, files, operations
from portal.intake.commit import Loop
from portal.intake.files import Listed
from portal.intake.operations import intake_of
from portal.intake.outcome import Unavailable
from portal.problems import Problem
from portal.wake import PATIENCE, Parking
from shared import checkin, media
from shared.errors import ProtocolError

API = "/api/v1"
PAGE_THREADS = 16
_LEASE = checkin.LEASE_HEADER.lower().encode()
_MEDIA = re.compile(rf"{API}/media/([0-9a-f]{{64}})")
_REFUSALS = (Problem, ProtocolError, Unavailable, SQLAlchemyError, OSError)
_CUT_SHORT = Problem(400, "malformed", "The body ended before it was whole. Send it again.")
T = TypeVar("T")


def create_edge() -> "Edge":
    """The factory that granian calls: everything from the environment."""
    _end_with_parent()
    parking = Parking()
    app = create_app(settings.from_environment(os.environ), wake=parking.wake)
    return Edge(app, parking)


def _end_with_parent() -> None:
    """A worker whose granian was killed would go on answering beside the next portal's."""
    parent = multiprocessing.parent_process()

    def outlive_nobody(process: BaseProcess) -> None:
        process.join()
        os._exit(1)

    if parent is not None:
        Thread(target=outlive_nobody, args=(parent,), daemon=True).start()


class Edge:
    """The ASGI app around one Flask app, whose `wake` must be the parking's."""

    def __init__(self, app: Flask, parking: Parking) -> None:
        self._intake = intake_of(app)
        self._parking = parking
        self._committer = ThreadPoolExecutor(1, "commit")
        self._workers = ThreadPoolExecutor(8, "edge")
        self._commits = Loop(self._intake.store.commit, self._committer)
        # No limit on what waits to be sent: a slow reader holds memory, not a thread.
        # Any: its types name every message by itself, ours are the plain ones of ASGI.
        self._pages: Any = WSGIMiddleware(app.wsgi_app, PAGE_THREADS, send_queue_size=0)  # type: ignore[arg-type]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._parking.close()
        # In a thread: a page that is being answered still needs this loop to hand its bytes on.
        await asyncio.to_thread(self.close)
        await send({"type": "lifespan.shutdown.complete"})

    def close(self) -> None:
        """Finish what is being written."""
        self._workers.shutdown()
        self._committer.shutdown()
        self._pages.executor.shutdown()
        self._intake.close()

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            reply = await self._reply(scope, receive)
            if reply is None:
                body = await asgi.read_body(receive, core.MAX_BODY)
                await self._pages(scope, asgi.replay(body, receive), send)
                return
        except ClientGone:
            # Half a body, or one whose chunks are none: whoever sent it may still listen, and
            # granian answers 500 where nobody does.
            reply = Reply.of(_CUT_SHORT)
        except _REFUSALS as error:
            reply = Reply.of(operations.refusal_of(error))
        await reply.send(send)

    async def _reply(self, scope: Message, receive: Receive) -> Reply | None:
        """The answer to a laptop, None where Flask should answer."""
        path, method = scope["path"], scope["method"]
        if method == "POST" and path == f"{API}/check-in":
            return await self._check_in(scope, receive)
        if method == "GET" and path == f"{API}/wake":
            return await self._wake(scope)
        if method == "PUT" and (found := _MEDIA.fullmatch(path)):
            return await self._media(scope, receive, bytes.fromhex(found[1]))
        return None

    async def _check_in(self, scope: Message, receive: Receive) -> Reply:
        claim, signature = operations.authorization_of(asgi.header(scope, b"authorization"))
        body = await asgi.read_body(receive, core.MAX_BODY)
        peer, now = _peer(scope), self._intake.services.clock()
        lease = operations.lease_asked(asgi.header(scope, _LEASE))
        request = core.Request(claim, signature, body, peer, now, lease)
        outcome = await self._commits.submit((request, await self._key(claim.device_id)))
        if operations.must_read(request, outcome.told):
            answer = await self._run(operations.answer, self._intake, request, outcome)
        else:
            answer = operations.answer(self._intake, request, outcome)
        return Reply(200, json.dumps(answer.to_json()).encode())

    async def _media(self, scope: Message, receive: Receive, sha256: bytes) -> Reply:
        claim, signature = operations.authorization_of(asgi.header(scope, b"authorization"))
        checkin.verify(claim, signature, sha256, await self._key(claim.device_id))
        try:
            listed = await self._run(files.listed_file, self._intake, claim.device_id, sha256)
        except Problem:
            await asgi.drain(receive, media.MAX_SIZE)
            raise
        if listed.stored:
            await asgi.drain(receive, media.MAX_SIZE)
            return Reply(200, b"{}")
        await self._take(listed, receive)
        return Reply(201, b"{}")

    async def _take(self, listed: Listed, receive: Receive) -> None:
        """Bytes first, then the note, then the answer."""
        upload = await self._run(self._intake.blobs.upload, listed.sha256, listed.size)
        try:
            async for piece in asgi.pieces(receive):
                await self._run(upload.write, piece)
            await self._run(upload.finish)
        finally:
            upload.discard()
        await self._run(files.note_stored, self._intake, listed)

    async def _wake(self, scope: Message) -> Reply:
        text = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])[0]
        ticket = operations.ticket_of(self._intake, text)
        called = self._parking.park(ticket.device)
        try:
            # Parked first, asked then: what comes in between is heard either way.
            if not await self._run(operations.has_more_than, self._intake, ticket):
                async with asyncio.timeout(PATIENCE.total_seconds()):
                    return _word(await called)
            return _word(True)
        except TimeoutError:
            return _word(False)
        finally:
            self._parking.leave(ticket.device, called)

    async def _key(self, device_id: bytes) -> bytes:
        if held := self._intake.keys.get(device_id):
            return held
        return await self._run(operations.find_key, self._intake, device_id)

    async def _run(self, work: Callable[..., T], *arguments: object) -> T:
        """Whatever reads a disk, away from the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._workers, work, *arguments)


def _word(wake: bool) -> Reply:
    return Reply(200, json.dumps({"wake": wake}).encode())


def _peer(scope: Message) -> tuple[str, int]:
    # The connection's own address: anybody may write an X-Forwarded-For.
    ip, port = scope["client"] or ("", 0)
    return str(ip), int(port)
