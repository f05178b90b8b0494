"""Alice's laptop, its chain and an honest portal's answers, as plain data to tamper with."""

from dataclasses import dataclass, field, replace
from typing import Any

from owner.directory import Directory, Pins, PortalKey
from owner.verification import Handed, Result, Trust, verify
from shared import crypto, envelope, media, orders, readings, receipt, sighting
from shared.checkin import Head
from shared.encoding import b64, unb64
from shared.envelope import Envelope, Kind, Place
from shared.orders import Orders, Standing, Theft, Will
from shared.readings import Circumstances, Fix, Hop, Power, Reading, Snapshot, Snapshots, Traceroute
from shared.sighting import Sighting
from shared.vault import Kdf
from tests.cast import DAY, NOW, Laptop

JPEG = b"\xff\xd8\xff\xe0 a picture of a room"


@dataclass
class Story:
    """Everything is public, so that Mallory can reach for it."""

    owner: crypto.SigningKey = field(default_factory=crypto.SigningKey.generate)
    vault: crypto.OpeningKey = field(default_factory=crypto.OpeningKey.generate)
    portal: crypto.SigningKey = field(default_factory=crypto.SigningKey.generate)
    laptop: Laptop = field(default_factory=Laptop)
    given: list[Orders] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    forks: list[dict[str, Any]] = field(default_factory=list)
    media: dict[str, bytes] = field(default_factory=dict)
    quoted: bytes | None = None
    received: int = NOW

    def __post_init__(self) -> None:
        will = Will(Standing.HOME, NOW, self.owner.public, bytes(32), 1, self.vault.public)
        self.given.append(orders.make(self.laptop.id, None, will, self.owner))
        self.laptop.learn(self.given[0])

    def order(self, **changes: Any) -> Orders:
        """The owner's next orders, known to the laptop at once."""
        newest = self.given[-1]
        will = replace(newest.will, **changes)
        self.given.append(orders.make(self.laptop.id, newest, will, self.owner))
        self.laptop.learn(self.given[-1])
        return self.given[-1]

    def mark_stolen(self) -> Orders:
        theft = Theft("t", NOW, NOW + DAY)
        return self.order(standing=Standing.STOLEN, theft=theft, t=NOW)

    def report(self, why: str = "hourly", **extra: Any) -> Envelope:
        return self.laptop.seal(self.plaintext(why, extra))

    def plaintext(self, why: str = "hourly", extra: dict[str, Any] | None = None) -> bytes:
        said: dict[str, Any] = {
            "location": Fix(52.52, 13.4, 30.0, "wifi", NOW),
            "power": Power(battery_percent=61.0, plugged=True),
            "traceroute": (Traceroute("192.0.2.1", 4, (Hop(1, "192.0.2.9"), Hop(2, None)), False),),
        }
        return readings.report(why, self.circumstances(), said | (extra or {}))

    def circumstances(self) -> Circumstances:
        quoted = None if self.quoted is None else b64(self.quoted)
        assert self.laptop.held is not None
        return Circumstances(self.received, 5.0, "boot", self.laptop.held.serial, quoted)

    def report_with_picture(self, camera: str = "Front camera") -> Envelope:
        sealed = media.seal(JPEG, "image/jpeg", self.laptop.id, self.laptop.seq, 0)
        self.media[sealed.attachment.sha256.hex()] = sealed.ciphertext
        shot = Snapshot(camera, "ok", 640, 480, index=0, media=sealed.key.to_json())
        extra: dict[str, Reading] = {"camera": Snapshots((shot,))}
        return self.laptop.seal(self.plaintext("stolen", extra), (sealed.attachment,))

    def new_segment(self, seq: int) -> Envelope:
        """The laptop lost its memory and begins again at a higher number."""
        held = self.laptop.held
        assert held is not None
        place = Place(self.laptop.id, 1, seq, held.hash, Kind.SEGMENT_START)
        made = envelope.make(place, self.plaintext(), (), self.vault.public, self.laptop.signing)
        self.laptop.seq, self.laptop.prev = seq + 1, made.chain_hash
        return made

    def check_in(self, *sealed: Envelope) -> None:
        """The portal stores them, and testifies beside the last."""
        self.received += 300_000
        for one in sealed:
            self.rows.append(row(one, self.received))
        self.testify(self.rows[-1])

    def testify(self, stored: dict[str, Any]) -> None:
        last = envelope.parse(unb64(stored["envelope"]))
        seen = Sighting("192.0.2.7", 4711, self.received, city="Berlin", radius_km=20.0)
        sealed, commit = sighting.seal(seen, last.chain_hash, self.vault.public)
        self.quoted = receipt.make(
            self.laptop.id, last.header.seq, last.chain_hash, self.received, commit, self.portal
        )
        stored |= {"receipt": b64(self.quoted), "sighting": b64(sealed)}

    def tell(self, count: int) -> "Story":
        """`count` check-ins of one report each."""
        for _ in range(count):
            self.check_in(self.report())
        return self

    @property
    def head(self) -> Head | None:
        if not self.rows:
            return None
        last = envelope.parse(unb64(self.rows[-1]["envelope"]))
        return Head(last.header.seq, last.chain_hash)

    def mark_at(self, index: int) -> Head:
        """The mark of somebody who had verified up to this row."""
        then = envelope.parse(unb64(self.rows[index]["envelope"]))
        return Head(then.header.seq, then.chain_hash)

    def handed(self, **changes: Any) -> Handed:
        """What an honest portal hands over, but for the changes."""
        honest = Handed(
            [b64(one.raw) for one in self.given], self.rows, self.forks, self.head,
            b64(self.laptop.offer.raw),
        )  # fmt: skip
        return replace(honest, **changes)

    def trust(self, **changes: Any) -> Trust:
        """What Alice's directory pins, but for the changes to the laptop's pins."""
        newest = self.given[-1]
        pins = Pins(
            "Alice's laptop", self.laptop.offer, newest.serial, newest.hash,
            vaults={1: self.vault.id},
        )  # fmt: skip
        pins = replace(pins, **changes)
        key = PortalKey(self.portal.public, 0, None)
        directory = Directory(self.owner.public, bytes(32), Kdf(), (key,), {pins.device_id: pins})
        return Trust(directory, pins, {self.vault.id: self.vault})

    def check(self, handed: Handed | None = None, **pins: Any) -> Result:
        return verify(handed or self.handed(), self.trust(**pins), self.received)


def row(sealed: Envelope, received: int) -> dict[str, Any]:
    return {"envelope": b64(sealed.wire), "received": received, "receipt": None, "sighting": None}


def codes(result: Result) -> set[str]:
    return {finding.code.value for finding in result.findings}


def opened(result: Result) -> list[int]:
    """The reports whose content was believed and read."""
    return [one.seq for one in result.evidence if one.record is not None]


def flip(stored: dict[str, Any], name: str, at: int) -> dict[str, Any]:
    """A row with one bit of one field turned."""
    changed = bytearray(unb64(stored[name]))
    changed[at] ^= 1
    return stored | {name: b64(bytes(changed))}


def without_body(stored: dict[str, Any]) -> dict[str, Any]:
    erased = envelope.parse(unb64(stored["envelope"])).without_body()
    return stored | {"envelope": b64(erased.wire)}
