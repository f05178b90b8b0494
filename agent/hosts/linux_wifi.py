"""The access points that NetworkManager hears (Linux)."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from jeepney import DBusAddress

from agent.hosts.airwaves import strongest
from agent.hosts.linux_bus import SYSTEM, Bus, NoAnswer, object_path, open_bus
from agent.hosts.linux_process import boottime
from shared.encoding import b64
from shared.readings import AccessPoint, Reason, Unread, Wifi

SCAN_S = 8.0
FRESH_S = 10.0  # NetworkManager refuses to scan again so soon
_NM = "org.freedesktop.NetworkManager"
_WIFI = 2  # NM_DEVICE_TYPE_WIFI
_MAC = re.compile("(?:[0-9A-F]{2}:){5}[0-9A-F]{2}")
_NO_MAC = "00:00:00:00:00:00"
_BUSY = f"{_NM}.Device.NotAllowed"
_WHY_NOT = {
    Reason.NOT_PRESENT: "NetworkManager, which knows the Wi-Fi around, does not run here.",
    Reason.REFUSED: "NetworkManager does not tell this account.",
    Reason.TIMED_OUT: "NetworkManager did not answer in time.",
}


def wifi(
    until: float,
    address: str = SYSTEM,
    clock: Callable[[], float] = boottime,
    scan_s: float = SCAN_S,
) -> Wifi | Unread:
    """A scan where that is allowed, and what is known otherwise; strongest first."""
    try:
        with open_bus(until, address) as bus:
            radios = [path for path in _devices(bus) if _is_radio(bus, path)]
            if not radios:
                return Unread(Reason.NOT_PRESENT, "This laptop has no Wi-Fi.")
            _scan(bus, radios, min(until, time.monotonic() + scan_s), clock)
            connected = {path for radio in radios for path in _active(bus, radio)}
            heard = dict(_heard(bus, radios))
    except NoAnswer as why:
        return Unread(why.reason, _WHY_NOT.get(why.reason, "NetworkManager could not be asked."))
    own = next((point.bssid for path, point in heard.items() if path in connected), None)
    return strongest(heard.values(), own)


def _at(path: str, interface: str = "") -> DBusAddress:
    return DBusAddress(path, _NM, _NM + interface)


def _devices(bus: Bus) -> list[str]:
    return _paths(bus.call(_at("/org/freedesktop/NetworkManager"), "GetDevices"))


def _paths(answer: Any) -> list[str]:
    """Object paths out of an answer, whatever a service makes of them."""
    listed = answer[0] if isinstance(answer, tuple) and answer else answer
    paths = listed if isinstance(listed, list) else [listed]
    return [path for path in paths if object_path(path)]


def _is_radio(bus: Bus, path: str) -> bool:
    try:
        return bool(bus.get(_at(path, ".Device"), "DeviceType") == _WIFI)
    except NoAnswer as why:
        return _gone(why)


def _gone(why: NoAnswer) -> bool:
    """False for a thing that went away since it was listed; anything else is raised again."""
    if why.reason is not Reason.FAILED:
        raise why
    return False


def _scan(bus: Bus, radios: list[str], until: float, clock: Callable[[], float]) -> None:
    """Have all of them listen anew, at the same time, and wait until they have."""
    places = [_at(radio, ".Device.Wireless") for radio in radios]
    places = [place for place in places if _is_listening(bus, place, clock)]
    while places and time.monotonic() < until:
        time.sleep(0.2)
        places = [place for place in places if not _is_fresh(bus, place, clock)]


def _is_listening(bus: Bus, place: DBusAddress, clock: Callable[[], float]) -> bool:
    """Asked to, it does; what is refused leaves what is known, and so does a scan just over."""
    if _is_fresh(bus, place, clock):
        return False
    try:
        bus.call(place, "RequestScan", "a{sv}", {})
    except NoAnswer as why:
        return why.name == _BUSY  # busy listens already, for somebody else
    return True


def _is_fresh(bus: Bus, place: DBusAddress, clock: Callable[[], float]) -> bool:
    last = bus.get(place, "LastScan")  # ms since boot, -1 for never
    return type(last) is int and last > 0 and clock() - last / 1000 < FRESH_S


def _active(bus: Bus, radio: str) -> list[str]:
    return _paths(bus.get(_at(radio, ".Device.Wireless"), "ActiveAccessPoint"))


def _heard(bus: Bus, radios: list[str]) -> Iterator[tuple[str, AccessPoint]]:
    """Each access point by its path. Out of time, those that were told stand."""
    for radio in radios:
        for path in _paths(bus.get(_at(radio, ".Device.Wireless"), "AccessPoints")):
            try:
                point = _access_point(bus.get_all(_at(path, ".AccessPoint")))
            except NoAnswer as why:
                if why.reason is Reason.TIMED_OUT:
                    return
                _gone(why)
                continue
            if point is not None:
                yield path, point


def _access_point(said: dict[str, Any]) -> AccessPoint | None:
    bssid, ssid = said.get("HwAddress"), said.get("Ssid")
    if not isinstance(bssid, str) or not _MAC.fullmatch(bssid.upper()) or bssid == _NO_MAC:
        return None
    percent = _whole(said.get("Strength"), 100)
    return AccessPoint(
        bssid=bssid.lower(),
        ssid=b64(ssid[:32]) if isinstance(ssid, bytes) else "",
        # NetworkManager tells percent; this is the usual way back.
        signal_dbm=None if percent is None else percent // 2 - 100,
        frequency_mhz=_whole(said.get("Frequency"), 100_000) or None,
    )


def _whole(value: Any, most: int) -> int | None:
    return value if type(value) is int and 0 <= value <= most else None
