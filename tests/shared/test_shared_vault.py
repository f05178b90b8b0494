"""The owner's keys: what a password and a paper code open, and what a hostile portal gains."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import crypto, vault
from shared.errors import CannotOpen, Malformed, WeakKdf
from shared.vault import Account, Kdf, KeyKind, Slot, SlotType, Unlocker, WrappedKey
from tests.shared import yardsticks
from tests.shared.cast import (
    ALICE,
    ALICE_VAULT,
    accepted,
    flips,
    refuses_or_reads,
    seed,
)

ACCOUNT = Account(seed("account")[:16], seed("account key"), 1)
CODE = bytes(range(20))
PAPER = vault.from_recovery(CODE)
SLOT = Slot.make(SlotType.RECOVERY, PAPER, ACCOUNT.id, ACCOUNT.key, 1)
SALT = seed("salt")[:16]


@pytest.fixture(scope="module")
def password() -> Unlocker:
    return vault.from_password("correct horse battery", " Alice@Example.org ", SALT, Kdf())


def derived(secret: bytes, label: str) -> bytes:
    return yardsticks.expand(yardsticks.extract(b"", secret), b"homeward/v1/" + label.encode(), 32)


def test_a_password_becomes_a_verifier_a_key_and_its_commitment(password: Unlocker) -> None:
    salt = hashlib.sha256(b"homeward/v1/pw-salt\0alice@example.org\0" + SALT).digest()[:16]
    master = crypto.argon2id(b"correct horse battery", salt, 65_536, 3)
    assert password.verifier == derived(master, "login")
    assert password.kek == derived(master, "kek/password")
    assert password.commit == derived(master, "kek/password/commit")


def test_a_paper_code_becomes_the_same_and_the_recovery_key() -> None:
    assert PAPER.verifier == derived(CODE, "login/recovery")
    assert PAPER.kek == derived(CODE, "kek/recovery")
    assert PAPER.commit == derived(CODE, "kek/recovery/commit")
    recovery = crypto.SigningKey.from_seed(derived(CODE, "recovery-key"))
    assert vault.recovery_key(CODE).public == recovery.public


def test_a_paper_code_is_eight_groups_of_four_and_reads_back() -> None:
    code = vault.new_recovery()
    text = vault.recovery_text(code)
    assert [len(group) for group in text.split("-")] == [4] * 8
    assert vault.read_recovery(text.lower()) == code
    with pytest.raises(Malformed):
        vault.read_recovery(text[:-1])


@pytest.mark.parametrize(
    ("typed", "norm"),
    [
        ("Alice@Example.ORG", "alice@example.org"),
        (" alice@example.org\n", "alice@example.org"),
        ("e\u0301@x", "\u00e9@x"),
        ("\u00c9@x", "\u00c9@x"),  # only A-Z: other alphabets fold differently from place to place
        ("\u0130@x", "\u0130@x"),
    ],
)
def test_an_email_is_trimmed_composed_and_lowered_from_a_to_z(typed: str, norm: str) -> None:
    assert vault.email_norm(typed) == norm


def test_a_password_typed_in_another_composition_is_the_same() -> None:
    composed = vault.from_password("p\u00e4sswort-\ufb01n", "a@b", SALT, Kdf())
    assert composed == vault.from_password("pa\u0308sswort-fin", "a@b", SALT, Kdf())


@pytest.mark.parametrize(
    "asked",
    [Kdf(65_535), Kdf(t=2), Kdf(p=2), Kdf(p=0), Kdf(2**20 + 1), Kdf(t=11), Kdf(0, 0, 0),
     Kdf("65536"), Kdf(70_000.5), Kdf(p=True), Kdf(None), Kdf(float("inf"))],  # type: ignore[arg-type]
)  # fmt: skip
def test_a_portal_that_asks_for_weak_or_absurd_hashing_is_refused(asked: Kdf) -> None:
    with pytest.raises(WeakKdf):
        vault.check_kdf(asked)
    with pytest.raises(WeakKdf):
        vault.from_password("correct horse battery", "a@b", SALT, asked)


def test_hashing_never_falls_below_what_the_account_had() -> None:
    held = Kdf(131_072, 4)
    vault.check_kdf(held, held)
    for asked in (Kdf(), Kdf(131_071, 4), Kdf(131_072, 3)):
        with pytest.raises(WeakKdf):
            vault.check_kdf(asked, held)


def test_a_slot_opens_to_the_account_key(password: Unlocker) -> None:
    slot = Slot.make(SlotType.PASSWORD, password, ACCOUNT.id, ACCOUNT.key, 1)
    assert slot.open(password, ACCOUNT.id) == ACCOUNT.key
    assert SLOT.open(PAPER, ACCOUNT.id) == ACCOUNT.key


def test_a_slot_is_commitment_iv_and_ciphertext_in_92_bytes() -> None:
    assert len(SLOT.sealed) == 92
    assert SLOT.sealed[:32] == PAPER.commit
    aad = b"homeward/v1/slot\0" + ACCOUNT.id + b"\2" + SLOT.id + b"\0\0\0\1"
    assert crypto.aes_open(PAPER.kek, SLOT.sealed[32:44], aad, SLOT.sealed[44:]) == ACCOUNT.key


def test_every_flipped_bit_of_a_slot_is_refused() -> None:
    assert not accepted(
        flips(SLOT.sealed), lambda raw: replace(SLOT, sealed=raw).open(PAPER, ACCOUNT.id)
    )


def test_a_slot_of_another_account_type_id_or_generation_does_not_open() -> None:
    for slot, account in (
        (SLOT, seed("bob")[:16]),
        (replace(SLOT, type=SlotType.PASSWORD), ACCOUNT.id),
        (replace(SLOT, id=bytes(16)), ACCOUNT.id),
        (replace(SLOT, ak_gen=2), ACCOUNT.id),
    ):
        with pytest.raises(CannotOpen):
            slot.open(PAPER, account)


def test_one_crafted_slot_tests_one_password_at_most() -> None:
    # GCM does not commit to its key: without the commitment a portal could craft one slot that
    # many passwords open. What opens must begin with this very unlocker's commitment.
    other = vault.from_recovery(bytes(20))
    crafted = replace(SLOT, sealed=other.commit + SLOT.sealed[32:])
    with pytest.raises(CannotOpen):
        crafted.open(PAPER, ACCOUNT.id)


@given(st.binary(max_size=120), st.integers() | st.integers(0, 5))
def test_any_slot_raises_a_protocol_error_alone(raw: bytes, generation: int) -> None:
    refuses_or_reads(Slot(SlotType.PASSKEY, bytes(16), generation, raw).open, PAPER, ACCOUNT.id)
    padded = (PAPER.commit + raw).ljust(92, b"\0")[:92]
    refuses_or_reads(Slot(SlotType.PASSKEY, bytes(16), generation, padded).open, PAPER, ACCOUNT.id)


def test_keys_come_back_from_the_keyring() -> None:
    signing = ACCOUNT.wrap(KeyKind.OWNER_SIGNING, ALICE)
    opening = ACCOUNT.wrap(KeyKind.VAULT, ALICE_VAULT)
    assert ACCOUNT.unwrap_signing(signing).public == ALICE.public
    assert ACCOUNT.unwrap_opening(opening).public == ALICE_VAULT.public
    assert len(signing.wrapped) == len(opening.wrapped) == 12 + 64


def test_a_wrapped_key_is_bound_to_account_generation_kind_and_kid() -> None:
    wrapped = ACCOUNT.wrap(KeyKind.OWNER_SIGNING, ALICE)
    key = derived(ACCOUNT.key, "keyring")
    aad = b"homeward/v1/keyring\0" + ACCOUNT.id + b"\0\0\0\1" + b"\1" + ALICE.id
    assert crypto.aes_open(key, wrapped.wrapped[:12], aad, wrapped.wrapped[12:]) == ALICE.pkcs8
    for account, entry in (
        (replace(ACCOUNT, id=bytes(16)), wrapped),
        (replace(ACCOUNT, ak_gen=2), wrapped),
        (replace(ACCOUNT, key=bytes(32)), wrapped),
        (ACCOUNT, replace(wrapped, kind=KeyKind.VAULT)),
        (ACCOUNT, replace(wrapped, kid=bytes(16))),
    ):
        with pytest.raises(CannotOpen):
            account.unwrap_signing(entry)


def test_every_flipped_bit_of_a_wrapped_key_is_refused() -> None:
    wrapped = ACCOUNT.wrap(KeyKind.OWNER_SIGNING, ALICE)
    assert not accepted(
        flips(wrapped.wrapped), lambda raw: ACCOUNT.unwrap_signing(replace(wrapped, wrapped=raw))
    )


def test_a_vault_key_is_not_unwrapped_to_sign_with() -> None:
    with pytest.raises(Malformed):
        ACCOUNT.unwrap_signing(ACCOUNT.wrap(KeyKind.VAULT, ALICE_VAULT))
    with pytest.raises(Malformed):
        ACCOUNT.unwrap_opening(ACCOUNT.wrap(KeyKind.OWNER_SIGNING, ALICE))


@given(st.binary(max_size=90), st.integers() | st.integers(0, 5))
def test_any_wrapped_key_raises_a_protocol_error_alone(raw: bytes, generation: int) -> None:
    account = replace(ACCOUNT, ak_gen=generation)
    for data in (raw, raw.ljust(76, b"\0")[:76]):
        refuses_or_reads(account.unwrap_signing, WrappedKey(KeyKind.VAULT, bytes(16), data))
        refuses_or_reads(account.unwrap_opening, WrappedKey(KeyKind.VAULT, bytes(16), data))


DIRECTORIES = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5), st.integers() | st.none()
)


@given(directory=DIRECTORIES, version=st.integers(0, 2**53))
def test_the_directory_comes_back(directory: dict[str, Any], version: int) -> None:
    key = ACCOUNT.directory_key
    assert key.open(version, key.seal(version, directory)) == directory


def test_an_old_directory_does_not_pass_for_a_new_one() -> None:
    key = ACCOUNT.directory_key
    sealed = key.seal(1, {"laptop": "blue"})
    for other, version in (
        (key, 2),
        (replace(key, account_id=bytes(16)), 1),
        (replace(key, ak_gen=2), 1),
    ):
        with pytest.raises(CannotOpen):
            other.open(version, sealed)


def test_every_flipped_bit_of_the_directory_is_refused() -> None:
    key = ACCOUNT.directory_key
    assert not accepted(flips(key.seal(1, {"a": 1})), lambda raw: key.open(1, raw))


@given(st.binary(max_size=60), st.integers())
def test_any_directory_raises_a_protocol_error_alone(raw: bytes, version: int) -> None:
    refuses_or_reads(ACCOUNT.directory_key.open, version, raw)
