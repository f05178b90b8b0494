"""homeward-portal billing: what the operator looks up and gives out around payments."""

import argparse
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from licensing.promo import normal
from portal import db
from portal.billing import details, purchases
from portal.billing.models import Bill, BillingCall, PromoCode, ProviderEvent, Purchase
from portal.context import system_clock
from portal.settings import Settings

_DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)


class NoSuchInvoice(RuntimeError):
    """There is no such invoice; the sentence says what to do."""


def add_verbs(verbs: Any) -> None:
    inside = verbs.add_parser("billing", help="invoices, promo codes, what waits").add_subparsers(
        required=True, metavar="verb"
    )
    making = inside.add_parser("promo", help="make a promo code, or change one")
    making.add_argument("code")
    making.add_argument("--percent", type=_from_one_to(100), required=True)
    making.add_argument(
        "--most", type=_from_one_to(1_000_000), default=100, help="how often in all"
    )
    making.add_argument("--days", type=_from_one_to(10_000), default=30)
    making.add_argument("--tier", action="append", help="for this one alone; may be given again")
    making.set_defaults(verb=promo)
    showing = inside.add_parser("show", help="an invoice or credit note by its number")
    showing.add_argument("number")
    showing.set_defaults(verb=show)
    paying_back = inside.add_parser("refund", help="pay an invoice back, by two people")
    paying_back.add_argument("number")
    paying_back.add_argument("--reason", required=True, help="kept with the license")
    paying_back.add_argument("--by", required=True, help="who decides")
    paying_back.add_argument("--agreed-by", required=True, help="a second person, who agrees")
    paying_back.set_defaults(verb=refund)
    inside.add_parser("waiting", help="what a provider has not answered").set_defaults(verb=waiting)


def _from_one_to(most: int) -> Any:
    def natural(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"a number from 1 to {most}")
        return int(text)

    return natural


def promo(settings: Settings, chosen: argparse.Namespace) -> int:
    now, engine = system_clock(), db.make_engine(settings)
    made = {
        "code": normal(chosen.code), "percent": chosen.percent, "most": chosen.most, "begins": now,
        "ends": now + chosen.days * _DAY_MS, "tiers": " ".join(chosen.tier or ()),
    }  # fmt: skip
    with Session(db.for_writing(engine)) as session:
        session.merge(PromoCode(**made))
        session.commit()
    engine.dispose()
    print(f"{made['code']}: {chosen.percent} percent off the first time, for {chosen.days} days.")
    return 0


def refund(settings: Settings, chosen: argparse.Namespace) -> int:
    """Written down; the running portal asks the provider within a minute."""
    if chosen.by.strip().casefold() == chosen.agreed_by.strip().casefold():
        raise NoSuchInvoice("Two people have to agree: --by and --agreed-by name the same one.")
    now, engine = system_clock(), db.make_engine(settings)
    why = f"{chosen.reason.strip()} ({chosen.by.strip()}, {chosen.agreed_by.strip()})"
    with Session(db.for_writing(engine)) as session:
        bill = session.get(Bill, chosen.number.strip().upper())
        purchase = session.get(Purchase, bill.purchase) if bill else None
        if bill is None or purchase is None or bill.corrects:
            raise NoSuchInvoice("There is no such invoice. Numbers look like INV-2026-000001.")
        purchases.pay_back(session, purchase, bill, now, why=why)
        session.commit()
    engine.dispose()
    print("Written down. The provider is asked within a minute; see: billing waiting")
    return 0


def show(settings: Settings, chosen: argparse.Namespace) -> int:
    engine = db.make_engine(settings)
    with Session(engine) as session:
        bill = session.get(Bill, chosen.number.strip().upper())
    engine.dispose()
    if bill is None:
        raise NoSuchInvoice("There is no such invoice. Numbers look like INV-2026-000001.")
    print(f"{bill.number}{f' corrects {bill.corrects}' if bill.corrects else ''}")
    print(f"account {bill.account.hex()}, {bill.what}, {bill.quantity}")
    print(f"net {bill.net}, tax {bill.tax} ({bill.tax_kind} {bill.tax_country}), {bill.currency}")
    print(f"paid as {bill.payment or 'nothing'}")
    return 0


def waiting(settings: Settings, chosen: argparse.Namespace) -> int:
    del chosen
    engine = db.make_engine(settings)
    with Session(engine) as session:
        asked = session.scalars(select(BillingCall).where(BillingCall.done.is_(None))).all()
        refused = session.scalars(select(BillingCall).where(BillingCall.refused.is_(True))).all()
        told = session.scalars(select(ProviderEvent).where(ProviderEvent.done.is_(None))).all()
        unproved = details.unproved(session)
    engine.dispose()
    print(
        f"{len(asked)} wishes wait for the provider, {len(refused)} were refused: look into those."
    )
    print(f"{len(told)} messages wait for another one that they tell of.")
    for purchase in unproved:
        print(
            f"Account {purchase.account_id.hex()} pays no tax, and VIES no longer knows"
            f" {purchase.vat_number}: write to them before it renews itself."
        )
    return 1 if refused or unproved else 0
