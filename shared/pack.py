"""Evidence pack (owner -> anyone), protocol.md 10: what stands in it and who vouches for it.

A ZIP of these files, and nothing else:

    README.txt report.html verify.html      for people; the report is what the owner's client drew
    orders/000001.bin …                     every orders document from serial 1
    chain.bin                               the 204 bytes of every envelope, in their order
    receipts.bin                            184 bytes each, in their order
    records/000012.json …                   the plaintext of each disclosed record, as sealed
    sightings/000012.json …                 what the portal saw of its check-in
    media/000012-0.jpg …                    the pictures it speaks of, opened
    manifest.json                           salts, keys, and the SHA-256 of every file above
    manifest.sig                            OSK(32) || SIGN(OSK, "pack", manifest.json)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared import crypto, zipped
from shared.disclosure import Disclosure
from shared.encoding import b64, binary, from_json, items, mapping, number, text, to_json
from shared.errors import Malformed
from shared.pairing import Offer, parse_offer

VERSION = 1
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
README, REPORT, VERIFIER = "README.txt", "report.html", "verify.html"
CHAIN, RECEIPTS = "chain.bin", "receipts.bin"
FOR_PEOPLE = (README, REPORT, VERIFIER)
MAX_SEQ = 2**53 - 1  # what both a browser and Python can count to
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class PortalKey:
    """A receipt key (PRK), since and until when (ms) the portal says it uses it."""

    public: bytes
    since: int
    until: int | None

    def was_used(self, at: int) -> bool:
        return self.since <= at and (self.until is None or at <= self.until)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the owner's signature covers. `salts` by file name, `files` the SHA-256 of each."""

    laptop: str
    made: int
    offer: Offer
    portal_keys: tuple[PortalKey, ...]
    salts: Mapping[str, bytes]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into a pack. `records` and `sightings` by seq, `media` by file name."""

    laptop: str
    made: int
    offer: Offer
    portal_keys: tuple[PortalKey, ...]
    orders: tuple[bytes, ...]
    skeletons: tuple[bytes, ...]
    receipts: tuple[bytes, ...]
    records: Mapping[int, Disclosure]
    sightings: Mapping[int, Disclosure]
    media: Mapping[str, bytes]
    for_people: Mapping[str, bytes]


def record_name(seq: int) -> str:
    return f"records/{seq:06}.json"


def sighting_name(seq: int) -> str:
    return f"sightings/{seq:06}.json"


def orders_name(serial: int) -> str:
    return f"orders/{serial:06}.bin"


def media_name(seq: int, index: int, mime: str) -> str:
    """A type nobody shows as a picture gets an ending nobody opens."""
    return f"media/{seq:06}-{index}.{_ENDINGS.get(mime, 'bin')}"


def make(contents: Contents, owner: crypto.SigningKey) -> bytes:
    """The whole pack, signed; raises TooLarge."""
    files = _files(contents)
    shown = {record_name(seq): one for seq, one in contents.records.items()}
    shown |= {sighting_name(seq): one for seq, one in contents.sightings.items()}
    manifest = Manifest(
        contents.laptop, contents.made, contents.offer, contents.portal_keys,
        {name: one.salt for name, one in shown.items()},
        {name: crypto.sha256(data).hex() for name, data in files.items()},
    )  # fmt: skip
    signed = to_json(_to_json(manifest))
    signature = owner.public + owner.sign("pack", signed)
    return zipped.write(files | {MANIFEST: signed, SIGNATURE: signature})


def _files(contents: Contents) -> dict[str, bytes]:
    files = {name: contents.for_people[name] for name in FOR_PEOPLE}
    files |= {orders_name(i): raw for i, raw in enumerate(contents.orders, start=1)}
    files |= {CHAIN: b"".join(contents.skeletons), RECEIPTS: b"".join(contents.receipts)}
    files |= {record_name(seq): one.plaintext for seq, one in sorted(contents.records.items())}
    files |= {sighting_name(s): one.plaintext for s, one in sorted(contents.sightings.items())}
    return files | dict(sorted(contents.media.items()))


def _to_json(manifest: Manifest) -> dict[str, Any]:
    return {
        "v": VERSION,
        "laptop": manifest.laptop,
        "made": manifest.made,
        "offer": b64(manifest.offer.raw),
        "portal_keys": [
            {"public": b64(key.public), "from": key.since, "until": key.until}
            for key in manifest.portal_keys
        ],
        "salts": {name: b64(salt) for name, salt in manifest.salts.items()},
        "files": dict(manifest.files),
    }


def parse_manifest(signed: bytes) -> Manifest:
    """Raises Malformed. Check the signature first."""
    data = from_json(signed)
    try:
        if number(data["v"]) != VERSION:
            raise Malformed("a manifest of another version")
        return Manifest(
            laptop=text(data["laptop"]),
            made=number(data["made"], 0, MAX_SEQ),
            offer=parse_offer(binary(data["offer"])),
            portal_keys=tuple(_portal_key(mapping(key)) for key in items(data["portal_keys"])),
            salts={name: binary(salt, 32) for name, salt in mapping(data["salts"]).items()},
            files={name: _digest(said) for name, said in mapping(data["files"]).items()},
        )
    except KeyError as error:
        raise Malformed("a manifest lacks something") from error


def _portal_key(data: dict[str, Any]) -> PortalKey:
    until = data["until"]
    since = number(data["from"], 0, MAX_SEQ)
    ends = None if until is None else number(until, 0, MAX_SEQ)
    return PortalKey(binary(data["public"], crypto.KEY_SIZE), since, ends)


def _digest(value: Any) -> str:
    said = text(value)
    if not _SHA256.fullmatch(said):
        raise Malformed("not a SHA-256")
    return said


def check_signature(files: Mapping[str, bytes]) -> bytes:
    """The key that signed the manifest; raises BadSignature, Malformed."""
    raw = files[SIGNATURE]
    if len(raw) != crypto.KEY_SIZE + crypto.SIGNATURE_SIZE:
        raise Malformed("a manifest's signature has 96 bytes")
    owner, signature = raw[: crypto.KEY_SIZE], raw[crypto.KEY_SIZE :]
    crypto.verify(owner, "pack", signature, files[MANIFEST])
    return owner
