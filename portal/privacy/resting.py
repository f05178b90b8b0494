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


def _note(session: Session, account: Account, action: str, now: int) -> None:
    whom = audit.account(account.id)
    audit.note(session, actor=whom, action=action, subject=whom, now=now)
    session.commit()
