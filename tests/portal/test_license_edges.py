"""Where money, time and people do not go the straight way: each case once, over the real routes."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from licensing.license import State
from licensing.refunds import Refused
from portal.accounts.models import Account
from portal.billing import purchases
from portal.billing.models import ProviderEvent
from portal.settings import Settings
from shared.encoding import b64
from tests.cast import Clock, Laptop
from tests.fake_stripe import FakeStripe
from tests.portal.asking import hear, new_password
from tests.portal.conftest import Caller
from tests.portal.licensed import claim, state
from tests.portal.selling import GROSS, bills_of, paid, reading, selling
from tests.portal.test_order_feed import SECRET, key_in_the_letter, tell

BUSINESS = {"country": "DE", "vat": "DE136695976"}


@pytest.fixture
def settings(settings: Settings, provider: FakeStripe) -> Settings:
    made = selling(settings, provider)
    return replace(made, billing=replace(made.billing, feed_secrets=(SECRET,)))


def at(clock: Clock, *day: int) -> None:
    clock.now = round(datetime(*day, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type, misc]


def back(caller: Caller, clock: Clock) -> Any:
    """Whether the last payment goes back now, and why."""
    with reading(caller) as session:
        owner = session.query(Account).filter_by(email_norm=caller.owner.email).one()
        return purchases.money_back(purchases.held(session, owner, clock.now), clock.now)


def test_a_message_about_a_customer_nobody_knows_waits_and_changes_nothing(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    paid(alice, provided)
    stranger = {"id": "sub_stranger", "metadata": {"purchase": "f" * 32}}
    provided.happen("customer.subscription.deleted", stranger)
    assert state(app, alice, clock) is State.ACTIVE
    with reading(alice) as session:
        waiting = session.query(ProviderEvent).filter(ProviderEvent.done.is_(None)).all()
    assert [event.id for event in waiting] == [provided.events[-1]["id"]]


def test_a_key_bought_as_a_gift_is_its_receivers(
    app: Flask, bob: Caller, nobody: Caller, clock: Clock
) -> None:
    tell(nobody, clock)  # Ana buys it
    with reading(bob) as session:
        key = key_in_the_letter(session)
    assert claim(bob, key).status_code == 303
    assert state(app, bob, clock) is State.ACTIVE


def test_an_email_changed_between_order_and_key_loses_nothing(
    alice: Caller, nobody: Caller, clock: Clock
) -> None:
    tell(nobody, clock)
    form = new_password(alice.owner, alice.owner.unlocker.verifier, email="later@example.org")
    assert alice.post("/account/password", form).status_code == 204
    with reading(alice) as session:
        key = key_in_the_letter(session)
    assert claim(alice, key).status_code == 303
    assert "Your license is in force" in alice.http.get("/licenses").text


def test_a_business_on_a_plan_for_people_has_money_back_and_no_right_to_withdraw(
    alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    paid(alice, provided, **BUSINESS)
    assert back(alice, clock).ground == "money-back"
    assert "Reverse charge" not in alice.http.get("/payments").text
    clock.pass_(days=31)
    assert isinstance(back(alice, clock), Refused)


def test_a_person_withdraws_for_fourteen_days(
    alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    paid(alice, provided)
    assert back(alice, clock).ground == "withdrawal"


@pytest.mark.parametrize(
    ("bought", "last", "over"),
    [((2028, 2, 29, 12), (2029, 2, 28, 11), (2029, 3, 1)),  # a leap day
     ((2027, 3, 28, 0, 59), (2028, 3, 26, 23), (2028, 3, 28)),  # clocks go forward
     ((2027, 10, 31, 1, 30), (2028, 10, 29, 23), (2028, 10, 31)),  # clocks go back
     ((2027, 1, 31, 23, 59), (2028, 1, 30, 23), (2028, 2, 1))],  # the last of a month
)  # fmt: skip
def test_no_day_of_the_calendar_makes_a_year_shorter(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe,
    bought: tuple[int, ...], last: tuple[int, ...], over: tuple[int, ...],
) -> None:  # fmt: skip
    at(clock, *bought)
    alice.sign_in()
    paid(alice, provided)
    at(clock, *last)
    assert state(app, alice, clock) is State.ACTIVE
    at(clock, *over)
    assert state(app, alice, clock) is State.PAST_DUE


def test_a_laptop_that_was_offline_for_two_months_delivers_all_of_it(
    app: Flask, alice: Caller, clock: Clock, laptop: Laptop
) -> None:
    """Its lease is over, and so is her trial: what it kept is taken all the same."""
    kept = b"".join(laptop.seal().wire for _ in range(48))
    clock.pass_(days=60)
    alice.sign_in()
    assert state(app, alice, clock) is State.EXPIRED_TRIAL
    assert hear(alice, laptop, kept, clock.now).head.seq == 47


def test_a_database_that_is_older_than_the_provider_hears_each_payment_once(
    alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    """Told anew, all of it."""
    paid(alice, provided)
    provided.renew("sub_1")
    for event in list(provided.events):
        provided.deliver(event)
    assert [bill.gross for bill in bills_of(alice)] == [GROSS, GROSS]


def test_who_closes_her_account_while_a_laptop_is_stolen_is_warned(
    alice: Caller, clock: Clock, laptop: Laptop
) -> None:
    warning = "is marked as stolen"
    assert warning not in alice.http.get("/account/close").text
    body = {"orders": b64(alice.owner.stolen(laptop, clock.now).raw)}
    assert alice.post(f"/devices/{laptop.id.hex()}/theft", body).status_code == 201
    assert warning in alice.http.get("/account/close").text
