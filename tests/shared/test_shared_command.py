"""Commands: sealed to one laptop, signed by one owner, for a while."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import command, crypto
from shared.command import Command, Terms, Wish
from shared.encoding import to_json
from shared.errors import (
    BadSignature,
    BodyMismatch,
    CannotOpen,
    Malformed,
    TooLarge,
    UnknownSuite,
    WrongDevice,
)
from tests.shared.cast import (
    ALICE,
    ALICE_VAULT,
    DAY,
    DEVICE,
    LAPTOP_COMMANDS,
    MALLORY,
    NOW,
    OTHER_DEVICE,
    PORTAL,
    accepted,
    flips,
    garbage,
    refuses_or_reads,
)

TERMS = Terms(DEVICE, counter=3, issued=NOW, expires=NOW + DAY, orders_serial=7)
JSON_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def made(wish: Wish = Wish.ALARM, terms: Terms = TERMS, **parameters: Any) -> Command:
    return command.make(terms, wish, parameters, LAPTOP_COMMANDS.public, ALICE)


def obeyed(raw: bytes) -> tuple[Wish, dict[str, Any]]:
    found = command.parse(raw)
    found.check_device(DEVICE)
    found.verify(ALICE.public)
    return found.open(LAPTOP_COMMANDS)


def resealed(plaintext: bytes) -> Command:
    """A command whose content is anything, sealed and signed in good order."""
    context = made().raw[:88]
    body = crypto.seal(LAPTOP_COMMANDS.public, "hpke/command", context, plaintext)
    header = context + crypto.sha256(body) + struct.pack(">I", len(body))
    return command.parse(header + ALICE.sign("command", header) + body)


def test_every_field_stands_where_the_protocol_says() -> None:
    sent = made()
    raw = sent.raw
    assert raw[0:8] == b"HWC1\1\0\0\0"
    assert raw[8:24] == DEVICE
    assert raw[24:40] == sent.id
    assert raw[40:56] == ALICE.id
    assert raw[56:88] == struct.pack(">QQQQ", 3, NOW, NOW + DAY, 7)
    assert raw[88:120] == crypto.sha256(raw[188:])
    assert raw[120:124] == struct.pack(">I", len(raw) - 188)
    crypto.verify(ALICE.public, "command", raw[124:188], raw[:124])
    opened = LAPTOP_COMMANDS.open("hpke/command", raw[:88], raw[188:])
    assert opened == b'{"wish":"alarm"}' + b" " * (512 - 16)


@given(
    wish=st.sampled_from(Wish),
    said=st.dictionaries(JSON_TEXT.filter(lambda name: name != "wish"), JSON_TEXT, max_size=4),
    counter=st.integers(0, 2**64 - 1),
)
def test_a_command_comes_back(wish: Wish, said: dict[str, str], counter: int) -> None:
    terms = Terms(DEVICE, counter, NOW, NOW + DAY, 7)
    sent = command.make(terms, wish, said, LAPTOP_COMMANDS.public, ALICE)
    assert obeyed(sent.raw) == (wish, said)
    assert command.parse(sent.raw) == sent
    assert sent.terms == terms


def test_every_flipped_bit_is_refused() -> None:
    raw = made().raw
    assert obeyed(raw) == (Wish.ALARM, {})
    assert not accepted(flips(raw), obeyed)


def test_a_command_cut_or_stretched_anywhere_is_malformed() -> None:
    raw = made().raw
    assert not accepted((raw[:end] for end in range(len(raw))), command.parse)
    assert not accepted(iter([raw + b"\0"]), command.parse)


def test_the_portal_cannot_tell_a_wipe_from_an_alarm() -> None:
    sizes = {len(made(wish).raw) for wish in Wish}
    assert len(sizes) == 1
    with pytest.raises(CannotOpen):
        made(Wish.WIPE).open(ALICE_VAULT)


def test_each_command_has_its_own_id() -> None:
    assert made().id != made().id


@pytest.mark.parametrize("key", [MALLORY, PORTAL], ids=["Mallory", "portal"])
def test_nobody_elses_signature_counts(key: crypto.SigningKey) -> None:
    raw = made().raw
    forged = raw[:124] + key.sign("command", raw[:124]) + raw[188:]
    with pytest.raises(BadSignature):
        obeyed(forged)
    with pytest.raises(BadSignature):
        obeyed(raw[:124] + ALICE.sign("orders", raw[:124]) + raw[188:])


def test_a_command_for_another_laptop_is_refused() -> None:
    other = made(terms=Terms(OTHER_DEVICE, 3, NOW, NOW + DAY, 7))
    with pytest.raises(WrongDevice):
        other.check_device(DEVICE)


def test_a_body_of_another_command_is_refused() -> None:
    alarm, wipe = made().raw, made(Wish.WIPE).raw
    with pytest.raises(BodyMismatch):
        obeyed(alarm[:188] + wipe[188:])


def test_a_body_exchanged_and_signed_anew_does_not_open() -> None:
    alarm, wipe = made().raw, made(Wish.WIPE).raw
    header = alarm[:88] + crypto.sha256(wipe[188:]) + alarm[120:124]
    with pytest.raises(CannotOpen):
        obeyed(header + ALICE.sign("command", header) + wipe[188:])


@pytest.mark.parametrize("suite", [0, 2, 255])
def test_another_suite_is_refused_not_guessed(suite: int) -> None:
    raw = bytearray(made().raw)
    raw[4] = suite
    with pytest.raises(UnknownSuite):
        command.parse(bytes(raw))


@pytest.mark.parametrize("at", [5, 6, 7])
def test_a_reserved_bit_is_refused_even_when_it_is_signed(at: int) -> None:
    raw = bytearray(made().raw)
    raw[at] = 1
    header = bytes(raw[:124])
    with pytest.raises(Malformed):
        command.parse(header + ALICE.sign("command", header) + bytes(raw[188:]))


def test_a_command_over_16_kib_is_refused_by_maker_and_parser() -> None:
    with pytest.raises(TooLarge):
        made(Wish.MESSAGE, text="x" * 17_000)
    raw = bytearray(made().raw)
    raw[120:124] = struct.pack(">I", command.MAX_BODY + 1)
    with pytest.raises(TooLarge):
        command.parse(bytes(raw))


@pytest.mark.parametrize(
    "said", [{}, {"wish": "explode"}, {"wish": 1}, {"wish": None}, {"wish": ["wipe"]}]
)
def test_a_wish_nobody_knows_is_malformed(said: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        resealed(to_json(said)).open(LAPTOP_COMMANDS)


@given(garbage(b'{"wish":"message","text":"call me"}' + b" " * 40))
def test_any_content_the_owner_seals_is_read_or_refused_with_a_protocol_error(
    plaintext: bytes,
) -> None:
    refuses_or_reads(resealed(plaintext).open, LAPTOP_COMMANDS)


@given(garbage(made().raw))
def test_any_bytes_raise_a_protocol_error_alone(data: bytes) -> None:
    refuses_or_reads(obeyed, data)
