"""Opening an account, signing in and out, passwords, recovery, the directory."""

import os
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import create_app
from portal.accounts.models import Account, SignIn, Throttle
from portal.audit.models import AuditLine
from portal.context import services_of
from portal.settings import Settings
from shared import crypto, vault
from shared.encoding import b64, unb64
from tests.cast import Clock, Laptop, Owner, key_json, slot_json


def refused(answer: Any, status: int, code: str) -> bool:
    return (answer.status_code, answer.json["code"]) == (status, code)


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


def test_an_unknown_email_gets_a_salt_that_stays_the_same(nobody: Any) -> None:
    one, again, other = (
        nobody.post("/login/start", {"email": email}).json
        for email in ("carol@example.org", "Carol@example.org ", "dave@example.org")
    )
    assert one == again
    assert one["account_salt"] != other["account_salt"]
    assert len(unb64(one["account_salt"])) == 16


def test_a_wrong_password_and_an_unknown_email_are_refused_alike(
    alice: Any, nobody: Any, alice_keys: Owner
) -> None:
    wrong = {**alice_keys.credentials(), "login_verifier": b64(bytes(32))}
    known = nobody.post("/login", wrong)
    unknown = nobody.post("/login", {**wrong, "email": "carol@example.org"})
    assert refused(known, 401, "wrong-credentials")
    assert known.data == unknown.data
    assert dict(known.headers) == dict(unknown.headers)


def test_the_recovery_code_does_not_sign_in_as_a_password(nobody: Any, alice: Any) -> None:
    as_password = {
        "email": alice.owner.email, "login_verifier": b64(alice.owner.recovery.verifier),
    }  # fmt: skip
    assert refused(nobody.post("/login", as_password), 401, "wrong-credentials")


def test_signing_in_makes_a_new_session_each_time(app: Flask, alice: Any) -> None:
    first = alice.http.get_cookie("homeward").value
    alice.sign_in()
    assert alice.http.get_cookie("homeward").value != first
    with Session(services_of(app).engine) as session:
        assert session.scalar(select(func.count()).select_from(SignIn)) == 1
    alice.http.set_cookie("homeward", first)
    assert refused(alice.get("/account"), 401, "not-signed-in")


def test_the_database_holds_no_token(app: Flask, alice: Any) -> None:
    token = alice.http.get_cookie("homeward").value
    with Session(services_of(app).engine) as session:
        row = session.scalars(select(SignIn)).one()
    assert row.token_hash == crypto.sha256(token.encode())


def test_scripts_and_other_sites_cannot_use_the_cookie(nobody: Any, alice: Any) -> None:
    answer = nobody.post("/login", alice.owner.credentials())
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_signing_out_ends_the_session_and_clears_the_browser(alice: Any) -> None:
    token = alice.http.get_cookie("homeward").value
    answer = alice.post("/logout", None)
    assert answer.status_code == 204
    assert answer.headers["Clear-Site-Data"] == '"cache","storage"'
    alice.http.set_cookie("homeward", token)
    assert refused(alice.get("/account"), 401, "not-signed-in")


def test_a_session_ends_after_twelve_idle_hours(alice: Any, clock: Clock) -> None:
    for _ in range(3):
        clock.pass_(hours=11)
        assert alice.get("/account").status_code == 200
    clock.pass_(hours=12)
    assert refused(alice.get("/account"), 401, "not-signed-in")


def test_a_session_ends_after_thirty_days_however_busy(alice: Any, clock: Clock) -> None:
    for _ in range(65):
        clock.pass_(hours=11)
        assert alice.get("/account").status_code == 200
    clock.pass_(hours=6)
    assert refused(alice.get("/account"), 401, "not-signed-in")


@pytest.mark.parametrize("origin", ["cross-site", "same-site"])
def test_another_site_cannot_press_alices_buttons(alice: Any, origin: str) -> None:
    answer = alice.ask("POST", "/logout", headers={"Sec-Fetch-Site": origin})
    assert refused(answer, 403, "cross-site")
    assert alice.ask("GET", "/account", headers={"Sec-Fetch-Site": origin}).status_code == 200
    assert (
        alice.ask("POST", "/logout", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 204
    )


def test_guessing_slows_down_but_never_shuts_alice_out(
    alice: Any, nobody: Any, clock: Clock
) -> None:
    wrong = {**alice.owner.credentials(), "login_verifier": b64(bytes(32))}
    for _ in range(10):
        assert refused(nobody.post("/login", wrong), 401, "wrong-credentials")
    slowed = nobody.post("/login", alice.owner.credentials())
    assert refused(slowed, 429, "slow-down")
    wait = int(slowed.headers["Retry-After"])
    assert 0 < wait <= 15
    clock.pass_(seconds=wait)
    assert nobody.post("/login", alice.owner.credentials()).status_code == 200
    assert refused(nobody.post("/login", wrong), 401, "wrong-credentials"), "counts anew"


def test_an_unknown_email_slows_down_as_a_known_one(nobody: Any) -> None:
    wrong = {"email": "carol@example.org", "login_verifier": b64(bytes(32))}
    answers = [nobody.post("/login", wrong).status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]


def test_one_network_that_tries_many_emails_waits_longer_each_time(
    nobody: Any, clock: Clock
) -> None:
    waits = []
    for number in range(70):
        wrong = {"email": f"{number}@example.org", "login_verifier": b64(bytes(32))}
        answer = nobody.post("/login", wrong)
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            clock.pass_(seconds=waits[-1])
            assert nobody.post("/login", wrong).status_code == 401
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, *[900] * 10]


