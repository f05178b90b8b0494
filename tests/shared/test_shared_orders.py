"""Orders: who may say what to whom, and that nothing said can be taken back or said twice."""

import json
import struct
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import crypto, orders
from shared.crypto import SigningKey
from shared.encoding import b64
from shared.errors import (
    BadSignature,
    Expired,
    Malformed,
    OutOfOrder,
    TooLarge,
    UnknownSuite,
    WrongDevice,
)
from shared.orders import Orders, Signer, Standing, Theft, Will
from tests.shared.cast import (
    ALICE,
    ALICE_VAULT,
    DAY,
    DEVICE,
    FIRST,
    NOW,
    OTHER_DEVICE,
    accepted,
    disfigured,
    flips,
    garbage,
    given_to,
    loose_json,
    nxt,
    refuses_or_reads,
    seed,
    stolen,
    will,
)

CAROL = SigningKey.from_seed(seed("carol"))
CAROL_MAY = Signer(CAROL.public, ("orders",), NOW + DAY, "Carol")


def accept_raw(raw: bytes, held: Orders | None = None) -> None:
    given_to(held, orders.parse(raw))


def signed_json(body: bytes, by: SigningKey = ALICE) -> bytes:
    """Orders with any body at all, honestly signed as serial 1."""
    head = orders.HEADER.pack(b"HWO1", 1, bytes(3), DEVICE, 1, bytes(32), by.id, len(body))
    return head + by.sign("orders", head, body) + body


def test_every_field_stands_where_the_protocol_says() -> None:
    raw = nxt(stolen()).raw
    assert raw[0:8] == b"HWO1\1\0\0\0"
    assert raw[8:24] == DEVICE
    assert raw[24:32] == struct.pack(">Q", 2)
    assert raw[32:64] == crypto.sha256(FIRST.raw)
    assert raw[64:80] == ALICE.id
    assert raw[80:84] == struct.pack(">I", len(raw) - 148)
    crypto.verify(ALICE.public, "orders", raw[84:148], raw[:84], raw[148:])
    said = json.loads(raw[148:])
    assert said["standing"] == "stolen"
    assert said["vault"] == {"epoch": 1, "pk": b64(ALICE_VAULT.public)}
    assert said["theft"]["until"] == NOW + 30 * DAY


THEFTS = st.builds(
    Theft, id=st.text(st.characters(exclude_categories=["Cs"])), since=st.integers(0, 2**53),
    until=st.integers(0, 2**53), interval_s=st.integers(60, 86_400), camera=st.booleans(),
    traceroute=st.booleans(), note=st.text(st.characters(exclude_categories=["Cs"])),
)  # fmt: skip
SIGNERS = st.builds(
    Signer, st.binary(min_size=32, max_size=32),
    st.lists(st.sampled_from(["orders", "command"])).map(tuple), st.integers(0, 2**53),
    st.text(st.characters(exclude_categories=["Cs"])),
)  # fmt: skip


@given(
    theft=st.none() | THEFTS,
    signers=st.lists(SIGNERS, max_size=3).map(tuple),
    epoch=st.integers(1, 2**32 - 1),
    proof=st.binary(max_size=64),
)
def test_orders_come_back(
    theft: Theft | None, signers: tuple[Signer, ...], epoch: int, proof: bytes
) -> None:
    wanted = will(
        standing=Standing.STOLEN if theft else Standing.HOME, theft=theft, signers=signers,
        vault_epoch=epoch, owner_proof=proof, thresholds={"battery": 20},
    )  # fmt: skip
    sent = orders.make(DEVICE, FIRST, wanted, ALICE)
    found = orders.parse(sent.raw)
    assert found == sent
    assert (found.will, found.serial, found.prev) == (wanted, 2, FIRST.hash)


def test_every_flipped_bit_is_refused() -> None:
    accept_raw(FIRST.raw)
    assert not accepted(flips(FIRST.raw), accept_raw)


def test_orders_cut_or_stretched_anywhere_are_malformed() -> None:
    raw = FIRST.raw
    shorter = (raw[:end] for end in range(len(raw)))
    assert not accepted(shorter, orders.parse)
    assert not accepted(iter([raw + b" ", raw + bytes(1)]), orders.parse)


def test_orders_follow_one_another() -> None:
    second = nxt(stolen())
    third = nxt(will(), after=second)
    given_to(None, FIRST)
    given_to(FIRST, second)
    given_to(second, third)


def test_orders_replayed_dropped_or_rolled_back_are_refused() -> None:
    second = nxt(stolen())
    third = nxt(will(), after=second)
    for held, offered in ((FIRST, FIRST), (second, FIRST), (second, second), (FIRST, third),
                          (third, second), (None, second)):  # fmt: skip
        with pytest.raises(OutOfOrder):
            given_to(held, offered)


