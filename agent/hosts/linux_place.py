"""Where GeoClue, the location service of Linux desktops, says the laptop is."""

import time
from collections.abc import Callable
from typing import Any

from jeepney import DBusAddress

from agent.fixes import believable
from agent.hosts.linux_bus import SYSTEM, Bus, NoAnswer, object_path, open_bus
from shared.readings import Fix, Reason, Unread

DESKTOP_ID = "homeward-agent"  # what GeoClue's settings may allow or refuse
EXACT_M = 1000.0
SETTLE_S = 3.0  # a first, vague answer often becomes a better one
_GEOCLUE = "org.freedesktop.GeoClue2"
_EXACT = 8  # GCLUE_ACCURACY_LEVEL_EXACT
_WHY_NOT = {
    Reason.NOT_PRESENT: "GeoClue, the system's location service, is not installed.",
    Reason.REFUSED: "GeoClue does not allow this account to know the place.",
    Reason.TIMED_OUT: "GeoClue found no place in time.",
}


def place(
    until: float,
    address: str = SYSTEM,
    clock: Callable[[], float] = time.time,
    settle_s: float = SETTLE_S,
) -> Fix | Unread:
    try:
        with open_bus(until, address) as bus:
            client = _client(bus)
            # GeoClue forgets a client whose connection ends: there is nothing to stop.
            fix = _watch(lambda: _said(bus, client, clock), until, settle_s)
    except NoAnswer as why:
        return Unread(why.reason, _WHY_NOT.get(why.reason, "GeoClue could not be asked."))
    return fix or Unread(Reason.TIMED_OUT, _WHY_NOT[Reason.TIMED_OUT])


def _client(bus: Bus) -> DBusAddress:
    manager = DBusAddress("/org/freedesktop/GeoClue2/Manager", _GEOCLUE, f"{_GEOCLUE}.Manager")
    path = object_path(next(iter(bus.call(manager, "GetClient")), None))
    if path is None:
        raise NoAnswer(Reason.FAILED)
    client = DBusAddress(path, _GEOCLUE, f"{_GEOCLUE}.Client")
    bus.set(client, "DesktopId", "s", DESKTOP_ID)
    bus.set(client, "RequestedAccuracyLevel", "u", _EXACT)
    bus.call(client, "Start")
    return client


def _watch(look: Callable[[], Fix | None], until: float, settle_s: float) -> Fix | None:
    """The most exact of the places it says; a vague one is given a few seconds to improve."""
    best: Fix | None = None
    while True:
        try:
            fix = look()
        except NoAnswer:
            if best is None:
                raise
            return best
        if fix and best is None:
            until = min(until, time.monotonic() + settle_s)
        if fix and (best is None or fix.accuracy_m < best.accuracy_m):
            best = fix
        if time.monotonic() >= until or (best and best.accuracy_m <= EXACT_M):
            return best
        time.sleep(0.2)


def _said(bus: Bus, client: DBusAddress, clock: Callable[[], float]) -> Fix | None:
    path = object_path(bus.get(client, "Location"))
    if path is None:
        return None
    return _fix(bus.get_all(DBusAddress(path, _GEOCLUE, f"{_GEOCLUE}.Location")), clock)


def _fix(said: dict[str, Any], clock: Callable[[], float]) -> Fix | None:
    now = round(clock() * 1000)
    seen = _milliseconds(said.get("Timestamp"))
    return believable(
        said.get("Latitude"),
        said.get("Longitude"),
        said.get("Accuracy"),
        "os",
        seen if seen and seen < now else now,
    )


def _milliseconds(timestamp: Any) -> int | None:
    """GeoClue tells seconds and microseconds; 0 where it does not know."""
    if not isinstance(timestamp, tuple) or [type(one) for one in timestamp] != [int, int]:
        return None
    seconds, microseconds = timestamp
    return int(seconds) * 1000 + int(microseconds) // 1000
