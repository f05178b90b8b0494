"""Check an evidence pack, protocol.md 10, with no secret, account or portal: first error named.

The order is fixed, so that every program that checks a pack names the same thing: container,
manifest, files, orders, chain, receipts, records, sightings, pictures.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from shared import crypto, envelope, orders, pack, receipt, zipped
from shared.disclosure import Disclosure
from shared.encoding import from_json, number
from shared.envelope import Envelope, Kind
from shared.errors import Malformed, OutOfOrder, ProtocolError, UnknownSigner, WrongDevice
from shared.media import MediaKey
from shared.orders import Orders
from shared.pack import Manifest
from shared.packerrors import BrokenPack, Wrong
from shared.receipt import Receipt

_SIGNING = (pack.MANIFEST, pack.SIGNATURE)
_Said = dict[int, dict[str, Any] | None]
_FIXED = (*pack.FOR_PEOPLE, pack.CHAIN, pack.RECEIPTS)


@dataclass(frozen=True, slots=True)
class Shown:
    """One disclosed report; `received` is when the portal had it (ms), where a receipt says."""

    seq: int
    received: int | None
    record: dict[str, Any] | None
    sighting: dict[str, Any] | None
    media: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A pack in which everything holds. `segments` are reports before which memory was lost."""

    manifest: Manifest
    owner: bytes
    reports: int
    receipts: int
    segments: tuple[int, ...]
    shown: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class _Pack:
    files: Mapping[str, bytes]
    manifest: Manifest


def check(data: bytes) -> Checked:
    """Everything, in order; raises BrokenPack."""
    files = _unpacked(data)
    owner, manifest = _manifest(files)
    held = _Pack(files, manifest)
    _check_files(held)
    given = _check_orders(held, owner)
    chain = _check_chain(held, given)
    receipts = _check_receipts(held, chain)
    records = _check_records(held, chain)
    sightings = _check_sightings(held, receipts)
    media = _check_media(held, records)
    segments = tuple(s for s, one in chain.items() if one.header.kind is Kind.SEGMENT_START)
    received = _received(receipts)
    shown = tuple(
        Shown(seq, received(seq), record, sightings.get(seq), media[seq])
        for seq, record in records.items()
    )
    return Checked(manifest, owner, len(chain), len(receipts), segments, shown)


def _unpacked(data: bytes) -> dict[str, bytes]:
    try:
        return zipped.read(data)
    except zipped.Damaged as error:
        raise BrokenPack(Wrong.DAMAGED, error.file or "The pack's own table") from error
    except ProtocolError as error:
        raise BrokenPack(Wrong.NOT_A_PACK, "") from error


def _manifest(files: Mapping[str, bytes]) -> tuple[bytes, Manifest]:
    for name in _SIGNING:
        if name not in files:
            raise BrokenPack(Wrong.MISSING_FILE, name)
    try:
        return pack.check_signature(files), pack.parse_manifest(files[pack.MANIFEST])
    except ProtocolError as error:
        raise BrokenPack(Wrong.BAD_MANIFEST, pack.MANIFEST) from error


def _check_files(held: _Pack) -> None:
    """Exactly the signed ones, and each one the signed one."""
    signed, here = held.manifest.files, held.files
    for name in (*_FIXED, *signed, *held.manifest.salts):
        if name not in here:
            raise BrokenPack(Wrong.MISSING_FILE, name)
    for name, data in here.items():
        if name in _SIGNING:
            continue
        if name not in signed or not _has_a_place(name, held.manifest):
            raise BrokenPack(Wrong.ADDED_FILE, name)
        if crypto.sha256(data).hex() != signed[name]:
            raise BrokenPack(Wrong.CHANGED_FILE, name)


def _has_a_place(name: str, manifest: Manifest) -> bool:
    """Records and sightings come with their salts; orders and pictures are counted later."""
    if name.startswith(("records/", "sightings/")):
        return name in manifest.salts
    return name in _FIXED or name.startswith(("orders/", "media/"))


def _check_orders(held: _Pack, owner: bytes) -> list[Orders]:
    given: list[Orders] = []
    names = [name for name in held.files if name.startswith("orders/")]
    for serial in range(1, max(len(names), 1) + 1):
        name = pack.orders_name(serial)
        if name not in held.files:
            raise BrokenPack(Wrong.MISSING_FILE, name)
        given.append(_order(held, name, given[-1] if given else None))
    if given[-1].will.owner != owner:
        raise BrokenPack(Wrong.FOREIGN_OWNER, pack.SIGNATURE)
    return given


def _order(held: _Pack, name: str, before: Orders | None) -> Orders:
    """The first names the owner itself; that this is the right person, its fingerprint tells."""
    try:
        document = orders.parse(held.files[name])
        orders.accept(document, before, held.manifest.offer.device_id, document.will.owner)
    except ProtocolError as error:
        raise BrokenPack(Wrong.BAD_ORDERS, name) from error
    return document


def _check_chain(held: _Pack, given: list[Orders]) -> dict[int, Envelope]:
    """Every envelope by its seq."""
    chain: dict[int, Envelope] = {}
    hashes = {document.hash for document in given}
    expected, previous = 0, given[0].hash
    for skeleton in _cut(held.files[pack.CHAIN], envelope.SKELETON_SIZE):
        one = _envelope(skeleton, expected, held.manifest)
        seq, prev = one.header.seq, one.header.prev
        anew = one.header.kind is Kind.SEGMENT_START and seq >= expected and prev in hashes
        if not anew and (seq, prev) != (expected, previous):
            raise BrokenPack(Wrong.BROKEN_CHAIN, pack.CHAIN, seq)
        chain[seq] = one
        expected, previous = seq + 1, one.chain_hash
    return chain


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def _envelope(skeleton: bytes, expected: int, manifest: Manifest) -> Envelope:
    try:
        one = envelope.parse(envelope.SKELETON_MAGIC + skeleton)
        one.verify(manifest.offer.device_key)
        if one.header.device_id != manifest.offer.device_id or one.header.seq > pack.MAX_SEQ:
            raise Malformed("an envelope of another laptop")
    except ProtocolError as error:
        raise BrokenPack(Wrong.BAD_ENVELOPE, pack.CHAIN, expected) from error
    return one


