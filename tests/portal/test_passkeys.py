"""Passkeys: a second factor, perhaps with a slot of its own; what is forged is refused."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.models import Challenge
from portal.context import services_of
from portal.jobs import JOBS
from shared import vault
from shared.encoding import b64
from tests.cast import Clock, Owner, slot_json
from tests.portal.asking import refused
from tests.portal.authenticator import PRESENT, VERIFIED, Authenticator
from tests.portal.conftest import Caller


def step_up(caller: Caller) -> dict[str, str]:
    return {"login_verifier": caller.owner.credentials()["login_verifier"]}


def options(caller: Caller) -> dict[str, Any]:
    found: dict[str, Any] = caller.post("/account/passkeys/start", step_up(caller)).json
    return found


def add(caller: Caller, made: Authenticator, **changes: Any) -> Any:
    return caller.post("/account/passkeys", made.make(options(caller), **changes))


def prf_slot(owner: Owner, kind: vault.SlotType = vault.SlotType.PASSKEY) -> dict[str, Any]:
    account = owner.account
    return slot_json(vault.Slot.make(kind, owner.recovery, account.id, account.key, 1))


def asked(caller: Caller) -> dict[str, Any]:
    """What the portal wants signed at sign-in."""
    answer = caller.post("/login", caller.owner.credentials())
    assert refused(answer, 401, "passkey-required")
    found: dict[str, Any] = answer.json["passkey"]
    return found


def sign_in(caller: Caller, signed: dict[str, Any]) -> Any:
    return caller.post("/login", {**caller.owner.credentials(), "passkey": signed})


@pytest.fixture
def key(alice: Caller) -> Authenticator:
    """Alice's passkey, registered."""
    made = Authenticator()
    assert add(alice, made).status_code == 201
    return made


def test_signing_in_takes_the_passkey(key: Authenticator, nobody: Caller) -> None:
    wanted = asked(nobody)
    assert wanted["allowCredentials"] == [{"type": "public-key", "id": b64(key.credential_id)}]
    assert wanted["userVerification"] == "required"
    assert refused(nobody.get("/account"), 401, "not-signed-in")
    assert sign_in(nobody, key.sign(wanted)).status_code == 200
    assert nobody.get("/account/factors").json["passkeys"][0]["last_used"]


def test_nobody_learns_of_the_passkey_without_the_password(
    key: Authenticator, nobody: Caller
) -> None:
    wrong = {**nobody.owner.credentials(), "login_verifier": b64(bytes(32))}
    answer = nobody.post("/login", wrong)
    assert refused(answer, 401, "wrong-credentials")
    assert "passkey" not in answer.json


def test_the_first_passkey_brings_backup_codes(alice: Caller, nobody: Caller) -> None:
    codes = add(alice, Authenticator()).json["backup_codes"]
    assert len(codes) == 10
    assert add(alice, Authenticator()).json["backup_codes"] == []
    answer = nobody.post("/login", {**nobody.owner.credentials(), "totp": codes[0]})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "spoiled",
    [
        {"origin": "http://evil.example"},
        {"host": "evil.example"},
        pytest.param({"flags": PRESENT}, id="not verified"),
        pytest.param({"flags": VERIFIED}, id="not present"),
        {"credential_id": b"another"},
        {"key": Authenticator().key},
    ],
    ids=lambda spoiled: next(iter(spoiled)),
)
def test_what_is_forged_is_refused(
    key: Authenticator, nobody: Caller, spoiled: dict[str, Any]
) -> None:
    (name, value) = next(iter(spoiled.items()))
    setattr(key, name, value)
    assert refused(sign_in(nobody, key.sign(asked(nobody))), 401, "bad-passkey")
    assert refused(nobody.get("/account"), 401, "not-signed-in")


def test_an_answer_is_good_for_one_sign_in(key: Authenticator, nobody: Caller) -> None:
    key.count = -1  # many passkeys never count, so the challenge alone must tell
    signed = key.sign(asked(nobody))
    assert sign_in(nobody, signed).status_code == 200
    assert refused(sign_in(nobody, signed), 401, "bad-passkey")


def test_a_challenge_lives_five_minutes(
    app: Flask, key: Authenticator, nobody: Caller, clock: Clock
) -> None:
    signed = key.sign(asked(nobody))
    clock.pass_(minutes=5)
    assert refused(sign_in(nobody, signed), 401, "bad-passkey")
    clock.pass_(minutes=1)
    next(job for job in JOBS if job.name == "challenges").run(services_of(app).engine, clock.now)
    with Session(services_of(app).engine) as session:
        assert session.query(Challenge).count() == 0


def test_a_challenge_made_for_registering_signs_nobody_in(
    alice: Caller, key: Authenticator, nobody: Caller
) -> None:
    assert refused(sign_in(nobody, key.sign(options(alice))), 401, "bad-passkey")


def test_a_cloned_passkey_is_noticed(key: Authenticator, nobody: Caller) -> None:
    assert sign_in(nobody, key.sign(asked(nobody))).status_code == 200
    key.count = 0  # the copy has not counted along
    assert refused(sign_in(nobody, key.sign(asked(nobody))), 401, "bad-passkey")


def test_bobs_passkey_does_not_open_alices_account(
    key: Authenticator, bob: Caller, nobody: Caller
) -> None:
    his = Authenticator()
    assert add(bob, his).status_code == 201
    assert refused(sign_in(nobody, his.sign(asked(nobody))), 401, "bad-passkey")


