"""Locks every screen, and reads back whether they did."""

from collections.abc import Callable

from agent.commands.outcome import Outcome, Result
from agent.hosts.session import NoSessionManager, Session, lock_sessions


def lock(lock_all: Callable[[], tuple[Session, ...]] = lock_sessions) -> Outcome:
    """That the session manager was asked says nothing: a desktop without a locker ignores it."""
    try:
        told = lock_all()
    except NoSessionManager as silence:
        return Outcome(Result.FAILED, "no-session-manager", {"why": str(silence)})
    said = {"sessions": len(told), "locked": sum(one.locked for one in told)}
    if not told:
        return Outcome(Result.DONE, "nobody-signed-in", said)
    if said["locked"] < said["sessions"]:
        return Outcome(Result.FAILED, "stays-unlocked", said)
    return Outcome(Result.DONE, "", said)
