"""A program in the session of whoever sits at a Linux desktop, started when they sign in.

It runs as that person, reads what any account of the laptop may read, and never uses the network.
"""

import select
import socket
import sys
from typing import Any

from jeepney import Message

from agent import settings, status
from agent.errors import AgentError
from agent.hosts.linux_folder import FolderWatch
from agent.hosts.session import own_session
from agent.indicator import item, words
from agent.indicator.buses import Panel, Screen, question
from agent.indicator.reminder import Due, Reminder, own_file
from agent.session.window import CannotShow, OpenWindow, Window, show_window
from agent.settings import Settings

# Without a folder to watch yet, and for whatever else went unnoticed.
RETRY_S, AT_LEAST_EVERY_S = 60, 3600
_PROPERTIES = "org.freedesktop.DBus.Properties"


class Indicator:
    """`step` does what is to be done by now, and does not wait for more."""

    def __init__(self, chosen: Settings, panel: Panel, screen: Screen, reminder: Reminder) -> None:
        self._settings, self._panel, self._screen = chosen, panel, screen
        self._reminder = reminder
        self._sign = words.sign(status.read(chosen))
        self._revision = 1
        self._open: list[OpenWindow] = []
        self._notice: OpenWindow | None = None  # until the screen is locked, though it was read

    def step(self) -> None:
        self._mind_standing()
        for asked in self._panel.asked():
            try:
                reply, page = self._reply(asked), _clicked(asked)
            except (LookupError, TypeError):  # nobody asks so
                reply, page = None, None
            self._panel.answer(asked, reply)
            if page and (window := _shown(words.page(page, self._settings))):
                self._open.append(window)
        self._open = [window for window in self._open if window.wait(0) is None]
        if self._panel.here:
            self._mind_notice()
            self._remind()

    def _mind_standing(self) -> None:
        before, self._sign = self._sign, words.sign(status.read(self._settings))
        if before == self._sign:
            return
        self._revision += 1
        for name in ("NewTitle", "NewIcon", "NewAttentionIcon", "NewToolTip"):
            self._panel.changed(item.ITEM, item.ITEM_INTERFACE, name)
        standing = item.item(self._sign)["Status"]
        self._panel.changed(item.ITEM, item.ITEM_INTERFACE, "NewStatus", ("s", (standing[1],)))
        layout = ("ui", (self._revision, item.ROOT))
        self._panel.changed(item.MENU, item.MENU_INTERFACE, "LayoutUpdated", layout)

    def _reply(self, asked: Message) -> item.Reply | None:
        path, interface, method = question(asked)
        if interface == _PROPERTIES:
            return self._property(path, method, asked.body)
        if path == item.MENU:
            lines = item.entries(self._sign, words.PAGES)
            return item.menu_reply(method, asked.body, lines, self._revision)
        return ("", ()) if path == item.ITEM and method in item.CLICKS else None

    def _property(self, path: str, method: str, body: tuple[Any, ...]) -> item.Reply | None:
        values = {item.ITEM: item.item(self._sign), item.MENU: item.menu()}[path]
        if method == "GetAll":
            return "a{sv}", (values,)
        return ("v", (values[body[1]],)) if method == "Get" else None

    def _mind_notice(self) -> None:
        """Once for each time the screen is unlocked, until the theft is over."""
        notice = words.notice(status.read(self._settings), self._settings)
        if notice is None or not self._screen.is_open():
            if self._notice:
                self._notice.close()
            self._notice = None
        elif self._notice is None:
            self._notice = _shown(notice)

    def _remind(self) -> None:
        """Of a laptop at home; that one is stolen is said louder."""
        window = words.here(status.read(self._settings), self._settings)
        due = self._reminder.due()
        if window is None or due is Due.NOT_YET or not self._screen.is_open():
            return
        if due is Due.FIRST:
            if (shown := _shown(window)) is None:
                return
            self._open.append(shown)
        else:
            self._panel.notify(window.title, "\n".join(window.lines[:1]))
        self._reminder.note()


def _clicked(asked: Message) -> str | None:
    """The page that somebody wants to see."""
    path, _, method = question(asked)
    if path == item.MENU:
        return item.pressed(method, asked.body, words.PAGES)
    return words.PAGES[0] if path == item.ITEM and method == "Activate" else None


def _shown(window: Window) -> OpenWindow | None:
    """Here or not at all: terminals, which others may read, are not this person's screen."""
    session = own_session()
    try:
        return show_window(window, session) if session and session.graphical else None
    except CannotShow:
        return None


def run(chosen: Settings, session_bus: str = "SESSION", system_bus: str = "SYSTEM") -> None:
    """Until the package is gone. Raises ConnectionError when the session is over."""
    watch, panel, screen = FolderWatch(chosen.public), Panel(session_bus), Screen(system_bus)
    indicator = Indicator(chosen, panel, screen, Reminder(own_file()))
    while words.still_installed():
        indicator.step()
        patience = AT_LEAST_EVERY_S if watch.watching else RETRY_S
        waiting: list[FolderWatch | socket.socket] = [watch, panel.socket, *screen.sockets]
        select.select(waiting, [], [], patience)
        watch.heed()
        screen.heed()


def main() -> int:
    try:
        run(settings.load(settings.chosen(None)))
    except ConnectionError:
        return 0  # the session is over, or has no desktop
    except AgentError as refusal:
        print(refusal, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
