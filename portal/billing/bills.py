"""Invoices and credit notes, numbered without a gap: the number is taken in the transaction that
keeps the payment, and transactions that write come one after the other.
"""

from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from licensing import invoices
from licensing.billing.provider import Happened
from licensing.tax import Kind, Tax
from portal.accounts.models import Account
from portal.billing import details
from portal.billing.models import Bill, Purchase

INVOICE, CREDIT_NOTE = "INV", "CN"
KEPT_YEARS = 10


def issue(session: Session, purchase: Purchase, paid: Happened, now: int) -> Bill:
    """For what was paid, which is what the provider says it is. The caller commits."""
    due = _tax(purchase)
    net = _net_of(paid.minor, due)
    bill = _bill(session, purchase, paid, INVOICE, now)
    bill.net, bill.tax = net, paid.minor - net
    session.add(bill)
    return bill


def credit(session: Session, purchase: Purchase, bill: Bill, back: Happened, now: int) -> None:
    """For what went back of a payment since the last credit note. The caller commits."""
    minor = back.minor + _credited(session, bill)
    if minor <= 0:
        return
    net = bill.net if minor == bill.gross else _net_of(minor, _tax(purchase))
    note = _bill(session, purchase, back, CREDIT_NOTE, now)
    note.corrects, note.payment = bill.number, bill.payment
    note.net, note.tax = -net, -(minor - net)
    session.add(note)


def of_account(session: Session, account: Account) -> list[Bill]:
    """Newest first."""
    mine = select(Bill).where(Bill.account == account.id)
    return list(session.scalars(mine.order_by(Bill.issued.desc(), Bill.number.desc())))


def purge(session: Session, now: int) -> None:
    """As long as the law wants them, to the end of that year."""
    last = datetime.fromtimestamp(now / 1000, UTC).year - KEPT_YEARS
    session.execute(delete(Bill).where(Bill.year < last))


def for_payment(session: Session, payment: str) -> Bill | None:
    """The invoice of a payment."""
    found = select(Bill).where(Bill.payment == payment, Bill.corrects.is_(None))
    return session.scalars(found.limit(1)).first() if payment else None


def last_paid(session: Session, purchase: Purchase) -> Bill | None:
    """The newest invoice of a purchase of which anything was paid and not all has gone back."""
    mine = select(Bill).where(Bill.purchase == purchase.id, Bill.corrects.is_(None), Bill.net > 0)
    newest = mine.order_by(Bill.issued.desc(), Bill.count.desc()).limit(1)
    bill = session.scalars(newest).first()
    return bill if bill and bill.gross + _credited(session, bill) > 0 else None


def _credited(session: Session, bill: Bill) -> int:
    """What credit notes have taken back; they are negative."""
    sums = select(func.coalesce(func.sum(Bill.net + Bill.tax), 0))
    return int(session.scalars(sums.where(Bill.corrects == bill.number)).one())


def _bill(session: Session, purchase: Purchase, by: Happened, series: str, now: int) -> Bill:
    account = session.get_one(Account, purchase.account_id)
    year = datetime.fromtimestamp(now / 1000, UTC).year
    same = (Bill.series == series, Bill.year == year)
    count = 1 + (session.scalar(select(func.max(Bill.count)).where(*same)) or 0)
    return Bill(
        number=invoices.number(series, year, count), series=series, year=year, count=count,
        issued=now, purchase=purchase.id, account=account.id, event=by.id, payment=by.payment,
        buyer=_buyer(session, account), what=f"{purchase.tier} {purchase.period}",
        quantity=purchase.bought, currency=purchase.currency, net=0, tax=0,
        tax_kind=purchase.tax_kind, tax_country=purchase.tax_country, tax_rate=purchase.tax_rate,
        vat_number=purchase.vat_number, vies_reference=purchase.vies_reference,
    )  # fmt: skip


def _buyer(session: Session, account: Account) -> str:
    """In lines: what they gave for invoices, else the email that the account has anyway."""
    given = details.of(session, account)
    lines = (given.name, given.address) if given else ()
    return "\n".join(line for line in lines if line) or account.email_norm


def _tax(purchase: Purchase) -> Tax:
    return Tax(Kind(purchase.tax_kind), purchase.tax_country, purchase.tax_rate)


def _net_of(gross: int, due: Tax) -> int:
    """What makes this with its tax, to the smallest unit."""
    return round(gross * 10_000 / (10_000 + due.rate))
