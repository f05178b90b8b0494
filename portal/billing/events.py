"""A provider's messages: each kept once, then given its effect, in whatever order they come.

One that tells of something not known yet (a refund before its payment) waits; a job tries again.
"""

import json
import secrets
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from licensing.billing.provider import Happened, Provider, ProviderAway, ProviderRefused, What
from licensing.license import Fact, Kind
from portal.accounts import notices
from portal.accounts.models import Account
from portal.audit import operations as audit
from portal.billing import bills
from portal.billing.models import ProviderEvent, Purchase
from portal.licenses import operations as licenses
from portal.licenses.models import IssuedLicense, LicenseFact

_KINDS = {
    What.PAYMENT_FAILED: Kind.PAYMENT_FAILED,
    What.DUNNING_ENDED: Kind.DUNNING_ENDED,
    What.CANCELED: Kind.CANCELED,
    What.RESUMED: Kind.RESUMED,
    What.DISPUTE_OPENED: Kind.DISPUTE_OPENED,
    What.DISPUTE_WON: Kind.DISPUTE_WON,
    What.DISPUTE_LOST: Kind.DISPUTE_LOST,
}
_KEPT_MS = timedelta(days=548) // timedelta(milliseconds=1)
_DAYS = {"month": 30, "year": 365}


def receive(session: Session, provider: str, said: Happened, now: int) -> bool:
    """Keep it, and give it its effect where that can be. False for one that came before.

    The caller commits: kept and effect are one transaction.
    """
    if session.get(ProviderEvent, (provider, said.id)):
        return False
    event = ProviderEvent(
        provider=provider, id=said.id, said=json.dumps(said.to_json()), received=now, done=None
    )
    session.add(event)
    session.flush()
    _settle(session, event, said, now)
    return True


def catching_up(provider: Provider) -> Callable[[Session, int], None]:
    """The job: take what the provider told since the newest message that arrived."""

    def catch_up(session: Session, now: int) -> None:
        newest = session.scalars(
            select(ProviderEvent.id).where(ProviderEvent.provider == provider.name)
            .order_by(ProviderEvent.received.desc(), ProviderEvent.id.desc()).limit(1)
        ).first()  # fmt: skip
        try:
            missed = provider.since(newest or "")
        except (ProviderAway, ProviderRefused):
            return
        for said in missed:
            receive(session, provider.name, said, now)

    return catch_up


def purge(session: Session, now: int) -> None:
    """Long after it could be disputed; one that comes again then is an old one, and refused."""
    session.execute(delete(ProviderEvent).where(ProviderEvent.received <= now - _KEPT_MS))


def settle_waiting(session: Session, now: int) -> None:
    """The job: those that waited for another one, oldest first."""
    waiting = select(ProviderEvent).where(ProviderEvent.done.is_(None))
    for event in session.scalars(waiting.order_by(ProviderEvent.received)).all():
        _settle(session, event, Happened.from_json(json.loads(event.said)), now)


def _settle(session: Session, event: ProviderEvent, said: Happened, now: int) -> None:
    if said.what is What.OTHER or _apply(session, said, now):
        event.done = now


def _apply(session: Session, said: Happened, now: int) -> bool:
    """False where what it tells of is not known yet."""
    purchase = _purchase(session, said)
    if purchase is None:
        return False
    if said.subscription and purchase.subscription is None:
        purchase.subscription = said.subscription
    match said.what:
        case What.BOUGHT:
            return True
        case What.PAID:
            _take_payment(session, purchase, said, now)
            return True
        case What.REFUNDED:
            return _give_back(session, purchase, said, now)
        case What.CHANGED:
            return _recount(session, purchase, said)
        case _:
            return _note(session, purchase, Fact(said.at, said.id, _KINDS[said.what]))


def _purchase(session: Session, said: Happened) -> Purchase | None:
    """By our own name for it, by the subscription's, or by a payment of it."""
    named = [Purchase.subscription == said.subscription] if said.subscription else []
    if len(said.purchase) == 32 and all(digit in "0123456789abcdef" for digit in said.purchase):
        named.append(Purchase.id == bytes.fromhex(said.purchase))
    if named:
        return session.scalars(select(Purchase).where(or_(*named)).limit(1)).first()
    bill = bills.for_payment(session, said.payment)
    return session.get(Purchase, bill.purchase) if bill else None


def _take_payment(session: Session, purchase: Purchase, said: Happened, now: int) -> None:
    if _license(session, purchase) is None:
        _new_license(session, purchase, now)
    _note(session, purchase, Fact(said.at, said.id, Kind.PAID, said.until))
    bills.issue(session, purchase, said, now)
    _tell(session, purchase, "license-paid", now)


def _new_license(session: Session, purchase: Purchase, now: int) -> None:
    """It has a key that nobody knows: it belongs to its account from the first moment."""
    held = IssuedLicense(
        id=secrets.token_bytes(16), account_id=purchase.account_id,
        key_hash=secrets.token_bytes(32), tier=purchase.tier, bought=purchase.bought,
        days=_DAYS[purchase.period], issued=now, claimed=now,
    )  # fmt: skip
    session.add(held)
    session.flush()
    purchase.license_id = held.id


def _license(session: Session, purchase: Purchase) -> IssuedLicense | None:
    return session.get(IssuedLicense, purchase.license_id) if purchase.license_id else None


def _give_back(session: Session, purchase: Purchase, said: Happened, now: int) -> bool:
    bill = bills.for_payment(session, said.payment)
    if bill is None:
        return False
    bills.credit(session, purchase, bill, said, now)
    if said.whole:
        _tell(session, purchase, "license-refunded", now)
        return _note(session, purchase, Fact(said.at, said.id, Kind.REFUNDED))
    return True


def _tell(session: Session, purchase: Purchase, action: str, now: int) -> None:
    account = session.get_one(Account, purchase.account_id)
    whom = audit.account(account.id)
    audit.note(session, actor=whom, action=action, subject=whom, now=now)
    notices.tell(session, account, action, now)


def _recount(session: Session, purchase: Purchase, said: Happened) -> bool:
    held = _license(session, purchase)
    if held is None:
        return False
    if said.seats and licenses.TIERS[purchase.tier].per_seat:
        purchase.bought = held.bought = said.seats
    return True


def _note(session: Session, purchase: Purchase, fact: Fact) -> bool:
    held = _license(session, purchase)
    if held is None:
        return False
    if session.get(LicenseFact, (held.id, fact.id)) is None:
        licenses.add_fact(session, held, fact)
    return True
