"""What a provider is asked to do: written down with the wish itself, and asked until it answers.

A provider that is away costs nobody their cancel: it is dated by when it was asked for here.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from licensing.billing.provider import Provider, ProviderAway, ProviderRefused, Wanted
from portal.billing.models import BillingCall, Purchase
from portal.db import for_writing
from portal.licenses.models import IssuedLicense

_MS = timedelta(milliseconds=1)
_OF_A_PURCHASE = ("tier", "net", "gross", "tax_kind", "tax_country", "tax_rate", "vat_number",
                  "vies_reference")  # fmt: skip
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)


def write(
    session: Session, purchase: Purchase, what: str, key: str, now: int, **said: Any
) -> BillingCall:
    """The caller commits. The same wish twice is one call."""
    known = session.scalar(select(BillingCall).where(BillingCall.key == key))
    if known:
        return known
    call = BillingCall(
        purchase_id=purchase.id, what=what, key=key, said=json.dumps(said), asked=now, tries=0,
        due=now, done=None, refused=False,
    )  # fmt: skip
    session.add(call)
    return call


def waiting(session: Session, purchase: Purchase) -> list[BillingCall]:
    """What the provider has not answered yet."""
    mine = select(BillingCall).where(
        BillingCall.purchase_id == purchase.id, BillingCall.done.is_(None)
    )
    return list(session.scalars(mine))


def make_due(engine: Engine, provider: Provider, clock: Callable[[], int]) -> None:
    """Ask whatever is due. No transaction is open while the provider thinks."""
    with Session(engine) as session:
        due = select(BillingCall.number).where(
            BillingCall.done.is_(None), BillingCall.due <= clock()
        )
        numbers = session.scalars(due.order_by(BillingCall.number)).all()
    for number in numbers:
        with Session(engine, expire_on_commit=False) as session:
            call = session.get_one(BillingCall, number)
            purchase = session.get_one(Purchase, call.purchase_id)
        outcome = _asked(provider, call, purchase)
        with Session(for_writing(engine)) as session:
            _note(session, session.get_one(BillingCall, number), outcome, clock())
            session.commit()


def _asked(provider: Provider, call: BillingCall, purchase: Purchase) -> str:
    said = json.loads(call.said)
    subscription = purchase.subscription or ""
    try:
        match call.what:
            case "cancel":
                provider.cancel(subscription, call.key, at_once=bool(said.get("at_once")))
            case "refund":
                provider.refund(said["payment"], said["minor"], call.key)
            case "change":
                provider.change(subscription, Wanted(**said["wanted"]), call.key)
    except ProviderAway:
        return "away"
    except ProviderRefused:
        return "refused"
    return "done"


def _note(session: Session, call: BillingCall, outcome: str, now: int) -> None:
    if call.done is not None:  # another worker was quicker
        return
    call.tries += 1
    if outcome == "away":
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(call.tries, 12))
        call.due = now + wait // _MS
        return
    call.done, call.refused = now, outcome == "refused"
    if call.what == "change" and outcome == "done":
        _changed(session, call)


def _changed(session: Session, call: BillingCall) -> None:
    """The license is another one from the moment the provider has said yes."""
    said, purchase = json.loads(call.said), session.get_one(Purchase, call.purchase_id)
    for name in _OF_A_PURCHASE:
        if name in said:  # a call of an older version said less
            setattr(purchase, name, said[name])
    purchase.bought = said["seats"]
    held = session.get_one(IssuedLicense, purchase.license_id)
    held.tier, held.bought = said["tier"], said["seats"]
