"""A desktop's panel on a private bus: it is told of signs, asks them, clicks and hears them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    MatchRule,
    MessageType,
    message_bus,
    new_method_call,
    new_signal,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import Properties, unwrap_msg

from tests.agent.bus import Service

WATCHER, REGISTER = "org.kde.StatusNotifierWatcher", "RegisterStatusNotifierItem"
INDICATOR = "com.homeward.Indicator"
ITEM, MENU = "org.kde.StatusNotifierItem", "com.canonical.dbusmenu"
PATIENCE_S = 120


def watcher(name: str = WATCHER) -> Service:
    """What keeps the list of signs; which were told to it stands in its `calls`."""
    return Service(name, methods={("/StatusNotifierWatcher", REGISTER): lambda path: ("", [])})


def soon(fact: Callable[[], Any]) -> Any:
    """What the fact is, once it is one."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := fact()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@dataclass
class Panel:
    """One that asks whatever sign holds the name."""

    connection: DBusConnection

    def ask(self, place: DBusAddress, method: str, signature: str = "", *body: Any) -> Any:
        question = new_method_call(place, method, signature or None, body)
        return unwrap_msg(self.connection.send_and_get_reply(question, timeout=PATIENCE_S))

    def says(self, name: str) -> Any:
        question = Properties(_at("/StatusNotifierItem", ITEM)).get(name)
        return unwrap_msg(self.connection.send_and_get_reply(question, timeout=PATIENCE_S))[0][1]

    def menu(self) -> dict[int, str]:
        """The lines that say something, by their number."""
        layout = self.ask(_at("/Menu", MENU), "GetLayout", "iias", 0, -1, [])[1]
        lines = {number: said for _, (number, said, _) in layout[2]}
        return {number: said["label"][1] for number, said in lines.items() if "label" in said}

    def click(self, label: str) -> None:
        number = next(number for number, one in self.menu().items() if one == label)
        self.ask(_at("/Menu", MENU), "Event", "isvu", number, "clicked", ("s", ""), 0)

    def listen(self, signal: str) -> None:
        self.connection.send_and_get_reply(message_bus.AddMatch(MatchRule(member=signal)))

    def hears(self, signal: str) -> None:
        """Wait until the sign says this, which was listened for."""

        def said() -> bool:
            message = self.connection.receive(timeout=PATIENCE_S)
            is_signal = message.header.message_type is MessageType.signal
            return is_signal and message.header.fields.get(HeaderFields.member) == signal

        soon(said)


@contextmanager
def panel(address: str) -> Iterator[Panel]:
    with open_dbus_connection(address) as connection:
        yield Panel(connection)


@contextmanager
def indicator(settings: Path, bus: str, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """The real program, in a session of this bus."""
    session = {
        "DBUS_SESSION_BUS_ADDRESS": bus,
        "HOMEWARD_AGENT_SETTINGS": str(settings),
        "XDG_STATE_HOME": str(settings.parent / "own"),
    }
    with subprocess.Popen(
        [sys.executable, "-I", "-m", "agent.indicator"],
        env={**os.environ, **session, **environment},
    ) as program:
        try:
            yield program
        finally:
            program.kill()


def tell_of_lock(address: str, session: str) -> None:
    """logind's word that a session's lock has changed."""
    with open_dbus_connection(address) as connection:
        place = DBusAddress(session, interface="org.freedesktop.DBus.Properties")
        said = ("org.freedesktop.login1.Session", {"LockedHint": ("b", True)}, [])
        connection.send(new_signal(place, "PropertiesChanged", "sa{sv}as", said))
        connection.bus_proxy.GetId()  # the bus has it by now


def _at(path: str, interface: str) -> DBusAddress:
    return DBusAddress(path, INDICATOR, interface)
