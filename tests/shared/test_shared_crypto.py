"""shared/crypto.py against misuse: wrong keys, uses, places, points and lengths."""

import hashlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from shared import crypto
from shared.crypto import OpeningKey, SigningKey
from shared.errors import BadSignature, CannotOpen, Malformed, ProtocolError
from tests.shared.cast import ALICE, ALICE_VAULT, BOB_VAULT, accepted, flips, seed


def test_a_label_ends_in_nul_so_that_none_begins_another() -> None:
    assert crypto.domain("orders") == b"homeward/v1/orders\0"
    assert not crypto.domain("hpke/report").startswith(crypto.domain("hpke"))


def test_a_key_id_is_half_a_labeled_digest() -> None:
    wanted = hashlib.sha256(b"homeward/v1/key-id\0" + ALICE.public).digest()[:16]
    assert ALICE.id == crypto.key_id(ALICE.public) == wanted


def test_a_signature_for_one_use_is_refused_for_another() -> None:
    signature = ALICE.sign("orders", b"one", b"two")
    crypto.verify(ALICE.public, "orders", signature, b"onetwo")
    for use in ("command", "order", "orders/", "check-in"):
        with pytest.raises(BadSignature):
            crypto.verify(ALICE.public, use, signature, b"onetwo")


def test_a_signature_with_s_made_larger_by_the_group_order_is_refused() -> None:
    signature = ALICE.sign("orders", b"x")
    order = 2**252 + 27742317777372353535851937790883648493
    stretched = int.from_bytes(signature[32:], "little") + order
    with pytest.raises(BadSignature):
        crypto.verify(
            ALICE.public, "orders", signature[:32] + stretched.to_bytes(32, "little"), b"x"
        )


@pytest.mark.parametrize("sign_bit", [0, 1 << 255])
@pytest.mark.parametrize("y", sorted(crypto._SMALL_ORDER))
def test_a_key_of_small_order_verifies_nothing(y: int, sign_bit: int) -> None:
    public = (y | sign_bit).to_bytes(32, "little")
    forged = (1).to_bytes(32, "little") + bytes(32)
    for attempt in range(256):
        with pytest.raises(BadSignature):
            crypto.verify(public, "receipt", forged, bytes([attempt]))


def test_without_that_refusal_a_small_order_key_would_verify_anything() -> None:
    neutral = (1).to_bytes(32, "little")
    Ed25519PublicKey.from_public_bytes(neutral).verify(neutral + bytes(32), b"never signed")


@pytest.mark.parametrize("size", [0, 1, 31, 33, 64])
def test_a_key_or_signature_of_another_length_is_a_bad_signature(size: int) -> None:
    with pytest.raises(BadSignature):
        crypto.verify(bytes(size), "orders", ALICE.sign("orders"), b"")
    with pytest.raises(BadSignature):
        crypto.verify(ALICE.public, "orders", bytes(size), b"")


def test_every_flipped_bit_of_a_signature_is_refused() -> None:
    signature = ALICE.sign("orders", b"x")
    assert not accepted(
        flips(signature), lambda changed: crypto.verify(ALICE.public, "orders", changed, b"x")
    )


def test_sealed_bytes_open_only_with_the_same_key_use_and_context() -> None:
    sealed = crypto.seal(ALICE_VAULT.public, "hpke/report", b"context", b"evidence")
    assert ALICE_VAULT.open("hpke/report", b"context", sealed) == b"evidence"
    for key, use, context in (
        (BOB_VAULT, "hpke/report", b"context"),
        (ALICE_VAULT, "hpke/command", b"context"),
        (ALICE_VAULT, "hpke/report", b"contexT"),
    ):
        with pytest.raises(CannotOpen):
            key.open(use, context, sealed)


def test_every_flipped_bit_of_sealed_bytes_is_refused() -> None:
    sealed = crypto.seal(ALICE_VAULT.public, "hpke/report", b"", b"evidence")
    passed = accepted(flips(sealed), lambda changed: ALICE_VAULT.open("hpke/report", b"", changed))
    assert not passed


@pytest.mark.parametrize(
    "point",
    [
        bytes(32),
        (1).to_bytes(32, "little"),
        bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    ],
)
def test_nothing_is_sealed_to_or_opened_from_a_point_of_small_order(point: bytes) -> None:
    with pytest.raises(Malformed):
        crypto.seal(point, "hpke/report", b"", b"evidence")
    with pytest.raises(CannotOpen):
        ALICE_VAULT.open("hpke/report", b"", point + bytes(40))


