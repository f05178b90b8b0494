"""An authenticator app as second factor: enrolled, asked for, not replayed, turned off."""

from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.accounts.models import BackupCode, Totp
from portal.context import services_of
from shared.encoding import b64
from tests.cast import Clock
from tests.portal.asking import refused
from tests.portal.conftest import Caller

Show = Callable[[], str]


def step_up(caller: Caller) -> dict[str, str]:
    return {"login_verifier": caller.owner.credentials()["login_verifier"]}


@pytest.fixture
def app_shows(alice: Caller, clock: Clock) -> Show:
    """Alice's phone: the code it shows now, for an app that is begun."""
    secret = alice.post("/account/totp", step_up(alice)).json["secret"]
    return lambda: pyotp.TOTP(secret).at(clock.now // 1000)


@pytest.fixture
def backup(alice: Caller, app_shows: Show, clock: Clock) -> list[str]:
    """The app is on; its backup codes. The code that turned it on has passed."""
    codes: list[str] = alice.post("/account/totp/confirm", {"code": app_shows()}).json[
        "backup_codes"
    ]
    clock.pass_(minutes=1)
    return codes


def sign_in(caller: Caller, code: str | None = None) -> Any:
    more = {} if code is None else {"totp": code}
    return caller.post("/login", {**caller.owner.credentials(), **more})


def test_an_app_counts_only_once_a_code_of_it_was_typed(
    alice: Caller, nobody: Caller, app_shows: Show
) -> None:
    assert sign_in(nobody).status_code == 200
    assert alice.get("/account/factors").json["totp"] is None
    answer = alice.post("/account/totp/confirm", {"code": app_shows()})
    assert len(set(answer.json["backup_codes"])) == 10
    assert alice.get("/account/factors").json["totp"]
    assert alice.get("/account/factors").json["backup_codes_left"] == 10


def test_an_app_begins_and_ends_with_the_password(
    alice: Caller, backup: list[str], nobody: Caller
) -> None:
    wrong = {"login_verifier": b64(bytes(32))}
    for path in ("/account/totp", "/account/totp/off", "/account/backup-codes"):
        assert refused(alice.post(path, wrong), 401, "wrong-credentials")
    code = {"login_verifier": b64(alice.owner.recovery.verifier)}
    assert refused(alice.post("/account/totp/off", code), 401, "wrong-credentials")
    assert refused(sign_in(nobody), 401, "totp-required")


def test_signing_in_takes_the_code(nobody: Caller, backup: list[str], app_shows: Show) -> None:
    assert refused(sign_in(nobody), 401, "totp-required")
    assert refused(nobody.get("/account"), 401, "not-signed-in")
    assert sign_in(nobody, app_shows()).status_code == 200
    assert nobody.get("/account").status_code == 200


def test_nobody_learns_of_the_app_without_the_password(
    nobody: Caller, backup: list[str], app_shows: Show
) -> None:
    wrong = {**nobody.owner.credentials(), "login_verifier": b64(bytes(32))}
    assert refused(nobody.post("/login", wrong), 401, "wrong-credentials")
    right_code = {**wrong, "totp": app_shows()}
    assert refused(nobody.post("/login", right_code), 401, "wrong-credentials")


def test_a_code_works_once(nobody: Caller, backup: list[str], app_shows: Show) -> None:
    code = app_shows()
    assert sign_in(nobody, code).status_code == 200
    assert refused(sign_in(nobody, code), 401, "wrong-code")


def test_the_code_that_turned_the_app_on_does_not_sign_in(
    alice: Caller, nobody: Caller, app_shows: Show
) -> None:
    code = app_shows()
    alice.post("/account/totp/confirm", {"code": code})
    assert refused(sign_in(nobody, code), 401, "wrong-code")


def test_an_older_code_is_not_taken_after_a_newer_one(
    nobody: Caller, backup: list[str], app_shows: Show, clock: Clock
) -> None:
    older = app_shows()
    clock.pass_(seconds=30)
    assert sign_in(nobody, app_shows()).status_code == 200
    assert refused(sign_in(nobody, older), 401, "wrong-code")


@pytest.mark.parametrize(("seconds", "status"), [(-30, 200), (30, 200), (-60, 401), (90, 401)])
def test_a_phones_clock_may_be_off_by_half_a_minute(
    nobody: Caller, backup: list[str], app_shows: Show, clock: Clock, seconds: int, status: int
) -> None:
    clock.pass_(minutes=10)
    code = app_shows()
    clock.pass_(seconds=-seconds)
    assert sign_in(nobody, code).status_code == status


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "١٢٣٤٥٦", "1234567", "-" * 32, "\0"])
def test_what_is_no_code_is_refused(nobody: Caller, backup: list[str], code: str) -> None:
    assert refused(sign_in(nobody, code), 401, "wrong-code")


