"""The envelope byte by byte, and everything that must not pass for it."""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import crypto, envelope
from shared.crypto import SigningKey
from shared.disclosure import Disclosure
from shared.envelope import Attachment, Envelope, Kind, Place
from shared.errors import (
    BadSignature,
    BodyMismatch,
    CannotOpen,
    Malformed,
    ProtocolError,
    TooLarge,
    UnknownSuite,
)
from tests.shared.cast import (
    ALICE_VAULT,
    BOB_VAULT,
    DEVICE,
    LAPTOP,
    MALLORY,
    OTHER_DEVICE,
    accepted,
    flips,
    garbage,
    refuses_or_reads,
    seed,
)

FIRST = Place(DEVICE, epoch=1, seq=0, prev=seed("orders 1"))
PICTURE = Attachment(seed("picture"), 57_344)


def made(place: Place = FIRST, plaintext: bytes = b'{"v":1}', *, files: int = 0) -> Envelope:
    return envelope.make(place, plaintext, (PICTURE,) * files, ALICE_VAULT.public, LAPTOP)


def checked(raw: bytes) -> Envelope:
    found = envelope.parse(raw)
    found.verify(LAPTOP.public)
    return found


def resigned(
    of: Envelope, key: SigningKey = LAPTOP, body: bytes | None = None, **changes: object
) -> Envelope:
    """Another header, honestly signed: what a laptop's own key could be made to say."""
    header = replace(of.header, **changes)  # type: ignore[arg-type]
    body = of.body if body is None else body
    assert body is not None
    header = replace(header, body_hash=crypto.sha256(body), body_len=len(body))
    signed = header.pack()
    return Envelope(header, signed, key.sign("envelope", signed), body)


def test_every_field_stands_where_the_protocol_says() -> None:
    place = Place(DEVICE, epoch=7, seq=2**40, prev=seed("prev"), kind=Kind.SEGMENT_START)
    raw = made(place, files=2).wire
    assert raw[0:4] == b"HWE1"
    assert raw[4:8] == bytes([1, 2, 0, 0])
    assert raw[8:24] == DEVICE
    assert raw[24:32] == struct.pack(">II", 7, 0)
    assert raw[32:40] == struct.pack(">Q", 2**40)
    assert raw[40:72] == seed("prev")
    assert raw[104:136] == hashlib.sha256(raw[204:]).digest()
    assert raw[136:140] == struct.pack(">I", len(raw) - 204)
    crypto.verify(LAPTOP.public, "envelope", raw[140:204], raw[:140])
    assert raw[204:205] == b"\2"
    assert raw[205:245] == raw[245:285] == seed("picture") + struct.pack(">Q", 57_344)


def test_what_is_sealed_is_salt_length_plaintext_and_zeros_bound_to_104_bytes() -> None:
    raw = made().wire
    opened = ALICE_VAULT.open("hpke/report", raw[:104], raw[205:])
    salt, length, rest = opened[:32], opened[32:36], opened[36:]
    assert rest == b'{"v":1}' + bytes(512 - 36 - 7)
    commit = hashlib.sha256(b"homeward/v1/commit\0" + salt + length + b'{"v":1}').digest()
    assert raw[72:104] == commit


def test_the_chain_is_a_labeled_digest_over_header_and_signature() -> None:
    raw = made().wire
    wanted = hashlib.sha256(b"homeward/v1/chain\0" + raw[:204]).digest()
    assert envelope.parse(raw).chain_hash == wanted


@given(plaintext=st.binary(max_size=1500), files=st.integers(0, 3), seq=st.integers(0, 2**64 - 1))
def test_an_envelope_comes_back(plaintext: bytes, files: int, seq: int) -> None:
    sent = made(replace(FIRST, seq=seq), plaintext, files=files)
    found = checked(sent.wire)
    assert found == sent
    assert found.attachments() == (PICTURE,) * files
    assert found.open(ALICE_VAULT).plaintext == plaintext
    assert found.header.seq == seq


def test_every_flipped_bit_is_refused() -> None:
    assert not accepted(flips(made(files=1).wire), checked)


def test_every_flipped_bit_of_a_skeleton_is_refused() -> None:
    assert not accepted(flips(made().without_body().wire), checked)


def test_a_skeleton_carries_the_chain_without_the_body() -> None:
    sent = made()
    erased = checked(sent.without_body().wire)
    assert erased.wire == b"HWS1" + sent.wire[:204]
    assert erased.chain_hash == sent.chain_hash
    assert erased.attachments() == ()
    with pytest.raises(BodyMismatch):
        erased.open(ALICE_VAULT)


def test_envelopes_and_skeletons_delimit_themselves() -> None:
    sent = [made(), made(files=2).without_body(), made(replace(FIRST, seq=1), b"x" * 900)]
    assert list(envelope.parse_many(b"".join(e.wire for e in sent))) == sent
    assert list(envelope.parse_many(b"")) == []


@pytest.mark.parametrize("raw", [b"", made().wire * 2])
def test_exactly_one_is_one(raw: bytes) -> None:
    with pytest.raises(Malformed):
        envelope.parse(raw)


