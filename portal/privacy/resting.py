"""Have an account rest (GDPR, article 18): kept as it is, and nothing done with it by itself.

What its owner asks for is still done: article 18(2) lets it, and a stolen laptop goes on reporting.
"""

from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.audit import operations as audit


def rest(session: Session, account: Account, now: int) -> None:
    """Commits, as the other."""
    if account.resting is None:
        account.resting = now
        _note(session, account, "account-resting", now)


def wake(session: Session, account: Account, now: int) -> None:
    if account.resting is not None:
        account.resting = None
        _note(session, account, "account-woken", now)


def object_to_counting(session: Session, account: Account, now: int) -> None:
    """Article 21: from now on no number has this account or its laptops in it."""
    if account.uncounted is None:
        account.uncounted = now
        _note(session, account, "counting-refused", now)


def be_counted(session: Session, account: Account, now: int) -> None:
    if account.uncounted is not None:
        account.uncounted = None
        _note(session, account, "counting-allowed", now)


def _note(session: Session, account: Account, action: str, now: int) -> None:
    whom = audit.account(account.id)
    audit.note(session, actor=whom, action=action, subject=whom, now=now)
    session.commit()
