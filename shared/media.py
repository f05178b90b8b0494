"""Media (laptop -> owner), protocol.md 8: one file, one random key, Cobblestone-256."""

import os
from dataclasses import dataclass
from typing import Any

from shared import crypto
from shared.disclosure import Disclosure
from shared.encoding import b64, binary, number, text
from shared.envelope import Attachment
from shared.errors import BodyMismatch, Malformed

MAX_SIZE = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class MediaKey:
    """What the sealed record says of a file, enough to open and to disclose it."""

    key: bytes
    mime: str
    length: int
    salt: bytes
    commit: bytes

    def to_json(self) -> dict[str, Any]:
        return {
            "key": b64(self.key),
            "mime": self.mime,
            "length": self.length,
            "salt": b64(self.salt),
            "commit": b64(self.commit),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "MediaKey":
        """Undo `to_json`; raises Malformed."""
        try:
            key, salt, commit = (binary(data[name], 32) for name in ("key", "salt", "commit"))
            return cls(key, text(data["mime"]), number(data["length"]), salt, commit)
        except (KeyError, TypeError) as error:
            raise Malformed("a media key lacks something") from error


@dataclass(frozen=True, slots=True)
class SealedMedia:
    """`ciphertext` is uploaded; `key` goes into the sealed record and nowhere else."""

    ciphertext: bytes
    key: MediaKey

    @property
    def attachment(self) -> Attachment:
        return Attachment(crypto.sha256(self.ciphertext), len(self.ciphertext))


def seal(plaintext: bytes, mime: str, device_id: bytes, seq: int, index: int) -> SealedMedia:
    """Seal one file for its place in the chain (`index` in the record's list, from 0)."""
    key = os.urandom(crypto.KEY_SIZE)
    disclosure = Disclosure.of(plaintext)
    ciphertext = crypto.stream_seal(key, _context(device_id, seq, index), plaintext)
    media_key = MediaKey(key, mime, len(plaintext), disclosure.salt, disclosure.commit)
    return SealedMedia(ciphertext, media_key)


def open_media(
    ciphertext: bytes, attachment: Attachment, key: MediaKey, place: tuple[bytes, int, int]
) -> bytes:
    """Open with the record's key; `place` is (device_id, seq, index).

    Raises BodyMismatch, CannotOpen.
    """
    if attachment != Attachment(crypto.sha256(ciphertext), len(ciphertext)):
        raise BodyMismatch("the file is not the one the signed record lists")
    plaintext = crypto.stream_open(key.key, _context(*place), ciphertext)
    if not crypto.same(Disclosure(key.salt, plaintext).commit, key.commit):
        raise BodyMismatch("the file is not the one the record commits to")
    return plaintext


def _context(device_id: bytes, seq: int, index: int) -> bytes:
    return crypto.domain("media") + device_id + seq.to_bytes(8, "big") + bytes([index])
