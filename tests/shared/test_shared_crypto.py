"""shared/crypto.py against the standards' own vectors and against misuse."""

import hashlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given
from hypothesis import strategies as st

from shared import crypto
from shared.crypto import OpeningKey, SigningKey
from shared.errors import BadSignature, CannotOpen, Malformed, ProtocolError
from tests.shared import yardsticks
from tests.shared.cast import ALICE, ALICE_VAULT, BOB_VAULT, accepted, flips, seed

# RFC 8032 7.1: (secret, public, message, signature).
ED25519 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
# The vectors published with RFC 9180, mode 0, KEM 0x0020, KDF 0x0001, AEAD 0x0002, first message.
HPKE = {
    "info": "4f6465206f6e2061204772656369616e2055726e",
    "skEm": "179d4b53b6365c45b600c4163b61d95cbc2f4d9e36f1695558dce265ab8bab11",
    "skRm": "497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d",
    "pkRm": "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c",
    "enc": "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256",
    "aad": "436f756e742d30",
    "ct": "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be99319"
    "80a41de125a925cdad859d5b7a",
}
# RFC 5869 A.1 to A.3: (IKM, salt, info, L, OKM).
HKDF = [
    (
        "0b" * 22,
        "000102030405060708090a0b0c",
        "f0f1f2f3f4f5f6f7f8f9",
        42,
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        bytes(range(0x50)).hex(),
        bytes(range(0x60, 0xB0)).hex(),
        bytes(range(0xB0, 0x100)).hex(),
        82,
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c6"
        "5e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    (
        "0b" * 22,
        "",
        "",
        42,
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), ED25519)
def test_signatures_are_those_of_rfc_8032(
    secret: str, public: str, message: str, signature: str
) -> None:
    key = SigningKey.from_seed(bytes.fromhex(secret))
    assert key.public.hex() == public
    # Beneath the label: no caller can sign without one.
    assert key._private.sign(bytes.fromhex(message)).hex() == signature


def test_the_yardstick_opens_and_makes_rfc_9180s_own_ciphertext() -> None:
    v = {name: bytes.fromhex(text) for name, text in HPKE.items()}
    plaintext = b"Beauty is truth, truth beauty"
    assert yardsticks.hpke_open(v["skRm"], v["enc"] + v["ct"], v["info"], v["aad"]) == plaintext
    sealed = yardsticks.hpke_seal(v["pkRm"], v["skEm"], v["info"], plaintext, v["aad"])
    assert sealed == v["enc"] + v["ct"]


@given(plaintext=st.binary(max_size=100), context=st.binary(max_size=100))
def test_sealing_is_rfc_9180_base_mode_both_ways(plaintext: bytes, context: bytes) -> None:
    info = b"homeward/v1/hpke/report\0" + context
    sealed = crypto.seal(ALICE_VAULT.public, "hpke/report", context, plaintext)
    assert yardsticks.hpke_open(seed("alice vault"), sealed, info) == plaintext
    theirs = yardsticks.hpke_seal(ALICE_VAULT.public, seed("ephemeral"), info, plaintext)
    assert ALICE_VAULT.open("hpke/report", context, theirs) == plaintext
    assert len(sealed) == len(theirs) == len(plaintext) + crypto.SEAL_OVERHEAD


@pytest.mark.parametrize(("secret", "salt", "info", "length", "wanted"), HKDF)
def test_the_yardstick_derives_what_rfc_5869_says(
    secret: str, salt: str, info: str, length: int, wanted: str
) -> None:
    key = yardsticks.extract(bytes.fromhex(salt), bytes.fromhex(secret))
    assert yardsticks.expand(key, bytes.fromhex(info), length).hex() == wanted


@given(secret=st.binary(min_size=1, max_size=64), length=st.integers(1, 100))
def test_derived_keys_have_an_empty_salt_and_a_label_without_nul(
    secret: bytes, length: int
) -> None:
    key = yardsticks.extract(b"", secret)
    wanted = yardsticks.expand(key, b"homeward/v1/kek/password", length)
    assert crypto.hkdf(secret, "kek/password", length) == wanted


def test_the_librarys_argon2id_is_that_of_rfc_9106() -> None:
    kdf = Argon2id(
        salt=b"\2" * 16, length=32, iterations=3, lanes=4, memory_cost=32,
        ad=b"\4" * 12, secret=b"\3" * 8,
    )  # fmt: skip
    wanted = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    assert kdf.derive(b"\1" * 32).hex() == wanted


def test_our_argon2id_agrees_with_the_reference_implementation() -> None:
    # From the reference implementation's own tests: t=2, m=2^16, p=1.
    wanted = "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
    assert crypto.argon2id(b"password", b"somesalt", 65_536, 2).hex() == wanted


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
