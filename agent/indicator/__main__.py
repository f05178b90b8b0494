"""A program in the session of whoever sits at a Linux desktop, started when they sign in.

It runs as that person, reads what any account of the laptop may read, and never uses the network.
"""

import select
import socket
import sys
from collections.abc import Callable
from typing import Any

from jeepney import Message

from agent import settings
from agent.errors import AgentError
from agent.hosts.linux_folder import FolderWatch
from agent.hosts.session import own_session
from agent.indicator import item, words
from agent.indicator.buses import Panel, Screen, question
from agent.indicator.reminder import Reminder, own_file
from agent.indicator.sitting import Sitting
from agent.session.window import Window
from agent.settings import Settings

# Without a folder to watch yet, and for whatever else went unnoticed.
RETRY_S, AT_LEAST_EVERY_S = 60, 3600
_PROPERTIES = "org.freedesktop.DBus.Properties"


class Indicator:
    """`step` does what is to be done by now, and does not wait for more."""

    def __init__(self, panel: Panel, screen: Screen, sitting: Sitting) -> None:
        self._panel, self._screen, self._sitting = panel, screen, sitting
        self._sign = sitting.sign()
        self._revision = 1

    def step(self) -> None:
        self._mind_standing()
        for asked in self._panel.asked():
            try:
                reply, page = self._reply(asked), _clicked(asked)
            except (LookupError, TypeError):  # nobody asks so
                reply, page = None, None
            self._panel.answer(asked, reply)
            if page:
                self._sitting.show(page)
        self._sitting.tidy()
        if self._panel.here:
            self._sitting.step(self._screen.is_open())

    def _mind_standing(self) -> None:
        before, self._sign = self._sign, self._sitting.sign()
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


def _clicked(asked: Message) -> str | None:
    """The page that somebody wants to see."""
    path, _, method = question(asked)
    if path == item.MENU:
        return item.pressed(method, asked.body, words.PAGES)
    return words.PAGES[0] if path == item.ITEM and method == "Activate" else None


def _notifying(panel: Panel) -> Callable[[Window], None]:
    return lambda window: panel.notify(window.title, "\n".join(window.lines[:1]))


def run(chosen: Settings, session_bus: str = "SESSION", system_bus: str = "SYSTEM") -> None:
    """Until the package is gone. Raises ConnectionError when the session is over."""
    watch, panel, screen = FolderWatch(chosen.public), Panel(session_bus), Screen(system_bus)
    sitting = Sitting(chosen, Reminder(own_file()), own_session, _notifying(panel))
    indicator = Indicator(panel, screen, sitting)
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
