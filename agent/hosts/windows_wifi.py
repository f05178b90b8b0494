"""The access points that Windows hears, out of the structures of wlanapi.h."""

import struct
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress

from agent.hosts.airwaves import strongest
from agent.hosts.windows_wlan import Wlan, WlanError, open_wlan
from shared.encoding import b64
from shared.readings import AccessPoint, Reason, Unread, Wifi

SCAN_S = 4.0  # so long Windows asks a driver to be done
_COUNT = struct.Struct("<II")  # a list's head: how many there are comes first, or second
_INTERFACE = struct.Struct("<16s512sI")  # WLAN_INTERFACE_INFO: its guid, its name, its state
# WLAN_BSS_ENTRY up to its frequency: the network's name, its length first; its address; dBm; kHz.
_BSS = struct.Struct("<I32s4x6s10xi32xI")
_BSS_SIZE = 360
_BSSID_OF_CONNECTION = 560  # in WLAN_CONNECTION_ATTRIBUTES
_NO_MAC = bytes(6)
_DENIED, _NOT_RUNNING = 5, 1062  # winerror.h
_WHY_NOT = {
    _DENIED: Unread(
        Reason.REFUSED,
        "Windows does not tell programs which Wi-Fi is around. "
        "Allow it in Settings, Privacy & security, Location.",
    ),
    _NOT_RUNNING: Unread(Reason.NOT_PRESENT, "Windows' Wi-Fi service does not run."),
}
_FAILED = Unread(Reason.FAILED, "Windows did not listen for Wi-Fi.")
_NO_WIFI = Unread(Reason.NOT_PRESENT, "This laptop has no Wi-Fi.")


def wifi(
    until: float,
    opened: Callable[[], AbstractContextManager[Wlan]] = open_wlan,
    nap: Callable[[float], None] = time.sleep,
) -> Wifi | Unread:
    """A scan where that is allowed, and what is known otherwise; strongest first."""
    try:
        with opened() as wlan:
            radios = list(_guids(wlan.interfaces()))
            if not radios:
                return _NO_WIFI
            _scan(wlan, radios, until, nap)
            heard = {point.bssid: point for one in radios for point in points(wlan.bss_list(one))}
            own = next(filter(None, (_connected(wlan, radio) for radio in radios)), None)
    except WlanError as error:
        return _WHY_NOT.get(error.code, _FAILED)
    except OSError:
        return _NO_WIFI
    return strongest(heard.values(), own)


def _scan(wlan: Wlan, radios: list[bytes], until: float, nap: Callable[[float], None]) -> None:
    with suppress(WlanError):  # what is refused, or busy, leaves what is known
        for radio in radios:
            wlan.scan(radio)
        nap(max(0.0, min(SCAN_S, until - time.monotonic() - 1)))


def _guids(told: bytes) -> Iterator[bytes]:
    count, _ = _COUNT.unpack_from(told) if len(told) >= _COUNT.size else (0, 0)
    for n in range(min(count, (len(told) - _COUNT.size) // _INTERFACE.size)):
        yield _INTERFACE.unpack_from(told, _COUNT.size + n * _INTERFACE.size)[0]


def points(told: bytes) -> Iterator[AccessPoint]:
    """What a WLAN_BSS_LIST holds, however many it claims to hold."""
    _, count = _COUNT.unpack_from(told) if len(told) >= _COUNT.size else (0, 0)
    for n in range(min(count, (len(told) - _COUNT.size) // _BSS_SIZE)):
        entry = _BSS.unpack_from(told, _COUNT.size + n * _BSS_SIZE)
        length, ssid, bssid, dbm, khz = entry
        if bssid != _NO_MAC:
            yield AccessPoint(
                bssid=bssid.hex(":"),
                ssid=b64(ssid[: min(length, 32)]),
                signal_dbm=dbm if -200 < dbm < 0 else None,
                frequency_mhz=round(khz / 1000) if 0 < khz < 100_000_000 else None,
            )


def _connected(wlan: Wlan, radio: bytes) -> str | None:
    with suppress(WlanError):
        bssid = wlan.connection(radio)[_BSSID_OF_CONNECTION:][:6]
        return bssid.hex(":") if len(bssid) == 6 and bssid != _NO_MAC else None
    return None
