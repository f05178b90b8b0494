"""A pack of Alice's, and every way Mallory may change it, as bytes both verifiers can be given."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shared import crypto, envelope, media, orders, pack, readings, receipt, sighting, zipped
from shared.disclosure import Disclosure, unpad
from shared.encoding import b64, from_json, to_json
from shared.envelope import Envelope, Kind, Place
from shared.orders import Standing, Theft, Will
from shared.pack import Contents, PortalKey
from shared.readings import Circumstances, Fix, Reading, Snapshot, Snapshots
from shared.sighting import Sighting
from tests.cast import DAY, NOW, Laptop

JPEG = b"\xff\xd8\xff\xe0 a picture of a room"
FOR_PEOPLE = {name: f"{name} for people".encode() for name in pack.FOR_PEOPLE}


@dataclass
class PackStory:
    """Alice's laptop sends six reports, a new segment among them; two are shown, one pictured."""

    owner: crypto.SigningKey = field(default_factory=crypto.SigningKey.generate)
    recovery: crypto.SigningKey = field(default_factory=crypto.SigningKey.generate)
    vault: crypto.OpeningKey = field(default_factory=crypto.OpeningKey.generate)
    portal: crypto.SigningKey = field(default_factory=crypto.SigningKey.generate)
    laptop: Laptop = field(default_factory=Laptop)

    def contents(self) -> Contents:
        given = self._orders()
        sent = [self._seal(why) for why in ("hourly", "hourly", "stolen", "stolen")]
        held = self.laptop.held
        assert held is not None
        place = Place(self.laptop.id, 1, NOW, held.hash, Kind.SEGMENT_START)
        signing = self.laptop.signing
        anew = envelope.make(place, self._plain("woke"), (), self.vault.public, signing)
        self.laptop.seq, self.laptop.prev = NOW + 1, anew.chain_hash
        sent += [anew, self._seal("stolen")]
        seen = {one.header.seq: self._sighting(one) for one in (sent[1], sent[3], sent[5])}
        return Contents(
            laptop="Alice's <laptop> & {made}", made=NOW, offer=self.laptop.offer,
            portal_keys=(PortalKey(self.portal.public, 0, None),),
            orders=tuple(one.raw for one in given),
            skeletons=tuple(one.skeleton for one in sent),
            receipts=tuple(self._receipt(one, seen) for one in (sent[1], sent[3], sent[5])),
            records={s.header.seq: s.open(self.vault) for s in (sent[2], sent[3])},
            sightings={3: seen[3]},
            media={"media/000003-0.jpg": JPEG},
            for_people=FOR_PEOPLE,
        )  # fmt: skip

    def _orders(self) -> list[orders.Orders]:
        will = Will(
            Standing.HOME, NOW, self.owner.public, self.recovery.public, 1, self.vault.public
        )
        first = orders.make(self.laptop.id, None, will, self.owner)
        marked = replace(will, standing=Standing.STOLEN, theft=Theft("t", NOW, NOW + DAY))
        second = orders.make(self.laptop.id, first, marked, self.owner)
        for one in (first, second):
            self.laptop.learn(one)
        return [first, second]

    def _plain(self, why: str, said: dict[str, Reading] | None = None) -> bytes:
        here: dict[str, Reading] = {"location": Fix(52.2, 21.0, 30.0, "wifi", NOW)}
        return readings.report(why, Circumstances(NOW, 5.0, "boot", 2), here | (said or {}))

    def _seal(self, why: str) -> Envelope:
        seq = self.laptop.seq
        if seq != 3:
            return self.laptop.seal(self._plain(why))
        sealed = media.seal(JPEG, "image/jpeg", self.laptop.id, seq, 0)
        shot = Snapshot("Front", "ok", 640, 480, index=0, media=sealed.key.to_json())
        return self.laptop.seal(
            self._plain(why, {"camera": Snapshots((shot,))}), (sealed.attachment,)
        )

    def _sighting(self, one: Envelope) -> Disclosure:
        seen = Sighting("192.0.2.7", 4711, NOW, city="Warsaw", radius_km=20.0)
        sealed, _ = sighting.seal(seen, one.chain_hash, self.vault.public)
        return unpad(self.vault.open("hpke/sighting", one.chain_hash, sealed))

    def _receipt(self, one: Envelope, seen: Mapping[int, Disclosure]) -> bytes:
        seq = one.header.seq
        return receipt.make(
            self.laptop.id, seq, one.chain_hash, NOW + 60_000, seen[seq].commit, self.portal
        )

    def sign(
        self, seq: int, prev: bytes, kind: Kind = Kind.RECORD, of: bytes | None = None
    ) -> bytes:
        """What somebody with the laptop's key could sign besides; a skeleton."""
        place = Place(of or self.laptop.id, 1, seq, prev, kind)
        return envelope.make(place, b"{}", (), self.vault.public, self.laptop.signing).skeleton

    def testimony(self, seq: int, chain_hash: bytes, of: bytes | None = None) -> bytes:
        """What a careless portal could sign besides."""
        device = of or self.laptop.id
        return receipt.make(device, seq, chain_hash, NOW + 60_000, bytes(32), self.portal)


