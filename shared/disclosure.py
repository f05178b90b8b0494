"""What a commitment opens to: salt and plaintext, hidden until the owner shows this one record.

protocol.md 6: commit = H(D("homeward/v1/commit") || salt(32) || len(4) || pt), and what gets
sealed is salt || len || pt || zeros to a multiple of 512, so that length tells little.
"""

import os
from dataclasses import dataclass

from shared import crypto
from shared.errors import Malformed

BLOCK = 512
_SALT = 32
_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Disclosure:
    """`salt` 32 bytes, `plaintext` any length that fits its document."""

    salt: bytes
    plaintext: bytes

    @classmethod
    def of(cls, plaintext: bytes) -> "Disclosure":
        """Give a plaintext its fresh salt."""
        return cls(os.urandom(_SALT), plaintext)

    @property
    def commit(self) -> bytes:
        """32 bytes that bind without revealing."""
        return crypto.sha256(crypto.domain("commit"), self.salt, self._length(), self.plaintext)

    def padded(self) -> bytes:
        """The bytes to seal, a multiple of 512 long."""
        data = self.salt + self._length() + self.plaintext
        return data + bytes(-len(data) % BLOCK)

    def _length(self) -> bytes:
        return len(self.plaintext).to_bytes(_LENGTH, "big")


def unpad(padded: bytes) -> Disclosure:
    """Undo `Disclosure.padded`; raises Malformed, also for padding that is not zeros."""
    if len(padded) < BLOCK or len(padded) % BLOCK:
        raise Malformed("not padded to a multiple of 512")
    length = int.from_bytes(padded[_SALT : _SALT + _LENGTH], "big")
    end = _SALT + _LENGTH + length
    if len(padded) - end not in range(BLOCK) or any(padded[end:]):
        raise Malformed("padding is not what the length says")
    return Disclosure(padded[:_SALT], padded[_SALT + _LENGTH : end])
