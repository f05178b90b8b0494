"""Opening an account, what the portal keeps of it and what it announces."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.audit.models import AuditLine
from portal.context import services_of
from shared import crypto, vault
from shared.encoding import b64, unb64
from tests.cast import Clock, Laptop, Owner, key_json
from tests.portal.asking import refused


def test_what_alice_gets_back_opens_with_her_password(nobody: Any, alice_keys: Owner) -> None:
    nobody.post("/accounts", alice_keys.registration())
    start = nobody.post("/login/start", {"email": alice_keys.email}).json
    assert start == {"account_salt": b64(alice_keys.account_salt), "m": 65536, "t": 3, "p": 1}
    answer = nobody.post("/login", alice_keys.credentials()).json["account"]
    password = next(slot for slot in answer["slots"] if slot["type"] == 1)
    slot = vault.Slot(
        vault.SlotType.PASSWORD, bytes.fromhex(password["id"]), 1, unb64(password["sealed"])
    )
    assert slot.open(alice_keys.unlocker, alice_keys.account.id) == alice_keys.account.key
    key = next(key for key in answer["keyring"] if key["kind"] == 1)
    wrapped = vault.WrappedKey(
        vault.KeyKind.OWNER_SIGNING, bytes.fromhex(key["kid"]), unb64(key["wrapped"])
    )
    assert alice_keys.account.unwrap_signing(wrapped).public == alice_keys.signing.public
    assert answer["owner_key"] == b64(alice_keys.signing.public)
    assert nobody.get("/account").json == answer


def test_the_database_holds_no_verifier(app: Flask, alice: Any) -> None:
    with Session(services_of(app).engine) as session:
        account = session.scalars(select(Account)).one()
    kept = {account.verifier, account.recovery_verifier}
    assert not kept & {alice.owner.unlocker.verifier, alice.owner.recovery.verifier}
    pepper = services_of(app).settings.pepper
    label = b"homeward/v1/verifier\0"
    assert account.verifier == crypto.hmac_sha256(
        pepper, label, account.id, alice.owner.unlocker.verifier
    )


def test_registering_a_known_email_changes_nothing_and_answers_the_same(
    nobody: Any, alice_keys: Owner, bob_keys: Owner
) -> None:
    first = nobody.post("/accounts", alice_keys.registration())
    mallory = {**bob_keys.registration(), "email": " ALICE@example.org "}
    second = nobody.post("/accounts", mallory)
    assert (first.status_code, first.data) == (second.status_code, second.data) == (202, b"{}\n")
    nobody.sign_in()
    assert nobody.get("/account").json["account_id"] == alice_keys.account.id.hex()


def test_registering_a_known_account_id_changes_nothing(
    nobody: Any, alice_keys: Owner, bob_keys: Owner
) -> None:
    nobody.post("/accounts", alice_keys.registration())
    stolen_id = {**bob_keys.registration(), "account_id": alice_keys.account.id.hex()}
    assert nobody.post("/accounts", stolen_id).status_code == 202
    assert refused(nobody.post("/login", bob_keys.credentials()), 401, "wrong-credentials")
    nobody.sign_in()


def _spoil(form: dict[str, Any], how: str) -> dict[str, Any]:
    weak = {"m": 1024, "t": 1, "p": 1}
    changes = {
        "weak hashing": {"kdf": weak},
        "no signing key in the keyring": {"owner_key": b64(bytes(32))},
        "a key twice": {"keyring": [*form["keyring"], form["keyring"][0]]},
        "no recovery slot": {"slots": [form["slots"][0], {**form["slots"][0], "id": "00" * 16}]},
        "a slot twice": {"slots": [*form["slots"], form["slots"][0]]},
        "two generations": {"slots": [form["slots"][0], {**form["slots"][1], "ak_gen": 2}]},
        "a short slot": {"slots": [form["slots"][0], {**form["slots"][1], "sealed": "AAAA"}]},
        "directory 2": {"directory": {**form["directory"], "version": 2}},
        "no email": {"email": "alice"},
        "half an email": {"email": "alice@"},
        "an email with a line break": {"email": "alice@exam\nple.org"},
        "an email too long": {"email": "a" * 250 + "@b.de"},
        "an email that is no text": {"email": "\ud800@example.org"},
        "something more": {"admin": True},
        "a number as text": {"kdf": {"m": "65536", "t": 3, "p": 1}},
        "true for a number": {"kdf": {"m": 65536, "t": 3, "p": True}},
    }
    return {**form, **changes[how]}


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("weak hashing", "weak-kdf"),
        ("no signing key in the keyring", "malformed"),
        ("a key twice", "malformed"),
        ("no recovery slot", "malformed"),
        ("a slot twice", "malformed"),
        ("two generations", "malformed"),
        ("a short slot", "malformed"),
        ("directory 2", "malformed"),
        ("no email", "malformed"),
        ("half an email", "malformed"),
        ("an email with a line break", "malformed"),
        ("an email too long", "malformed"),
        ("an email that is no text", "malformed"),
        ("something more", "malformed"),
        ("a number as text", "malformed"),
        ("true for a number", "malformed"),
    ],
)
def test_an_account_that_could_not_be_used_is_refused(
    nobody: Any, alice_keys: Owner, how: str, code: str
) -> None:
    answer = nobody.post("/accounts", _spoil(alice_keys.registration(), how))
    assert refused(answer, 422, code)
    assert refused(nobody.post("/login", alice_keys.credentials()), 401, "wrong-credentials")


def test_the_directory_moves_one_version_at_a_time(alice: Any) -> None:
    new = alice.owner.directory({"names": {}}, version=2)
    assert alice.ask("PUT", "/account/directory", new).status_code == 204
    assert alice.get("/account").json["directory"] == new
    for version in (1, 2, 4):
        stale = alice.owner.directory({}, version=version)
        assert refused(alice.ask("PUT", "/account/directory", stale), 409, "stale-directory")
    assert alice.get("/account").json["directory"] == new


def test_the_receipt_key_is_announced(app: Flask, nobody: Any, clock: Clock) -> None:
    public = services_of(app).receipt_key.public
    expected = [{"public": b64(public), "from": clock.now, "until": None}]
    assert nobody.get("/portal-keys").json == {"keys": expected}


def test_the_audit_log_says_what_was_done_and_to_whom(
    app: Flask, alice: Any, laptop: Laptop
) -> None:
    alice.post("/logout", None)
    with Session(services_of(app).engine) as session:
        lines = session.scalars(select(AuditLine).order_by(AuditLine.number)).all()
    assert [line.action for line in lines] == [
        "announced", "registered", "signed-in", "offered", "paired", "signed-out",
    ]  # fmt: skip
    assert lines[4].subject == f"laptop:{laptop.id.hex()}"


def test_a_keyring_holds_more_than_the_owners_keys(nobody: Any, alice_keys: Owner) -> None:
    vault_key = alice_keys.account.wrap(vault.KeyKind.VAULT, crypto.OpeningKey.generate())
    form = alice_keys.registration()
    form["keyring"].append(key_json(vault_key))
    assert nobody.post("/accounts", form).status_code == 202
    nobody.sign_in()
    assert len(nobody.get("/account").json["keyring"]) == 3
