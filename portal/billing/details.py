"""What stands on an owner's invoices, and what VIES said of her VAT number.

All of it is hers to give or to leave out; a portal of others' laptops knows no name otherwise.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from licensing import tax
from licensing.errors import BadTaxNumber
from licensing.tax import Vies
from portal import countries
from portal.accounts.models import Account
from portal.audit import operations as audit
from portal.billing import vies
from portal.billing.models import BillingDetails, Purchase
from portal.billing.settings import BillingSettings
from portal.db import for_writing
from portal.problems import Problem

LONGEST_NAME, LONGEST_ADDRESS = 120, 400
EVERY = timedelta(minutes=10)
_MS = timedelta(milliseconds=1)
_AGAIN, _AFTER_SILENCE = timedelta(days=30) // _MS, timedelta(hours=1) // _MS
_GREECE = {"GR": "EL"}  # as tax offices write it


def of(session: Session, account: Account) -> BillingDetails | None:
    return session.get(BillingDetails, account.id)


def save(session: Session, account: Account, form: Mapping[str, str], now: int) -> None:
    """The caller commits. Raises Problem bad-details, bad-tax-number; nothing is kept then."""
    name = " ".join(form.get("name", "").split())
    lines = [" ".join(line.split()) for line in form.get("address", "").splitlines()]
    address = "\n".join(line for line in lines if line)
    typed = name + address.replace("\n", "")
    if len(name) > LONGEST_NAME or len(address) > LONGEST_ADDRESS or not typed.isprintable():
        raise Problem(
            422, "bad-details",
            "A name has 120 characters at most, an address 400. Shorten it, then save again.",
        )  # fmt: skip
    country, number = where(form)
    held = keep(session, account, country, number, now)
    held.name, held.address = name, address
    if session.is_modified(held) or held in session.new:
        whom = audit.account(account.id)
        audit.note(session, actor=whom, action="billing-details", subject=whom, now=now)


def where(form: Mapping[str, str]) -> tuple[str, str]:
    """The country and the VAT number, "" where there is none.

    Raises Problem bad-country, bad-tax-number, other-country.
    """
    country = form.get("country", "").strip().upper()
    if country not in countries.CODES:
        raise Problem(422, "bad-country", "Choose your country.")
    try:
        number = tax.normal(form["vat"]) if form.get("vat", "").strip() else ""
    except BadTaxNumber as error:
        raise Problem(422, error.code, str(error)) from error
    if number and number[:2] != _GREECE.get(country, country):
        raise Problem(422, "other-country", "This VAT number is of another country.")
    return country, number


def keep(session: Session, account: Account, country: str, number: str, now: int) -> BillingDetails:
    """What VIES said stays as long as the number does. The caller commits."""
    held = of(session, account)
    if held is None:
        held = BillingDetails(account_id=account.id, name="", address="", vat_number="")
        session.add(held)
        _unasked(held, None)
    held.country = country
    if number != held.vat_number:
        held.vat_number = number
        _unasked(held, now if number else None)
    return held


def _unasked(held: BillingDetails, due: int | None) -> None:
    held.vies_valid, held.vies_asked, held.vies_reference, held.vies_due = None, None, "", due


def proof(session: Session, account: Account) -> Vies | None:
    """What VIES said of the number that an account gave; None where it has said nothing."""
    held = of(session, account)
    if held is None or held.vies_valid is None or held.vies_asked is None:
        return None
    return Vies(held.vat_number, held.vies_valid, held.vies_asked, held.vies_reference)


def unproved(session: Session) -> list[Purchase]:
    """Licenses without tax, whose VAT number VIES has stopped knowing."""
    query = (
        select(Purchase)
        .join(BillingDetails, BillingDetails.account_id == Purchase.account_id)
        .where(
            Purchase.license_id.is_not(None), Purchase.vies_reference != "",
            Purchase.vat_number == BillingDetails.vat_number, BillingDetails.vies_valid.is_(False),
        )
    )  # fmt: skip
    return list(session.scalars(query))


def ask_due(
    engine: Engine, settings: BillingSettings, clock: Callable[[], int], only: bytes | None = None
) -> None:
    """The job, or for one account alone: new numbers, and each anew after thirty days.

    No transaction is open while VIES thinks.
    """
    if not settings.vies:
        return
    due = select(BillingDetails.account_id, BillingDetails.vat_number).where(
        BillingDetails.vies_due <= clock()
    )
    if only:
        due = due.where(BillingDetails.account_id == only)
    with Session(engine) as session:
        waiting = session.execute(due.order_by(BillingDetails.vies_due)).all()
    for account_id, number in waiting:
        try:
            answer = vies.ask(settings.vies, settings.asking, number, clock())
        except vies.ViesAway:
            answer = None
        with Session(for_writing(engine)) as session:
            held = session.get(BillingDetails, account_id)
            if held is not None and held.vat_number == number:  # it may be another by now
                _note(held, answer, clock())
                session.commit()


def _note(held: BillingDetails, answer: Vies | None, now: int) -> None:
    """Silence changes nothing of what is known."""
    if answer is None:
        held.vies_due = now + _AFTER_SILENCE
        return
    held.vies_valid, held.vies_asked = answer.valid, answer.asked
    held.vies_reference, held.vies_due = answer.reference, now + _AGAIN
