"""A new password, a new email, and the code on paper."""

from typing import Any

import pytest
from flask import Flask

from shared import vault
from shared.encoding import b64, unb64
from tests.cast import Clock, Owner, slot_json
from tests.portal.asking import new_password, refused


def test_a_new_password_takes_over_and_ends_other_sessions(
    app: Flask, alice: Any, nobody: Any
) -> None:
    nobody.sign_in()
    form = new_password(alice.owner, alice.owner.unlocker.verifier)
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
    form = new_password(alice.owner, alice.owner.unlocker.verifier, email="new@example.org")
    alice.post("/account/password", form)
    new = {"email": "new@example.org", "login_verifier": form["new_login_verifier"]}
    assert nobody.post("/login", new).status_code == 200


@pytest.fixture
def moved(alice: Any) -> dict[str, Any]:
    """Alice's email was changed; how she signs in by the new one."""
    form = new_password(alice.owner, alice.owner.unlocker.verifier, email="new@example.org")
    assert alice.post("/account/password", form).status_code == 204
    return {"email": "new@example.org", "login_verifier": form["new_login_verifier"]}


def test_a_changed_email_can_be_taken_back(
    alice: Any, nobody: Any, moved: dict[str, Any], clock: Clock
) -> None:
    old = alice.owner.credentials()
    clock.pass_(hours=71)
    wrong = {**old, "login_verifier": b64(b"m" * 32), "undo": True}
    assert refused(nobody.post("/login", wrong), 401, "wrong-credentials")
    assert refused(nobody.post("/login", old), 409, "email-changed")
    start = nobody.post("/login/start", {"email": alice.owner.email}).json
    assert start["account_salt"] == b64(alice.owner.account_salt)
    answer = nobody.post("/login", {**old, "undo": True}).json["account"]
    assert answer["email"] == alice.owner.email
    slot = next(slot for slot in answer["slots"] if slot["type"] == 1)
    kept = vault.Slot(vault.SlotType.PASSWORD, bytes.fromhex(slot["id"]), 1, unb64(slot["sealed"]))
    assert kept.open(alice.owner.unlocker, alice.owner.account.id) == alice.owner.account.key
    assert refused(alice.get("/account"), 401, "not-signed-in")
    assert refused(nobody.post("/login", moved), 401, "wrong-credentials")


def test_after_three_days_the_former_email_is_anybodys(
    alice: Any, nobody: Any, moved: dict[str, Any], clock: Clock, bob: Any
) -> None:
    taken = new_password(bob.owner, bob.owner.unlocker.verifier, email=alice.owner.email)
    assert refused(bob.post("/account/password", taken), 409, "email-unavailable")
    clock.pass_(hours=73)
    again = {**alice.owner.credentials(), "undo": True}
    assert refused(nobody.post("/login", again), 401, "wrong-credentials")
    bob.sign_in()
    assert bob.post("/account/password", taken).status_code == 204


def test_a_new_password_ends_what_opened_before(
    alice: Any, nobody: Any, moved: dict[str, Any]
) -> None:
    proof = unb64(moved["login_verifier"])
    form = new_password(alice.owner, proof, email="new@example.org")
    assert alice.post("/account/password", form).status_code == 204
    again = {**alice.owner.credentials(), "undo": True}
    assert refused(nobody.post("/login", again), 401, "wrong-credentials")


def test_nobody_registers_an_email_that_may_come_back(
    alice: Any, nobody: Any, moved: dict[str, Any], bob_keys: Owner
) -> None:
    mallory = {**bob_keys.registration(), "email": alice.owner.email}
    assert nobody.post("/accounts", mallory).status_code == 202
    assert refused(nobody.post("/login", alice.owner.credentials()), 409, "email-changed")


def test_nobody_takes_an_email_that_is_in_use(alice: Any, bob: Any) -> None:
    form = new_password(bob.owner, bob.owner.unlocker.verifier, email=alice.owner.email)
    assert refused(bob.post("/account/password", form), 409, "email-unavailable")
    assert bob.get("/account").json["email"] == bob.owner.email


