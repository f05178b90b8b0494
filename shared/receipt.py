"""Receipts (portal -> laptop and owner), protocol.md 7: 184 bytes the portal cannot take back."""

import struct
from dataclasses import dataclass

from shared import crypto
from shared.errors import Malformed, UnknownSigner, UnknownSuite

MAGIC = b"HWR1"
HEADER = struct.Struct(">4sB3s16sQ32sQ32s16s")
SIZE = HEADER.size + crypto.SIGNATURE_SIZE
TAIL = 72  # from here on: what a stored report does not say anyhow


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything of this device up to `seq`, whose chain hash this is, was stored at `received`.

    `received` in Unix milliseconds by the portal's clock.
    """

    device_id: bytes
    seq: int
    chain_hash: bytes
    received: int
    sighting_commit: bytes
    signer: bytes
    raw: bytes

    def verify(self, portal_key: bytes) -> None:
        """Raises UnknownSigner when another portal key signed, BadSignature."""
        if self.signer != crypto.key_id(portal_key):
            raise UnknownSigner("a receipt of a portal key that is not known")
        head, signature = self.raw[: HEADER.size], self.raw[HEADER.size :]
        crypto.verify(portal_key, "receipt", signature, head)


def make(
    device_id: bytes,
    seq: int,
    chain_hash: bytes,
    received: int,
    sighting_commit: bytes,
    portal_key: crypto.SigningKey,
) -> bytes:
    """Sign a receipt; 184 bytes."""
    head = HEADER.pack(
        MAGIC, crypto.SUITE, bytes(3), device_id, seq, chain_hash, received,
        sighting_commit, portal_key.id,
    )  # fmt: skip
    return head + portal_key.sign("receipt", head)


def parse(raw: bytes) -> Receipt:
    """Read one receipt; raises Malformed, UnknownSuite. Verifies nothing."""
    if len(raw) != SIZE:
        raise Malformed(f"a receipt has {SIZE} bytes")
    magic, suite, zero, device_id, seq, chain, received, commit, signer = HEADER.unpack_from(raw)
    if magic != MAGIC or any(zero):
        raise Malformed("not a receipt")
    if suite != crypto.SUITE:
        raise UnknownSuite(f"suite {suite} is not spoken here")
    return Receipt(device_id, seq, chain, received, commit, signer, raw)


def whole(device_id: bytes, seq: int, chain_hash: bytes, received: int, tail: bytes) -> bytes:
    """The 184 bytes again, of the last 112 and of the report they stand with (protocol.md 7)."""
    head = HEADER.pack(
        MAGIC, crypto.SUITE, bytes(3), device_id, seq, chain_hash, received, bytes(32), bytes(16)
    )
    return head[:TAIL] + tail
