"""What an owner does about a paid license: buy, change, cancel, have the money back."""

import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from licensing import proration, refunds
from licensing.billing.provider import Provider, ProviderAway, ProviderRefused, Wanted
from licensing.license import License, State
from licensing.plan import Period
from licensing.proration import Preview
from licensing.refunds import Due, Paid, Refused
from portal.accounts import notices
from portal.accounts.models import Account
from portal.audit import operations as audit
from portal.billing import bills, calls, prices
from portal.billing.models import Bill, BillingCall, Purchase
from portal.billing.prices import Choice, Price
from portal.billing.shop import Shop
from portal.licenses import operations as licenses
from portal.problems import Problem

_MS = timedelta(milliseconds=1)
_LENGTH_MS = {"month": timedelta(days=30) // _MS, "year": timedelta(days=365) // _MS}
_RUNS = frozenset({State.ACTIVE, State.PAST_DUE, State.GRACE})


@dataclass(frozen=True, slots=True)
class Held:
    """A purchase that has a license, how that stands, and what was paid last."""

    purchase: Purchase
    license: License
    paid: Bill | None


def held(session: Session, account: Account, now: int) -> Held | None:
    """The newest paid license of an account."""
    mine = select(Purchase).where(
        Purchase.account_id == account.id, Purchase.license_id.is_not(None)
    )
    purchase = session.scalars(mine.order_by(Purchase.created.desc()).limit(1)).first()
    newest = licenses.newest(session, account.id)
    if purchase is None or newest is None or newest.id != purchase.license_id:
        return None
    state = licenses.replayed(session, newest, now)
    return Held(purchase, state, bills.last_paid(session, purchase))


def begin(
    session: Session, account: Account, choice: Choice, shop: Shop, since: int | None, now: int
) -> tuple[Purchase, Price]:
    """Note what is wanted; the buyer pays afterwards. The caller commits. Raises Problem."""
    if not licenses.is_free_to_claim(session, account, since, now):
        raise Problem(
            409, "license-held",
            "You have a license that has not ended. Change that one, or cancel it first.",
        )  # fmt: skip
    price = prices.price(session, account, choice, shop, now)
    purchase = Purchase(
        id=secrets.token_bytes(16), account_id=account.id, provider=_provider(shop).name,
        tier=choice.tier.name, bought=choice.seats, period=choice.period.value,
        currency=choice.currency, net=price.net, gross=price.gross, tax_kind=price.tax.kind.value,
        tax_country=price.tax.country, tax_rate=price.tax.rate, vat_number=choice.vat_number,
        vies_reference=price.vies_reference, promo=choice.promo, checkout="", created=now,
    )  # fmt: skip
    session.add(purchase)
    return purchase, price


def send_to_pay(purchase: Purchase, account: Account, price: Price, shop: Shop, home: str) -> str:
    """Where the buyer pays; raises Problem where the provider is away."""
    units = purchase.bought if licenses.TIERS[purchase.tier].per_seat else 1
    page = f"{home}/payments/{purchase.id.hex()}"
    wanted = Wanted(
        purchase.id.hex(), account.email_norm, purchase.tier, purchase.currency, price.unit, units,
        purchase.period, page, f"{home}/payments/buy", price.percent_off,
    )  # fmt: skip
    try:
        return _provider(shop).checkout(wanted, f"checkout:{purchase.id.hex()}")
    except (ProviderAway, ProviderRefused) as error:
        raise Problem(
            503, "provider-away",
            "Those who take the money do not answer just now. Nothing was bought: try again later.",
        ) from error  # fmt: skip


def preview(
    session: Session, account: Account, choice: Choice, shop: Shop, now: int
) -> tuple[Held, Price, Preview]:
    """What a change costs now, taxes included. Raises Problem."""
    mine = _running(session, account, now)
    price = prices.price(session, account, choice, shop, now)
    ends = mine.license.valid_until
    length = _LENGTH_MS[mine.purchase.period]
    period = proration.Period(ends - length, ends)
    return mine, price, proration.preview(mine.purchase.gross, price.gross, period, now)


def change(session: Session, account: Account, choice: Choice, shop: Shop, now: int) -> None:
    """The caller commits. Raises Problem."""
    mine, price, _ = preview(session, account, choice, shop, now)
    if Period(mine.purchase.period) is not choice.period:
        raise Problem(422, "bad-choice", "Stay with the month or the year; that can change later.")
    wanted = Wanted(
        mine.purchase.id.hex(), account.email_norm, choice.tier.name, choice.currency, price.unit,
        choice.units, choice.period.value, "", "",
    )  # fmt: skip
    calls.write(
        session, mine.purchase, "change", f"change:{mine.purchase.id.hex()}:{now}", now,
        wanted=asdict(wanted), tier=choice.tier.name, seats=choice.seats, net=price.net,
        gross=price.gross, tax_kind=price.tax.kind.value, tax_country=price.tax.country,
        tax_rate=price.tax.rate, vat_number=choice.vat_number, vies_reference=price.vies_reference,
    )  # fmt: skip
    _audit(session, account, "license-changed", now)


def cancel(session: Session, account: Account, now: int) -> BillingCall:
    """It runs to the end of what was paid for. The caller commits. Raises Problem."""
    mine = _running(session, account, now)
    key = f"cancel:{mine.purchase.id.hex()}:{mine.license.valid_until}"
    _audit(session, account, "license-canceled", now)
    notices.tell(session, account, "license-canceled", now)
    return calls.write(session, mine.purchase, "cancel", key, now)


def money_back(mine: Held | None, now: int) -> Due | Refused:
    """Whether the last payment goes back, and why."""
    if mine is None or mine.paid is None:
        return Refused(refunds.Reason.NOTHING_PAID)
    first = mine.license.first_paid
    renewed = mine.paid.issued if first and mine.paid.issued - first > _LENGTH_MS["month"] else None
    consumer = not mine.purchase.vat_number
    return refunds.decide(Paid(first, renewed), now, consumer=consumer)


def refund(session: Session, account: Account, now: int) -> Bill:
    """The whole last payment, and the license ends with it. The caller commits. Raises Problem."""
    mine = held(session, account, now)
    if mine is None or mine.paid is None or isinstance(money_back(mine, now), Refused):
        raise Problem(
            409, "no-refund",
            "This payment cannot go back any more. You can cancel, so that nothing renews itself.",
        )  # fmt: skip
    pay_back(session, mine.purchase, mine.paid, now)
    _audit(session, account, "refund-asked", now)
    return mine.paid


def pay_back(session: Session, purchase: Purchase, bill: Bill, now: int, *, why: str = "") -> None:
    """All of an invoice, and the subscription ends at once. The caller commits."""
    name = purchase.id.hex()
    calls.write(
        session, purchase, "refund", f"refund:{name}:{bill.payment}", now,
        payment=bill.payment, minor=bill.gross, why=why,
    )  # fmt: skip
    calls.write(session, purchase, "cancel", f"end:{name}:{bill.payment}", now, at_once=True)


def _running(session: Session, account: Account, now: int) -> Held:
    mine = held(session, account, now)
    if mine is None or mine.license.state not in _RUNS or mine.purchase.subscription is None:
        raise Problem(409, "nothing-runs", "There is nothing here that renews itself.")
    return mine


def _provider(shop: Shop) -> Provider:
    if shop.provider is None:
        raise Problem(404, "not-found", "This portal sells nothing.")
    return shop.provider


def _audit(session: Session, account: Account, action: str, now: int) -> None:
    whom = audit.account(account.id)
    audit.note(session, actor=whom, action=action, subject=whom, now=now)
