"""Group commit: one durable transaction for everything that came during the last one.

No timer and no idle thread: a lone check-in is committed at once, a crowd shares one fsync.
`Threads` serves a WSGI server, `Loop` the edge; both keep to one commit at a time.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future

from portal.intake.core import CheckIn, Request, accept
from portal.intake.outcome import Outcome, Unavailable
from shared.errors import ProtocolError

Commit = Callable[[Sequence[CheckIn]], list[Outcome]]
Asked = tuple[Request, bytes]  # a request, and the key it must be signed with
_LARGEST = 256  # a commit stays short enough for the pages that write, too
log = logging.getLogger("portal")


def keep(commit: Commit, batch: Sequence[Asked]) -> list[Outcome | Exception]:
    """Check every request and commit those that hold.

    In one thread, so that checking and storing do not fight over the interpreter's lock at
    every signature; and not on the event loop, which a megabyte of envelopes would stop.
    """
    checked = [_checked(*asked) for asked in batch]
    good = [one for one in checked if isinstance(one, CheckIn)]
    outcomes = iter(commit_each(commit, good) if good else ())
    return [next(outcomes) if isinstance(one, CheckIn) else one for one in checked]


def _checked(request: Request, device_key: bytes) -> CheckIn | ProtocolError:
    try:
        return accept(request, device_key)
    except ProtocolError as error:
        return error


def commit_each(commit: Commit, batch: Sequence[CheckIn]) -> list[Outcome | Exception]:
    """Commit the batch; where one of it cannot be stored, each alone once, so that it does not
    take its neighbors with it. Where nothing can be stored just now, all are told at once.
    """
    try:
        return list(commit(batch))
    except Exception as error:
        # The kind only: a message could hold what somebody sent.
        log.warning("A commit of %d check-ins failed: %s", len(batch), type(error).__name__)
        if len(batch) == 1 or isinstance(error, Unavailable):
            return [error] * len(batch)
    return [outcome for one in batch for outcome in commit_each(commit, [one])]


class Threads:
    """The first thread to come leads: it commits for all who wait, then hands over."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._mutex = threading.Lock()
        self._leading = threading.Lock()
        self._waiting: list[tuple[Asked, Future[Outcome]]] = []

    def submit(self, asked: Asked) -> Outcome:
        """Returns after the commit; raises ProtocolError, or what the database raised."""
        mine: Future[Outcome] = Future()
        with self._mutex:
            self._waiting.append((asked, mine))
        with self._leading:
            # The leader before us may have committed ours while we waited to lead.
            if not mine.done():
                self._lead()
        return mine.result()

    def _lead(self) -> None:
        with self._mutex:
            batch, self._waiting = self._waiting, []
        for start in range(0, len(batch), _LARGEST):
            part = batch[start : start + _LARGEST]
            outcomes = keep(self._commit, [asked for asked, _ in part])
            for (_, future), outcome in zip(part, outcomes, strict=True):
                _settle(future, outcome)


class Loop:
    """The same on an event loop, the commits in one worker thread beside it."""

    def __init__(self, commit: Commit, worker: Executor) -> None:
        self._commit = commit
        self._worker = worker
        self._waiting: list[tuple[Asked, asyncio.Future[Outcome]]] = []
        self._pump: asyncio.Task[None] | None = None

    async def submit(self, asked: Asked) -> Outcome:
        """Returns after the commit; raises ProtocolError, or what the database raised."""
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.append((asked, mine))
        if self._pump is None:
            self._pump = loop.create_task(self._run(loop))
        return await mine

    async def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_LARGEST], self._waiting[_LARGEST:]
            asked = [one for one, _ in batch]
            outcomes = await loop.run_in_executor(self._worker, keep, self._commit, asked)
            for (_, future), outcome in zip(batch, outcomes, strict=True):
                if not future.done():  # the laptop may have hung up
                    _settle(future, outcome)
        self._pump = None


def _settle(
    future: Future[Outcome] | asyncio.Future[Outcome], outcome: Outcome | Exception
) -> None:
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