def test_private_keys_travel_in_the_pkcs8_the_library_writes() -> None:
    form = (
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    signing = Ed25519PrivateKey.from_private_bytes(seed("alice")).private_bytes(*form)
    opening = X25519PrivateKey.from_private_bytes(seed("alice vault")).private_bytes(*form)
    assert (ALICE.pkcs8, ALICE_VAULT.pkcs8) == (signing, opening)
    assert len(signing) == len(opening) == 48
    assert SigningKey.from_pkcs8(signing).public == ALICE.public
    assert OpeningKey.from_pkcs8(opening).public == ALICE_VAULT.public


def test_a_signing_key_is_not_read_as_an_opening_key() -> None:
    with pytest.raises(Malformed):
        OpeningKey.from_pkcs8(ALICE.pkcs8)
    with pytest.raises(Malformed):
        SigningKey.from_pkcs8(ALICE_VAULT.pkcs8)


def test_a_flipped_bit_in_pkcs8_is_refused_or_another_key() -> None:
    passed = accepted(flips(ALICE.pkcs8), SigningKey.from_pkcs8)
    assert all(SigningKey.from_pkcs8(changed).public != ALICE.public for changed in passed)
    assert len(passed) == 32 * 8


@given(st.binary(max_size=60))
def test_any_bytes_as_private_key_raise_malformed_alone(der: bytes) -> None:
    for read in (SigningKey.from_pkcs8, OpeningKey.from_pkcs8):
        with pytest.raises(ProtocolError):
            read(der)


@given(key=st.binary(max_size=33), iv=st.binary(max_size=20), aad=st.binary(), data=st.binary())
def test_aes_refuses_any_garbage_as_one_that_cannot_be_opened(
    key: bytes, iv: bytes, aad: bytes, data: bytes
) -> None:
    with pytest.raises(CannotOpen):
        crypto.aes_open(key, iv, aad, data)


def test_aes_binds_key_iv_and_context() -> None:
    sealed = crypto.aes_seal(bytes(32), bytes(12), b"slot 1", b"key")
    assert crypto.aes_open(bytes(32), bytes(12), b"slot 1", sealed) == b"key"
    with pytest.raises(CannotOpen):
        crypto.aes_open(bytes(32), bytes(12), b"slot 2", sealed)
    with pytest.raises(CannotOpen):
        crypto.aes_open(bytes(32), b"\1" * 12, b"slot 1", sealed)


@pytest.mark.parametrize("size", [0, 1, 16_383, 16_384, 16_385, 40_000])
def test_a_stream_opens_to_what_was_sealed_at_any_chunk_boundary(size: int) -> None:
    plaintext = bytes(size)
    sealed = crypto.stream_seal(seed("media"), b"place", plaintext)
    assert crypto.stream_open(seed("media"), b"place", sealed) == plaintext
    chunks = size // 16_384 + 1
    assert len(sealed) == 24 + 32 + size + 16 * chunks


def test_a_stream_cut_at_a_chunk_boundary_is_refused() -> None:
    sealed = crypto.stream_seal(seed("media"), b"place", bytes(40_000))
    for length in (0, 24, 56, 56 + 16_400, 56 + 2 * 16_400, len(sealed) - 1):
        with pytest.raises(CannotOpen):
            crypto.stream_open(seed("media"), b"place", sealed[:length])


def test_a_stream_with_two_chunks_exchanged_is_refused() -> None:
    sealed = crypto.stream_seal(seed("media"), b"place", bytes(40_000))
    first, second = sealed[56 : 56 + 16_400], sealed[56 + 16_400 : 56 + 32_800]
    with pytest.raises(CannotOpen):
        crypto.stream_open(
            seed("media"), b"place", sealed[:56] + second + first + sealed[56 + 32_800 :]
        )


def test_a_stream_opens_only_with_its_key_and_in_its_place() -> None:
    sealed = crypto.stream_seal(seed("media"), b"place", b"picture")
    for key, place in ((seed("other"), b"place"), (seed("media"), b"elsewhere"), (b"", b"place")):
        with pytest.raises(CannotOpen):
            crypto.stream_open(key, place, sealed)


def test_every_flipped_bit_of_a_stream_is_refused() -> None:
    sealed = crypto.stream_seal(seed("media"), b"place", b"picture")
    passed = accepted(
        flips(sealed), lambda changed: crypto.stream_open(seed("media"), b"place", changed)
    )
    assert not passed
