"""Ask, confirm, object. Whoever objects hears no more, from the very next letter on.

Asking takes a letter to the mailbox and an answer from it; objecting takes one step, from anybody
who knows the address. Each change stands in the ledger, in the transaction of the change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.mail import outbox
from portal.mail.models import Mail
from portal.mail.outbox import Recipient
from portal.marketing import surveys, tokens
from portal.marketing.models import (
    ALL,
    ConsentLine,
    Contact,
    Scope,
    Subscription,
    Suppression,
)
from portal.marketing.people import person
from portal.marketing.tokens import CONFIRM, Ticket

_MS = timedelta(milliseconds=1)
_ASKED_AGAIN_MS = timedelta(days=1) // _MS
UNCONFIRMED_MS = timedelta(days=14) // _MS
WORDING = "2026-11"  # of the pages that ask; a new one whenever what they promise changes


@dataclass(frozen=True, slots=True)
class Here:
    """Who changes it: with the portal's pepper, by which `way`, in which language, when."""

    pepper: bytes
    way: str
    language: str
    now: int


def keep_address(session: Session, address: str, provenance: str, here: Here) -> Contact:
    """Remember an address and where it came from; it allows nothing. The caller's transaction."""
    whom = person(here.pepper, address)
    held = session.scalar(select(Contact).where(Contact.person == whom))
    if held is None:
        held = Contact(
            person=whom, address=address, language=here.language, provenance=provenance,
            created=here.now, touched=here.now,
        )  # fmt: skip
        session.add(held)
        session.flush()  # gives it its number
    return held


def ask(session: Session, address: str, scopes: Iterable[Scope], here: Here) -> None:
    """A letter goes there; until somebody answers from it nothing else will. Commits."""
    contact = keep_address(session, address, f"form:{here.way}", here)
    new = [scope for scope in scopes if _may_ask(session, contact, scope, here.now)]
    for scope in new:
        session.merge(
            Subscription(contact_number=contact.number, scope=scope, asked=here.now, confirmed=None)
        )
        _line(session, contact.person, scope, "asked", here)
    if new:
        token = tokens.make(here.pepper, CONFIRM, Ticket(contact.person, tuple(new)))
        to = Recipient(contact.address, here.language)
        outbox.put(session, to, "service/confirm", here.now, token=token, scopes=",".join(new))
    session.commit()


def _may_ask(session: Session, contact: Contact, scope: Scope, now: int) -> bool:
    """Nobody can fill a mailbox by asking in its name: one letter a day."""
    held = session.get(Subscription, (contact.number, scope))
    asked = select(func.max(ConsentLine.at)).where(
        ConsentLine.person == contact.person,
        ConsentLine.scope == scope,
        ConsentLine.action == "asked",
    )
    last = session.scalar(asked)
    is_on = held is not None and held.confirmed is not None
    return not is_on and (last is None or last + _ASKED_AGAIN_MS <= now)


def confirm(session: Session, ticket: Ticket, here: Here) -> tuple[Scope, ...]:
    """What of it was still waiting, and is now asked for for good. Commits."""
    contact = session.scalar(select(Contact).where(Contact.person == ticket.person))
    waiting = [
        (scope, held)
        for scope in ticket.scopes
        if contact and (held := session.get(Subscription, (contact.number, scope)))
        if held.confirmed is None and held.asked + UNCONFIRMED_MS > here.now
    ]
    for scope, held in waiting:
        held.confirmed = here.now
        _lift(session, ticket.person, scope)
        _line(session, ticket.person, scope, "confirmed", here)
    if contact and waiting:
        contact.touched = here.now
    session.commit()
    return tuple(scope for scope, _ in waiting)


def _lift(session: Session, whom: bytes, scope: Scope) -> None:
    """They changed their mind themselves, from their own mailbox: nobody else can."""
    session.execute(
        delete(Suppression).where(Suppression.person == whom, Suppression.scope.in_((scope, ALL)))
    )


def object_to(
    session: Session, whom: bytes, scopes: Iterable[Scope], here: Here, *, everything: bool = False
) -> None:
    """Never again. What waits in the outbox is stopped by the gate it passes. Commits."""
    for scope in scopes:
        session.execute(
            delete(Subscription).where(
                Subscription.scope == scope,
                Subscription.contact_number.in_(
                    select(Contact.number).where(Contact.person == whom)
                ),
            )
        )
        _suppress(session, whom, scope, here)
        _line(session, whom, scope, "withdrawn", here)
    if everything:
        _suppress(session, whom, ALL, here)
    session.commit()


def object_to_all(session: Session, whom: bytes, here: Here) -> None:
    object_to(session, whom, tuple(Scope), here, everything=True)


def _suppress(session: Session, whom: bytes, scope: str, here: Here) -> None:
    if session.get(Suppression, (whom, scope)) is None:
        session.add(Suppression(person=whom, scope=scope, since=here.now, reason=here.way))


def asked_for(session: Session, whom: bytes) -> set[Scope]:
    """What they confirmed and have not withdrawn."""
    query = (
        select(Subscription.scope)
        .join(Contact, Contact.number == Subscription.contact_number)
        .where(Contact.person == whom, Subscription.confirmed.is_not(None))
    )
    return {Scope(scope) for scope in session.scalars(query)}


def may_write(session: Session, whom: bytes, scope: str) -> bool:
    """At this very moment."""
    objected = session.scalar(
        select(Suppression.since).where(
            Suppression.person == whom, Suppression.scope.in_((scope, ALL))
        ).limit(1)
    )  # fmt: skip
    return objected is None and scope in asked_for(session, whom)


def ledger(session: Session, whom: bytes) -> list[ConsentLine]:
    """Oldest first."""
    query = select(ConsentLine).where(ConsentLine.person == whom)
    return list(session.scalars(query.order_by(ConsentLine.number)))


def erase(session: Session, pepper: bytes, address: str) -> None:
    """The address and what it asked for; an objection stays, by hash. The caller's transaction."""
    whom = person(pepper, address)
    session.execute(delete(Contact).where(Contact.person == whom))
    surveys.forget_person(session, whom)
    session.execute(delete(Mail).where(Mail.address == address, Mail.account_id.is_(None)))


def _line(session: Session, whom: bytes, scope: str, action: str, here: Here) -> None:
    session.add(
        ConsentLine(
            person=whom, scope=scope, action=action, way=here.way, wording=WORDING,
            language=here.language, at=here.now,
        )
    )  # fmt: skip


def purge(session: Session, now: int) -> None:
    """Forget what was asked for and never confirmed, and addresses that nothing is left of."""
    session.execute(
        delete(Subscription).where(
            Subscription.confirmed.is_(None), Subscription.asked <= now - UNCONFIRMED_MS
        )
    )
    used = select(Subscription.contact_number)
    session.execute(
        delete(Contact).where(Contact.number.not_in(used), Contact.touched <= now - UNCONFIRMED_MS)
    )