Edit = Callable[[Contents], Contents]


@dataclass(frozen=True)
class Forgery:
    """What a dishonest owner, or whoever has that key, signs anew; and what is to be said of it."""

    code: str
    file: str
    edit: Edit


def _swapped(parts: tuple[bytes, ...], one: int, other: int) -> tuple[bytes, ...]:
    moved = list(parts)
    moved[one], moved[other] = moved[other], moved[one]
    return tuple(moved)


def _other(shown: Mapping[int, Disclosure], seq: int) -> dict[int, Disclosure]:
    return {**shown, seq: Disclosure(shown[seq].salt, shown[seq].plaintext.replace(b"2", b"3", 1))}


def _first(contents: Contents) -> bytes:
    return crypto.sha256(contents.orders[0])


def _flipped(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def forgeries(story: PackStory) -> dict[str, Forgery]:
    return _of_the_owner(story) | _of_honest_keys(story)


def _of_the_owner(story: PackStory) -> dict[str, Forgery]:
    other = PackStory()
    stranger = other.contents()
    early = (PortalKey(story.portal.public, 0, NOW),)
    return {
        "reordered records": Forgery("broken-chain", pack.CHAIN, lambda c: replace(
            c, skeletons=_swapped(c.skeletons, 1, 2))),
        "a record left out": Forgery("broken-chain", pack.CHAIN, lambda c: replace(
            c, skeletons=c.skeletons[:1] + c.skeletons[2:])),
        "a record twice": Forgery("broken-chain", pack.CHAIN, lambda c: replace(
            c, skeletons=(*c.skeletons, c.skeletons[-1]))),
        "a changed record": Forgery("bad-envelope", pack.CHAIN, lambda c: replace(
            c, skeletons=(_flipped(c.skeletons[0], 80), *c.skeletons[1:]))),
        "half a record": Forgery("bad-envelope", pack.CHAIN, lambda c: replace(
            c, skeletons=(*c.skeletons, b"HWE1"))),
        "another laptop's record": Forgery("bad-envelope", pack.CHAIN, lambda c: replace(
            c, skeletons=(stranger.skeletons[0], *c.skeletons[1:]))),
        "another laptop's keys": Forgery("bad-orders", "orders/000001.bin", lambda c: replace(
            c, offer=stranger.offer)),
        "changed orders": Forgery("bad-orders", "orders/000002.bin", lambda c: replace(
            c, orders=(c.orders[0], _flipped(c.orders[1], 200)))),
        "orders reordered": Forgery("bad-orders", "orders/000001.bin", lambda c: replace(
            c, orders=_swapped(c.orders, 0, 1))),
        "no orders": Forgery("missing-file", "orders/000001.bin", lambda c: replace(c, orders=())),
        "another portal's receipt": Forgery("bad-receipt", pack.RECEIPTS, lambda c: replace(
            c, receipts=stranger.receipts)),
        "a receipt after its key's time": Forgery("bad-receipt", pack.RECEIPTS, lambda c: replace(
            c, portal_keys=early)),
        "receipts out of order": Forgery("bad-receipt", pack.RECEIPTS, lambda c: replace(
            c, receipts=_swapped(c.receipts, 0, 1))),
        "a changed record's content": Forgery(
            "record-mismatch", "records/000002.json", lambda c: replace(
                c, records=_other(c.records, 2))),
        "content under another number": Forgery(
            "record-mismatch", "records/000001.json", lambda c: replace(
                c, records={1: c.records[2]})),
        "content of no record": Forgery("record-mismatch", "records/000009.json", lambda c: replace(
            c, records={**c.records, 9: Disclosure(os.urandom(32), b"{}")})),
        "another place seen": Forgery(
            "sighting-mismatch", "sightings/000003.json", lambda c: replace(
                c, sightings=_other(c.sightings, 3))),
        "a sighting without receipt": Forgery(
            "sighting-mismatch", "sightings/000002.json", lambda c: replace(
                c, sightings={2: c.sightings[3]})),
        "another picture": Forgery("media-mismatch", "media/000003-0.jpg", lambda c: replace(
            c, media={"media/000003-0.jpg": JPEG[::-1]})),
        "a picture of no shown record": Forgery("media-mismatch", "media/000003-0.jpg", lambda c:
            replace(c, records={2: c.records[2]})),
        "a name in other words": Forgery("media-mismatch", "media/3-0.jpg", lambda c: replace(
            c, media={"media/3-0.jpg": JPEG})),
        "a folder of its own": Forgery("added-file", "more/evidence.txt", lambda c: replace(
            c, media={"more/evidence.txt": b"trust me"})),
    }  # fmt: skip


def _of_honest_keys(story: PackStory) -> dict[str, Forgery]:
    """What laptop or portal signed, but not there."""
    return {
        "a segment out of nowhere": Forgery("broken-chain", pack.CHAIN, lambda c: replace(
            c, skeletons=(*c.skeletons, story.sign(NOW + 5, os.urandom(32), Kind.SEGMENT_START)))),
        "a segment set back": Forgery("broken-chain", pack.CHAIN, lambda c: replace(
            c, skeletons=(*c.skeletons, story.sign(2, _first(c), Kind.SEGMENT_START)))),
        "a number left out": Forgery("broken-chain", pack.CHAIN, lambda c: replace(
            c, skeletons=(*c.skeletons, story.sign(NOW + 9, story.laptop.prev)))),
        "a record for another laptop": Forgery("bad-envelope", pack.CHAIN, lambda c: replace(
            c, skeletons=(*c.skeletons, story.sign(NOW + 2, story.laptop.prev, of=bytes(16))))),
        "a receipt twice": Forgery("bad-receipt", pack.RECEIPTS, lambda c: replace(
            c, receipts=(c.receipts[0], *c.receipts))),
        "a receipt for another record": Forgery("bad-receipt", pack.RECEIPTS, lambda c: replace(
            c, receipts=(story.testimony(3, os.urandom(32)),))),
        "a receipt for another laptop": Forgery("bad-receipt", pack.RECEIPTS, lambda c: replace(
            c, receipts=(story.testimony(NOW + 1, story.laptop.prev, of=bytes(16)),))),
        "a receipt nobody signed": Forgery("bad-receipt", pack.RECEIPTS, lambda c: replace(
            c, receipts=(_flipped(c.receipts[0], 150), *c.receipts[1:]))),
    }  # fmt: skip


def resigned(story: PackStory, contents: Contents) -> Iterator[tuple[str, str, bytes]]:
    """(code, file, pack) where the manifest itself is at fault."""
    whole = pack.make(contents, story.owner)
    mallory = crypto.SigningKey.generate()
    yield "foreign-owner", pack.SIGNATURE, pack.make(contents, mallory)
    files = zipped.read(whole)
    signature = mallory.sign("pack", files[pack.MANIFEST])
    unsigned = story.owner.public + signature
    yield "bad-manifest", pack.MANIFEST, zipped.write(files | {pack.SIGNATURE: unsigned})
    for use in ("orders", "receipt"):
        other = story.owner.public + story.owner.sign(use, files[pack.MANIFEST])
        yield "bad-manifest", pack.MANIFEST, zipped.write(files | {pack.SIGNATURE: other})
    said = from_json(files[pack.MANIFEST])
    for wrong in ({"v": 2}, {"files": []}, {"salts": {"records/000002.json": "AA"}}, {"made": -1}):
        yield "bad-manifest", pack.MANIFEST, _signed(story, files, said | wrong)
    salts = said["salts"] | {"records/000009.json": b64(bytes(32))}
    made = _signed(story, files, said | {"salts": salts})
    yield "missing-file", "records/000009.json", made
    yield "added-file", "records/000002.json", _signed(story, files, said | {"salts": {}})
    yield "added-file", "records/0000002.json", _renamed(story, files, said, "records/0000002.json")


def _renamed(story: PackStory, files: dict[str, bytes], said: dict[str, Any], name: str) -> bytes:
    """A shown record that also stands under another name for the same number."""
    again = "records/000002.json"
    more = {part: said[part] | {name: said[part][again]} for part in ("salts", "files")}
    return _signed(story, files | {name: files[again]}, said | more)


def _signed(story: PackStory, files: dict[str, bytes], said: dict[str, Any]) -> bytes:
    """The same files under another manifest of the owner's."""
    signed = to_json(said)
    signature = story.owner.public + story.owner.sign("pack", signed)
    return zipped.write(files | {pack.MANIFEST: signed, pack.SIGNATURE: signature})


def rezipped(whole: bytes) -> Iterator[tuple[str, str, bytes]]:
    """(code, file, pack) for files exchanged, lost or put in by somebody without the key."""
    files = zipped.read(whole)
    for name, data in files.items():
        lacking = {other: held for other, held in files.items() if other != name}
        yield "missing-file", name, zipped.write(lacking)
        if not name.startswith("manifest."):
            yield "changed-file", name, zipped.write(files | {name: _flipped(data, 0)})
    for name in ("note.txt", "records/000001.json", "orders/000003.bin", "media/000002-0.jpg"):
        yield "added-file", name, zipped.write(files | {name: b"more"})
