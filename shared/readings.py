"""What a sensor read, or why it could not, and the sealed record that carries it.

Plain facts as frozen dataclasses; lengths in meters, times in Unix milliseconds unless the name
says otherwise, temperatures in degrees Celsius.
"""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from shared.encoding import from_json, to_json
from shared.errors import Malformed

VERSION = 1


class Reason(StrEnum):
    NOT_CONFIGURED = "not-configured"
    NOT_CONSENTED = "not-consented"
    HELD = "held"  # not just now, for the sake of whoever may rightly use the laptop
    NOT_PRESENT = "not-present"
    NOT_SUPPORTED = "not-supported"
    REFUSED = "refused"
    TIMED_OUT = "timed-out"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Unread:
    """A sensor that could not read; `detail` is for people and holds no address or place."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Fix:
    """Where the laptop is: degrees, accuracy radius in meters, who says so and when."""

    latitude: float
    longitude: float
    accuracy_m: float
    source: str
    t: int


@dataclass(frozen=True, slots=True)
class Interface:
    name: str
    mac: str | None
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gateway:
    """A router that leads everywhere. `mac` tells one "192.168.1.1" from all the others."""

    ip: str
    mac: str | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """The laptop's side of its connection; the public address is in the portal's sighting."""

    interfaces: tuple[Interface, ...]
    gateways: tuple[Gateway, ...] = ()
    dns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """One Wi-Fi transmitter. `ssid` is base64url: a network's name is bytes and may be no text."""

    bssid: str
    ssid: str
    signal_dbm: int | None = None
    frequency_mhz: int | None = None


@dataclass(frozen=True, slots=True)
class Wifi:
    """What could be heard, strongest first, and the bssid the laptop is connected to."""

    access_points: tuple[AccessPoint, ...]
    connected: str | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """One router: None where nobody answered; round trips in milliseconds."""

    ttl: int
    ip: str | None
    rtt_ms: tuple[float, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Traceroute:
    target: str
    family: int  # 4 or 6
    hops: tuple[Hop, ...]
    reached: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One still from one camera. `picture` says ok, black or covered; `index` points into the
    envelope's attachments and is None when there is no file; `thumbnail` is a tiny base64 JPEG.
    """

    camera: str
    picture: str
    width: int
    height: int
    index: int | None = None
    media: dict[str, Any] | None = None
    thumbnail: str | None = None


@dataclass(frozen=True, slots=True)
class CameraUnread:
    """A camera that was found and gave no picture."""

    camera: str
    unread: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Snapshots:
    cameras: tuple[Snapshot | CameraUnread, ...]


@dataclass(frozen=True, slots=True)
class Power:
    """None where the laptop does not say. `capacity_percent` is what a full charge holds of what
    it held when the battery was new, `cycles` how often it was charged.
    """

    battery_percent: float | None = None
    plugged: bool | None = None
    seconds_left: int | None = None
    capacity_percent: float | None = None
    cycles: int | None = None


@dataclass(frozen=True, slots=True)
class Heat:
    """The hottest spot that the laptop knows of, and what it calls it."""

    temperature_c: float
    spot: str = ""


@dataclass(frozen=True, slots=True)
class Disk:
    """The system's disk, in bytes."""

    total: int
    free: int


@dataclass(frozen=True, slots=True)
class Posture:
    """How well the laptop is protected; each answer stands or fails alone."""

    disk_encrypted: bool | Unread
    firewall_on: bool | Unread
    screen_locked: bool | Unread
    updates_waiting: int | Unread
    secure_boot: bool | Unread


Reading = Fix | Network | Wifi | tuple[Traceroute, ...] | Snapshots | Power | Heat | Disk | Posture


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What every record says about its moment: clock, boot, and what the laptop had heard.

    `t` is the laptop's wall clock in ms, `boottime` seconds since boot including sleep, `receipt`
    the last receipt in base64url: a portal that dropped something contradicts its own signature.
    """

    t: int
    boottime: float
    boot_id: str
    orders_serial: int
    receipt: str | None = None
    counters: dict[str, int] = field(default_factory=dict)


def report(
    why: str,
    moment: Circumstances,
    readings: dict[str, Reading | Unread],
    asked: int | None = None,
) -> bytes:
    """A report's plaintext. `why`: "hourly", "stolen", "woke", "report-now", "network", "drill"…

    `asked` is when the owner signed the wish for it (ms).
    """
    said = {name: _said(reading) for name, reading in readings.items()}
    when = {} if asked is None else {"asked": asked}
    return _record("report", moment, {"why": why, "readings": said, **when})


def answer(moment: Circumstances, command_id: str, outcome: dict[str, Any]) -> bytes:
    """What a command came to: `outcome` says "wish" (empty where it was not opened), "result"
    ("begun", "done", "refused" or "failed"), "detail" (a stable word, or empty) and "said" (what
    was counted and measured).
    """
    return _record("answer", moment, {"command_id": command_id, **outcome})


def event(moment: Circumstances, name: str, details: dict[str, Any]) -> bytes:
    """Something the owner must know that no sensor reads: state lost, orders refused, leaving…"""
    return _record("event", moment, {"event": name, "details": details})


def _record(kind: str, moment: Circumstances, said: dict[str, Any]) -> bytes:
    return to_json({"v": VERSION, "type": kind, **asdict(moment), **said})


def _said(reading: Reading | Unread) -> Any:
    """One reading that no JSON can hold (NaN, half a character) must not cost the others."""
    said = plain(reading)
    try:
        to_json({"reading": said})
    except ValueError:
        return plain(Unread(Reason.FAILED, "What it read cannot be written down."))
    return said


def plain(reading: Reading | Unread) -> Any:
    """A reading in the form it has in a record."""
    if isinstance(reading, Unread):
        return {"unread": reading.reason.value, "detail": reading.detail}
    if isinstance(reading, tuple):
        return [asdict(item) for item in reading]
    if isinstance(reading, Posture):
        items = ((name, getattr(reading, name)) for name in reading.__slots__)
        return {name: plain(v) if isinstance(v, Unread) else v for name, v in items}
    return asdict(reading)


def parse_record(plaintext: bytes) -> dict[str, Any]:
    """An opened record as JSON with "v", "type" and "t" checked; raises Malformed."""
    record = from_json(plaintext)
    if type(record.get("v")) is not int or record["v"] != VERSION:
        raise Malformed("a record of another version")
    if type(record.get("t")) is not int:
        raise Malformed("a record without its time")
    if record.get("type") not in ("report", "answer", "event"):
        raise Malformed("a record of unknown type")
    return record
