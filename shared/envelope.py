"""Envelope (laptop -> owner), protocol.md 6: 140 B header, 64 B signature, sealed body.

Whoever holds only the first 204 bytes, the skeleton, can still verify the chain; a body may be
erased. On the wire a skeleton travels behind the magic "HWS1" (docs/decisions/0004).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from shared import crypto
from shared.disclosure import Disclosure, unpad
from shared.errors import BodyMismatch, Malformed, TooLarge, UnknownSuite

MAGIC = b"HWE1"
SKELETON_MAGIC = b"HWS1"
HEADER = struct.Struct(">4sBBH16sIIQ32s32s32sI")
SKELETON_SIZE = HEADER.size + crypto.SIGNATURE_SIZE
MAX_BODY = 64 * 1024
MAX_ATTACHMENTS = 32
_SEALED_CONTEXT = 104  # header bytes before body_hash
_ATTACHMENT = struct.Struct(">32sQ")


class Kind(IntEnum):
    RECORD = 1
    SEGMENT_START = 2  # after the laptop lost its state: a new stretch of the chain


@dataclass(frozen=True, slots=True)
class Attachment:
    """A media file the record speaks of: SHA-256 and size, both of the ciphertext."""

    sha256: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Header:
    """The signed 140 bytes. `seq` counts from 0 without gaps inside a segment."""

    kind: Kind
    device_id: bytes
    epoch: int
    seq: int
    prev: bytes
    commit: bytes
    body_hash: bytes
    body_len: int

    def pack(self) -> bytes:
        return HEADER.pack(
            MAGIC, crypto.SUITE, self.kind, 0, self.device_id, self.epoch, 0,
            self.seq, self.prev, self.commit, self.body_hash, self.body_len,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Envelope:
    """A parsed envelope; `body` is None for a skeleton. Not yet verified."""

    header: Header
    signed: bytes  # the 140 bytes as they came
    signature: bytes
    body: bytes | None

    @property
    def skeleton(self) -> bytes:
        """The 204 bytes that carry the chain."""
        return self.signed + self.signature

    @property
    def wire(self) -> bytes:
        """The bytes to send."""
        if self.body is None:
            return SKELETON_MAGIC + self.skeleton
        return self.skeleton + self.body

    @property
    def chain_hash(self) -> bytes:
        """What the next envelope's `prev` must say, 32 bytes."""
        return crypto.sha256(crypto.domain("chain"), self.signed, self.signature)

    def without_body(self) -> "Envelope":
        return Envelope(self.header, self.signed, self.signature, None)

    def verify(self, device_key: bytes) -> None:
        """Check body hash and signature; raises BodyMismatch, BadSignature."""
        if self.body is not None and crypto.sha256(self.body) != self.header.body_hash:
            raise BodyMismatch("the body is not the one that was signed")
        crypto.verify(device_key, "envelope", self.signature, self.signed)

    def attachments(self) -> tuple[Attachment, ...]:
        """The media this record lists; raises Malformed."""
        return split_body(self.body)[0] if self.body is not None else ()

    def open(self, vault_key: crypto.OpeningKey) -> Disclosure:
        """Open as the owner; raises CannotOpen, BodyMismatch, Malformed.

        Call `verify` first: opening proves what was sealed, not who sealed it.
        """
        if self.body is None:
            raise BodyMismatch("the body was erased; only its skeleton is left")
        sealed = split_body(self.body)[1]
        disclosure = unpad(vault_key.open("hpke/report", self.signed[:_SEALED_CONTEXT], sealed))
        if not crypto.same(disclosure.commit, self.header.commit):
            raise BodyMismatch("the sealed record is not the one the header commits to")
        return disclosure


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the chain an envelope goes."""

    device_id: bytes
    epoch: int
    seq: int
    prev: bytes
    kind: Kind = Kind.RECORD


def make(
    place: Place,
    plaintext: bytes,
    attachments: tuple[Attachment, ...],
    vault_key: bytes,
    device_key: crypto.SigningKey,
) -> Envelope:
    """Seal one record to the owner and sign it; raises TooLarge over 64 KiB of body."""
    if len(attachments) > MAX_ATTACHMENTS:
        raise TooLarge(f"a record may list {MAX_ATTACHMENTS} files")
    disclosure = Disclosure.of(plaintext)
    head = Header(
        place.kind, place.device_id, place.epoch, place.seq, place.prev,
        disclosure.commit, bytes(32), 0,
    )  # fmt: skip
    listed = b"".join(_ATTACHMENT.pack(a.sha256, a.size) for a in attachments)
    context = head.pack()[:_SEALED_CONTEXT]
    sealed = crypto.seal(vault_key, "hpke/report", context, disclosure.padded())
    body = bytes([len(attachments)]) + listed + sealed
    if len(body) > MAX_BODY:
        raise TooLarge(f"a record's body may have {MAX_BODY} bytes, this has {len(body)}")
    signed = context + crypto.sha256(body) + struct.pack(">I", len(body))
    return Envelope(parse_header(signed), signed, device_key.sign("envelope", signed), body)


def parse_header(signed: bytes) -> Header:
    """The 140 bytes; raises Malformed, UnknownSuite, TooLarge."""
    if len(signed) != HEADER.size:
        raise Malformed("an envelope's header has 140 bytes")
    magic, suite, kind, flags, device_id, epoch, zero, seq, prev, commit, digest, size = (
        HEADER.unpack(signed)
    )
    if magic != MAGIC:
        raise Malformed("not an envelope")
    if suite != crypto.SUITE:
        raise UnknownSuite(f"suite {suite} is not spoken here")
    if flags or zero or kind not in (Kind.RECORD, Kind.SEGMENT_START):
        raise Malformed("a reserved bit is set, or the kind is unknown")
    if size > MAX_BODY:
        raise TooLarge(f"a body may have {MAX_BODY} bytes")
    return Header(Kind(kind), device_id, epoch, seq, prev, commit, digest, size)


def parse(data: bytes) -> Envelope:
    """Exactly one envelope or skeleton; raises Malformed, UnknownSuite, TooLarge."""
    found = list(parse_many(data))
    if len(found) != 1:
        raise Malformed("exactly one envelope was expected")
    return found[0]


def parse_many(data: bytes) -> Iterator[Envelope]:
    """Envelopes and skeletons one after another, as a check-in carries them.

    Yields as it goes; raises Malformed, UnknownSuite or TooLarge at the first bad byte.
    """
    at = 0
    while at < len(data):
        erased = data[at : at + 4] == SKELETON_MAGIC
        at += len(SKELETON_MAGIC) if erased else 0
        skeleton = data[at : at + SKELETON_SIZE]
        if len(skeleton) != SKELETON_SIZE:
            raise Malformed("an envelope is cut off in its header")
        signed, signature = skeleton[: HEADER.size], skeleton[HEADER.size :]
        header = parse_header(signed)
        at += SKELETON_SIZE
        if erased:
            yield Envelope(header, signed, signature, None)
            continue
        body = data[at : at + header.body_len]
        if len(body) != header.body_len:
            raise Malformed("an envelope is cut off in its body")
        at += header.body_len
        yield Envelope(header, signed, signature, body)


def split_body(body: bytes) -> tuple[tuple[Attachment, ...], bytes]:
    """(attachments, sealed bytes) of a body; raises Malformed."""
    count = body[0] if body else 0
    end = 1 + count * _ATTACHMENT.size
    if not body or count > MAX_ATTACHMENTS or len(body) < end + crypto.SEAL_OVERHEAD:
        raise Malformed("a body is shorter than its own list of attachments")
    listed = (_ATTACHMENT.unpack_from(body, 1 + i * _ATTACHMENT.size) for i in range(count))
    return tuple(Attachment(sha, size) for sha, size in listed), body[end:]
