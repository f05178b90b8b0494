"""Locks every screen, and reads back whether they did."""

from agent.commands.outcome import Outcome, Result
from agent.hosts.session import NoSessionManager, lock_sessions


def lock(bus: str = "SYSTEM", patience_s: float = 5.0) -> Outcome:
    """That the session manager was asked says nothing: a desktop without a locker ignores it."""
    try:
        told = lock_sessions(bus, patience_s)
    except NoSessionManager as silence:
        return Outcome(Result.FAILED, "no-session-manager", {"why": str(silence)})
    said = {"sessions": len(told), "locked": sum(one.locked for one in told)}
    if not told:
        return Outcome(Result.DONE, "nobody-signed-in", said)
    if said["locked"] < said["sessions"]:
        return Outcome(Result.FAILED, "stays-unlocked", said)
    return Outcome(Result.DONE, "", said)
