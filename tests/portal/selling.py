"""A portal that sells, with a Stripe of our own on loopback, and what Alice does there."""

from dataclasses import replace
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.billing import calls
from portal.billing.models import Bill, Purchase
from portal.billing.settings import BillingSettings, Seller
from portal.billing.shop import open_shop
from portal.context import services_of
from portal.settings import Settings
from tests import fake_stripe
from tests.cast import NOW, Clock
from tests.fake_stripe import FakeStripe
from tests.portal.conftest import Caller

CHOICE = {"tier": "family", "seats": "1", "period": "year", "country": "DE"}
GROSS = 9520  # 80.00 net and 19 %


def selling(settings: Settings, provider: FakeStripe) -> Settings:
    seller = Seller("Homeward Test Ltd, 1 Home Street", "DE", "DE123456788")
    billing = BillingSettings(
        seller, fake_stripe.KEY, (fake_stripe.SECRET,), fake_stripe.PRODUCT, provider.url
    )
    return replace(settings, licenses_since=NOW, billing=billing)


def buys(caller: Caller, **other: str) -> Any:
    return caller.http.post("/payments/buy", data=CHOICE | other)


def paid(caller: Caller, fake: FakeStripe, **other: str) -> Purchase:
    """She buys, pays, and the provider says so."""
    answer = buys(caller, **other)
    assert answer.status_code == 303, answer.text
    fake.pay(f"cs_{len(fake.sessions)}")
    with reading(caller) as session:
        return session.scalars(select(Purchase).order_by(Purchase.created.desc())).first()  # type: ignore[return-value]


def reading(caller: Caller) -> Session:
    return Session(services_of(caller.http.application).engine)


def ask_again(app: Flask, clock: Clock) -> None:
    """The job that asks the provider."""
    provider = open_shop(services_of(app).settings.billing).provider
    assert provider is not None
    calls.make_due(services_of(app).engine, provider, clock)


def page(caller: Caller, path: str = "/payments") -> str:
    return " ".join(caller.http.get(path).text.split())


def bills_of(caller: Caller) -> list[Bill]:
    with reading(caller) as session:
        return list(session.scalars(select(Bill).order_by(Bill.series.desc(), Bill.count)))
