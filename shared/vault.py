"""The owner's keys, protocol.md 1 and 2: passwords and codes to slots, slots to the account key,
the account key to keyring and directory. Only the owner's side ever holds what opens them.
"""

import os
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from shared import crypto
from shared.encoding import crockford, from_json, number, to_json, uncrockford
from shared.errors import CannotOpen, Malformed, WeakKdf

SLOT_SIZE = 92
WRAPPED_SIZE = 76
RECOVERY_SIZE = 20
_IV = 12


@dataclass(frozen=True, slots=True)
class Kdf:
    """Argon2id costs: memory in KiB, passes, lanes. The defaults are the floor."""

    m: int = 65_536
    t: int = 3
    p: int = 1


FLOOR = Kdf()


def check_kdf(kdf: Kdf, least: Kdf = FLOOR) -> None:
    """Refuse a portal that asks for weaker or absurd hashing; raises WeakKdf."""
    if any(type(cost) is not int for cost in (kdf.m, kdf.t, kdf.p)):
        raise WeakKdf("the portal's costs of password hashing are not numbers")
    if kdf.m < max(FLOOR.m, least.m) or kdf.t < max(FLOOR.t, least.t) or kdf.p != 1:
        raise WeakKdf("the portal asks for weaker password hashing than this account had")
    if kdf.m > 1024 * 1024 or kdf.t > 10:
        raise WeakKdf("the portal asks for more password hashing than is sensible")


def email_norm(email: str) -> str:
    """Trim, NFC, lower-case A-Z and nothing else."""
    trimmed = unicodedata.normalize("NFC", email.strip())
    return "".join(c.lower() if "A" <= c <= "Z" else c for c in trimmed)


@dataclass(frozen=True, slots=True)
class Unlocker:
    """What one way of unlocking gives: a verifier to sign in, KEK and KC to open a slot."""

    verifier: bytes
    kek: bytes
    commit: bytes


def from_password(password: str, email: str, account_salt: bytes, kdf: Kdf) -> Unlocker:
    """Argon2id to MK, HKDF to the rest (protocol.md 2). Takes a good part of a second.

    Raises WeakKdf, so that no caller can forget to check.
    """
    check_kdf(kdf)
    norm = email_norm(email).encode()
    salt = crypto.sha256(crypto.domain("pw-salt"), norm, b"\0", account_salt)[:16]
    secret = unicodedata.normalize("NFKC", password).encode()
    return _unlocker(crypto.argon2id(secret, salt, kdf.m, kdf.t), "login", "kek/password")


def from_recovery(code: bytes) -> Unlocker:
    """The same from RC's 20 bytes, which need no stretching."""
    return _unlocker(code, "login/recovery", "kek/recovery")


def _unlocker(secret: bytes, login: str, kek: str) -> Unlocker:
    return Unlocker(
        crypto.hkdf(secret, login, 32), crypto.hkdf(secret, kek, 32),
        crypto.hkdf(secret, f"{kek}/commit", 32),
    )  # fmt: skip


def new_recovery() -> bytes:
    """RC: 20 random bytes for paper."""
    return os.urandom(RECOVERY_SIZE)


def recovery_text(code: bytes) -> str:
    """RC as it is written down: eight groups of four."""
    return crockford(code)


def read_recovery(text: str) -> bytes:
    """RC as it was typed; raises Malformed."""
    return uncrockford(text, RECOVERY_SIZE)


def recovery_key(code: bytes) -> crypto.SigningKey:
    """RSK, whose private half exists only on paper."""
    return crypto.SigningKey.from_seed(crypto.hkdf(code, "recovery-key", 32))


class SlotType(IntEnum):
    PASSWORD = 1
    RECOVERY = 2
    PASSKEY = 3