def test_bob_cannot_answer_alices_challenge_with_his(alice: Caller, bob: Caller) -> None:
    made = Authenticator().make(options(alice))
    options(bob)
    assert refused(bob.post("/account/passkeys", made), 422, "bad-passkey")
    assert bob.get("/account/factors").json["passkeys"] == []


def test_failed_passkeys_are_slowed_down(key: Authenticator, nobody: Caller, clock: Clock) -> None:
    key.origin = "http://evil.example"
    for _ in range(6):
        assert refused(sign_in(nobody, key.sign(asked(nobody))), 401, "bad-passkey")
        clock.pass_(seconds=1)
    assert refused(sign_in(nobody, key.sign(asked(nobody))), 429, "slow-down")


def test_adding_and_removing_take_the_password(alice: Caller, key: Authenticator) -> None:
    wrong = {"login_verifier": b64(bytes(32))}
    name = alice.get("/account/factors").json["passkeys"][0]["id"]
    assert refused(alice.post("/account/passkeys/start", wrong), 401, "wrong-credentials")
    path = f"/account/passkeys/{name}/remove"
    assert refused(alice.post(path, wrong), 401, "wrong-credentials")


def test_a_passkey_with_prf_gets_a_slot_that_goes_with_it(alice: Caller, nobody: Caller) -> None:
    slot = prf_slot(alice.owner)
    assert add(alice, Authenticator(), slot=slot).json["id"] == slot["id"]
    assert slot in alice.get("/account").json["slots"]
    listed = alice.get("/account/factors").json["passkeys"]
    assert [one["unlocks"] for one in listed] == [True]
    assert alice.post(f"/account/passkeys/{slot['id']}/remove", step_up(alice)).status_code == 204
    assert slot not in alice.get("/account").json["slots"]
    assert len(alice.get("/account").json["slots"]) == 2
    nobody.sign_in()


def test_a_new_password_leaves_the_passkeys_slot(alice: Caller) -> None:
    slot = prf_slot(alice.owner)
    add(alice, Authenticator(), slot=slot)
    password = prf_slot(alice.owner, vault.SlotType.PASSWORD)
    body = {
        "login_verifier": alice.owner.credentials()["login_verifier"],
        "email": alice.owner.email,
        "account_salt": b64(bytes(16)),
        "kdf": {"m": 65536, "t": 3, "p": 1},
        "new_login_verifier": b64(bytes(31) + b"x"),
        "slot": password,
    }
    assert alice.post("/account/password", body).status_code == 204
    assert slot in alice.get("/account").json["slots"]


def test_a_slot_of_another_kind_cannot_come_along(alice: Caller) -> None:
    for slot in (
        prf_slot(alice.owner, vault.SlotType.PASSWORD),
        prf_slot(alice.owner, vault.SlotType.RECOVERY),
        {**prf_slot(alice.owner), "ak_gen": 2},
        {**prf_slot(alice.owner), "id": alice.get("/account").json["slots"][0]["id"]},
    ):
        assert refused(add(alice, Authenticator(), slot=slot), 422, "malformed")
    assert alice.get("/account/factors").json["passkeys"] == []


def test_bob_cannot_remove_alices_passkey(alice: Caller, bob: Caller, key: Authenticator) -> None:
    name = alice.get("/account/factors").json["passkeys"][0]["id"]
    path = f"/account/passkeys/{name}/remove"
    assert refused(bob.post(path, step_up(bob)), 404, "not-found")
    assert len(alice.get("/account/factors").json["passkeys"]) == 1


def test_the_same_passkey_is_registered_once(
    alice: Caller, bob: Caller, key: Authenticator
) -> None:
    assert refused(add(alice, key), 409, "passkey-taken")
    assert refused(add(bob, key), 409, "passkey-taken")


def test_ten_passkeys_are_enough(alice: Caller) -> None:
    for _ in range(10):
        assert add(alice, Authenticator()).status_code == 201
    answer = alice.post("/account/passkeys/start", step_up(alice))
    assert refused(answer, 409, "too-many")


@pytest.mark.parametrize("field", ["client_data", "attestation"])
@pytest.mark.parametrize(
    "garbage",
    [b"\0", b"{}", b"[1]", b"\xa0", b"\x9f" * 2000, b'{"type":1,"challenge":2,"origin":3}',
     b'{"type":"webauthn.create","challenge":"AA","origin":"x"}', b"\xff" * 50],
)  # fmt: skip
def test_garbage_is_no_passkey(alice: Caller, field: str, garbage: bytes) -> None:
    body = {**Authenticator().make(options(alice)), field: b64(garbage)}
    assert refused(alice.post("/account/passkeys", body), 422, "bad-passkey")


@pytest.mark.parametrize("field", ["client_data", "authenticator_data", "signature"])
def test_garbage_signs_nobody_in(key: Authenticator, nobody: Caller, field: str) -> None:
    for garbage in (b"\0", b"{}", b"\xff" * 40):
        signed = {**key.sign(asked(nobody)), field: b64(garbage)}
        assert refused(sign_in(nobody, signed), 401, "bad-passkey")


def test_what_the_prf_gave_has_no_way_to_the_portal(alice: Caller) -> None:
    body = Authenticator().make(options(alice))
    secret = {"clientExtensionResults": {"prf": {"results": {"first": b64(bytes(32))}}}}
    assert refused(alice.post("/account/passkeys", body | secret), 422, "malformed")
