"""Closing an account: a day is chosen, it can be taken back until then, and then all of it goes.

What stays is what the letter says: invoices for as long as the law wants them, objections to
letters as hashes, lines of the audit log by number. A ledger beside the database remembers who is
gone, so that a restored backup forgets them again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts import notices
from portal.accounts.models import Account
from portal.accounts.operations import Proof, prove
from portal.accounts.visitors import Visitor
from portal.audit import operations as audit
from portal.billing import purchases
from portal.devices.models import Device
from portal.evidence import dropping
from portal.intake.models import Attachment
from portal.mail import outbox
from portal.mail.outbox import NoAddress, Recipient
from portal.marketing import consent
from portal.privacy import retention
from portal.privacy.ledger import Ledger
from portal.privacy.models import Closing
from portal.problems import Problem
from shared.errors import Malformed

SOONEST, USUAL, LATEST = timedelta(days=14), timedelta(days=30), timedelta(days=366)
_MS = timedelta(milliseconds=1)
_DAY_MS = timedelta(days=1) // _MS


@dataclass(frozen=True, slots=True)
class Eraser:
    """What erasing takes besides the database."""

    pepper: bytes
    ledger: Ledger


def planned(session: Session, account: Account) -> Closing | None:
    return session.get(Closing, account.id)


def close(session: Session, account: Account, verifier: bytes, days: int, by: Visitor) -> Closing:
    """On which day it is gone; letters she asked for end now. Raises Problem, Malformed."""
    if not SOONEST.days <= days <= LATEST.days:
        raise Malformed(f"an account closes in {SOONEST.days} to {LATEST.days} days")
    prove(session, account.email_norm, verifier, tuple(Proof), by)
    held = planned(session, account) or Closing(account_id=account.id, asked=by.now)
    held.gone = by.now + days * _DAY_MS
    session.add(held)
    consent.erase(session, by.pepper, account.email_norm)
    _end_renewal(session, account, by.now)
    _note(session, account, "account-closing", by.now)
    session.commit()
    return held


def _end_renewal(session: Session, account: Account, now: int) -> None:
    """Nobody pays for an account that is to be gone."""
    try:
        purchases.cancel(session, account, now)
    except Problem:
        return  # nothing renews itself


def keep(session: Session, account: Account, now: int) -> None:
    """Take it back; once it is gone there is nobody left to do so."""
    if held := planned(session, account):
        session.delete(held)
        _note(session, account, "account-kept", now)
        session.commit()


def _note(session: Session, account: Account, action: str, now: int) -> None:
    whom = audit.account(account.id)
    audit.note(session, actor=whom, action=action, subject=whom, now=now)
    notices.tell(session, account, action, now)


def erasing(eraser: Eraser) -> Callable[[Session, int], None]:
    """The job: erase each account whose day has come."""

    def erase_due(session: Session, now: int) -> None:
        due = select(Account).join(Closing).where(Closing.gone <= now)
        for account in session.scalars(due).all():
            erase(session, account, eraser, now)

    return erase_due


def erase(
    session: Session, account: Account, eraser: Eraser, now: int, *, letter: bool = True
) -> None:
    """All of an account. Noted in the ledger first: killed here, it is erased at the next start.

    The caller commits.
    """
    eraser.ledger.note(account.id)
    whom, to = audit.account(account.id), Recipient(account.email_norm, account.language)
    drop_files(session, account.id)
    consent.erase(session, eraser.pepper, account.email_norm)
    session.execute(delete(Account).where(Account.id == account.id))
    audit.note(session, actor=audit.OPERATOR, action="account-erased", subject=whom, now=now)
    if letter:
        try:
            kept = [one.in_a_letter for one in retention.outliving()]
            outbox.put(session, to, "service/account_gone", now, at=now, kept=kept)
        except NoAddress:
            return  # an account can have an email that no mail reaches


def drop_files(session: Session, account_id: bytes) -> None:
    """Note every file of an account for deletion, unless somebody else has the very same."""
    mine = select(Attachment.sha256).join(Device, Device.number == Attachment.device)
    others = mine.where(Device.account_id != account_id)
    dropping.drop(
        session, mine.where(Device.account_id == account_id, Attachment.sha256.not_in(others))
    )


def replay(session: Session, eraser: Eraser, now: int) -> int:
    """Forget again whom a restored backup has brought back; how many. The caller commits."""
    back = [session.get(Account, account_id) for account_id in eraser.ledger.gone()]
    there = [account for account in back if account is not None]
    for account in there:
        erase(session, account, eraser, now, letter=False)
    return len(there)
