"""Mark as stolen, mark as recovered."""

import json
import os
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import cli
from portal.accounts.models import Account
from portal.audit import operations as audit
from portal.audit.models import AuditLine
from portal.context import services_of, system_clock
from portal.db import for_writing
from portal.thefts import desk
from shared import crypto, orders
from shared.encoding import b64
from tests.cast import DAY, Clock, Laptop
from tests.portal.asking import refused
from tests.portal.terminal import environment_of


def body(given: orders.Orders) -> dict[str, str]:
    return {"orders": b64(given.raw)}


def mark_stolen(alice: Any, laptop: Laptop, clock: Clock) -> Any:
    path = f"/devices/{laptop.id.hex()}/theft"
    return alice.post(path, body(alice.owner.stolen(laptop, clock.now)))


def test_marking_stolen_opens_a_theft(alice: Any, laptop: Laptop, clock: Clock) -> None:
    answer = mark_stolen(alice, laptop, clock)
    assert answer.status_code == 201
    theft = alice.owner.laptops[laptop.id].newest.will.theft
    assert answer.json["theft"] == {"id": theft.id, "opened": clock.now, "closed": None}
    device = alice.get(f"/devices/{laptop.id.hex()}").json
    assert device["theft"] == answer.json["theft"]
    assert device["orders"] == b64(alice.owner.laptops[laptop.id].newest.raw)


def test_a_second_press_finds_the_theft_that_is_open(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    first = mark_stolen(alice, laptop, clock)
    clock.pass_(seconds=1)
    second = mark_stolen(alice, laptop, clock)
    assert (second.status_code, second.json) == (200, first.json)
    stored = alice.get(f"/devices/{laptop.id.hex()}/orders").json["orders"]
    assert len(stored) == 2, "the second press's orders are not stored"


def test_recovered_closes_the_theft(alice: Any, laptop: Laptop, clock: Clock) -> None:
    opened = mark_stolen(alice, laptop, clock).json["theft"]
    clock.pass_(hours=2)
    path = f"/devices/{laptop.id.hex()}/theft/recovered"
    answer = alice.post(path, body(alice.owner.recovered(laptop, clock.now)))
    assert answer.status_code == 200
    assert answer.json["theft"] == {**opened, "closed": clock.now}
    assert alice.get(f"/devices/{laptop.id.hex()}").json["theft"] is None


def test_what_is_not_stolen_cannot_be_recovered(alice: Any, laptop: Laptop, clock: Clock) -> None:
    path = f"/devices/{laptop.id.hex()}/theft/recovered"
    answer = alice.post(path, body(alice.owner.recovered(laptop, clock.now)))
    assert refused(answer, 409, "not-stolen")


def test_a_laptop_can_be_stolen_twice(alice: Any, laptop: Laptop, clock: Clock) -> None:
    mark_stolen(alice, laptop, clock)
    path = f"/devices/{laptop.id.hex()}/theft/recovered"
    alice.post(path, body(alice.owner.recovered(laptop, clock.now)))
    assert mark_stolen(alice, laptop, clock).status_code == 201


def test_a_person_looks_at_whoever_marks_three_thefts_in_ninety_days(
    alice: Any, bob: Any, laptop: Laptop, clock: Clock, app: Flask
) -> None:
    theirs, first = bob.adopt(clock), clock.now
    for time in range(3):
        for who, what in ((alice, laptop), (bob, theirs))[: 2 if time else 1]:
            assert mark_stolen(who, what, clock).status_code == 201
            over = body(who.owner.recovered(what, clock.now))
            assert who.post(f"/devices/{what.id.hex()}/theft/recovered", over).status_code == 200
        clock.pass_(minutes=5)
    last = clock.now - 5 * 60_000
    with Session(services_of(app).engine) as session:
        found = desk.marked_often(session, first + 90 * DAY - 1)
        assert found == [desk.Often(alice.owner.email, 3, 1, last)]
        assert desk.marked_often(session, first + 90 * DAY) == []


def test_the_operator_reads_who_that_is(
    alice: Any, laptop: Laptop, app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    now = system_clock()
    with Session(for_writing(services_of(app).engine)) as session:
        for _ in range(3):
            actor = audit.account(session.scalars(select(Account.id)).one())
            subject = audit.laptop(laptop.id)
            audit.note(session, actor=actor, action="marked-stolen", subject=subject, now=now)
        session.commit()
    environment = environment_of(services_of(app).settings)
    assert cli.main(["thefts", "--json"], environment) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"email": alice.owner.email, "thefts": 3, "laptops": 1, "last": now}
    ]
    assert cli.main(["thefts"], environment) == 0
    assert "3 thefts (laptops: 1)" in capsys.readouterr().out


