"""Check-ins that are not taken, each for its reason, and what stays after them."""

import os
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from shared import checkin, envelope
from shared.checkin import Claim
from tests.cast import NOW, Clock, Laptop
from tests.portal.asking import hear, records, refusal, segment, send


def test_an_unknown_laptop_is_told_so(alice: Any, laptop: Laptop) -> None:
    assert refusal(send(alice, Laptop(held=laptop.held), b"")) == (401, "unknown-device")
    for header in ({}, {"Authorization": "Bearer 123"}):
        response = alice.http.post("/api/v1/check-in", data=b"", headers=header)
        assert refusal(response) == (401, "unknown-device")


def test_mallory_cannot_sign_for_alices_laptop(alice: Any, laptop: Laptop) -> None:
    mallory = Laptop()
    claim = Claim(laptop.id, NOW, 1, checkin.NO_COMMAND)
    header = {"Authorization": checkin.authorize(claim, b"", mallory.signing)}
    response = alice.http.post("/api/v1/check-in", headers=header)
    assert refusal(response) == (401, "bad-signature")


def test_a_changed_body_is_not_the_one_that_was_signed(alice: Any, laptop: Laptop) -> None:
    body = laptop.seal().wire
    headers = laptop.authorization(body)
    changed = body[:-1] + bytes([body[-1] ^ 1])
    response = alice.http.post("/api/v1/check-in", data=changed, headers=headers)
    assert refusal(response) == (401, "bad-signature")
    assert records(alice, laptop) == []


def test_one_bad_envelope_keeps_out_the_whole_request(alice: Any, laptop: Laptop) -> None:
    good, bad = laptop.seal(), laptop.seal()
    assert bad.body is not None
    wrong_body = bad.skeleton + bytes(len(bad.body))
    wrong_signature = bad.signed + bytes(64) + bad.body
    for tail, code in (
        (wrong_body, (422, "body-mismatch")),
        (wrong_signature, (401, "bad-signature")),
        (bad.wire[:-1], (422, "malformed")),
        (b"HWE1\x07" + bad.wire[5:], (422, "unknown-suite")),
    ):
        assert refusal(send(alice, laptop, good.wire + tail)) == code
    assert records(alice, laptop) == []
    hear(alice, laptop, good.wire + bad.wire)


def test_bobs_envelope_is_not_taken_from_alices_laptop(
    alice: Any, bob: Any, laptop: Laptop, clock: Clock
) -> None:
    foreign = bob.adopt(clock).seal()
    assert refusal(send(alice, laptop, foreign.wire)) == (422, "wrong-device")


def test_envelopes_must_come_oldest_first(alice: Any, laptop: Laptop) -> None:
    first, second = laptop.seal(), laptop.seal()
    assert refusal(send(alice, laptop, second.wire + first.wire)) == (422, "malformed")


def test_a_seq_no_database_can_hold_is_refused(alice: Any, laptop: Laptop) -> None:
    began = segment(laptop, 2**63, alice.owner.laptops[laptop.id].newest.hash)
    assert refusal(send(alice, laptop, began.wire)) == (422, "malformed")


def test_more_than_a_mebibyte_is_refused(alice: Any, laptop: Laptop) -> None:
    assert refusal(send(alice, laptop, bytes(1024 * 1024 + 1))) == (413, "too-large")


def test_a_day_has_a_limit_and_the_next_day_begins_anew(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    listed = tuple(envelope.Attachment(os.urandom(32), 32 * 1024 * 1024) for _ in range(31))
    hear(alice, laptop, laptop.seal(attachments=listed).wire)
    waiting = laptop.seal(attachments=listed).wire
    response = send(alice, laptop, waiting)
    assert refusal(response) == (429, "slow-down")
    assert 0 < int(response.headers["Retry-After"]) <= timedelta(days=1).total_seconds()
    clock.pass_(days=1)
    hear(alice, laptop, waiting, clock.now)


@given(garbage=st.binary(max_size=2000), at=st.integers(0, 400), flip=st.integers(1, 255))
@how(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_nonsense_is_refused_by_name_and_the_next_good_envelope_is_taken(
    alice: Any, laptop: Laptop, garbage: bytes, at: int, flip: int
) -> None:
    good = laptop.seal().wire
    at %= len(good)
    bent = good[:at] + bytes([good[at] ^ flip]) + good[at + 1 :]
    for body in (garbage, good + garbage, bent):
        response = send(alice, laptop, body)
        assert response.status_code < 500
        if response.status_code >= 400:
            assert refusal(response)[1]
    assert hear(alice, laptop, good).head is not None


@given(value=st.text(max_size=300))
@how(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_nonsense_authorization_is_nobody(nobody: Any, value: str) -> None:
    printable = "".join(c for c in value if c.isprintable() and c.isascii())
    for path in ("/check-in", f"/media/{'0' * 64}"):
        method = "PUT" if "media" in path else "POST"
        response = nobody.http.open(
            f"/api/v1{path}", method=method, headers={"Authorization": printable}
        )
        assert refusal(response) == (401, "unknown-device")