def test_guessing_is_slowed_down_and_the_owner_waits_a_little(
    nobody: Caller, backup: list[str], app_shows: Show, clock: Clock
) -> None:
    right = app_shows()
    for _ in range(6):
        assert refused(sign_in(nobody, backup[0][::-1].lower() + "!"), 401, "wrong-code")
        clock.pass_(seconds=1)
    answer = sign_in(nobody, right)
    assert refused(answer, 429, "slow-down")
    assert int(answer.headers["Retry-After"]) >= 1
    clock.pass_(minutes=15)
    assert sign_in(nobody, app_shows()).status_code == 200


def test_a_backup_code_works_once_as_it_was_copied(nobody: Caller, backup: list[str]) -> None:
    typed = backup[3].lower().replace("-", " ")
    assert sign_in(nobody, typed).status_code == 200
    assert nobody.get("/account/factors").json["backup_codes_left"] == 9
    assert refused(sign_in(nobody, backup[3]), 401, "wrong-code")
    assert sign_in(nobody, backup[4]).status_code == 200


def test_new_backup_codes_end_the_old_ones(
    alice: Caller, nobody: Caller, backup: list[str]
) -> None:
    new = alice.post("/account/backup-codes", step_up(alice)).json["backup_codes"]
    assert not set(new) & set(backup)
    assert refused(sign_in(nobody, backup[0]), 401, "wrong-code")
    assert sign_in(nobody, new[0]).status_code == 200


def test_bobs_codes_are_of_no_use_to_alice(
    alice: Caller, bob: Caller, nobody: Caller, backup: list[str], clock: Clock
) -> None:
    secret = bob.post("/account/totp", step_up(bob)).json["secret"]
    code = pyotp.TOTP(secret).at(clock.now // 1000)
    his = bob.post("/account/totp/confirm", {"code": code}).json["backup_codes"]
    assert refused(sign_in(nobody, his[0]), 401, "wrong-code")
    assert bob.get("/account/factors").json["backup_codes_left"] == 10


def test_the_recovery_code_does_not_go_around_the_app(
    nobody: Caller, backup: list[str], app_shows: Show
) -> None:
    form = nobody.owner.recovery_credentials()
    assert refused(nobody.post("/recovery", form), 401, "totp-required")
    assert nobody.post("/recovery", {**form, "totp": app_shows()}).status_code == 200


def test_turned_off_it_is_asked_for_no_more(
    app: Flask, alice: Caller, nobody: Caller, backup: list[str]
) -> None:
    assert alice.post("/account/totp/off", step_up(alice)).status_code == 204
    assert sign_in(nobody).status_code == 200
    with Session(services_of(app).engine) as session:
        assert session.query(Totp).count() == session.query(BackupCode).count() == 0


def test_a_second_app_is_refused_while_one_is_on(alice: Caller, backup: list[str]) -> None:
    assert refused(alice.post("/account/totp", step_up(alice)), 409, "totp-on")
    assert refused(alice.post("/account/totp/confirm", {"code": "123456"}), 409, "not-begun")


def test_a_wrong_first_code_turns_nothing_on(
    alice: Caller, nobody: Caller, app_shows: Show
) -> None:
    wrong = f"{(int(app_shows()) + 1) % 10**6:06}"
    assert refused(alice.post("/account/totp/confirm", {"code": wrong}), 422, "wrong-code")
    assert sign_in(nobody).status_code == 200


def test_the_qr_code_is_shown_only_until_the_app_is_on(
    alice: Caller, bob: Caller, app_shows: Show
) -> None:
    answer = alice.http.get("/account/totp.svg")
    assert answer.content_type == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "style" not in answer.text
    assert bob.http.get("/account/totp.svg").status_code == 404
    alice.post("/account/totp/confirm", {"code": app_shows()})
    assert alice.http.get("/account/totp.svg").status_code == 404


def test_the_database_holds_neither_secret_nor_code(
    app: Flask, alice: Caller, app_shows: Show
) -> None:
    with services_of(app).engine.connect() as connection:
        sealed = connection.execute(text("SELECT sealed FROM totp")).scalar_one()
    assert len(sealed) == 48
    codes = alice.post("/account/totp/confirm", {"code": app_shows()}).json["backup_codes"]
    with services_of(app).engine.connect() as connection:
        kept = connection.execute(text("SELECT kept FROM backup_code")).scalars().all()
    assert len(kept) == 10
    assert not any(code.encode() in hashed for code in codes for hashed in kept)
