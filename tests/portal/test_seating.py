"""Fewer seats than laptops, a seat moved, and one more for who was robbed."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from licensing.lease import Lease
from portal.context import services_of
from portal.db import for_writing
from portal.licenses.models import IssuedLicense
from portal.settings import Settings
from shared.encoding import b64
from tests.cast import Clock, Laptop
from tests.portal.asking import hear, refused
from tests.portal.conftest import Caller
from tests.portal.licensed import Desk, claim, page, try_to_adopt
from tests.portal.test_leases import asked, read
from tests.portal.test_leases import settings as with_leases
from tests.portal.test_leaving import leave

settings = with_leases


@pytest.fixture
def desk(settings: Settings, app: Flask, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(settings, capsys)


def has_seats(app: Flask, number: int) -> None:
    """The license is changed to so many."""
    with Session(for_writing(services_of(app).engine)) as session:
        session.query(IssuedLicense).one().bought = number
        session.commit()


@pytest.fixture
def three(alice: Caller, clock: Clock, desk: Desk, app: Flask) -> list[Laptop]:
    """Alice's laptops, in the order she added them; then she pays for two seats alone."""
    claim(alice, desk.key("--tier", "office", "--seats", "3"))
    laptops = []
    for _ in range(3):
        laptops.append(alice.adopt(clock))
        clock.pass_(minutes=1)
    has_seats(app, 2)
    return laptops


def steal(alice: Caller, laptop: Laptop, clock: Clock) -> None:
    stolen = alice.owner.stolen(laptop, clock.now)
    path = f"/devices/{laptop.id.hex()}/theft"
    assert alice.post(path, {"orders": b64(stolen.raw)}).status_code == 201
    laptop.learn(stolen)


def recover(alice: Caller, laptop: Laptop, clock: Clock) -> None:
    body = {"orders": b64(alice.owner.recovered(laptop, clock.now).raw)}
    assert alice.post(f"/devices/{laptop.id.hex()}/theft/recovered", body).status_code == 200


def leased(alice: Caller, laptop: Laptop, clock: Clock) -> Lease:
    return read(asked(alice, laptop, clock), laptop, clock)


def seated(alice: Caller) -> dict[str, int | None]:
    return {one["device"]: one["seat"] for one in alice.get("/license").json["laptops"]}


def move(alice: Caller, laptop: Laptop) -> Any:
    return alice.ask("POST", f"/devices/{laptop.id.hex()}/seat")


def test_with_fewer_seats_the_one_added_last_stops_its_hourly_look_and_nothing_else(
    alice: Caller, three: list[Laptop], clock: Clock
) -> None:
    leases = [leased(alice, laptop, clock) for laptop in three]
    assert [lease.covers(clock.now) for lease in leases] == [True, True, False]
    assert [lease.state for lease in leases] == ["active", "active", "no-seat"]
    assert "theft" in leases[2].entitlements
    last = three[2]
    assert hear(alice, last, last.seal().wire, clock.now).head, "what it sends is taken"
    assert "a laptop beyond the license" in page(alice)


def test_a_stolen_laptop_is_never_beyond(alice: Caller, three: list[Laptop], clock: Clock) -> None:
    steal(alice, three[2], clock)
    clock.pass_(days=20)
    alice.sign_in()
    assert leased(alice, three[2], clock).covers(clock.now)
    assert seated(alice)[three[2].id.hex()] == 3


def test_she_moves_a_seat_from_the_laptop_added_last(
    alice: Caller, three: list[Laptop], clock: Clock
) -> None:
    first, second, third = (laptop.id.hex() for laptop in three)
    assert seated(alice) == {first: 1, second: 2, third: None}
    answer = alice.http.post(f"/licenses/{third}/seat")
    assert answer.status_code == 303
    assert "The seat is moved" in page_at(alice, answer.location)
    assert seated(alice) == {first: 1, second: None, third: 2}
    assert leased(alice, three[2], clock).covers(clock.now)
    assert not leased(alice, three[1], clock).covers(clock.now)


