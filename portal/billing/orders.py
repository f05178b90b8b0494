"""An order of a shop elsewhere becomes a license and a letter with its key, never a contact."""

import secrets

from sqlalchemy.orm import Session

from licensing import key
from licensing.billing.order_feed import Order
from licensing.license import Fact, Kind
from portal.audit import operations as audit
from portal.billing.models import ShopOrder
from portal.licenses import operations as licenses
from portal.licenses.models import IssuedLicense, LicenseFact
from portal.mail import outbox
from portal.mail.outbox import NoAddress, Recipient
from shared.errors import Malformed
from shared.vault import email_norm


def take(session: Session, order: Order, now: int) -> None:
    """The same order twice gives one license; `refunded` takes it back. The caller commits.

    Raises Malformed for an address that could never be written to.
    """
    known = session.get(ShopOrder, order.reference)
    if order.refunded:
        _take_back(session, known, order, now)
    elif known is None:
        _give(session, order, now)


def _give(session: Session, order: Order, now: int) -> None:
    made = key.generate()
    given = IssuedLicense(
        id=secrets.token_bytes(16), key_hash=key.digest(made), tier=order.tier,
        bought=order.seats, days=order.days, issued=now,
    )  # fmt: skip
    session.add(given)
    session.flush()
    session.add(ShopOrder(reference=order.reference, license_id=given.id, at=order.at))
    audit.note(
        session, actor=audit.OPERATOR, action="license-issued", subject=audit.issued(given.id),
        now=now,
    )  # fmt: skip
    try:
        outbox.put(
            session, Recipient(email_norm(order.email), "en"), "service/license_key", now,
            license_key=made,
        )  # fmt: skip
    except NoAddress as error:
        raise Malformed("an order names an address that mail could be sent to") from error


def _take_back(session: Session, known: ShopOrder | None, order: Order, now: int) -> None:
    """Also of a key nobody has entered yet: whoever enters it later finds it paid back."""
    if known is None:
        return
    held = session.get_one(IssuedLicense, known.license_id)
    fact = Fact(max(order.at, (held.claimed or 0) + 1), f"order-{order.reference}", Kind.REFUNDED)
    if held.claimed is None:
        session.delete(held)
    elif session.get(LicenseFact, (held.id, fact.id)) is None:
        licenses.add_fact(session, held, fact)