def test_the_throttle_tells_nobody_who_tried(app: Flask, nobody: Any) -> None:
    nobody.post("/login", {"email": "carol@example.org", "login_verifier": b64(bytes(32))})
    with Session(services_of(app).engine) as session:
        keys = session.scalars(select(Throttle.key)).all()
    assert len(keys) == 2
    assert all(len(key) == 32 for key in keys)
    plain = {crypto.sha256(text) for text in (b"carol@example.org", b"127.0.0.0/24")}
    assert not plain & set(keys)


def _new_password(owner: Owner, proof: bytes, **changes: Any) -> dict[str, Any]:
    """Argon2id is not what is tested here, so the new verifier is any 32 bytes."""
    unlocker = vault.Unlocker(b"n" * 32, b"k" * 32, b"c" * 32)
    slot = vault.Slot.make(
        vault.SlotType.PASSWORD, unlocker, owner.account.id, owner.account.key, 1
    )
    return {
        "login_verifier": b64(proof),
        "email": owner.email,
        "account_salt": b64(os.urandom(16)),
        "kdf": {"m": 131_072, "t": 4, "p": 1},
        "new_login_verifier": b64(unlocker.verifier),
        "slot": slot_json(slot),
        **changes,
    }


def test_a_new_password_takes_over_and_ends_other_sessions(
    app: Flask, alice: Any, nobody: Any
) -> None:
    nobody.sign_in()
    form = _new_password(alice.owner, alice.owner.unlocker.verifier)
    assert alice.post("/account/password", form).status_code == 204
    assert alice.get("/account").status_code == 200
    assert refused(nobody.get("/account"), 401, "not-signed-in")
    assert refused(nobody.post("/login", alice.owner.credentials()), 401, "wrong-credentials")
    new = {"email": alice.owner.email, "login_verifier": form["new_login_verifier"]}
    answer = nobody.post("/login", new).json["account"]
    assert [slot for slot in answer["slots"] if slot["type"] == 1] == [form["slot"]]
    assert len(answer["slots"]) == 2, "the recovery slot stays"
    start = nobody.post("/login/start", {"email": alice.owner.email}).json
    assert start == {"account_salt": form["account_salt"], **form["kdf"]}


def test_the_email_can_change_with_the_password(alice: Any, nobody: Any) -> None:
    form = _new_password(alice.owner, alice.owner.unlocker.verifier, email="new@example.org")
    alice.post("/account/password", form)
    new = {"email": "new@example.org", "login_verifier": form["new_login_verifier"]}
    assert nobody.post("/login", new).status_code == 200


def test_nobody_takes_an_email_that_is_in_use(alice: Any, bob: Any) -> None:
    form = _new_password(bob.owner, bob.owner.unlocker.verifier, email=alice.owner.email)
    assert refused(bob.post("/account/password", form), 409, "email-unavailable")
    assert bob.get("/account").json["email"] == bob.owner.email


def test_a_new_password_needs_the_old_one(alice: Any) -> None:
    form = _new_password(alice.owner, bytes(32))
    assert refused(alice.post("/account/password", form), 401, "wrong-credentials")
    assert alice.get("/account").status_code == 200, "a slip does not sign her out"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kdf": {"m": 65_535, "t": 3, "p": 1}}, "weak-kdf"),
        ({"slot": {"type": 2}}, "malformed"),
        ({"slot": {"ak_gen": 2}}, "malformed"),
    ],
)
def test_a_password_that_would_lock_alice_out_is_refused(
    alice: Any, nobody: Any, changes: dict[str, Any], code: str
) -> None:
    form = _new_password(alice.owner, alice.owner.unlocker.verifier)
    changed = {**form, **changes, "slot": {**form["slot"], **changes.get("slot", {})}}
    assert refused(alice.post("/account/password", changed), 422, code)
    nobody.sign_in()


def test_a_slot_id_is_never_used_twice(alice: Any) -> None:
    form = _new_password(alice.owner, alice.owner.unlocker.verifier)
    form["slot"]["id"] = alice.get("/account").json["slots"][0]["id"]
    assert refused(alice.post("/account/password", form), 422, "malformed")


def test_the_code_on_paper_lets_alice_in_to_set_a_new_password(alice: Any, nobody: Any) -> None:
    answer = nobody.post("/recovery", alice.owner.recovery_credentials())
    assert answer.json["account"]["account_id"] == alice.owner.account.id.hex()
    form = _new_password(alice.owner, alice.owner.recovery.verifier)
    assert nobody.post("/account/password", form).status_code == 204
    new = {"email": alice.owner.email, "login_verifier": form["new_login_verifier"]}
    assert nobody.post("/login", new).status_code == 200


def test_a_wrong_code_is_refused(alice: Any, nobody: Any) -> None:
    password = {**alice.owner.recovery_credentials()}
    password["recovery_verifier"] = b64(alice.owner.unlocker.verifier)
    assert refused(nobody.post("/recovery", password), 401, "wrong-credentials")


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


def test_a_cookie_on_https_is_bound_to_the_host(settings: Settings, alice_keys: Owner) -> None:
    app = create_app(replace(settings, public_url="https://portal.example"))
    client = app.test_client()
    client.post("/api/v1/accounts", json=alice_keys.registration())
    cookie = client.post("/api/v1/login", json=alice_keys.credentials()).headers["Set-Cookie"]
    assert cookie.startswith("__Host-homeward=")
    assert "; Secure" in cookie
    services_of(app).engine.dispose()
