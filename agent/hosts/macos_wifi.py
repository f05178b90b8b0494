"""The access points that a Mac hears, as its CoreWLAN framework tells."""

from typing import Any

from agent.hosts.airwaves import strongest
from agent.hosts.macos_network import full_mac
from shared.encoding import b64
from shared.readings import AccessPoint, Reason, Unread, Wifi

NO_WIFI = Unread(Reason.NOT_PRESENT, "This laptop has no Wi-Fi.")
OFF = Unread(Reason.NOT_PRESENT, "Wi-Fi is switched off.")
FAILED = Unread(Reason.FAILED, "The Mac did not listen for Wi-Fi.")
REFUSED = Unread(
    Reason.REFUSED,
    "macOS names no access point to Homeward. "
    "Allow it in System Settings, Privacy & Security, Location Services.",
)
# CoreWLAN's CWChannelBand, and what lies below the first channel of each, in MHz.
_BELOW_MHZ = {1: 2407, 2: 5000, 3: 5950}
_JAPAN = (1, 14)  # the one channel that keeps no distance to the others


def heard(radio: Any) -> Wifi | Unread:
    """`radio` is a CWInterface, None where there is none."""
    if radio is None:
        return NO_WIFI
    if not radio.powerOn():
        return OFF
    found, _ = radio.scanForNetworksWithName_error_(None, None)
    if found is None:
        return FAILED
    points = [point for point in map(_access_point, found) if point is not None]
    if found and not points:
        return REFUSED
    return strongest(points, full_mac(radio.bssid()))


def _access_point(network: Any) -> AccessPoint | None:
    """None for one whose address is kept from us."""
    bssid, ssid, dbm = full_mac(network.bssid()), network.ssidData(), network.rssiValue()
    if bssid is None:
        return None
    return AccessPoint(
        bssid=bssid,
        ssid=b64(bytes(ssid)[:32]) if ssid is not None else "",
        signal_dbm=dbm if type(dbm) is int and -200 < dbm < 0 else None,  # 0 is not known
        frequency_mhz=_frequency(network.wlanChannel()),
    )


def _frequency(channel: Any) -> int | None:
    if channel is None:
        return None
    band, number = channel.channelBand(), channel.channelNumber()
    if (band, number) == _JAPAN:
        return 2484
    return _BELOW_MHZ[band] + 5 * number if band in _BELOW_MHZ and 0 < number < 256 else None