@dataclass(frozen=True, slots=True)
class Slot:
    """One way of unlocking AK: 92 bytes, and the clear facts they are bound to."""

    type: SlotType
    id: bytes
    ak_gen: int
    sealed: bytes

    @classmethod
    def make(
        cls, kind: SlotType, unlocker: Unlocker, account_id: bytes, account_key: bytes, ak_gen: int
    ) -> "Slot":
        """commit(32) || iv(12) || AES-256-GCM(KEK, iv, aad, AK)(48)."""
        slot_id, iv = os.urandom(16), os.urandom(_IV)
        aad = _slot_aad(account_id, kind, slot_id, ak_gen)
        sealed = unlocker.commit + iv + crypto.aes_seal(unlocker.kek, iv, aad, account_key)
        return cls(kind, slot_id, ak_gen, sealed)

    def open(self, unlocker: Unlocker, account_id: bytes) -> bytes:
        """AK, 32 bytes; raises Malformed, CannotOpen.

        The commitment is compared first: GCM alone would let a hostile portal test many
        passwords with one crafted slot.
        """
        if len(self.sealed) != SLOT_SIZE:
            raise Malformed("a slot has 92 bytes")
        if not crypto.same(self.sealed[:32], unlocker.commit):
            raise CannotOpen("this password or code does not open this slot")
        iv, sealed = self.sealed[32 : 32 + _IV], self.sealed[32 + _IV :]
        aad = _slot_aad(account_id, self.type, self.id, self.ak_gen)
        return crypto.aes_open(unlocker.kek, iv, aad, sealed)


def _slot_aad(account_id: bytes, kind: SlotType, slot_id: bytes, ak_gen: int) -> bytes:
    return crypto.domain("slot") + account_id + bytes([kind]) + slot_id + _u32(ak_gen)


def _u32(value: int) -> bytes:
    # Generations and versions come back from the portal, so they may be anything.
    return number(value, 0, 2**32 - 1).to_bytes(4, "big")


class KeyKind(IntEnum):
    OWNER_SIGNING = 1  # OSK
    OWNER_OPENING = 2  # OEK
    VAULT = 3  # VK, one for each device and epoch


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A private key in the keyring: iv(12) || 64 bytes, bound to its kind and kid."""

    kind: KeyKind
    kid: bytes
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class Account:
    """The account key at work: wraps the keyring and seals the directory."""

    id: bytes
    key: bytes
    ak_gen: int

    def wrap(self, kind: KeyKind, key: crypto.SigningKey | crypto.OpeningKey) -> WrappedKey:
        iv = os.urandom(_IV)
        sealed = crypto.aes_seal(self._wrapping(), iv, self._aad(kind, key.id), key.pkcs8)
        return WrappedKey(kind, key.id, iv + sealed)

    def unwrap_signing(self, wrapped: WrappedKey) -> crypto.SigningKey:
        """Raises CannotOpen, Malformed."""
        return crypto.SigningKey.from_pkcs8(self._unwrap(wrapped))

    def unwrap_opening(self, wrapped: WrappedKey) -> crypto.OpeningKey:
        """Raises CannotOpen, Malformed."""
        return crypto.OpeningKey.from_pkcs8(self._unwrap(wrapped))

    @property
    def directory_key(self) -> "DirectoryKey":
        key = crypto.hkdf(self.key, "directory", 32)
        return DirectoryKey(self.id, key, self.ak_gen)

    def _unwrap(self, wrapped: WrappedKey) -> bytes:
        if len(wrapped.wrapped) != WRAPPED_SIZE:
            raise Malformed(f"a wrapped key has {WRAPPED_SIZE} bytes")
        iv, sealed = wrapped.wrapped[:_IV], wrapped.wrapped[_IV:]
        aad = self._aad(wrapped.kind, wrapped.kid)
        return crypto.aes_open(self._wrapping(), iv, aad, sealed)

    def _wrapping(self) -> bytes:
        return crypto.hkdf(self.key, "keyring", 32)

    def _aad(self, kind: KeyKind, kid: bytes) -> bytes:
        return crypto.domain("keyring") + self.id + _u32(self.ak_gen) + bytes([kind]) + kid


@dataclass(frozen=True, slots=True)
class DirectoryKey:
    """Opens the directory and nothing else, so that a reading session need not hold AK."""

    account_id: bytes
    key: bytes
    ak_gen: int

    def seal(self, version: int, directory: dict[str, Any]) -> bytes:
        """iv(12) || AES-256-GCM, bound to its version so that an old one cannot pass for new."""
        iv = os.urandom(_IV)
        return iv + crypto.aes_seal(self.key, iv, self._aad(version), to_json(directory))

    def open(self, version: int, sealed: bytes) -> dict[str, Any]:
        """Raises CannotOpen, Malformed."""
        return from_json(crypto.aes_open(self.key, sealed[:_IV], self._aad(version), sealed[_IV:]))

    def _aad(self, version: int) -> bytes:
        version_bytes = number(version).to_bytes(8, "big")
        return crypto.domain("directory") + self.account_id + _u32(self.ak_gen) + version_bytes
