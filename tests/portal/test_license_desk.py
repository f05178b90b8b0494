"""Keys are given out, claimed once, and taken back by two people with a reason."""

from dataclasses import replace

import pytest
from flask import Flask

from licensing.license import State
from portal.settings import Settings
from tests.cast import NOW, Clock
from tests.portal.asking import send
from tests.portal.conftest import Caller
from tests.portal.licensed import Desk, claim, last_fact, page, state


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A portal that gives licenses out."""
    return replace(settings, licenses_since=NOW)


@pytest.fixture
def desk(settings: Settings, app: Flask, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(settings, capsys)


def test_a_key_is_claimed_once_however_it_is_typed(alice: Caller, bob: Caller, desk: Desk) -> None:
    key = desk.key("--tier", "family")
    typed = f"  {key[:5]} {key[5:].lower()} "
    assert claim(alice, typed).status_code == 303
    assert "Family" in page(alice)
    assert "0 of 5 taken" in page(alice)
    again = claim(bob, key)
    assert again.status_code == 422
    assert "This key opens no license" in again.text
    assert "You entered a license key." in alice.http.get("/account/log").text


@pytest.mark.parametrize("typed", ["", "x" * 26, "'; DROP TABLE license;--", "0" * 4000, "{{7*7}}"])
def test_what_is_no_key_is_told_so_on_the_page(alice: Caller, typed: str) -> None:
    answer = claim(alice, typed)
    assert answer.status_code == 422
    assert "Check it letter by letter" in answer.text
    assert "You are trying Homeward out" in page(alice)


def test_guessing_keys_becomes_slow(alice: Caller, desk: Desk) -> None:
    key = desk.key("--tier", "solo")
    answers = [claim(alice, "0" * 26).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]
    assert claim(alice, key).status_code == 429


def test_another_key_takes_no_paid_day_away(alice: Caller, desk: Desk) -> None:
    claim(alice, desk.key("--tier", "solo"))
    second = desk.key("--tier", "family")
    assert claim(alice, second).status_code == 409
    assert "Solo" in page(alice)
    code, said = desk.types("issue", "--tier", "family", "--email", alice.owner.email)
    assert code == 1
    assert "renew that one" in said


def test_two_people_and_a_reason_suspend_a_license_and_no_report_is_lost(
    alice: Caller, clock: Clock, desk: Desk, app: Flask
) -> None:
    laptop = alice.adopt(clock)
    key = desk.key("--tier", "solo")
    claim(alice, key)
    words = ("suspend", key, "--reason", "chargeback fraud", "--by", "Ana")
    assert desk.types(*words, "--agreed-by", " ana ") == (
        1, "Two people have to agree: --by and --agreed-by name the same one.",
    )  # fmt: skip
    assert desk.types(*words, "--agreed-by", "Ben")[0] == 0
    clock.now = max(clock.now, last_fact(app))
    assert state(app, alice, clock) == State.SUSPENDED
    alice.sign_in()
    assert "suspended your license" in page(alice)
    assert send(alice, laptop, laptop.seal().wire, clock.now).status_code == 200
    shown = desk.types("show", alice.owner.email)[1]
    assert "chargeback fraud (Ana, Ben)" in shown
    assert key not in shown
    reinstate = ("reinstate", key, "--reason", "paid", "--by", "Ana", "--agreed-by", "Ben")
    assert desk.types(*reinstate)[0] == 0
    clock.now = max(clock.now, last_fact(app))
    assert state(app, alice, clock) == State.ACTIVE


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "nobody@example.org"), "No account has this email"),
        (("show", "0" * 26), "There is no such license"),
        (("issue", "--tier", "solo", "--email", "nobody@example.org"), "No account has this email"),
        (("renew", "abc"), "There is no such license"),
    ],
)
def test_what_cannot_be_given_is_told_in_a_sentence(
    desk: Desk, words: tuple[str, ...], said: str
) -> None:
    code, told = desk.types(*words)
    assert code == 1
    assert said in told


def test_a_license_nobody_has_cannot_be_changed(desk: Desk) -> None:
    code, told = desk.types("renew", desk.key("--tier", "solo"))
    assert (code, "Nobody has claimed this license yet" in told) == (1, True)
