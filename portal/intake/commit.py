"""Group commit: one durable transaction for everything that came during the last one.

No timer and no idle thread: a lone check-in is committed at once, a crowd shares one fsync.
`Threads` serves a WSGI server, `Loop` the edge; both keep to one commit at a time.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future

from portal.intake.core import CheckIn
from portal.intake.outcome import Outcome, Unavailable

Commit = Callable[[Sequence[CheckIn]], list[Outcome]]
_LARGEST = 256  # a commit stays short enough for the pages that write, too
log = logging.getLogger("portal")


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
        self._waiting: list[tuple[CheckIn, Future[Outcome]]] = []

    def submit(self, check_in: CheckIn) -> Outcome:
        """Returns after the commit; raises what the database raised."""
        mine: Future[Outcome] = Future()
        with self._mutex:
            self._waiting.append((check_in, mine))
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
            outcomes = commit_each(self._commit, [check_in for check_in, _ in part])
            for (_, future), outcome in zip(part, outcomes, strict=True):
                _settle(future, outcome)


class Loop:
    """The same on an event loop, the commits in one worker thread beside it."""

    def __init__(self, commit: Commit, worker: Executor) -> None:
        self._commit = commit
        self._worker = worker
        self._waiting: list[tuple[CheckIn, asyncio.Future[Outcome]]] = []
        self._pump: asyncio.Task[None] | None = None

    async def submit(self, check_in: CheckIn) -> Outcome:
        """Returns after the commit; raises what the database raised."""
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.append((check_in, mine))
        if self._pump is None:
            self._pump = loop.create_task(self._run(loop))
        return await mine

    async def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_LARGEST], self._waiting[_LARGEST:]
            check_ins = [check_in for check_in, _ in batch]
            outcomes = await loop.run_in_executor(
                self._worker, commit_each, self._commit, check_ins
            )
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
