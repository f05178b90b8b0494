"""Signing in and out, sessions, cookies, and how guessing is slowed down."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import create_app
from portal.accounts.models import SignIn, Throttle
from portal.context import services_of
from portal.settings import Settings
from shared import crypto
from shared.encoding import b64, unb64
from tests.cast import Clock, Owner
from tests.portal.asking import refused


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


def test_a_cookie_on_https_is_bound_to_the_host(settings: Settings, alice_keys: Owner) -> None:
    app = create_app(replace(settings, public_url="https://portal.example"))
    client = app.test_client()
    client.post("/api/v1/accounts", json=alice_keys.registration())
    cookie = client.post("/api/v1/login", json=alice_keys.credentials()).headers["Set-Cookie"]
    assert cookie.startswith("__Host-homeward=")
    assert "; Secure" in cookie
    services_of(app).engine.dispose()
