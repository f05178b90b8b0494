"""Pairing through the portal's mailbox, protocol.md 3."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.context import services_of
from portal.devices.models import Device
from shared import crypto, orders
from shared.encoding import b64, unb64
from shared.vault import KeyKind
from tests.cast import Clock, Laptop, key_json
from tests.portal.asking import refused


def offer(caller: Any, laptop: Laptop) -> Any:
    return caller.post(f"/pair/{laptop.secret.rid.hex()}", laptop.offer_body())


def test_a_laptop_is_paired_and_can_check_who_owns_it(
    alice: Any, nobody: Any, clock: Clock
) -> None:
    laptop = Laptop()
    rid = laptop.secret.rid.hex()
    assert offer(nobody, laptop).json == {"expires": clock.now + 600_000}
    assert refused(nobody.get(f"/pair/{rid}/orders"), 404, "not-yet")
    seen = alice.get(f"/pair/{rid}").json
    laptop.secret.check_offer(unb64(seen["offer"]), unb64(seen["mac"]))
    answer = alice.post("/devices", alice.owner.adopt(laptop, clock.now))
    assert (answer.status_code, answer.json) == (201, {"device_id": laptop.id.hex()})
    heard = nobody.get(f"/pair/{rid}/orders").json
    first = orders.parse(unb64(heard["orders"]))
    laptop.secret.check_orders(first.raw, unb64(heard["mac"]))
    orders.accept(first, None, laptop.id, alice.owner.signing.public)
    assert heard["portal_keys"] == nobody.get("/portal-keys").json["keys"]


def test_a_paired_laptop_shows_in_the_account(alice: Any, laptop: Laptop, clock: Clock) -> None:
    listed = alice.get("/devices").json["devices"]
    assert listed == [alice.get(f"/devices/{laptop.id.hex()}").json]
    assert listed[0] == {
        "device_id": laptop.id.hex(),
        "offer": b64(laptop.offer.raw),
        "paired": clock.now,
        "last_heard": None,
        "head": None,
        "known_serial": 0,
        "known_at": None,
        "left": None,
        "orders": b64(alice.owner.laptops[laptop.id].newest.raw),
        "theft": None,
    }
    account = alice.get("/account").json
    assert account["directory"]["version"] == 2
    kid = alice.owner.laptops[laptop.id].vault_key.id.hex()
    assert kid in [key["kid"] for key in account["keyring"] if key["kind"] == KeyKind.VAULT]


def test_an_offer_whose_answer_was_lost_may_be_sent_again(nobody: Any, clock: Clock) -> None:
    laptop = Laptop()
    first = offer(nobody, laptop)
    clock.pass_(seconds=30)
    second = offer(nobody, laptop)
    assert (second.status_code, second.json) == (201, first.json)


def test_a_second_laptop_cannot_take_the_mailbox(nobody: Any, alice: Any, clock: Clock) -> None:
    laptop = Laptop()
    offer(nobody, laptop)
    mallory = Laptop(secret=laptop.secret)
    assert refused(offer(nobody, mallory), 409, "pairing-taken")
    seen = alice.get(f"/pair/{laptop.secret.rid.hex()}").json
    assert unb64(seen["offer"]) == laptop.offer.raw


def test_an_offer_lives_ten_minutes_and_its_code_once(
    alice: Any, nobody: Any, clock: Clock
) -> None:
    laptop = Laptop()
    rid = laptop.secret.rid.hex()
    offer(nobody, laptop)
    clock.pass_(minutes=10)
    assert refused(alice.get(f"/pair/{rid}"), 404, "not-found")
    assert refused(nobody.get(f"/pair/{rid}/orders"), 404, "not-found")
    adopted = alice.post("/devices", alice.owner.adopt(laptop, clock.now))
    assert refused(adopted, 404, "not-found")
    assert refused(offer(nobody, laptop), 409, "pairing-taken")


def test_an_answer_in_the_last_second_is_still_heard(alice: Any, nobody: Any, clock: Clock) -> None:
    laptop = Laptop()
    offer(nobody, laptop)
    clock.pass_(minutes=9, seconds=59)
    alice.post("/devices", alice.owner.adopt(laptop, clock.now))
    clock.pass_(seconds=2)
    assert nobody.get(f"/pair/{laptop.secret.rid.hex()}/orders").status_code == 200


def test_a_used_offer_is_gone(alice: Any, bob: Any, laptop: Laptop, clock: Clock) -> None:
    assert refused(alice.get(f"/pair/{laptop.secret.rid.hex()}"), 404, "not-found")
    assert refused(bob.post("/devices", bob.owner.adopt(laptop)), 404, "not-found")


def test_a_laptop_is_paired_once(alice: Any, bob: Any, laptop: Laptop) -> None:
    again = replace(laptop, secret=Laptop().secret)
    offer(bob, again)
    assert refused(bob.post("/devices", bob.owner.adopt(again)), 409, "already-paired")


@pytest.mark.parametrize("rid", ["0" * 31, "G" * 32, "A" * 32, "..", "0" * 33])
def test_a_mailbox_that_cannot_be_named_does_not_exist(nobody: Any, rid: str) -> None:
    assert refused(nobody.post(f"/pair/{rid}", Laptop().offer_body()), 404, "not-found")


@pytest.mark.parametrize(
    "spoiled",
    [
        {"offer": b64(b"\x02" + bytes(64))},
        {"offer": b64(bytes(64))},
        {"mac": b64(bytes(31))},
        {"mac": "="},
        {"mac": None},
        {"extra": 1},
    ],
)
def test_what_is_no_offer_is_refused(nobody: Any, spoiled: dict[str, Any]) -> None:
    laptop = Laptop()
    answer = nobody.post(f"/pair/{laptop.secret.rid.hex()}", {**laptop.offer_body(), **spoiled})
    assert refused(answer, 422, "malformed")


def _spoiled(alice: Any, laptop: Laptop, how: str) -> dict[str, Any]:
    form: dict[str, Any] = alice.owner.adopt(laptop)
    will = alice.owner.laptops[laptop.id].newest.will
    device_id, signer = laptop.id, alice.owner.signing
    mallory = crypto.SigningKey.generate()
    if how == "signed by mallory":
        signer = mallory
    if how == "owned by mallory":
        signer, will = mallory, replace(will, owner=mallory.public)
    if how == "another recovery key":
        will = replace(will, recovery=mallory.public)
    if how == "another laptop":
        device_id = bytes(16)
    if how == "already stolen":
        theft = orders.Theft("t", will.t, will.t + 1000)
        will = replace(will, standing=orders.Standing.STOLEN, theft=theft)
    if how == "vault key missing":
        other = crypto.OpeningKey.generate()
        form["keyring"] = [key_json(alice.owner.account.wrap(KeyKind.VAULT, other))]
    if how == "stale directory":
        form["directory"] = alice.owner.directory({}, version=1)
    previous = replace(alice.owner.laptops[laptop.id].newest) if how == "serial 2" else None
    form["orders"] = b64(orders.make(device_id, previous, will, signer).raw)
    return form


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("signed by mallory", 422, "unknown-signer"),
        ("owned by mallory", 422, "unknown-signer"),
        ("another recovery key", 422, "malformed"),
        ("another laptop", 422, "wrong-device"),
        ("already stolen", 422, "malformed"),
        ("vault key missing", 422, "malformed"),
        ("serial 2", 409, "out-of-order"),
        ("stale directory", 409, "stale-directory"),
    ],
)
def test_an_adoption_that_is_not_right_leaves_nothing_behind(
    app: Flask, alice: Any, how: str, status: int, code: str
) -> None:
    laptop = Laptop()
    offer(alice, laptop)
    before = alice.get("/account").json
    assert refused(alice.post("/devices", _spoiled(alice, laptop, how)), status, code)
    assert alice.get("/account").json == before
    assert alice.get(f"/pair/{laptop.secret.rid.hex()}").status_code == 200
    with Session(services_of(app).engine) as session:
        assert session.scalar(select(func.count()).select_from(Device)) == 0


def test_a_key_that_is_already_in_the_keyring_is_refused(alice: Any, laptop: Laptop) -> None:
    second = Laptop()
    offer(alice, second)
    form = alice.owner.adopt(second)
    form["keyring"].append(alice.get("/account").json["keyring"][0])
    answer = alice.post("/devices", form)
    assert answer.status_code == 409
    assert len(alice.get("/devices").json["devices"]) == 1
