"""Orders that keep the standing, and commands: checked, kept, handed on, never understood."""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from portal.context import services_of
from portal.devices import operations
from portal.devices.models import Device
from shared import command, crypto, orders
from shared.encoding import b64
from tests.cast import DAY, Clock, Laptop
from tests.portal.asking import refused


def send(alice: Any, laptop: Laptop, made: command.Command) -> Any:
    return alice.post(f"/devices/{laptop.id.hex()}/commands", {"command": b64(made.raw)})


def give(alice: Any, laptop: Laptop, made: orders.Orders) -> Any:
    return alice.post(f"/devices/{laptop.id.hex()}/orders", {"orders": b64(made.raw)})


@pytest.fixture
def connection(app: Flask) -> Iterator[Connection]:
    with services_of(app).engine.connect() as made:
        yield made


@pytest.fixture
def number(app: Flask, laptop: Laptop) -> int:
    """The laptop's number in the database."""
    with Session(services_of(app).engine) as session:
        return session.scalars(select(Device.number).where(Device.id == laptop.id)).one()


def test_a_command_waits_until_the_laptop_has_dealt_with_it(
    app: Flask, alice: Any, laptop: Laptop, number: int, clock: Clock, woken: list[int]
) -> None:
    first, second = (alice.owner.command(laptop) for _ in range(2))
    answer = send(alice, laptop, first)
    assert (answer.status_code, answer.json) == (201, {"command_id": first.id.hex()})
    send(alice, laptop, second)
    assert woken == [number, number]
    with services_of(app).engine.begin() as connection:
        waiting = operations.waiting_commands(connection, number, bytes(16), clock.now)
        assert waiting == [first.raw, second.raw]
        assert operations.waiting_commands(connection, number, first.id, clock.now) == [second.raw]
        operations.mark_taken(connection, number, first.id, clock.now)
        assert operations.waiting_commands(connection, number, bytes(16), clock.now) == [second.raw]
        operations.mark_taken(connection, number, second.id, clock.now)
        assert operations.waiting_commands(connection, number, bytes(16), clock.now) == []


def test_a_command_nobody_sent_is_not_believed_to_be_done(
    app: Flask, alice: Any, laptop: Laptop, number: int, clock: Clock
) -> None:
    made = alice.owner.command(laptop)
    send(alice, laptop, made)
    with services_of(app).engine.begin() as connection:
        operations.mark_taken(connection, number, os.urandom(16), clock.now)
        waiting = operations.waiting_commands(connection, number, bytes(16), clock.now)
    assert waiting == [made.raw]


def test_an_expired_command_is_not_sent(
    alice: Any, laptop: Laptop, number: int, clock: Clock, connection: Connection
) -> None:
    send(alice, laptop, alice.owner.command(laptop))
    clock.pass_(days=1)
    assert operations.waiting_commands(connection, number, bytes(16), clock.now) == []


def _spoiled(alice: Any, laptop: Laptop, clock: Clock, how: str) -> bytes:
    terms = command.Terms(laptop.id, 7, clock.now, clock.now + DAY, 1)
    signer = alice.owner.signing
    changes: dict[str, dict[str, Any]] = {
        "another laptop": {"device_id": bytes(16)},
        "expired": {"expires": clock.now},
        "waits too long": {"expires": clock.now + 90 * DAY + 1},
        "waits for ever": {"expires": 2**64 - 1},
        "no room above": {"counter": 2**64 - 1},
    }
    if how == "signed by mallory":
        signer = crypto.SigningKey.generate()
    terms = replace(terms, **changes.get(how, {}))
    raw = command.make(terms, command.Wish.ALARM, {}, laptop.offer.command_key, signer).raw
    if how == "a bit flipped":
        raw = raw[:100] + bytes([raw[100] ^ 1]) + raw[101:]
    if how == "body swapped":
        raw = raw[:-1] + bytes([raw[-1] ^ 1])
    return raw[:-1] if how == "cut off" else raw


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("another laptop", "wrong-device"),
        ("signed by mallory", "unknown-signer"),
        ("a bit flipped", "bad-signature"),
        ("body swapped", "body-mismatch"),
        ("cut off", "malformed"),
        ("expired", "expired"),
        ("waits too long", "expired"),
        ("waits for ever", "expired"),
        ("no room above", "malformed"),
    ],
)
def test_a_command_that_is_not_right_is_refused(
    alice: Any, laptop: Laptop, number: int, clock: Clock, connection: Connection,
    how: str, code: str,
) -> None:  # fmt: skip
    raw = _spoiled(alice, laptop, clock, how)
    answer = alice.post(f"/devices/{laptop.id.hex()}/commands", {"command": b64(raw)})
    assert refused(answer, 422, code)
    assert operations.waiting_commands(connection, number, bytes(16), clock.now) == []


