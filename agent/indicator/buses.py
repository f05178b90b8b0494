"""The two message buses the sign stands on: the session's, which the panel asks over, and the
system's, which tells when the screen is locked.
"""

import os
import socket
from collections.abc import Iterator
from typing import Any

from jeepney import (
    DBusAddress,
    DBusErrorResponse,
    HeaderFields,
    MatchRule,
    Message,
    MessageFlag,
    MessageType,
    message_bus,
    new_error,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from agent.hosts.linux_session import sessions
from agent.hosts.session import NoSessionManager
from agent.indicator.item import ITEM, Reply

NAME = "com.homeward.Indicator"  # whoever holds it is the one sign of this session
WATCHER = "org.kde.StatusNotifierWatcher"
NOTIFICATIONS = "org.freedesktop.Notifications"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_DBUS = "org.freedesktop.DBus"


class Panel:
    """Raises OSError when the session is over; `here` once this is the session's one sign."""

    def __init__(self, address: str) -> None:
        self._connection = _connected(address)
        self.here = False
        arrivals = MatchRule(
            type="signal", sender=_DBUS, interface=_DBUS, member="NameOwnerChanged"
        )
        arrivals.add_arg_condition(0, WATCHER)
        self._tell(message_bus.AddMatch(arrivals))
        # Where another has it already, this one waits in the bus's queue, and is the next.
        self._tell(message_bus.RequestName(NAME))

    @property
    def socket(self) -> socket.socket:
        own: socket.socket = self._connection.sock
        return own

    def asked(self) -> Iterator[Message]:
        """The questions that have come in."""
        for message in _received(self._connection):
            if message.header.message_type is MessageType.method_call:
                yield message
            elif message.header.message_type is MessageType.signal:
                self._heed(_field(message, HeaderFields.member), message.body)

    def answer(self, question: Message, reply: Reply | None) -> None:
        if question.header.flags & MessageFlag.no_reply_expected:
            return
        if reply is None:
            refusal = new_error(question, f"{_DBUS}.Error.UnknownMethod")
            self._connection.send(refusal)
        else:
            self._connection.send(new_method_return(question, reply[0] or None, reply[1]))

    def changed(self, path: str, interface: str, name: str, reply: Reply = ("", ())) -> None:
        emitter = DBusAddress(path, interface=interface)
        self._connection.send(new_signal(emitter, name, reply[0] or None, reply[1]))

    def notify(self, title: str, text: str) -> None:
        place = DBusAddress("/" + NOTIFICATIONS.replace(".", "/"), NOTIFICATIONS, NOTIFICATIONS)
        said: tuple[Any, ...] = ("Homeward", 0, "", title, text, [], {}, -1)
        self._tell(new_method_call(place, "Notify", "susssasa{sv}i", said))

    def _heed(self, member: str, body: tuple[Any, ...]) -> None:
        """A panel that comes, or comes back, is told of the sign."""
        self.here = self.here or (member == "NameAcquired" and body[0] == NAME)
        if self.here and member in ("NameAcquired", "NameOwnerChanged"):
            watcher = DBusAddress("/StatusNotifierWatcher", WATCHER, WATCHER)
            self._tell(new_method_call(watcher, "RegisterStatusNotifierItem", "s", (ITEM,)))

    def _tell(self, message: Message) -> None:
        """Whatever comes of it comes as a signal."""
        message.header.flags |= MessageFlag.no_reply_expected
        self._connection.send(message)


class Screen:
    """Whether the person who runs this sees their desktop, or its lock."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection = _if_there(address)
        if self._connection:
            told = MatchRule(type="signal", interface=_PROPERTIES, member="PropertiesChanged",
                             path_namespace="/org/freedesktop/login1/session")  # fmt: skip
            match = message_bus.AddMatch(told)
            match.header.flags |= MessageFlag.no_reply_expected
            self._connection.send(match)

    @property
    def sockets(self) -> list[socket.socket]:
        return [self._connection.sock] if self._connection else []

    def heed(self) -> None:
        """Forget that something changed."""
        try:
            if self._connection:
                list(_received(self._connection))
        except OSError:
            self._connection = None

    def is_open(self) -> bool:
        """Where no session manager tells, whoever runs this sees it."""
        try:
            found = sessions(self._address)
        except NoSessionManager:
            return True
        own = [one for one in found if one.graphical and one.uid == os.getuid()]
        return not own or any(not one.locked for one in own)


def question(message: Message) -> tuple[str, str, str]:
    """Path, interface and method of what is asked."""
    fields = (HeaderFields.path, HeaderFields.interface, HeaderFields.member)
    path, interface, method = (_field(message, one) for one in fields)
    return path, interface, method


def _field(message: Message, field: HeaderFields) -> str:
    return str(message.header.fields.get(field, ""))


def _received(connection: DBusConnection) -> Iterator[Message]:
    while True:
        try:
            yield connection.receive(timeout=0)
        except TimeoutError:
            return


def _connected(address: str) -> DBusConnection:
    try:
        return open_dbus_connection(address)
    except (KeyError, ValueError, DBusErrorResponse) as error:
        raise ConnectionError("There is no message bus here.") from error


def _if_there(address: str) -> DBusConnection | None:
    try:
        return _connected(address)
    except OSError:
        return None