def test_a_serial_left_out_is_refused_even_on_the_right_history() -> None:
    head = orders.HEADER.unpack_from(nxt(stolen()).raw)
    body = nxt(stolen()).raw[148:]
    skipped = orders.HEADER.pack(*head[:4], 3, *head[5:])
    with pytest.raises(OutOfOrder):
        accept_raw(skipped + ALICE.sign("orders", skipped, body) + body, FIRST)


def test_orders_grafted_onto_another_history_are_refused() -> None:
    left, right = nxt(will(t=NOW + 1)), nxt(will(t=NOW + 2))
    grafted = orders.make(DEVICE, right, stolen(), ALICE)
    assert grafted.serial == left.serial + 1
    with pytest.raises(OutOfOrder):
        given_to(left, grafted)


def test_orders_for_another_laptop_are_refused() -> None:
    with pytest.raises(WrongDevice):
        given_to(None, orders.make(OTHER_DEVICE, None, will(), ALICE))


@pytest.mark.parametrize("suite", [0, 2, 255])
def test_another_suite_is_refused_not_guessed(suite: int) -> None:
    raw = bytearray(FIRST.raw)
    raw[4] = suite
    with pytest.raises(UnknownSuite):
        orders.parse(bytes(raw))


def test_a_mandate_reaches_thirty_days_and_not_a_millisecond_more() -> None:
    reach = Theft("t1", NOW, NOW + 30 * DAY)
    given_to(FIRST, nxt(stolen(theft=reach)))
    with pytest.raises(Expired):
        given_to(FIRST, nxt(stolen(theft=replace(reach, until=reach.until + 1))))


def test_a_mandate_counts_from_when_it_was_signed_not_from_when_it_is_said_to_have_begun() -> None:
    renewed = Theft("t1", since=NOW - 90 * DAY, until=NOW + 29 * DAY)
    given_to(FIRST, nxt(stolen(theft=renewed)))
    with pytest.raises(Expired):
        given_to(FIRST, nxt(stolen(theft=Theft("t1", since=NOW + DAY, until=NOW + 31 * DAY))))


def test_orders_over_16_kib_are_refused_by_maker_and_parser() -> None:
    with pytest.raises(TooLarge):
        nxt(stolen(theft=Theft("t1", NOW, NOW, note="x" * 17_000)))
    with pytest.raises(TooLarge):
        orders.parse(signed_json(b" " * 17_000))


@pytest.mark.parametrize("wanted", [will(theft=Theft("t", 0, 0)), will(standing=Standing.STOLEN)])
def test_stolen_and_a_theft_go_together(wanted: Will) -> None:
    with pytest.raises(Malformed):
        orders.make(DEVICE, None, wanted, ALICE)


GENUINE: dict[str, Any] = json.loads(
    nxt(stolen(signers=(CAROL_MAY,), thresholds={"heat": 90}, owner_proof=b"x")).raw[148:]
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("signers",), {}),
        (("signers",), "x"),
        (("signers", 0, "may"), "orders"),
        (("signers", 0, "may"), {"orders": False}),
        (("signers", 0, "until"), True),
        (("theft", "camera"), 1),
        (("theft", "until"), 1e3),
        (("theft", "interval_s"), 59),
        (("watch", "interval_s"), 86_401),
        (("vault", "epoch"), 0),
        (("vault", "epoch"), 2**32),
        (("owner",), "AA"),
        (("standing",), ["stolen"]),
        (("standing",), "lost"),
        (("thresholds",), []),
        (("t",), -1),
        (("t",), 2**53 + 1),
        (("theft",), False),
    ],
)
def test_a_wrong_type_in_signed_orders_is_malformed(path: tuple[Any, ...], value: Any) -> None:
    said = json.loads(json.dumps(GENUINE))
    *way, last = path
    place = said
    for name in way:
        place = place[name]
    place[last] = value
    accept_raw(signed_json(json.dumps(GENUINE).encode()))
    with pytest.raises(Malformed):
        accept_raw(signed_json(json.dumps(said).encode()))


def test_no_json_is_read_before_its_signature_held() -> None:
    nonsense = bytearray(signed_json(b"not json"))
    assert orders.parse(bytes(nonsense)).serial
    nonsense[90] ^= 1
    with pytest.raises(BadSignature):
        accept_raw(bytes(nonsense))


@given(disfigured(GENUINE))
def test_any_json_the_owner_signs_is_read_or_refused_with_a_protocol_error(said: Any) -> None:
    refuses_or_reads(accept_raw, signed_json(loose_json(said)))


@given(garbage(json.dumps(GENUINE).encode()))
def test_any_body_the_owner_signs_is_read_or_refused_with_a_protocol_error(body: bytes) -> None:
    refuses_or_reads(accept_raw, signed_json(body))


@given(garbage(FIRST.raw))
def test_any_bytes_raise_a_protocol_error_alone(data: bytes) -> None:
    refuses_or_reads(accept_raw, data)
    refuses_or_reads(accept_raw, data, FIRST)