def test_a_counter_never_falls(alice: Any, laptop: Laptop) -> None:
    first, second = (alice.owner.command(laptop) for _ in range(2))
    send(alice, laptop, second)
    assert refused(send(alice, laptop, first), 409, "out-of-order")
    assert refused(send(alice, laptop, second), 409, "out-of-order")


def test_a_hundred_commands_may_wait_and_no_more(alice: Any, laptop: Laptop, clock: Clock) -> None:
    for _ in range(operations.MAX_WAITING):
        assert send(alice, laptop, alice.owner.command(laptop)).status_code == 201
    assert refused(send(alice, laptop, alice.owner.command(laptop)), 409, "too-many-commands")
    clock.pass_(days=1)
    alice.sign_in()
    assert send(alice, laptop, alice.owner.command(laptop, now=clock.now)).status_code == 201


def test_a_new_interval_is_an_order_that_keeps_the_standing(
    alice: Any, laptop: Laptop, number: int, connection: Connection, woken: list[int]
) -> None:
    new = alice.owner.order(laptop, watch_interval_s=1800)
    answer = give(alice, laptop, new)
    assert (answer.status_code, answer.json) == (201, {"serial": 2})
    given = alice.owner.laptops[laptop.id].given
    stored = alice.get(f"/devices/{laptop.id.hex()}/orders").json["orders"]
    assert stored == [b64(one.raw) for one in given]
    assert operations.orders_after(connection, number, 0) == [one.raw for one in given]
    assert operations.orders_after(connection, number, 1) == [new.raw]
    assert operations.orders_after(connection, number, 2) == []
    assert woken == [number]


def test_a_mandate_is_renewed_under_the_same_theft(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    stolen = alice.owner.stolen(laptop, clock.now)
    alice.post(f"/devices/{laptop.id.hex()}/theft", {"orders": b64(stolen.raw)})
    clock.pass_(days=10)
    alice.sign_in()
    mandate = replace(stolen.will.theft, until=clock.now + 30 * DAY)
    renewed = alice.owner.order(laptop, theft=mandate, t=clock.now)
    assert give(alice, laptop, renewed).status_code == 201
    other = alice.owner.order(laptop, theft=replace(mandate, id="another"), t=clock.now)
    assert refused(give(alice, laptop, other), 422, "wrong-standing")


def test_stolen_has_its_own_button(alice: Any, laptop: Laptop, clock: Clock) -> None:
    answer = give(alice, laptop, alice.owner.stolen(laptop, clock.now))
    assert refused(answer, 422, "wrong-standing")
    device = alice.get(f"/devices/{laptop.id.hex()}").json
    assert device["theft"] is None
    assert device["orders"] == b64(alice.owner.laptops[laptop.id].given[0].raw)


def test_two_clients_cannot_order_past_each_other(alice: Any, laptop: Laptop) -> None:
    kept = alice.owner.laptops[laptop.id]
    first = kept.newest
    wills = (replace(first.will, watch_interval_s=interval) for interval in (600, 900))
    one, other = (orders.make(laptop.id, first, will, alice.owner.signing) for will in wills)
    assert give(alice, laptop, one).status_code == 201
    assert refused(give(alice, laptop, other), 409, "out-of-order")
    assert refused(give(alice, laptop, one), 409, "out-of-order")


def test_a_new_vault_key_seals_from_then_on(app: Flask, alice: Any, laptop: Laptop) -> None:
    key = crypto.OpeningKey.generate()
    give(alice, laptop, alice.owner.order(laptop, vault_epoch=2, vault_key=key.public))
    with Session(services_of(app).engine) as session:
        device = session.scalars(select(Device)).one()
    assert (device.vault_epoch, device.vault_key, device.orders_serial) == (2, key.public, 2)
