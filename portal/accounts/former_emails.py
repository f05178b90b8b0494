"""The email before a change: for three days the old email and password take the change back.

A mistyped address would lock its owner out for good, for the email is part of what her keys are
worked out from. A new password ends this: what opened the account before must open nothing then.
"""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, FormerEmail, Slot
from portal.problems import Problem
from shared.vault import SlotType

LASTS_MS = 72 * 60 * 60 * 1000
CHANGED = (
    "The email of this account was changed. Sign in with the new one, or take the change back."
)


def find(session: Session, email: str, now: int) -> FormerEmail | None:
    """What an account was known by until a short while ago."""
    return session.scalar(
        select(FormerEmail).where(FormerEmail.email_norm == email, FormerEmail.until > now)
    )


def owner_of(session: Session, email: str, now: int) -> bytes | None:
    """Whose former email it is, and so nobody else's yet."""
    former = find(session, email, now)
    return former.account_id if former else None


def remember(session: Session, account: Account, email: str, now: int) -> None:
    """Before the account gets this `email` and new credentials; the caller's transaction.

    The first of several changes is the one to come back to. Raises Problem email-unavailable.
    """
    if owner_of(session, email, now) not in (None, account.id):
        raise unavailable()
    purge(session, now)
    held = session.get(FormerEmail, account.id)
    if held and email in (account.email_norm, held.email_norm):
        session.delete(held)
    elif held is None and email != account.email_norm:
        session.add(_as_it_is(account, now))


def _as_it_is(account: Account, now: int) -> FormerEmail:
    slot = next(slot for slot in account.slots if slot.type == SlotType.PASSWORD)
    return FormerEmail(
        account_id=account.id,
        email_norm=account.email_norm,
        account_salt=account.account_salt,
        kdf_m=account.kdf_m,
        kdf_t=account.kdf_t,
        kdf_p=account.kdf_p,
        verifier=account.verifier,
        slot_id=slot.id,
        slot_sealed=slot.sealed,
        until=now + LASTS_MS,
    )


def restore(session: Session, account: Account, former: FormerEmail) -> None:
    """As it was before the change; the caller's transaction."""
    account.email_norm = former.email_norm
    account.account_salt = former.account_salt
    account.kdf_m, account.kdf_t, account.kdf_p = former.kdf_m, former.kdf_t, former.kdf_p
    account.verifier = former.verifier
    others = [slot for slot in account.slots if slot.type != SlotType.PASSWORD]
    sealed, slot_id = former.slot_sealed, former.slot_id
    slot = Slot(id=slot_id, type=SlotType.PASSWORD, ak_gen=account.ak_gen, sealed=sealed)
    account.slots = [*others, slot]
    session.delete(former)


def unavailable() -> Problem:
    return Problem(409, "email-unavailable", "Choose another email.")


def purge(session: Session, now: int) -> None:
    session.execute(delete(FormerEmail).where(FormerEmail.until <= now))
