"""Bringing a laptop of the past: only one's own, only what was signed, and no other's place."""

import os
from typing import Any

import pytest

from shared import crypto, envelope, media
from shared.encoding import b64
from shared.envelope import Attachment
from tests.cast import NOW, Clock, Laptop
from tests.portal.asking import hear, records, refused
from tests.portal.conftest import Caller

pytestmark = pytest.mark.both_databases


def past(alice: Caller, **changes: Any) -> tuple[Laptop, dict[str, Any]]:
    """A laptop that Alice had at another portal, and what she brings of it."""
    laptop = Laptop()
    adoption = alice.owner.adopt(laptop)
    kept = alice.owner.laptops[laptop.id]
    laptop.learn(kept.newest)
    body = {
        "device_key": b64(laptop.signing.public), "command_key": b64(laptop.opening.public),
        "paired": NOW, "left": None, "known_serial": 1, "known_at": NOW, "last_heard": NOW,
        "orders": [{"raw": b64(kept.newest.raw), "received": NOW}],
        "keyring": adoption["keyring"],
    }  # fmt: skip
    return laptop, body | changes


def row(sealed: envelope.Envelope, **changes: Any) -> dict[str, Any]:
    assert sealed.body is not None
    said = {"skeleton": b64(sealed.skeleton), "body": b64(sealed.body), "received": NOW}
    return said | {"receipt": None, "sighting": None} | changes


def bring(caller: Caller, laptop: Laptop, *rows: dict[str, Any]) -> Any:
    path = f"/import/devices/{laptop.id.hex()}/records"
    return caller.post(path, {"records": list(rows), "forks": []})


def test_it_is_shown_as_a_laptop_of_the_past_that_says_no_more(alice: Caller) -> None:
    laptop, body = past(alice)
    assert alice.post("/import/devices", body).status_code == 201
    sealed = [laptop.seal() for _ in range(3)]
    assert bring(alice, laptop, *map(row, sealed)).json == {"seq": 2}
    assert bring(alice, laptop, row(sealed[1]), row(laptop.seal())).json == {"seq": 3}
    assert len(records(alice, laptop)) == 4
    assert alice.get(f"/devices/{laptop.id.hex()}").json["left"] == NOW
    more = laptop.seal().wire
    heard = alice.http.post("/api/v1/check-in", data=more, headers=laptop.authorization(more))
    assert refused(heard, 401, "unknown-device")


def test_a_deleted_body_is_brought_as_what_is_left_of_it(alice: Caller) -> None:
    laptop, body = past(alice)
    alice.post("/import/devices", body)
    sealed = laptop.seal()
    assert bring(alice, laptop, row(sealed, body=None)).status_code == 201
    [shown] = records(alice, laptop)
    assert shown["envelope"] == b64(sealed.without_body().wire)


def test_a_laptop_that_is_here_is_not_brought_over(
    alice: Caller, bob: Caller, laptop: Laptop
) -> None:
    kept = alice.owner.laptops[laptop.id]
    body = past(alice)[1] | {
        "device_key": b64(laptop.signing.public), "command_key": b64(laptop.opening.public),
        "orders": [{"raw": b64(kept.given[0].raw), "received": NOW}], "keyring": [],
    }  # fmt: skip
    assert refused(alice.post("/import/devices", body), 409, "already-here")
    assert refused(bob.post("/import/devices", body), 409, "already-here")
    hear(alice, laptop, laptop.seal().wire)


def test_bob_brings_no_laptop_of_alices(alice: Caller, bob: Caller) -> None:
    laptop, body = past(alice)
    assert bob.post("/import/devices", body).status_code == 422
    alice.post("/import/devices", body)
    sealed = row(laptop.seal())
    assert refused(bring(bob, laptop, sealed), 404, "not-found")
    assert bring(alice, laptop, sealed).status_code == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"orders": []}, {"orders": [{"raw": "AAAA", "received": NOW}]}, {"paired": -1},
        {"device_key": b64(bytes(31))}, {"left": "now"}, {"known_serial": None}, {"more": 1},
    ],
)  # fmt: skip
def test_nonsense_is_refused(alice: Caller, changes: dict[str, Any]) -> None:
    _, body = past(alice, **changes)
    assert alice.post("/import/devices", body).status_code == 422
    assert alice.get("/devices").json == {"devices": []}


def test_nothing_of_what_does_not_follow_is_kept(alice: Caller, clock: Clock) -> None:
    laptop, body = past(alice)
    alice.post("/import/devices", body)
    first, _, third = laptop.seal(), laptop.seal(), laptop.seal()
    assert refused(bring(alice, laptop, row(first), row(third)), 422, "broken-chain")
    assert records(alice, laptop) == []
    ahead = row(first, received=clock.now + 1)
    assert refused(bring(alice, laptop, ahead), 422, "malformed")
    assert refused(bring(alice, laptop, row(past(alice)[0].seal())), 422, "wrong-device")
    assert records(alice, laptop) == []


def test_a_picture_is_taken_only_where_a_record_lists_it(alice: Caller, bob: Caller) -> None:
    laptop, body = past(alice)
    alice.post("/import/devices", body)
    sealed = b"a sealed picture"
    sha256 = crypto.sha256(sealed)
    path = f"/api/v1/import/devices/{laptop.id.hex()}/media/{sha256.hex()}"
    assert refused(alice.http.put(path, data=sealed), 404, "not-listed")
    bring(alice, laptop, row(laptop.seal(attachments=(Attachment(sha256, len(sealed)),))))
    assert refused(bob.http.put(path, data=sealed), 404, "not-found")
    assert refused(alice.http.put(path, data=sealed[:-1] + b"x"), 422, "body-mismatch")
    assert alice.http.put(path, data=sealed + b"x").status_code == 413
    assert alice.http.put(path, data=sealed).status_code == 201
    assert alice.http.put(path, data=sealed).status_code == 200
    with alice.get(f"/media/{sha256.hex()}") as answer:
        assert answer.data == sealed


def test_no_day_holds_more_than_a_laptop_may_send(alice: Caller) -> None:
    laptop, body = past(alice)
    alice.post("/import/devices", body)
    for day_is_full in (False, True):
        half = [Attachment(os.urandom(32), media.MAX_SIZE) for _ in range(16)]
        answer = bring(alice, laptop, row(laptop.seal(attachments=tuple(half))))
        assert (answer.status_code == 409) is day_is_full
    assert refused(answer, 409, "too-much")
    assert len(records(alice, laptop)) == 1
