"""Suite 0x01 of protocol.md 0: the only file that touches cryptography's primitives.

All keys, signatures and digests cross this module as raw bytes, so no other file has to know
which library stands behind it.
"""

import hashlib
import hmac
from functools import lru_cache

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.errors import BadSignature, CannotOpen, Malformed

SUITE = 1
KEY_SIZE = 32
SIGNATURE_SIZE = 64
SEAL_OVERHEAD = 32 + 16  # enc, and the AEAD's tag

_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
# RFC 8410: for these curves PKCS#8 is a fixed prefix and the 32 bytes, so no parser is needed.
_PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")
_PKCS8_X25519 = bytes.fromhex("302e020100300506032b656e04220420")
# The y of every Ed25519 point of small order, canonical or not. Under such a key signatures fit
# messages nobody signed, and whoever published it could disown all of them; WebCrypto refuses
# them as well.
_SMALL_ORDER = frozenset(
    int(y, 16)
    for y in (
        "0",
        "1",
        "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
        "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee",
    )
)


def domain(use: str) -> bytes:
    """D("homeward/v1/<use>"): the label that keeps one document from passing for another."""
    return b"homeward/v1/" + use.encode("ascii") + b"\0"


def sha256(*parts: bytes) -> bytes:
    """H of the concatenation, 32 bytes."""
    return hashlib.sha256(b"".join(parts)).digest()


def hmac_sha256(key: bytes, *parts: bytes) -> bytes:
    """RFC 2104 with SHA-256 over the concatenation, 32 bytes."""
    return hmac.digest(key, b"".join(parts), "sha256")


def same(left: bytes, right: bytes) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(left, right)


def hkdf(secret: bytes, use: str, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869), empty salt, info "homeward/v1/<use>" without the NUL."""
    info = domain(use)[:-1]
    return HKDF(hashes.SHA256(), length, salt=None, info=info).derive(secret)


def argon2id(password: bytes, salt: bytes, memory_kib: int, passes: int) -> bytes:
    """RFC 9106 Argon2id v1.3, one lane, 32 bytes."""
    kdf = Argon2id(salt=salt, length=32, iterations=passes, lanes=1, memory_cost=memory_kib)
    return kdf.derive(password)


def key_id(public: bytes) -> bytes:
    """kid(pk), 16 bytes (protocol.md 0)."""
    return sha256(domain("key-id"), public)[:16]


class SigningKey:
    """An Ed25519 private key (RFC 8032)."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> "SigningKey":
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> "SigningKey":
        """The key whose RFC 8032 secret is these 32 bytes."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_pkcs8(cls, der: bytes) -> "SigningKey":
        """The inverse of `pkcs8`; raises Malformed."""
        raw = _raw_of_pkcs8(der, _PKCS8_ED25519)
        return cls(Ed25519PrivateKey.from_private_bytes(raw))

    @property
    def pkcs8(self) -> bytes:
        """48 bytes of DER, the form WebCrypto unwraps."""
        return _PKCS8_ED25519 + self._private.private_bytes_raw()

    @property
    def id(self) -> bytes:
        return key_id(self.public)

    def sign(self, use: str, *parts: bytes) -> bytes:
        """64 bytes over D(use) and the concatenation."""
        return self._private.sign(domain(use) + b"".join(parts))


class OpeningKey:
    """An X25519 private key: opens what was sealed to its public half."""

    def __init__(self, private: X25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> "OpeningKey":
        return cls(X25519PrivateKey.generate())

    @classmethod
    def from_raw(cls, raw: bytes) -> "OpeningKey":
        """The key whose RFC 7748 scalar is these 32 bytes."""
        return cls(X25519PrivateKey.from_private_bytes(raw))

    @classmethod
    def from_pkcs8(cls, der: bytes) -> "OpeningKey":
        """The inverse of `pkcs8`; raises Malformed."""
        raw = _raw_of_pkcs8(der, _PKCS8_X25519)
        return cls(X25519PrivateKey.from_private_bytes(raw))

    @property
    def pkcs8(self) -> bytes:
        """48 bytes of DER, the form WebCrypto unwraps."""
        return _PKCS8_X25519 + self._private.private_bytes_raw()

    @property
    def id(self) -> bytes:
        return key_id(self.public)

    def open(self, use: str, context: bytes, sealed: bytes) -> bytes:
        """Undo `seal` with the same use and context; raises CannotOpen."""
        if len(sealed) < SEAL_OVERHEAD:
            raise CannotOpen("sealed bytes are too short")
        try:
            return _HPKE.decrypt(sealed, self._private, info=domain(use) + context)
        except (InvalidTag, ValueError) as error:
            raise CannotOpen("sealed to another key or context, or changed since") from error


def _raw_of_pkcs8(der: bytes, prefix: bytes) -> bytes:
    if len(der) != len(prefix) + KEY_SIZE or not der.startswith(prefix):
        raise Malformed("not a private key of this kind")
    return der[len(prefix) :]


def seal(public: bytes, use: str, context: bytes, plaintext: bytes) -> bytes:
    """SEAL(pk, D(use) || context, plaintext): enc(32) || ct(len + 16), RFC 9180 base mode.

    AAD stays empty; all context goes into info. Raises Malformed for a bad public key.
    """
    try:
        return _HPKE.encrypt(plaintext, _sealing_key(public), info=domain(use) + context)
    except ValueError as error:
        raise Malformed("not an X25519 public key that can be sealed to") from error


@lru_cache(maxsize=4096)
def _sealing_key(public: bytes) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(public)


@lru_cache(maxsize=4096)
def _verifying_key(public: bytes) -> Ed25519PublicKey:
    # Both cached because the portal checks and seals to the same few thousand laptops for ever.
    if int.from_bytes(public, "little") % 2**255 in _SMALL_ORDER:
        raise ValueError("a key of small order")
    return Ed25519PublicKey.from_public_bytes(public)


def verify(public: bytes, use: str, signature: bytes, *parts: bytes) -> None:
    """Check an Ed25519 signature over D(use) and the concatenation; raises BadSignature."""
    try:
        _verifying_key(public).verify(signature, domain(use) + b"".join(parts))
    except (InvalidSignature, ValueError) as error:
        raise BadSignature(f"{use} is not signed by the expected key") from error


def aes_seal(key: bytes, iv: bytes, aad: bytes, plaintext: bytes) -> bytes:
    """AES-256-GCM with a 12-byte IV: ciphertext || tag(16)."""
    return AESGCM(key).encrypt(iv, plaintext, aad)


def aes_open(key: bytes, iv: bytes, aad: bytes, sealed: bytes) -> bytes:
    """Undo `aes_seal`; raises CannotOpen."""
    try:
        return AESGCM(key).decrypt(iv, sealed, aad)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("wrong key, or changed since") from error


def stream_seal(key: bytes, context: bytes, plaintext: bytes) -> bytes:
    """Cobblestone-256 (C2SP chunked-encryption v1): salt(24) || commitment(32) || chunks."""
    encryptor = Cobblestone256Encryptor(key, context)
    return encryptor.update(plaintext) + encryptor.finalize()


def stream_open(key: bytes, context: bytes, sealed: bytes) -> bytes:
    """Undo `stream_seal`; raises CannotOpen, also when the end was cut off."""
    try:
        decryptor = Cobblestone256Decryptor(key, context)
        return decryptor.update(sealed) + decryptor.finalize()
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("wrong key, cut off, or changed since") from error
