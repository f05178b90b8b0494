"""Who is signed in at the laptop's own screen, as logind knows it (Linux)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress

from agent.hosts.linux_bus import Bus

_LOGIND = "org.freedesktop.login1"
_MANAGER = DBusAddress("/org/freedesktop/login1", _LOGIND, f"{_LOGIND}.Manager")
_ON_A_SCREEN = ("x11", "wayland", "mir")


@dataclass(frozen=True, slots=True)
class Screen:
    """A person's session at a screen: its object path, their account, and whether it is locked."""

    path: str
    uid: int
    locked: bool


def screens(bus: Bus) -> list[Screen]:
    """Sessions of people at this laptop's screens, not the greeter's own; raises NoAnswer."""
    return list(_screens(bus))


def _screens(bus: Bus) -> Iterator[Screen]:
    listed = bus.call(_MANAGER, "ListSessions")
    for row in listed[0] if listed and isinstance(listed[0], list) else []:
        if not isinstance(row, tuple) or len(row) != 5 or not isinstance(row[4], str):
            continue
        said = bus.get_all(DBusAddress(row[4], _LOGIND, f"{_LOGIND}.Session"))
        if said.get("Class") == "user" and said.get("Type") in _ON_A_SCREEN:
            yield Screen(row[4], _uid(row[1]), said.get("LockedHint") is True)


def _uid(value: Any) -> int:
    return value if type(value) is int else -1
