"""Tell everybody what changes, at least thirty days before it does: by a letter and a banner."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.mail import outbox
from portal.mail.outbox import NoAddress, Recipient, Said
from portal.privacy.models import Announcement
from shared.errors import Malformed

NOTICE = timedelta(days=30)
_MS = timedelta(milliseconds=1)
Watched = Callable[[Iterable[Account]], Iterable[Account]]  # shows how far it has come


class Kind(StrEnum):
    POLICY = "policy"
    HANDOVER = "handover"


def announce(session: Session, kind: Kind, text: str, effective: int, now: int) -> Announcement:
    """The caller commits, and writes to people. Raises Malformed for a day that is too soon."""
    if effective - now < NOTICE // _MS:
        raise Malformed(f"people hear of it {NOTICE.days} days before: choose a later day")
    return record(session, kind, text, effective, now)


def record(session: Session, kind: Kind, text: str, effective: int, now: int) -> Announcement:
    made = Announcement(kind=kind, text=text, announced=now, effective=effective)
    session.add(made)
    session.flush()
    return made


def tell_all(
    session: Session, letter: str, now: int, watched: Watched = lambda all_: all_, **said: Said
) -> int:
    """How many it was written to. Also to accounts that rest: it is about what is theirs."""
    told = 0
    for account in watched(session.scalars(select(Account).order_by(Account.id)).all()):
        to = Recipient(account.email_norm, account.language, account.id)
        try:
            outbox.put(session, to, letter, now, **said)
        except NoAddress:
            continue  # an account may be known by a name that mail cannot reach
        told += 1
    return told


def coming(session: Session, now: int) -> list[Announcement]:
    """What has been announced and is not yet so, the nearest first."""
    query = select(Announcement).where(
        Announcement.effective > now, Announcement.withdrawn.is_(None)
    )
    return list(session.scalars(query.order_by(Announcement.effective)))


def of_kind(session: Session, kind: Kind) -> list[Announcement]:
    """Oldest first."""
    query = select(Announcement).where(Announcement.kind == kind)
    return list(session.scalars(query.order_by(Announcement.number)))


def morning(day: date) -> int:
    """When a day begins, in Unix milliseconds."""
    return round(datetime.combine(day, time(), UTC).timestamp() * 1000)