def _check_receipts(held: _Pack, chain: dict[int, Envelope]) -> dict[int, Receipt]:
    """Every receipt by its seq, which rises."""
    receipts: dict[int, Receipt] = {}
    last = -1
    for raw in _cut(held.files[pack.RECEIPTS], receipt.SIZE):
        try:
            one = receipt.parse(raw)
            _check_receipt(one, held.manifest, chain)
        except ProtocolError as error:
            raise BrokenPack(Wrong.BAD_RECEIPT, pack.RECEIPTS, last + 1) from error
        if one.seq <= last:
            raise BrokenPack(Wrong.BAD_RECEIPT, pack.RECEIPTS, last + 1)
        receipts[one.seq] = one
        last = one.seq
    return receipts


def _check_receipt(one: Receipt, manifest: Manifest, chain: dict[int, Envelope]) -> None:
    """Signed by a key that was the portal's then, for this report of this laptop."""
    keys = {crypto.key_id(key.public): key for key in manifest.portal_keys}
    key = keys.get(one.signer)
    if key is None or not key.was_used(one.received):
        raise UnknownSigner("a receipt of no key of the portal at that time")
    one.verify(key.public)
    about = chain.get(one.seq)
    if about is None or about.chain_hash != one.chain_hash:
        raise OutOfOrder("a receipt for another report")
    if one.device_id != manifest.offer.device_id:
        raise WrongDevice("a receipt for another laptop")


def _check_records(held: _Pack, chain: dict[int, Envelope]) -> _Said:
    """Every disclosed record by its seq."""
    records = {}
    for seq, name, shown in _disclosed(held, pack.record_name):
        if seq not in chain or not crypto.same(shown.commit, chain[seq].header.commit):
            raise BrokenPack(Wrong.RECORD_MISMATCH, name, seq)
        records[seq] = _read(shown)
    return records


def _check_sightings(held: _Pack, receipts: dict[int, Receipt]) -> _Said:
    sightings = {}
    for seq, name, shown in _disclosed(held, pack.sighting_name):
        if seq not in receipts or not crypto.same(shown.commit, receipts[seq].sighting_commit):
            raise BrokenPack(Wrong.SIGHTING_MISMATCH, name, seq)
        sightings[seq] = _read(shown)
    return sightings


def _read(shown: Disclosure) -> dict[str, Any] | None:
    """None where genuine bytes are no JSON: that they were signed is all there is to prove."""
    with suppress(Malformed):
        return from_json(shown.plaintext)
    return None


def _disclosed(held: _Pack, name_of: Callable[[int], str]) -> Iterator[tuple[int, str, Disclosure]]:
    """(seq, file name, what is shown) of one folder; the name says the seq in one way only."""
    folder = name_of(0).partition("/")[0]
    for name in held.files:
        if not name.startswith(f"{folder}/"):
            continue
        stem = name.partition("/")[2].partition(".")[0]
        seq = int(stem) if stem.isdecimal() else -1
        if not 0 <= seq <= pack.MAX_SEQ or name_of(seq) != name:
            raise BrokenPack(Wrong.ADDED_FILE, name)
        yield seq, name, Disclosure(held.manifest.salts[name], held.files[name])


def _check_media(held: _Pack, records: _Said) -> dict[int, tuple[str, ...]]:
    """The pictures of each disclosed record; each must be one that its record commits to."""
    named = {seq: list(_pictures(seq, record)) for seq, record in records.items()}
    claimed: dict[str, list[MediaKey]] = {}
    for pictures in named.values():
        for name, key in pictures:
            claimed.setdefault(name, []).append(key)
    for name, data in held.files.items():
        keys = claimed.get(name, [])
        genuine = any(crypto.same(Disclosure(key.salt, data).commit, key.commit) for key in keys)
        if name.startswith("media/") and not genuine:
            raise BrokenPack(Wrong.MEDIA_MISMATCH, name)
    return {
        seq: tuple(sorted({name for name, _ in pictures if name in held.files}))
        for seq, pictures in named.items()
    }


def _pictures(seq: int, record: dict[str, Any] | None) -> Iterator[tuple[str, MediaKey]]:
    """Whatever shape a laptop may have sent: what is no picture is left out."""
    readings = (record or {}).get("readings")
    camera = readings.get("camera") if isinstance(readings, dict) else None
    listed = camera.get("cameras") if isinstance(camera, dict) else None
    for one in listed if isinstance(listed, list) else []:
        try:
            key, index = MediaKey.from_json(one["media"]), number(one["index"], 0, 255)
        except (ProtocolError, KeyError, TypeError):
            continue
        yield pack.media_name(seq, index, key.mime), key


def _received(receipts: dict[int, Receipt]) -> Callable[[int], int | None]:
    """When the portal had a report: a receipt speaks for its own and all before it."""
    held = list(receipts)  # rising

    def at(seq: int) -> int | None:
        following = bisect_left(held, seq)
        return receipts[held[following]].received if following < len(held) else None

    return at
