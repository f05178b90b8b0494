"""Buying, and what a provider tells: once, in any order, signed, and never lost."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import permutations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from licensing.license import State
from portal import jobs
from portal.billing import events, words
from portal.billing.models import PromoCode, ProviderEvent
from portal.billing.settings import BillingSettings
from portal.billing.shop import open_shop
from portal.context import services_of
from portal.db import for_writing
from portal.settings import Settings
from tests.cast import Clock
from tests.fake_stripe import FakeStripe
from tests.portal.conftest import Caller
from tests.portal.licensed import state
from tests.portal.selling import GROSS, bills_of, buys, page, paid, reading, selling


@pytest.fixture
def settings(settings: Settings, provider: FakeStripe) -> Settings:
    return selling(settings, provider)


def test_who_pays_has_a_license_and_an_invoice(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    assert "Nothing bought yet" in page(alice)
    answer = buys(alice)
    assert provided.url in alice.http.get(answer.location).text
    assert state(app, alice, clock) is State.TRIAL
    provided.pay("cs_1")
    assert state(app, alice, clock) is State.ACTIVE
    [bill] = bills_of(alice)
    assert (bill.number, bill.net, bill.tax, bill.gross) == ("INV-2026-000001", 8000, 1520, GROSS)
    shown = page(alice, f"/payments/invoices/{bill.number}")
    assert "€95.20" in shown
    assert "Homeward Test Ltd" in shown
    assert "The payment arrived" in page(alice, answer.location)


def test_what_is_not_hers_does_not_exist(alice: Caller, bob: Caller, provided: FakeStripe) -> None:
    purchase = paid(alice, provided)
    [bill] = bills_of(alice)
    for path in (f"/payments/{purchase.id.hex()}", f"/payments/invoices/{bill.number}"):
        assert bob.http.get(path).status_code == 404
    assert bill.number not in page(bob)


@pytest.mark.parametrize(
    "wrong",
    [{"tier": "free"}, {"tier": ""}, {"seats": "0"}, {"seats": "x"}, {"period": "day"},
     {"country": "D"}, {"country": "<b"}, {"vat": "DE1"}, {"promo": "NONE"},
     {"tier": "office", "seats": "10001"}],
)  # fmt: skip
def test_a_choice_that_is_none_is_told_so_and_nothing_is_kept(
    alice: Caller, provider: FakeStripe, wrong: dict[str, str]
) -> None:
    answer = buys(alice, **wrong)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert provider.asked == []


def test_where_the_provider_is_away_nothing_is_bought(alice: Caller, provider: FakeStripe) -> None:
    provider.away = True
    answer = buys(alice)
    assert answer.status_code == 503
    assert "do not answer just now" in answer.text


def test_a_message_counts_once_however_often_it_comes(alice: Caller, provided: FakeStripe) -> None:
    paid(alice, provided)
    for event in provided.events * 3:
        assert provided.deliver(event).status_code == 200
    assert len(bills_of(alice)) == 1
    with reading(alice) as session:
        assert len(session.scalars(select(ProviderEvent)).all()) == len(provided.events)


@pytest.mark.both_databases
def test_the_same_message_ten_times_at_once_counts_once(
    app: Flask, alice: Caller, provider: FakeStripe
) -> None:
    buys(alice)
    provider.pay("cs_1")
    body, headers = provider.signed(provider.events[1])

    def deliver(_: int) -> int:
        http = app.test_client()
        return http.post("/api/v1/billing/stripe", data=body, headers=headers).status_code

    with ThreadPoolExecutor(10) as crowd:
        assert set(crowd.map(deliver, range(10))) == {200}
    assert len(bills_of(alice)) == 1


def test_a_portal_killed_between_keeping_and_effect_makes_up_for_it(
    app: Flask, alice: Caller, clock: Clock, provider: FakeStripe
) -> None:
    """What is kept and not done is done by the job; done twice, it counts once."""
    buys(alice)
    provider.pay("cs_1")
    reached = open_shop(services_of(app).settings.billing).provider
    assert reached is not None
    body, headers = provider.signed(provider.events[1])
    said = reached.read(body, headers["Stripe-Signature"], clock.now)
    with Session(for_writing(services_of(app).engine)) as session:
        session.add(
            ProviderEvent(
                provider="stripe", id=said.id, said=json.dumps(said.to_json()), received=clock.now,
                done=None,
            )
        )  # fmt: skip
        session.commit()
    job = next(job for job in jobs.JOBS if job.name == "payments waiting")
    for _ in range(2):
        job.run(services_of(app).engine, clock.now)
    assert state(app, alice, clock) is State.ACTIVE
    assert len(bills_of(alice)) == 1


@pytest.mark.parametrize("order", range(6))
def test_in_whatever_order_messages_come_they_lead_to_the_same(
    app: Flask, alice: Caller, clock: Clock, provider: FakeStripe, nobody: Caller, order: int
) -> None:
    buys(alice)
    provider.pay("cs_1")
    clock.pass_(days=1)
    provider._refund({"payment_intent": "pi_1", "amount": str(GROSS)})
    for event in list(permutations(provider.events))[order]:
        body, headers = provider.signed(event)
        nobody.http.post("/api/v1/billing/stripe", data=body, headers=headers)
    job = next(job for job in jobs.JOBS if job.name == "payments waiting")
    job.run(services_of(app).engine, clock.now)
    assert state(app, alice, clock) is State.REFUNDED
    invoice, note = bills_of(alice)
    assert (note.number, note.gross, note.corrects) == ("CN-2026-000001", -GROSS, invoice.number)


def refused(nobody: Caller, body: bytes, headers: dict[str, str]) -> bool:
    answer = nobody.http.post("/api/v1/billing/stripe", data=body, headers=headers)
    return bool(answer.status_code == 400 and answer.json["code"] == "not-genuine")


def test_a_message_that_is_not_the_providers_is_refused_and_changes_nothing(
    app: Flask, alice: Caller, clock: Clock, provider: FakeStripe, nobody: Caller
) -> None:
    buys(alice)
    provider.pay("cs_1")
    event = provider.events[1]
    body, headers = provider.signed(event)
    assert refused(nobody, body, {})
    assert refused(nobody, body, {"Stripe-Signature": "t=x,v1=0"})
    assert refused(nobody, *provider.signed(event, secret="whsec_mallory"))
    assert refused(nobody, json.dumps(json.loads(body), indent=1).encode(), headers)
    assert refused(nobody, b"\xff", headers)
    huge = nobody.http.post("/api/v1/billing/stripe", data=b"x" * 300_000, headers=headers)
    assert huge.status_code == 413
    assert refused(nobody, *provider.signed(event | {"livemode": True}))
    for minutes in (6, -12):
        clock.pass_(minutes=minutes)
        assert refused(nobody, body, headers), "older than five minutes, or from a time to come"
    clock.pass_(minutes=6)
    assert state(app, alice, clock) is State.TRIAL
    assert bills_of(alice) == []


def test_a_message_of_a_kind_we_do_not_know_is_kept_and_changes_nothing(
    provided: FakeStripe, alice: Caller
) -> None:
    assert provided.deliver(provided.happen("customer.created", {})).status_code == 200
    with reading(alice) as session:
        assert session.scalars(select(ProviderEvent)).one().done is not None


def test_a_dispute_waits_and_a_lost_one_ends_it(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    paid(alice, provided)
    states = []
    for kind, status in (("created", ""), ("closed", "won"), ("created", ""), ("closed", "lost")):
        clock.pass_(days=1)
        provided.happen(f"charge.dispute.{kind}", {"payment_intent": "pi_1", "status": status})
        states.append(state(app, alice, clock))
    assert states == [State.DISPUTED, State.ACTIVE, State.DISPUTED, State.REVOKED]


def test_what_is_not_paid_any_more_ends_step_by_step_and_a_payment_brings_it_back(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    paid(alice, provided, period="month")
    seen = []
    held = provided.subscriptions["sub_1"]
    clock.pass_(days=30)
    provided.happen("invoice.payment_failed", provided.invoice(held))
    seen.append(state(app, alice, clock))
    for days in (15, 15):
        clock.pass_(days=days)
        seen.append(state(app, alice, clock))
    provided.renew("sub_1")
    seen.append(state(app, alice, clock))
    assert seen == [State.PAST_DUE, State.GRACE, State.EXPIRED, State.ACTIVE]
    assert [bill.count for bill in bills_of(alice)] == [1, 2]


def test_numbers_have_no_gap_when_a_payment_could_not_be_kept(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    purchase = paid(alice, provided)
    said = events.Happened("evt_x", clock.now, events.What.PAID, purchase.id.hex(), minor=100)
    with Session(for_writing(services_of(app).engine)) as session:
        events.receive(session, "stripe", said, clock.now)
        session.rollback()
    provided.renew("sub_1")
    assert [bill.count for bill in bills_of(alice)] == [1, 2]


def test_what_was_told_while_the_portal_was_away_is_caught_up_with(
    app: Flask, alice: Caller, clock: Clock, provider: FakeStripe, settings: Settings
) -> None:
    buys(alice)
    provider.pay("cs_1")  # nobody hears
    reached = open_shop(settings.billing).provider
    assert reached is not None
    for _ in range(2):
        with Session(for_writing(services_of(app).engine)) as session:
            events.catching_up(reached)(session, clock.now)
            session.commit()
    assert state(app, alice, clock) is State.ACTIVE
    assert len(bills_of(alice)) == 1


def test_a_portal_that_sells_nothing_takes_no_message(app: Flask) -> None:
    other = replace(services_of(app).settings, billing=BillingSettings())
    assert not open_shop(other.billing).sells


def test_a_first_period_for_nothing_has_an_invoice_over_nothing(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    with Session(for_writing(services_of(app).engine)) as session:
        code = PromoCode(
            code="FREE", percent=100, most=9, begins=0, ends=clock.now * 2, tiers="family"
        )
        session.add(code)
        session.commit()
    paid(alice, provided, promo="FREE")
    assert [bill.gross for bill in bills_of(alice)] == [0]
    assert state(app, alice, clock) is State.ACTIVE
    assert alice.http.post("/payments/refund").status_code == 409, "nothing was paid"
    assert buys(alice, promo="FREE").status_code == 409, "she has a license"


def test_a_payment_that_wants_the_owner_once_more_waits_as_a_failed_one_does(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    paid(alice, provided, period="month")
    clock.pass_(days=29)
    held = provided.subscriptions["sub_1"]
    provided.happen("invoice.payment_action_required", provided.invoice(held))
    assert state(app, alice, clock) is State.PAST_DUE
    clock.pass_(minutes=5)
    provided.renew("sub_1")
    assert state(app, alice, clock) is State.ACTIVE


def test_money_back_after_a_dispute_ends_it_once(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    paid(alice, provided)
    clock.pass_(days=1)
    provided.happen("charge.dispute.created", {"payment_intent": "pi_1"})
    clock.pass_(days=1)
    provided._refund({"payment_intent": "pi_1", "amount": str(GROSS)})
    clock.pass_(minutes=1)
    assert state(app, alice, clock) is State.REFUNDED
    assert [bill.gross for bill in bills_of(alice)] == [GROSS, -GROSS]


def test_each_currency_has_its_own_smallest_unit(app: Flask) -> None:
    with app.test_request_context("/"):
        shown = [words.money(1234, currency) for currency in ("EUR", "JPY", "KWD")]
    assert shown == ["€12.34", "¥1,234", "KWD1.234"]
