"""shared/crypto.py against the vectors the standards themselves give."""

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given
from hypothesis import strategies as st

from shared import crypto
from shared.crypto import SigningKey
from tests.shared import yardsticks
from tests.shared.cast import ALICE_VAULT, seed

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