def test_an_old_theft_cannot_be_opened_again(alice: Any, laptop: Laptop, clock: Clock) -> None:
    mark_stolen(alice, laptop, clock)
    theft = alice.owner.laptops[laptop.id].newest.will.theft
    path = f"/devices/{laptop.id.hex()}/theft"
    alice.post(path + "/recovered", body(alice.owner.recovered(laptop, clock.now)))
    again = alice.owner.order(laptop, standing=orders.Standing.STOLEN, theft=theft)
    assert refused(alice.post(path, body(again)), 422, "malformed")


def test_each_button_takes_only_its_own_orders(alice: Any, laptop: Laptop, clock: Clock) -> None:
    path = f"/devices/{laptop.id.hex()}/theft"
    home = alice.owner.recovered(laptop, clock.now)
    assert refused(alice.post(path, body(home)), 422, "malformed")
    stolen = alice.owner.stolen(laptop, clock.now)
    assert refused(alice.post(path + "/recovered", body(stolen)), 422, "malformed")


def test_a_theft_needs_an_id_that_can_be_shown(alice: Any, laptop: Laptop, clock: Clock) -> None:
    kept = alice.owner.laptops[laptop.id]
    for bad in ("", "x" * 65, "naïve", "a\nb"):
        theft = orders.Theft(bad, clock.now, clock.now + DAY)
        will = replace(kept.newest.will, standing=orders.Standing.STOLEN, theft=theft)
        made = orders.make(laptop.id, kept.newest, will, alice.owner.signing)
        assert refused(
            alice.post(f"/devices/{laptop.id.hex()}/theft", body(made)), 422, "malformed"
        )


def _forged(alice: Any, laptop: Laptop, clock: Clock, how: str) -> orders.Orders:
    kept = alice.owner.laptops[laptop.id]
    theft = orders.Theft(os.urandom(16).hex(), clock.now, clock.now + DAY)
    will = replace(kept.newest.will, standing=orders.Standing.STOLEN, theft=theft, t=clock.now)
    signer, device_id, previous = alice.owner.signing, laptop.id, kept.newest
    if how == "mallory signs":
        signer = crypto.SigningKey.generate()
    if how == "another laptop":
        device_id = bytes(16)
    if how == "skips a serial":
        previous = replace(previous, serial=5)
    if how == "mandate of a year":
        will = replace(will, theft=replace(theft, until=clock.now + 365 * DAY))
    if how == "mandate that has ended":
        will = replace(will, theft=replace(theft, until=clock.now))
    return orders.make(device_id, previous, will, signer)


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("mallory signs", 422, "unknown-signer"),
        ("another laptop", 422, "wrong-device"),
        ("skips a serial", 409, "out-of-order"),
        ("mandate of a year", 422, "expired"),
        ("mandate that has ended", 422, "expired"),
    ],
)
def test_orders_that_are_not_right_are_refused_and_nothing_changes(
    alice: Any, laptop: Laptop, clock: Clock, how: str, status: int, code: str
) -> None:
    answer = alice.post(
        f"/devices/{laptop.id.hex()}/theft", body(_forged(alice, laptop, clock, how))
    )
    assert refused(answer, status, code)
    assert alice.get(f"/devices/{laptop.id.hex()}").json["theft"] is None
    assert len(alice.get(f"/devices/{laptop.id.hex()}/orders").json["orders"]) == 1


def test_a_flipped_signature_bit_is_refused(alice: Any, laptop: Laptop, clock: Clock) -> None:
    raw = bytearray(alice.owner.stolen(laptop, clock.now).raw)
    raw[orders.HEADER.size] ^= 1
    answer = alice.post(f"/devices/{laptop.id.hex()}/theft", {"orders": b64(bytes(raw))})
    assert refused(answer, 422, "bad-signature")


def test_the_laptop_is_called_after_each_change_and_only_then(
    alice: Any, laptop: Laptop, clock: Clock, woken: list[int]
) -> None:
    mark_stolen(alice, laptop, clock)
    mark_stolen(alice, laptop, clock)
    assert len(woken) == 1, "the second press changed nothing"


def test_every_press_leaves_its_trace(app: Flask, alice: Any, laptop: Laptop, clock: Clock) -> None:
    mark_stolen(alice, laptop, clock)
    path = f"/devices/{laptop.id.hex()}/theft/recovered"
    alice.post(path, body(alice.owner.recovered(laptop, clock.now)))
    with Session(services_of(app).engine) as session:
        lines = session.scalars(select(AuditLine).order_by(AuditLine.number)).all()
    marks = [line for line in lines if line.action.startswith("marked-")]
    assert [line.action for line in marks] == ["marked-stolen", "marked-recovered"]
    assert {line.actor for line in marks} == {f"account:{alice.owner.account.id.hex()}"}
    assert {line.subject for line in marks} == {f"laptop:{laptop.id.hex()}"}
    assert not any("@" in line.actor + line.subject for line in lines)
