"""Before something ends or renews itself, its owner hears of it: a week before the end of a trial,
a month before a year renews. Once each; the audit log knows that it was said.
"""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from licensing.license import TRIAL, State
from portal.accounts import notices
from portal.accounts.models import Account
from portal.audit import operations as audit
from portal.billing import purchases
from portal.billing.models import Purchase
from portal.licenses import operations as licenses

_MS = timedelta(milliseconds=1)
_TRIAL_MS = TRIAL // _MS
BEFORE_TRIAL_MS = timedelta(days=7) // _MS
BEFORE_RENEWAL_MS = timedelta(days=30) // _MS


def reminding(since: int | None) -> Callable[[Session, int], None]:
    """The job; `since` (ms) is when this portal began to give licenses out."""

    def remind(session: Session, now: int) -> None:
        if since is not None:
            _of_trials(session, since, now)
            _of_renewals(session, now)

    return remind


def _of_trials(session: Session, since: int, now: int) -> None:
    begun = select(Account).where(Account.resting.is_(None))
    if now >= since + _TRIAL_MS:  # for those who were there before, it began with the licenses
        begun = begun.where(Account.created > now - _TRIAL_MS)
    for account in session.scalars(begun):
        ends = max(account.created, since) + _TRIAL_MS
        held = licenses.holding(session, account, since, now)
        if held.license.state is State.TRIAL and now >= ends - BEFORE_TRIAL_MS:
            _say(session, account, "trial-ends", 0, now)


def _of_renewals(session: Session, now: int) -> None:
    yearly = select(Purchase).where(Purchase.period == "year", Purchase.license_id.is_not(None))
    for purchase in session.scalars(yearly):
        account = session.get_one(Account, purchase.account_id)
        held = None if account.resting else purchases.held(session, account, now)
        if held is None or held.purchase.id != purchase.id:
            continue
        ends = held.license.valid_until
        if held.license.state is State.ACTIVE and ends - BEFORE_RENEWAL_MS <= now < ends:
            _say(session, account, "license-renews", ends - BEFORE_RENEWAL_MS, now)


def _say(session: Session, account: Account, action: str, after: int, now: int) -> None:
    """Unless it was said since `after`."""
    whom = audit.account(account.id)
    if (audit.newest(session, whom, action) or -1) < after:
        audit.note(session, actor=audit.OPERATOR, action=action, subject=whom, now=now)
        notices.tell(session, account, action, now)
