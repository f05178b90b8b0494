"""No cookie but the session and the chosen language; without any, what is public works."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.cast import Owner
from tests.portal.conftest import Caller


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    """A browser that keeps no cookie."""
    return app.test_client(use_cookies=False)


def public_pages(app: Flask, http: FlaskClient) -> list[str]:
    """Every page that needs no account, and no token in its address."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    paths = [rule.rule for rule in rules if not rule.arguments and "/api/" not in rule.rule]
    return [path for path in paths if http.get(path, buffered=True).status_code == 200]


def test_a_first_visit_sets_no_cookie(app: Flask, http: FlaskClient) -> None:
    found = public_pages(app, http)
    assert {"/", "/pricing", "/opt-out", "/tracked", "/sign-in"} <= set(found)
    for path in found:
        for signal in ({}, {"Sec-GPC": "1"}):
            assert "Set-Cookie" not in http.get(path, headers=signal, buffered=True).headers, path


def test_the_only_cookies_are_the_session_and_the_language(app: Flask, alice_keys: Owner) -> None:
    caller = Caller(app, alice_keys)
    caller.post("/accounts", alice_keys.registration())
    caller.sign_in()
    set_by = [caller.http.get("/?lang=es"), caller.post("/login", alice_keys.credentials())]
    for path in ("/devices", "/account", "/account/log", "/licenses", "/account/letters"):
        assert caller.http.get(path).status_code == 200
    lines = [line for answer in set_by for line in answer.headers.getlist("Set-Cookie")]
    assert [line.partition("=")[0] for line in lines] == ["language", "homeward"]
    assert all("HttpOnly" in line for line in lines)
    kept = caller.http._cookies
    assert {cookie.key for cookie in kept.values()} == {"language", "homeward"}


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/opt-out", {"email": "ana@example.org"}),
        ("/news", {"email": "ana@example.org", "scope": "news"}),
        ("/tracked", {"text": "A laptop reports about me."}),
    ],
)
def test_what_needs_no_account_works_without_cookies(
    http: FlaskClient, path: str, form: dict[str, Any]
) -> None:
    assert http.get(path).status_code == 200
    assert http.post(path, data=form).status_code == 303
