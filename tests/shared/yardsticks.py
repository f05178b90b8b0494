"""Second implementations, written from the RFCs, to hold shared/crypto.py against."""

import hmac
import struct

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEM = b"KEM" + struct.pack(">H", 0x20)
_SUITE = b"HPKE" + struct.pack(">HHH", 0x20, 1, 2)


def extract(salt: bytes, secret: bytes) -> bytes:
    """RFC 5869 2.2."""
    return hmac.digest(salt or bytes(32), secret, "sha256")


def expand(key: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 2.3."""
    made, block = b"", b""
    while len(made) < length:
        block = hmac.digest(key, block + info + bytes([len(made) // 32 + 1]), "sha256")
        made += block
    return made[:length]


def _labeled_extract(suite: bytes, salt: bytes, label: bytes, secret: bytes) -> bytes:
    return extract(salt, b"HPKE-v1" + suite + label + secret)


def _labeled_expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return expand(key, struct.pack(">H", length) + b"HPKE-v1" + suite + label + info, length)


def key_schedule(shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    """RFC 9180 5.1, base mode: (key, base nonce)."""
    context = b"\0" + _labeled_extract(_SUITE, b"", b"psk_id_hash", b"")
    context += _labeled_extract(_SUITE, b"", b"info_hash", info)
    secret = _labeled_extract(_SUITE, shared, b"secret", b"")
    return (
        _labeled_expand(_SUITE, secret, b"key", context, 32),
        _labeled_expand(_SUITE, secret, b"base_nonce", context, 12),
    )


def _shared_secret(dh: bytes, enc: bytes, receiver: bytes) -> bytes:
    """RFC 9180 4.1, DHKEM(X25519, HKDF-SHA256)."""
    prk = _labeled_extract(_KEM, b"", b"eae_prk", dh)
    return _labeled_expand(_KEM, prk, b"shared_secret", enc + receiver, 32)


def hpke_open(private: bytes, sealed: bytes, info: bytes, aad: bytes = b"") -> bytes:
    key = X25519PrivateKey.from_private_bytes(private)
    enc, ciphertext = sealed[:32], sealed[32:]
    dh = key.exchange(X25519PublicKey.from_public_bytes(enc))
    secret, nonce = key_schedule(_shared_secret(dh, enc, key.public_key().public_bytes_raw()), info)
    return AESGCM(secret).decrypt(nonce, ciphertext, aad)


def hpke_seal(
    public: bytes, ephemeral: bytes, info: bytes, plaintext: bytes, aad: bytes = b""
) -> bytes:
    """Seal with a given ephemeral key, as only a test may."""
    key = X25519PrivateKey.from_private_bytes(ephemeral)
    enc = key.public_key().public_bytes_raw()
    dh = key.exchange(X25519PublicKey.from_public_bytes(public))
    secret, nonce = key_schedule(_shared_secret(dh, enc, public), info)
    return enc + AESGCM(secret).encrypt(nonce, plaintext, aad)
