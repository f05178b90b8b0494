"""The windows before whoever sits at the laptop: the notice of a theft, the monthly word that
Homeward is here, and the pages they ask for.
"""

from collections.abc import Callable
from contextlib import suppress

from agent import status
from agent.hosts.session import Session
from agent.indicator import words
from agent.indicator.reminder import Due, Reminder
from agent.session.window import CannotShow, OpenWindow, Window, show_window
from agent.settings import Settings


class Sitting:
    """One person before one screen. `own` tells of their session, `notify` says something small."""

    def __init__(
        self,
        chosen: Settings,
        reminder: Reminder,
        own: Callable[[], Session | None],
        notify: Callable[[Window], None],
    ) -> None:
        self._settings, self._reminder = chosen, reminder
        self._own, self._notify = own, notify
        self._open: list[OpenWindow] = []
        self._notice: OpenWindow | None = None  # until the screen is locked, though it was read

    def sign(self) -> words.Sign:
        return words.sign(status.read(self._settings))

    def show(self, page: str) -> None:
        """One of words.PAGES."""
        if window := self._shown(words.page(page, self._settings)):
            self._open.append(window)

    def tidy(self) -> None:
        """Forget what the person has closed."""
        self._open = [window for window in self._open if window.wait(0) is None]

    def step(self, unlocked: bool) -> None:
        """Say what is to be said by now."""
        self._mind_notice(unlocked)
        if unlocked:
            self._remind()

    def _mind_notice(self, unlocked: bool) -> None:
        """Once for each time the screen is unlocked, until the theft is over."""
        notice = words.notice(status.read(self._settings), self._settings)
        if notice is None or not unlocked:
            if self._notice:
                self._notice.close()
            self._notice = None
        elif self._notice is None:
            self._notice = self._shown(notice)

    def _remind(self) -> None:
        """Of a laptop at home; that one is stolen is said louder."""
        window = words.here(status.read(self._settings), self._settings)
        due = self._reminder.due()
        if window is None or due is Due.NOT_YET:
            return
        if due is Due.FIRST:
            if (shown := self._shown(window)) is None:
                return
            self._open.append(shown)
        else:
            self._notify(window)
        self._reminder.note()

    def _shown(self, window: Window) -> OpenWindow | None:
        """Here or not at all: terminals, which others may read, are not this person's screen."""
        session = self._own()
        with suppress(CannotShow):
            return show_window(window, session) if session and session.graphical else None
        return None
