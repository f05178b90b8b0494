"""The check-in's header and answer."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import checkin, crypto
from shared.checkin import Answer, Claim, Head
from shared.encoding import b64, unb64
from shared.errors import BadSignature, Malformed
from tests.shared.cast import (
    DEVICE,
    JSON_VALUES,
    LAPTOP,
    MALLORY,
    NOW,
    OTHER_DEVICE,
    accepted,
    disfigured,
    flips,
    refuses_or_reads,
    seed,
)

CLAIM = Claim(DEVICE, NOW, 7, seed("command")[:16])
BODY = b"envelopes"
HEADER = checkin.authorize(CLAIM, BODY, LAPTOP)
ANSWER = Answer(b"receipt", (b"orders",), (b"command",), Head(3, seed("head")), ("::1", 9), "tkt")


def checked(header: str, body: bytes = BODY) -> Claim:
    claim, signature = checkin.parse_authorization(header)
    checkin.verify(claim, signature, body, LAPTOP.public)
    return claim


def test_the_header_says_what_is_signed() -> None:
    scheme, _, rest = HEADER.partition(" ")
    device, ms, serial, last, signature = rest.split(".")
    assert (scheme, device) == ("Homeward", DEVICE.hex())
    assert (int(ms), int(serial), last) == (NOW, 7, seed("command")[:16].hex())
    signed = (
        DEVICE + NOW.to_bytes(8, "big") + crypto.sha256(BODY)
        + (7).to_bytes(8, "big") + seed("command")[:16]
    )  # fmt: skip
    crypto.verify(LAPTOP.public, "check-in", unb64(signature), signed)


@given(
    ms=st.integers(0, 10**16 - 1),
    serial=st.integers(0, 10**16 - 1),
    last=st.binary(min_size=16, max_size=16),
    body=st.binary(max_size=50),
)
def test_a_claim_comes_back(ms: int, serial: int, last: bytes, body: bytes) -> None:
    claim = Claim(DEVICE, ms, serial, last)
    assert checked(checkin.authorize(claim, body, LAPTOP), body) == claim


@pytest.mark.parametrize(
    "changes",
    [{"device_id": OTHER_DEVICE}, {"ms": NOW + 1}, {"orders_serial": 8},
     {"last_command": checkin.NO_COMMAND}],
)  # fmt: skip
def test_a_changed_claim_is_refused(changes: dict[str, Any]) -> None:
    _, signature = checkin.parse_authorization(HEADER)
    with pytest.raises(BadSignature):
        checkin.verify(replace(CLAIM, **changes), signature, BODY, LAPTOP.public)


def test_another_body_or_laptop_is_refused() -> None:
    with pytest.raises(BadSignature):
        checked(HEADER, b"other envelopes")
    with pytest.raises(BadSignature):
        checked(checkin.authorize(CLAIM, BODY, MALLORY))


def test_every_flipped_bit_of_the_header_is_refused() -> None:
    raw = HEADER.encode()
    checked(HEADER)
    assert not accepted(flips(raw), lambda changed: checked(changed.decode("latin-1")))


@pytest.mark.parametrize(
    "header",
    [
        "", "Homeward", "Bearer x", HEADER + " ", HEADER + "\n", " " + HEADER, HEADER.lower(),
        HEADER.replace(str(NOW), "\u0663"), HEADER.replace(str(NOW), "9" * 17),
        HEADER.replace(str(NOW), "-1"), HEADER.replace(str(NOW), ""), HEADER.upper(),
    ],
)  # fmt: skip
def test_a_header_in_another_form_is_malformed(header: str) -> None:
    with pytest.raises(Malformed):
        checkin.parse_authorization(header)


@given(st.text(max_size=50), st.integers(0, len(HEADER)), st.integers(0, 40))
def test_any_header_raises_a_protocol_error_alone(text: str, at: int, cut: int) -> None:
    refuses_or_reads(checked, text)
    refuses_or_reads(checked, HEADER[:at] + text + HEADER[at + cut :])


@pytest.mark.parametrize("answer", [ANSWER, Answer(None, (), (), None, ("192.0.2.7", 0))])
def test_an_answer_comes_back(answer: Answer) -> None:
    assert Answer.from_json(answer.to_json()) == answer


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("receipt", False), ("receipt", 7), ("orders", {}), ("orders", "AA"), ("orders", [1]),
        ("commands", None), ("head", []), ("head", {"seq": -1, "chain": b64(bytes(32))}),
        ("head", {"seq": True, "chain": b64(bytes(32))}), ("head", {"seq": 1, "chain": "AA"}),
        ("head", {"seq": 1}), ("you", None), ("you", {"ip": 1, "port": 1}),
        ("you", {"ip": "::1", "port": float("inf")}), ("you", {"ip": "::1", "port": "1"}),
        ("wake", {}), ("wake", 0),
    ],
)  # fmt: skip
def test_a_wrong_type_in_an_answer_is_malformed(name: str, value: object) -> None:
    with pytest.raises(Malformed):
        Answer.from_json(ANSWER.to_json() | {name: value})


@pytest.mark.parametrize("name", ["receipt", "orders", "commands", "head", "you", "wake"])
def test_an_answer_that_lacks_something_is_malformed(name: str) -> None:
    said = ANSWER.to_json()
    del said[name]
    with pytest.raises(Malformed):
        Answer.from_json(said)


@given(disfigured(ANSWER.to_json()) | JSON_VALUES)
def test_any_answer_is_read_or_malformed(said: Any) -> None:
    refuses_or_reads(Answer.from_json, said)
    refuses_or_reads(checkin.parse_head, said)
