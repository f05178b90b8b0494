"""What was heard of the Wi-Fi around, in the order and number that fit a report."""

from collections.abc import Iterable

from shared.readings import AccessPoint, Wifi

MOST = 40  # a record holds 64 KiB


def strongest(heard: Iterable[AccessPoint], own: str | None) -> Wifi:
    """However many networks are set up to crowd it out, the one that is used is told; what two
    radios of the laptop hear, once.
    """
    ranked = sorted(heard, key=lambda one: (one.bssid != own, -(one.signal_dbm or -999)))
    once: dict[str, AccessPoint] = {}
    for point in ranked:
        once.setdefault(point.bssid, point)
    return Wifi(tuple(once.values())[:MOST], own)