def page_at(alice: Caller, path: str) -> str:
    return " ".join(alice.http.get(path).text.split())


def test_moved_there_and_back_it_is_as_before(
    alice: Caller, three: list[Laptop], clock: Clock
) -> None:
    before = alice.get("/license").json
    for laptop in (three[2], three[1]):
        assert move(alice, laptop).status_code == 200
        clock.pass_(minutes=1)
    assert alice.get("/license").json == before


def test_one_that_has_a_seat_keeps_it_and_no_move_is_counted(
    alice: Caller, three: list[Laptop]
) -> None:
    before = seated(alice)
    for _ in range(5):
        assert move(alice, three[0]).status_code == 200
    assert seated(alice) == before
    assert move(alice, three[2]).status_code == 200


def test_three_moves_a_month_are_enough(alice: Caller, three: list[Laptop], clock: Clock) -> None:
    for laptop in (three[2], three[1], three[2]):
        assert move(alice, laptop).status_code == 200
        clock.pass_(minutes=1)
    assert refused(move(alice, three[1]), 409, "too-often")
    assert "Three seats were moved" in alice.http.post(f"/licenses/{three[1].id.hex()}/seat").text
    clock.pass_(days=30)
    alice.sign_in()
    assert move(alice, three[1]).status_code == 200


def test_a_free_seat_is_taken_before_anothers(
    alice: Caller, three: list[Laptop], clock: Clock
) -> None:
    assert leave(alice, three[0]).status_code == 200
    assert move(alice, three[2]).status_code == 200
    assert seated(alice) == {three[1].id.hex(): 2, three[2].id.hex(): 1}


def test_no_seat_is_moved_from_a_stolen_laptop(
    alice: Caller, three: list[Laptop], clock: Clock
) -> None:
    for laptop in three[:2]:
        steal(alice, laptop, clock)
    clock.pass_(days=14)
    alice.sign_in()
    assert refused(move(alice, three[2]), 409, "no-seat")


def test_who_was_robbed_may_add_one_laptop_more_for_two_weeks(
    alice: Caller, three: list[Laptop], clock: Clock
) -> None:
    assert refused(try_to_adopt(alice, clock), 409, "no-seat")
    steal(alice, three[0], clock)
    assert alice.get("/license").json["seats"] == 3
    assert "3 of 3 taken" in page(alice)
    recover(alice, three[0], clock)
    assert alice.get("/license").json["seats"] == 2


def test_a_replacement_is_added_the_day_of_the_theft(
    alice: Caller, clock: Clock, desk: Desk
) -> None:
    claim(alice, desk.key("--tier", "solo"))
    laptop = alice.adopt(clock)
    assert refused(try_to_adopt(alice, clock), 409, "no-seat")
    steal(alice, laptop, clock)
    assert try_to_adopt(alice, clock).status_code == 201
    assert refused(try_to_adopt(alice, clock), 409, "no-seat")
    clock.pass_(days=14)
    alice.sign_in()
    assert sorted(seated(alice).values(), key=str) == [1, None]


def test_nobody_moves_anothers_seat(alice: Caller, bob: Caller, three: list[Laptop]) -> None:
    assert move(bob, three[2]).status_code == 404
    assert bob.http.post(f"/licenses/{three[2].id.hex()}/seat").status_code == 404
    assert seated(alice)[three[2].id.hex()] is None


def test_a_key_is_claimed_over_the_api(alice: Caller, desk: Desk) -> None:
    assert alice.get("/license").json["tier"] == "trial"
    assert refused(alice.post("/license", {"key": "no"}), 422, "bad-license-key")
    said = alice.post("/license", {"key": desk.key("--tier", "family")}).json
    assert (said["tier"], said["state"], said["seats"]) == ("family", "active", 5)
