"""Whatever a provider's messages do on their way, the license ends where the facts say."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from licensing.billing.provider import Happened, What
from portal.accounts.models import Account
from portal.billing import events
from portal.billing.models import Bill, ProviderEvent, Purchase
from portal.context import services_of
from portal.db import for_writing
from portal.licenses import operations
from portal.licenses.models import IssuedLicense
from tests.cast import NOW
from tests.portal.conftest import Caller

DAY = 24 * 3600 * 1000
# A year of a purchase, as a provider tells it.
STORY: tuple[dict[str, Any], ...] = (
    {"what": What.BOUGHT},
    {"what": What.PAID, "payment": "1", "minor": 952, "until": NOW + 31 * DAY},
    {"what": What.PAYMENT_FAILED},
    {"what": What.PAID, "payment": "2", "minor": 952, "until": NOW + 61 * DAY},
    {"what": What.CHANGED, "seats": 3},
    {"what": What.DISPUTE_OPENED, "payment": "2"},
    {"what": What.DISPUTE_WON, "payment": "2"},
    {"what": What.REFUNDED, "payment": "1", "minor": 100},
    {"what": What.CANCELED},
    {"what": What.RESUMED},
    {"what": What.REFUNDED, "payment": "2", "minor": 952, "whole": True},
)
LATER = NOW + 40 * DAY


@pytest.fixture
def machine(app: Flask, alice: Caller) -> type[RuleBasedStateMachine]:
    engine = for_writing(services_of(app).engine)
    names = iter(range(10**6))

    class Messages(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.name = f"{next(names):032x}"
            with Session(engine) as session:
                account = session.scalars(select(Account)).one()
                session.add(purchase(self.name, account.id))
                session.commit()

        @rule(number=st.integers(0, len(STORY) - 1))
        def arrives(self, number: int) -> None:
            said = told(self.name, number)
            with Session(engine) as session:
                events.receive(session, "stripe", said, LATER)
                session.commit()

        @rule()
        def the_job_runs(self) -> None:
            with Session(engine) as session:
                events.settle_waiting(session, LATER)
                session.commit()

        def teardown(self) -> None:
            for number in range(len(STORY)):
                self.arrives(number)
            self.the_job_runs()
            with Session(engine) as session:
                assert outcome(session, self.name) == ("refunded", [952, 952, -100, -952])
                waiting = select(ProviderEvent).where(ProviderEvent.done.is_(None))
                assert session.scalars(waiting).all() == []

    return Messages


def purchase(name: str, account_id: bytes) -> Purchase:
    return Purchase(
        id=bytes.fromhex(name), account_id=account_id, provider="stripe", tier="office", bought=1,
        period="month", currency="EUR", net=800, gross=952, tax_kind="domestic", tax_country="DE",
        tax_rate=1900, vat_number="", promo="", checkout="", created=NOW,
    )  # fmt: skip


def told(name: str, number: int) -> Happened:
    said = dict(STORY[number])
    if "payment" in said:
        said["payment"] = f"{name}-{said['payment']}"
    names_it = said["what"] not in (What.REFUNDED, What.DISPUTE_OPENED, What.DISPUTE_WON)
    return Happened(
        id=f"{name[-6:]}-{number:02}", at=NOW + number * DAY, purchase=name if names_it else "",
        subscription=f"sub-{name}" if names_it else "", **said,
    )  # fmt: skip


def outcome(session: Session, name: str) -> tuple[str, list[int]]:
    """How the license stands, and what was invoiced and credited."""
    bought = session.get_one(Purchase, bytes.fromhex(name))
    held = session.get_one(IssuedLicense, bought.license_id)
    mine = session.scalars(select(Bill).where(Bill.purchase == bought.id)).all()
    sums = sorted((bill.gross for bill in mine), key=lambda minor: (minor < 0, -minor))
    assert held.bought == 3
    return operations.replayed(session, held, LATER).state.value, sums


def test_in_any_order_twice_or_late_messages_lead_to_the_same(
    machine: type[RuleBasedStateMachine],
) -> None:
    few = settings(
        max_examples=25, stateful_step_count=30, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=few)
