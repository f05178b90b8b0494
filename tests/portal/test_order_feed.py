"""A shop elsewhere tells its orders: each makes one license and one letter, and no contact."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from licensing.billing import order_feed
from licensing.license import State
from portal.billing.models import ShopOrder
from portal.billing.settings import BillingSettings
from portal.context import services_of
from portal.licenses.models import IssuedLicense
from portal.mail.models import Mail
from portal.marketing.models import ConsentLine, Contact
from portal.settings import Settings
from tests.cast import NOW, Clock
from tests.portal.conftest import Caller
from tests.portal.licensed import claim, state

SECRET = "made up for tests"
ORDER = {"reference": "A-1", "at": NOW, "email": "Ana@example.org", "tier": "family"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    billing = BillingSettings(feed_secrets=("the one before", SECRET))
    return replace(settings, licenses_since=NOW, billing=billing)


def tell(caller: Caller, clock: Clock, secret: str = SECRET, late_s: int = 0, **other: Any) -> Any:
    body = json.dumps(ORDER | other).encode()
    at = str(clock.now // 1000 - late_s)
    signature = f"t={at},v1={order_feed.mac(secret, at, body)}"
    headers = {order_feed.SIGNED_IN: signature}
    return caller.http.post("/api/v1/billing/orders", data=body, headers=headers)


@pytest.fixture
def kept(app: Flask) -> Iterator[Session]:
    with Session(services_of(app).engine) as session:
        yield session


def count(session: Session, table: Any) -> int:
    session.expire_all()
    return session.scalars(select(func.count()).select_from(table)).one()


def key_in_the_letter(session: Session) -> str:
    [mail] = session.scalars(select(Mail).where(Mail.letter == "service/license_key")).all()
    assert mail.address == "ana@example.org"
    return str(json.loads(mail.said)["license_key"])


def test_an_order_gives_a_key_that_opens_a_license(
    app: Flask, alice: Caller, nobody: Caller, clock: Clock, kept: Session
) -> None:
    assert tell(nobody, clock).status_code == 200
    assert claim(alice, key_in_the_letter(kept)).status_code == 303
    assert state(app, alice, clock) is State.ACTIVE


def test_the_same_order_gives_one_license_however_often_it_comes(
    nobody: Caller, clock: Clock, kept: Session
) -> None:
    for _ in range(3):
        assert tell(nobody, clock).status_code == 200
    assert (count(kept, IssuedLicense), count(kept, ShopOrder), count(kept, Mail)) == (1, 1, 1)


def test_an_order_puts_nobody_on_a_list(nobody: Caller, clock: Clock, kept: Session) -> None:
    tell(nobody, clock, newsletter=True, opt_in="yes")
    assert (count(kept, Contact), count(kept, ConsentLine)) == (0, 0)


def test_an_order_that_is_taken_back_ends_its_license(
    app: Flask, alice: Caller, nobody: Caller, clock: Clock, kept: Session
) -> None:
    tell(nobody, clock)
    claim(alice, key_in_the_letter(kept))
    clock.pass_(days=1)
    for _ in range(2):
        assert tell(nobody, clock, status="refunded", at=clock.now).status_code == 200
    clock.pass_(minutes=1)
    assert state(app, alice, clock) is State.REFUNDED


def test_a_key_that_nobody_used_opens_nothing_once_the_order_is_taken_back(
    alice: Caller, nobody: Caller, clock: Clock, kept: Session
) -> None:
    tell(nobody, clock)
    key = key_in_the_letter(kept)
    tell(nobody, clock, status="refunded")
    assert claim(alice, key).status_code == 422


def test_an_order_that_is_not_the_shops_is_refused(
    nobody: Caller, clock: Clock, kept: Session
) -> None:
    assert tell(nobody, clock, secret="mallory").json["code"] == "not-genuine"
    assert tell(nobody, clock, late_s=301).json["code"] == "not-genuine"
    assert tell(nobody, clock, late_s=-301).json["code"] == "not-genuine"
    assert nobody.http.post("/api/v1/billing/orders", data=b"{}").status_code == 400
    assert count(kept, IssuedLicense) == 0


@pytest.mark.parametrize(
    "wrong",
    [{"tier": "free"}, {"tier": 7}, {"email": "no address"}, {"email": "a@b\r\nBcc: c@d"},
     {"reference": ""}, {"reference": "x" * 61}, {"seats": 0}, {"at": "x"}, {"days": 0}],
)  # fmt: skip
def test_an_order_that_makes_no_sense_is_refused_and_leaves_nothing(
    nobody: Caller, clock: Clock, kept: Session, wrong: dict[str, Any]
) -> None:
    assert 400 <= tell(nobody, clock, **wrong).status_code < 500
    assert (count(kept, IssuedLicense), count(kept, ShopOrder), count(kept, Mail)) == (0, 0, 0)