def test_an_envelope_cut_anywhere_is_malformed() -> None:
    raw = made().wire
    assert not accepted((raw[:end] for end in range(len(raw))), envelope.parse)


def test_another_laptops_signature_is_refused() -> None:
    with pytest.raises(BadSignature):
        resigned(made(), MALLORY).verify(LAPTOP.public)


def test_a_record_sealed_for_one_place_in_the_chain_opens_in_no_other() -> None:
    genuine = made()
    for changes in (
        {"seq": 1}, {"prev": seed("other")}, {"device_id": OTHER_DEVICE}, {"epoch": 2},
        {"kind": Kind.SEGMENT_START}, {"commit": seed("other")},
    ):  # fmt: skip
        grafted = resigned(genuine, **changes)
        grafted.verify(LAPTOP.public)
        with pytest.raises(CannotOpen):
            grafted.open(ALICE_VAULT)


def test_a_body_from_another_envelope_is_refused() -> None:
    genuine, other = made(), made(replace(FIRST, seq=1))
    grafted = genuine.skeleton + (other.body or b"")
    with pytest.raises(BodyMismatch):
        checked(grafted)


def test_a_body_exchanged_and_signed_anew_does_not_open() -> None:
    other = made(replace(FIRST, seq=1))
    with pytest.raises(CannotOpen):
        resigned(made(), body=other.body).open(ALICE_VAULT)


def test_a_record_that_breaks_its_own_commitment_is_refused() -> None:
    genuine = made()
    context = genuine.signed[:104]
    lie = Disclosure.of(b'{"v":2}').padded()
    body = b"\0" + crypto.seal(ALICE_VAULT.public, "hpke/report", context, lie)
    with pytest.raises(BodyMismatch):
        resigned(genuine, body=body).open(ALICE_VAULT)


def test_only_the_owner_opens_it() -> None:
    with pytest.raises(CannotOpen):
        made().open(BOB_VAULT)


def test_dropping_or_exchanging_envelopes_breaks_the_chain() -> None:
    first = made()
    second = made(replace(FIRST, seq=1, prev=first.chain_hash))
    third = made(replace(FIRST, seq=2, prev=second.chain_hash))
    assert third.header.prev != first.chain_hash  # second dropped
    assert second.header.prev != third.chain_hash  # exchanged
    again = resigned(first)
    assert again.chain_hash == first.chain_hash  # Ed25519 leaves no freedom to sign it otherwise


@pytest.mark.parametrize("suite", [0, 2, 255])
def test_another_suite_is_refused_not_guessed(suite: int) -> None:
    raw = bytearray(made().wire)
    raw[4] = suite
    with pytest.raises(UnknownSuite):
        envelope.parse(bytes(raw))


@pytest.mark.parametrize(("at", "value"), [(0, 0x58), (5, 0), (5, 3), (6, 1), (7, 1), (31, 1)])
def test_a_reserved_bit_is_refused_even_when_it_is_signed(at: int, value: int) -> None:
    sent = made()
    signed = bytearray(sent.signed)
    signed[at] = value
    honest = LAPTOP.sign("envelope", bytes(signed))
    with pytest.raises(Malformed):
        envelope.parse(bytes(signed) + honest + (sent.body or b""))


def test_a_body_over_64_kib_is_refused_by_maker_and_parser() -> None:
    with pytest.raises(TooLarge):
        made(plaintext=bytes(65_500))
    signed = replace(made().header, body_len=envelope.MAX_BODY + 1).pack()
    with pytest.raises(TooLarge):
        envelope.parse(signed + bytes(64 + envelope.MAX_BODY + 1))


@pytest.mark.parametrize("files", [33, 256, 300])
def test_more_files_than_a_record_may_list_are_refused(files: int) -> None:
    with pytest.raises(TooLarge):
        made(files=files)


def test_a_list_of_files_longer_than_its_body_is_malformed() -> None:
    for body in (b"", b"\1", b"\1" + bytes(40), bytes([33]) + bytes(2000)):
        with pytest.raises(Malformed):
            envelope.split_body(body)


def test_a_longer_plaintext_up_to_the_next_block_has_the_same_size() -> None:
    sizes = {len(made(plaintext=bytes(n)).wire) for n in range(400, 477)}
    assert len(sizes) == 1


@given(garbage(made(files=1).wire))
def test_any_bytes_raise_a_protocol_error_alone(data: bytes) -> None:
    for read in (envelope.parse, envelope.parse_header, envelope.split_body):
        refuses_or_reads(read, data)
    refuses_or_reads(lambda: [_opened(found) for found in envelope.parse_many(data)])


def _opened(found: Envelope) -> None:
    steps: tuple[Callable[[], object], ...] = (
        found.attachments,
        lambda: found.verify(LAPTOP.public),
        lambda: found.open(ALICE_VAULT),
    )
    for step in steps:
        refuses_or_reads(step)


@given(st.binary(max_size=1200))
def test_any_plaintext_under_the_owners_key_raises_a_protocol_error_alone(inner: bytes) -> None:
    genuine = made()
    body = b"\0" + crypto.seal(ALICE_VAULT.public, "hpke/report", genuine.signed[:104], inner)
    with pytest.raises(ProtocolError):
        resigned(genuine, body=body).open(ALICE_VAULT)
