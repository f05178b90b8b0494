"""Which access points tell a place, and the last place they told.

The remembered place is sealed with the access points themselves: it opens where the same ones are
in the air, and nowhere else. Whoever takes the laptop away does not learn from it where it was.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent import durable
from agent.fixes import believable
from shared import crypto
from shared.encoding import from_json, to_json, unb64
from shared.errors import ProtocolError
from shared.readings import AccessPoint, Fix

NAME = "heard-place"
KEPT_MS = 7 * 24 * 3600 * 1000
MOST = 20  # more make no place more exact
_SALT = 16
_MEMORY_KIB, _PASSES = 19_456, 2  # OWASP's least for Argon2id: sets of access points can be guessed


def usable(points: tuple[AccessPoint, ...]) -> tuple[AccessPoint, ...]:
    """Without networks that ask to be left out, and hidden ones, which cannot be seen to ask."""
    named = ((point, unb64(point.ssid)) for point in points)
    return tuple(p for p, ssid in named if ssid.strip(b"\0") and not ssid.endswith(b"_nomap"))[
        :MOST
    ]


def question(points: tuple[AccessPoint, ...]) -> dict[str, Any]:
    """In the words of ichnaea's geolocate. The laptop's own address must not stand in for it."""
    return {"considerIp": False, "wifiAccessPoints": [_in_its_words(point) for point in points]}


def _in_its_words(point: AccessPoint) -> dict[str, Any]:
    said = {
        "macAddress": point.bssid,
        "signalStrength": point.signal_dbm,
        "frequency": point.frequency_mhz,
    }
    return {name: value for name, value in said.items() if value is not None}


def remember(folder: Path, points: tuple[AccessPoint, ...], fix: Fix) -> None:
    """Only the newest place is kept; where there is no room, none."""
    salt = os.urandom(_SALT)
    said = [fix.latitude, fix.longitude, fix.accuracy_m, fix.t]
    sealed = crypto.aes_seal(_key(points, salt), bytes(12), b"", to_json({"place": said}))
    with suppress(OSError):
        durable.write(folder / NAME, salt + sealed)


def recall(folder: Path, points: tuple[AccessPoint, ...], now: int) -> Fix | None:
    """The place where the same access points were heard within the last days, dated now (ms)."""
    try:
        kept = (folder / NAME).read_bytes()
        key = _key(points, kept[:_SALT])
        said = from_json(crypto.aes_open(key, bytes(12), b"", kept[_SALT:]))
        latitude, longitude, accuracy_m, t = said["place"]
    except (OSError, ProtocolError, KeyError, TypeError, ValueError):
        return None
    if not 0 <= now - t <= KEPT_MS:
        return None
    return believable(latitude, longitude, accuracy_m, "wifi", now)


def _key(points: tuple[AccessPoint, ...], salt: bytes) -> bytes:
    """Each file has a salt of its own, so each key seals once and its IV may be zero."""
    heard = ",".join(sorted(point.bssid for point in points)).encode()
    return crypto.argon2id(heard, salt.ljust(_SALT, b"\0"), _MEMORY_KIB, _PASSES)
