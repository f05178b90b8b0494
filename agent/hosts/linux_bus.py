"""The system's message bus (D-Bus), asked until a moment: an answer, or NoAnswer with its reason.

Loaded only by short-lived programs: connecting to a bus that hangs waits for ever, so whoever
started the program must be able to end it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jeepney import DBusAddress, DBusErrorResponse, Properties, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import unwrap_msg

from shared.readings import Reason

SYSTEM = "SYSTEM"  # or an address such as unix:path=/run/…
_ERROR = "org.freedesktop.DBus.Error."
_NOBODY = {_ERROR + "ServiceUnknown", _ERROR + "NameHasNoOwner"}
_LATE = {_ERROR + "NoReply", _ERROR + "Timeout", _ERROR + "TimedOut"}
# Services of every house have names of their own for this.
_REFUSALS = ("AccessDenied", "PermissionDenied", "NotAllowed", "NotAuthorized",
             "InteractiveAuthorizationRequired", "AuthFailed")  # fmt: skip


class NoAnswer(Exception):
    """Why the bus or a service behind it did not answer; `name` is the error's own."""

    def __init__(self, reason: Reason, name: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.name = name


class Bus:
    """A connection, and the moment of time.monotonic() until which it may be asked."""

    def __init__(self, connection: DBusConnection, until: float) -> None:
        self._connection = connection
        self._until = until

    def call(
        self, place: DBusAddress, method: str, signature: str = "", *body: Any
    ) -> tuple[Any, ...]:
        """What a method answers; raises NoAnswer."""
        return self._ask(new_method_call(place, method, signature or None, body))

    def get(self, place: DBusAddress, name: str) -> Any:
        """A property, of whatever type the service gives it; raises NoAnswer."""
        return _bare(self._ask(Properties(place).get(name)))

    def get_all(self, place: DBusAddress) -> dict[str, Any]:
        """Every property of an interface; raises NoAnswer."""
        answer = self._ask(Properties(place).get_all())
        said = answer[0] if answer and isinstance(answer[0], dict) else {}
        return {name: _bare((value,)) for name, value in said.items()}

    def set(self, place: DBusAddress, name: str, signature: str, value: Any) -> None:
        """Raises NoAnswer."""
        self._ask(Properties(place).set(name, signature, value))

    def _ask(self, message: Any) -> tuple[Any, ...]:
        left = self._until - time.monotonic()
        try:
            reply = self._connection.send_and_get_reply(message, timeout=max(left, 0))
            answer: tuple[Any, ...] = unwrap_msg(reply)  # error replies are not raised before this
        except DBusErrorResponse as error:
            raise NoAnswer(_reason(error.name), error.name) from error
        except TimeoutError as error:
            raise NoAnswer(Reason.TIMED_OUT) from error
        return answer


def _bare(answer: tuple[Any, ...]) -> Any:
    """The value of a variant, which comes with its signature."""
    value = answer[0] if answer else None
    return value[1] if isinstance(value, tuple) and len(value) == 2 else None


def _reason(name: str) -> Reason:
    if name in _NOBODY:
        return Reason.NOT_PRESENT
    if name in _LATE:
        return Reason.TIMED_OUT
    return Reason.REFUSED if name.endswith(_REFUSALS) else Reason.FAILED


def object_path(value: Any) -> str | None:
    """The path of a thing, None for "/" (which means nothing yet) and whatever is no path."""
    return value if isinstance(value, str) and len(value) > 1 and value[0] == "/" else None


@contextmanager
def open_bus(until: float, address: str = SYSTEM) -> Iterator[Bus]:
    """Raises NoAnswer, also inside the block, when the bus is not there or breaks."""
    try:
        with open_dbus_connection(address) as connection:
            yield Bus(connection, until)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise NoAnswer(Reason.NOT_PRESENT) from error
    except PermissionError as error:
        raise NoAnswer(Reason.REFUSED) from error
    except TimeoutError as error:
        raise NoAnswer(Reason.TIMED_OUT) from error
    except DBusErrorResponse as error:
        raise NoAnswer(_reason(error.name), error.name) from error
    except (OSError, ValueError, RuntimeError) as error:  # cut off, or no bus at all behind it
        raise NoAnswer(Reason.FAILED) from error
