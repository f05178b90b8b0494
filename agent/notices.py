"""Alarm and message: for the ears and eyes of whoever sits at the laptop, and their answer."""

from collections.abc import Callable, Iterator

from agent.commands.outcome import Outcome, Result
from agent.hosts.session import Session
from agent.session import words
from agent.session.sound import Stopped, sound
from agent.session.window import CannotShow, OpenWindow, Seen, Window, show_window
from shared.wishes import Alarm, Message

GLANCE_S = 2.0  # how often it is looked at whether somebody signed in, unlocked or answered

Person = Callable[[], Session | None]


def alarm(asked: Alarm, person: Person, stopped: Stopped) -> Iterator[Outcome]:
    """Until its time is over, or somebody at the laptop says that they heard it."""
    session = person()
    window = _shown(words.alarm(asked.seconds), session)
    quiet = False

    def enough(wait_s: float) -> bool:
        nonlocal quiet
        pressed = window is not None and window.wait(0) is Seen.ACKNOWLEDGED
        quiet = quiet or pressed or stopped(wait_s)
        return quiet

    try:
        heard = sound(asked.seconds, session, enough)
    finally:
        if window:
            window.close()
    said = {"seconds": round(heard.seconds), "player": heard.player}
    if not heard.player:
        yield Outcome(Result.FAILED, "not-heard", said | {"exit_code": heard.exit_code})
        return
    yield Outcome(Result.DONE, "acknowledged" if quiet else "timed-out", said)


def message(
    asked: Message, person: Person, over: Callable[[], bool], stopped: Stopped
) -> Iterator[Outcome]:
    """On a locked screen, or while nobody is signed in, it waits: `over` ends that."""
    waits_for = ""
    while waiting := _in_the_way(session := person()):
        if waiting != waits_for:
            yield Outcome(Result.BEGUN, waiting)
            waits_for = waiting
        if over() or stopped(GLANCE_S):
            yield Outcome(Result.FAILED, "not-shown-in-time")
            return
    window = _shown(words.message(asked.text), session)
    if window is None:
        yield Outcome(Result.FAILED, "cannot-be-shown")
        return
    yield Outcome(Result.BEGUN, "shown", {"way": window.way})
    try:
        while (seen := window.wait(GLANCE_S)) is None and not over() and not stopped(0):
            pass
    finally:
        window.close()
    yield Outcome(Result.DONE, seen or "not-acknowledged", {"way": window.way})


def _in_the_way(session: Session | None) -> str:
    if session is None:
        return "waits-for-sign-in"
    return "waits-for-unlock" if session.locked else ""


def _shown(window: Window, session: Session | None) -> OpenWindow | None:
    try:
        return show_window(window, session)
    except CannotShow:
        return None