def test_a_new_password_needs_the_old_one(alice: Any) -> None:
    form = new_password(alice.owner, bytes(32))
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
    form = new_password(alice.owner, alice.owner.unlocker.verifier)
    changed = {**form, **changes, "slot": {**form["slot"], **changes.get("slot", {})}}
    assert refused(alice.post("/account/password", changed), 422, code)
    nobody.sign_in()


def test_a_slot_id_is_never_used_twice(alice: Any) -> None:
    form = new_password(alice.owner, alice.owner.unlocker.verifier)
    form["slot"]["id"] = alice.get("/account").json["slots"][0]["id"]
    assert refused(alice.post("/account/password", form), 422, "malformed")


def test_the_code_on_paper_lets_alice_in_to_set_anew_password(alice: Any, nobody: Any) -> None:
    answer = nobody.post("/recovery", alice.owner.recovery_credentials())
    assert answer.json["account"]["account_id"] == alice.owner.account.id.hex()
    form = new_password(alice.owner, alice.owner.recovery.verifier)
    assert nobody.post("/account/password", form).status_code == 204
    new = {"email": alice.owner.email, "login_verifier": form["new_login_verifier"]}
    assert nobody.post("/login", new).status_code == 200


def test_a_wrong_code_is_refused(alice: Any, nobody: Any) -> None:
    password = {**alice.owner.recovery_credentials()}
    password["recovery_verifier"] = b64(alice.owner.unlocker.verifier)
    assert refused(nobody.post("/recovery", password), 401, "wrong-credentials")


def _new_code(owner: Owner, proof: bytes) -> tuple[dict[str, Any], vault.Unlocker]:
    code = vault.new_recovery()
    unlocker = vault.from_recovery(code)
    slot = vault.Slot.make(
        vault.SlotType.RECOVERY, unlocker, owner.account.id, owner.account.key, 1
    )
    form = {
        "login_verifier": b64(proof),
        "recovery_verifier": b64(unlocker.verifier),
        "recovery_key": b64(vault.recovery_key(code).public),
        "slot": slot_json(slot),
        "directory": owner.directory({}),
    }
    return form, unlocker


@pytest.mark.parametrize("proof", ["unlocker", "recovery"])
def test_a_new_code_takes_over_at_once(alice: Any, nobody: Any, proof: str) -> None:
    form, unlocker = _new_code(alice.owner, getattr(alice.owner, proof).verifier)
    assert alice.post("/account/recovery-code", form).status_code == 204
    old = alice.owner.recovery_credentials()
    assert refused(nobody.post("/recovery", old), 401, "wrong-credentials")
    answer = nobody.post("/recovery", {**old, "recovery_verifier": b64(unlocker.verifier)})
    found = answer.json["account"]
    assert [slot for slot in found["slots"] if slot["type"] == 2] == [form["slot"]]
    assert len(found["slots"]) == 2, "the password's slot stays"
    assert (found["recovery_key"], found["directory"]) == (form["recovery_key"], form["directory"])


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"login_verifier": b64(b"m" * 32)}, 401, "wrong-credentials"),
        ({"directory": {"version": 9, "sealed": b64(bytes(64))}}, 409, "stale-directory"),
        ({"slot": {"type": 1}}, 422, "malformed"),
        ({"slot": {"ak_gen": 2}}, 422, "malformed"),
        ({"recovery_key": "short"}, 422, "malformed"),
    ],
)
def test_a_refused_code_leaves_the_old_one(
    alice: Any, nobody: Any, change: dict[str, Any], status: int, code: str
) -> None:
    form, _ = _new_code(alice.owner, alice.owner.unlocker.verifier)
    before = alice.get("/account").json
    slot = {**form["slot"], **change.get("slot", {})}
    answer = alice.post("/account/recovery-code", {**form, **change, "slot": slot})
    assert refused(answer, status, code)
    assert alice.get("/account").json == before
    assert nobody.post("/recovery", alice.owner.recovery_credentials()).status_code == 200
