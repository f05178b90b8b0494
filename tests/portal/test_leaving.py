"""A laptop that was let go: it says so itself, its owner is told, and what it sent stays."""

from typing import Any

from shared import checkin
from shared.checkin import GOODBYE, NO_COMMAND, Claim
from tests.cast import NOW, Clock, Laptop
from tests.portal.asking import hear, records, refused, send


def leave(caller: Any, laptop: Laptop, signed: bytes = GOODBYE) -> Any:
    header = checkin.authorize(Claim(laptop.id, NOW, 1, NO_COMMAND), signed, laptop.signing)
    return caller.http.post("/api/v1/leave", headers={"Authorization": header})


def test_a_laptop_that_was_let_go_is_shown_so_and_its_evidence_stays(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    hear(alice, laptop, laptop.seal().wire)
    assert alice.get("/devices").json["devices"][0]["left"] is None
    assert leave(alice, laptop).status_code == 200
    assert alice.get("/devices").json["devices"][0]["left"] == clock.now
    assert len(records(alice, laptop)) == 1
    assert refused(send(alice, laptop, b""), 401, "unknown-device")
    assert refused(leave(alice, laptop), 401, "unknown-device")
    log = alice.http.get("/account/log").text
    assert "A laptop was let go" in log


def test_nobody_else_can_say_that_a_laptop_was_let_go(alice: Any, laptop: Laptop) -> None:
    assert refused(leave(alice, laptop, b""), 401, "bad-signature")  # an empty check-in, replayed
    assert refused(alice.http.post("/api/v1/leave"), 401, "unknown-device")
    stranger = Laptop()
    assert refused(leave(alice, stranger), 401, "unknown-device")
    assert alice.get("/devices").json["devices"][0]["left"] is None
