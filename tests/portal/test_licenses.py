"""Licenses decide how many new laptops an account may add, and nothing about those it has."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from licensing.license import State
from portal.accounts.models import Account
from portal.context import services_of
from portal.db import for_writing
from portal.licenses import operations, seating
from portal.licenses.models import IssuedLicense, TakenSeat
from portal.problems import Problem
from portal.settings import Settings
from shared.encoding import b64
from tests.cast import NOW, Clock, Laptop
from tests.portal.asking import hear, refused
from tests.portal.conftest import Caller
from tests.portal.licensed import DAY, Desk, claim, page, state, try_to_adopt
from tests.portal.test_leaving import leave


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A portal that gives licenses out."""
    return replace(settings, licenses_since=NOW)


@pytest.fixture
def desk(settings: Settings, app: Flask, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(settings, capsys)


def test_everybody_begins_with_a_trial_for_two_laptops(alice: Caller, clock: Clock) -> None:
    alice.adopt(clock)
    alice.adopt(clock)
    assert "You are trying Homeward out" in page(alice)
    assert "2 of 2 taken" in page(alice)
    assert refused(try_to_adopt(alice, clock), 409, "no-seat")
    assert len(alice.get("/devices").json["devices"]) == 2


def test_a_refused_laptop_leaves_nothing_behind(alice: Caller, clock: Clock) -> None:
    alice.adopt(clock)
    alice.adopt(clock)
    before = alice.get("/account").json
    laptop = Laptop()
    alice.post(f"/pair/{laptop.secret.rid.hex()}", laptop.offer_body())
    body = alice.owner.adopt(laptop, clock.now)
    assert refused(alice.post("/devices", body), 409, "no-seat")
    assert alice.get("/account").json == before
    assert refused(alice.get(f"/pair/{laptop.secret.rid.hex()}/orders"), 404, "not-yet")


def test_a_license_runs_out_by_itself_and_a_renewal_brings_it_back(
    alice: Caller, clock: Clock, desk: Desk, app: Flask
) -> None:
    claim(alice, desk.key("--tier", "solo", "--days", "10"))
    seen = []
    for days in (9, 2, 15, 15):
        clock.pass_(seconds=days * DAY)
        seen.append(state(app, alice, clock))
    assert seen == [State.ACTIVE, State.PAST_DUE, State.GRACE, State.EXPIRED]
    alice.sign_in()
    assert refused(try_to_adopt(alice, clock), 403, "license-over")
    with Session(for_writing(services_of(app).engine)) as session:
        held = session.scalars(select(IssuedLicense)).one()
        fact = operations.Fact(clock.now, "again", operations.Kind.PAID, clock.now + 10**10)
        operations.add_fact(session, held, fact)
        session.commit()
    assert state(app, alice, clock) == State.ACTIVE
    alice.adopt(clock)


def test_a_laptop_reports_and_is_stolen_and_found_whatever_the_license_says(
    alice: Caller, clock: Clock
) -> None:
    laptop = alice.adopt(clock)
    clock.pass_(seconds=400 * DAY)
    alice.sign_in()
    assert "Your trial has ended." in page(alice)
    assert hear(alice, laptop, laptop.seal().wire, clock.now).head
    device = f"/devices/{laptop.id.hex()}"
    stolen = alice.owner.stolen(laptop, clock.now)
    assert alice.post(f"{device}/theft", {"orders": b64(stolen.raw)}).status_code == 201
    laptop.learn(stolen)
    assert hear(alice, laptop, laptop.seal().wire, clock.now).head


def test_a_seat_is_free_when_its_laptop_was_let_go(alice: Caller, clock: Clock) -> None:
    first = alice.adopt(clock)
    alice.adopt(clock)
    assert leave(alice, first).status_code == 200
    assert "1 of 2 taken" in page(alice)
    alice.adopt(clock)
    assert "2 of 2 taken" in page(alice)


def test_whoever_changes_laptops_all_the_time_waits_a_day_for_a_seat(
    alice: Caller, clock: Clock
) -> None:
    for _ in range(3):
        leave(alice, alice.adopt(clock))
    fourth = alice.adopt(clock)
    alice.adopt(clock)
    leave(alice, fourth)
    assert refused(try_to_adopt(alice, clock), 409, "no-seat")
    clock.pass_(hours=24)
    alice.sign_in()
    alice.adopt(clock)


def test_a_stolen_laptop_keeps_its_seat_until_it_is_back(alice: Caller, clock: Clock) -> None:
    laptop = alice.adopt(clock)
    device = f"/devices/{laptop.id.hex()}"
    stolen = alice.owner.stolen(laptop, clock.now)
    alice.post(f"{device}/theft", {"orders": b64(stolen.raw)})
    leave(alice, laptop)
    assert "1 of 3 taken" in page(alice)
    back = alice.owner.recovered(laptop, clock.now)
    assert alice.post(f"{device}/theft/recovered", {"orders": b64(back.raw)}).status_code == 200
    assert "0 of 2 taken" in page(alice)


@pytest.mark.both_databases
def test_fifty_laptops_at_once_take_five_seats_of_five(
    alice: Caller, clock: Clock, app: Flask, desk: Desk
) -> None:
    claim(alice, desk.key("--tier", "family"))
    engine = services_of(app).engine

    def take(number: int) -> str:
        with Session(for_writing(engine)) as session:
            account = session.scalars(select(Account)).one()
            try:
                seating.take(session, account, number.to_bytes(16), NOW, clock.now)
                session.commit()
            except Problem as refusal:
                return refusal.code
            return "taken"

    with ThreadPoolExecutor(10) as crowd:
        said = Counter(crowd.map(take, range(50)))
    assert said == {"taken": 5, "no-seat": 45}
    with Session(engine) as session:
        slots = session.scalars(select(TakenSeat.slot).order_by(TakenSeat.slot)).all()
    assert slots == [1, 2, 3, 4, 5]


def test_no_seat_can_be_taken_twice_whoever_counted(alice: Caller, app: Flask) -> None:
    with Session(for_writing(services_of(app).engine)) as session:
        account = session.scalars(select(Account)).one()
        for number in (1, 2):
            session.add(
                TakenSeat(account_id=account.id, slot=1, device_id=bytes([number] * 16), taken=NOW)
            )
            if number == 2:
                with pytest.raises(IntegrityError):
                    session.flush()
            else:
                session.flush()
                session.expunge_all()


def test_bob_sees_nothing_of_alices_license(alice: Caller, bob: Caller, desk: Desk) -> None:
    claim(alice, desk.key("--tier", "office", "--seats", "40"))
    assert "of 40 taken" in page(alice)
    assert "of 2 taken" in page(bob)
