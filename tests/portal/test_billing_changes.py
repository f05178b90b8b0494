"""Changing, canceling, having the money back, withdrawing: what an owner does about a purchase."""

import json
import time

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from licensing.license import State
from portal.billing import bills, reminders
from portal.billing.models import BillingCall
from portal.cli import main
from portal.context import services_of
from portal.db import for_writing
from portal.mail.models import Mail
from portal.settings import Settings
from tests.cast import NOW, Clock
from tests.fake_stripe import FakeStripe
from tests.portal.conftest import Caller
from tests.portal.licensed import DAY, state
from tests.portal.selling import GROSS, ask_again, bills_of, page, paid, reading, selling
from tests.portal.terminal import environment_of


@pytest.fixture
def settings(settings: Settings, provider: FakeStripe) -> Settings:
    return selling(settings, provider)


def test_canceled_it_runs_to_its_end_and_then_no_further(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    paid(alice, provided)
    clock.pass_(minutes=1)
    assert alice.http.post("/payments/cancel").status_code == 303
    assert state(app, alice, clock) is State.CANCELLING
    assert "canceled and runs to its end" in page(alice)
    clock.pass_(days=366)
    assert state(app, alice, clock) is State.EXPIRED


def test_a_provider_that_is_away_costs_nobody_their_cancel(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    paid(alice, provided)
    clock.pass_(minutes=1)
    provided.away = True
    assert alice.http.post("/payments/cancel").status_code == 303
    assert "have not confirmed it yet" in page(alice)
    assert alice.http.post("/payments/cancel").status_code == 303
    ask_again(app, clock)
    provided.away = False
    ask_again(app, clock)
    assert state(app, alice, clock) is State.ACTIVE, "it is asked again only after a while"
    clock.pass_(hours=1)
    ask_again(app, clock)
    assert state(app, alice, clock) is State.CANCELLING
    with reading(alice) as session:
        assert len(session.scalars(select(BillingCall)).all()) == 1


def test_the_whole_sum_goes_back_and_the_license_ends(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    paid(alice, provided)
    laptop = alice.adopt(clock)
    clock.pass_(days=20)
    alice.sign_in()
    assert "€95.20 go back" in page(alice)
    assert alice.http.post("/payments/refund").status_code == 303
    assert provided.payments["pi_1"]["amount_refunded"] == GROSS
    assert provided.subscriptions["sub_1"]["status"] == "canceled"
    clock.pass_(minutes=1)
    assert state(app, alice, clock) is State.REFUNDED
    _, note = bills_of(alice)
    assert note.gross == -GROSS
    assert "It corrects invoice" in page(alice, f"/payments/invoices/{note.number}")
    assert alice.get(f"/devices/{laptop.id.hex()}/evidence").status_code == 200
    assert alice.http.post("/payments/refund").status_code == 409


def test_after_thirty_days_no_money_goes_back(
    alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    paid(alice, provided)
    clock.pass_(days=32)
    alice.sign_in()
    assert "Cancel and refund now" not in page(alice)
    answer = alice.http.post("/payments/refund")
    assert answer.status_code == 409
    assert "cannot go back any more" in answer.text


def test_a_part_that_goes_back_has_a_credit_note_and_ends_nothing(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    paid(alice, provided)
    for minor in ("1000", "500"):
        provided._refund({"payment_intent": "pi_1", "amount": minor})
    assert [bill.gross for bill in bills_of(alice)] == [GROSS, -1000, -500]
    assert state(app, alice, clock) is State.ACTIVE


def test_a_change_says_its_price_first_and_then_is_one(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    paid(alice, provided, tier="office", seats="2")
    clock.pass_(minutes=1)
    shown = page(alice, "/payments/change?tier=office&seats=5")
    assert "To pay now" in shown
    assert "€89.25" in shown, "three more seats at 25.00, 19 % and the whole year to go"
    assert [bill.gross for bill in bills_of(alice)] == [5950], "looking changes nothing"
    wanted = {"tier": "office", "seats": "5"}
    assert alice.http.post("/payments/change", data=wanted).status_code == 303
    assert "0 of 5 taken" in page(alice, "/licenses")
    assert provided.subscriptions["sub_1"]["quantity"] == 5


def test_a_promo_code_takes_its_part_off_the_first_time(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe, settings: Settings
) -> None:
    words = ["billing", "promo", "HOME25", "--percent", "25", "--most", "1", "--days", "4000"]
    assert main(words, environment_of(settings)) == 0
    clock.now = time.time_ns() // 1_000_000 + 1000  # the operator's is the real one
    alice.sign_in()
    paid(alice, provided, promo=" home 25 ")
    assert [bill.gross for bill in bills_of(alice)] == [GROSS * 3 // 4]
    provided.renew("sub_1")
    assert bills_of(alice)[-1].gross == GROSS


def test_who_withdraws_needs_no_account_and_hears_the_same_as_everybody(
    app: Flask,
    alice: Caller,
    clock: Clock,
    provided: FakeStripe,
    settings: Settings,
    nobody: Caller,
) -> None:
    paid(alice, provided)
    clock.pass_(days=3)
    answers = []
    for email, number in (
        ("mallory@example.org", "INV-2026-000001"), (alice.owner.email, "INV-2026-000009"),
        (alice.owner.email, "inv-2026-000001 "),
    ):  # fmt: skip
        answer = nobody.http.post("/withdraw", data={"email": email, "number": number})
        answers.append((answer.status_code, answer.location))
    assert len(set(answers)) == 1
    ask_again(app, clock)
    assert provided.payments["pi_1"]["amount_refunded"] == GROSS
    clock.pass_(minutes=1)
    assert state(app, alice, clock) is State.REFUNDED


def test_after_fourteen_days_a_withdrawal_changes_nothing(
    app: Flask,
    alice: Caller,
    clock: Clock,
    provided: FakeStripe,
    settings: Settings,
    nobody: Caller,
) -> None:
    paid(alice, provided)
    clock.pass_(days=16)
    nobody.http.post("/withdraw", data={"email": alice.owner.email, "number": "INV-2026-000001"})
    ask_again(app, clock)
    assert state(app, alice, clock) is State.ACTIVE


def test_no_page_asks_for_a_card(alice: Caller, provided: FakeStripe) -> None:
    paid(alice, provided)
    for path in ("/payments", "/payments/buy", "/payments/change", "/withdraw", "/licenses"):
        shown = alice.http.get(path).text.lower()
        assert "cc-number" not in shown
        assert 'name="card' not in shown


def test_invoices_are_kept_ten_years_and_go_then(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    paid(alice, provided)
    for years, left in ((10, 1), (11, 0)):
        with Session(for_writing(services_of(app).engine)) as session:
            bills.purge(session, NOW + years * 366 * DAY * 1000)
            session.commit()
        assert len(bills_of(alice)) == left


def letters(alice: Caller) -> list[str]:
    with reading(alice) as session:
        return [json.loads(mail.said).get("sentence", "") for mail in session.scalars(select(Mail))]


def test_each_step_is_told_in_a_letter(alice: Caller, clock: Clock, provided: FakeStripe) -> None:
    paid(alice, provided)
    clock.pass_(minutes=1)
    alice.http.post("/payments/cancel")
    assert any("payment for your license arrived" in said for said in letters(alice))
    assert any("You canceled your license" in said for said in letters(alice))


def test_the_end_of_a_trial_and_a_renewal_are_told_in_time_and_once(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    def remind() -> tuple[int, int]:
        with Session(for_writing(services_of(app).engine)) as session:
            reminders.reminding(NOW)(session, clock.now)
            session.commit()
        told = letters(alice)
        return (
            sum("trial ends within a week" in said for said in told),
            sum("renews itself within a month" in said for said in told),
        )

    clock.pass_(days=22)
    assert remind() == (0, 0)
    clock.pass_(days=2)
    assert [remind(), remind()] == [(1, 0), (1, 0)]
    alice.sign_in()
    paid(alice, provided)
    clock.pass_(days=300)
    assert remind() == (1, 0)
    clock.pass_(days=40)
    assert [remind(), remind()] == [(1, 1), (1, 1)]


def test_two_people_pay_an_invoice_back_at_a_terminal(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe, settings: Settings
) -> None:
    paid(alice, provided)
    words = ["billing", "refund", "inv-2026-000001", "--reason", "A mistake", "--by", "Ana"]
    assert main([*words, "--agreed-by", "ana"], environment_of(settings)) == 1
    assert main([*words, "--agreed-by", "Ben"], environment_of(settings)) == 0
    clock.now = time.time_ns() // 1_000_000 + 1000
    ask_again(app, clock)
    assert provided.payments["pi_1"]["amount_refunded"] == GROSS
    assert main(["billing", "show", "INV-2026-000009"], environment_of(settings)) == 1
    assert main(["billing", "waiting"], environment_of(settings)) == 0


def test_nobody_pays_for_an_account_that_is_being_closed(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    paid(alice, provided)
    clock.pass_(minutes=1)
    proof = alice.owner.credentials()["login_verifier"]
    closing = alice.post("/account/closing", {"login_verifier": proof, "days": 30})
    assert closing.status_code == 200
    ask_again(app, clock)
    assert provided.subscriptions["sub_1"]["cancel_at_period_end"] is True
