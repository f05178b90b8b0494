"""What the owner of an account hears by mail, in the transaction of what it tells.

Nobody can turn these off: they are how she learns that somebody else has her password.
"""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.log_words import SENTENCES
from portal.accounts.models import Account, KnownBrowser
from portal.accounts.visitors import Visitor
from portal.audit import operations as audit
from portal.mail import outbox
from portal.mail.outbox import Recipient

_MS = timedelta(milliseconds=1)
_DAY_MS = timedelta(days=1) // _MS
_KNOWN_FOR_MS = timedelta(days=365) // _MS
_TOLD = frozenset({
    "recovered", "password-changed", "email-restored", "code-changed", "totp-on", "totp-off",
    "backup-codes-renewed", "passkey-added", "passkey-removed",
})  # fmt: skip


def note(session: Session, account: Account, action: str, now: int) -> None:
    """What the owner did with her account: a line of the log, and a letter where it matters."""
    name = audit.account(account.id)
    audit.note(session, actor=name, action=action, subject=name, now=now)
    if action in _TOLD:
        tell(session, account, action, now)


def tell(session: Session, account: Account, action: str, now: int) -> None:
    """What stands in her security log, as a letter; the caller's transaction."""
    _write(session, account, account.email_norm, "account_event", now, sentence=SENTENCES[action])


def tell_daily(session: Session, account: Account, action: str, now: int) -> None:
    """What a stranger can cause as often as he likes is told once a day."""
    newest = audit.newest(session, audit.account(account.id), action)
    if newest is None or newest + _DAY_MS <= now:
        tell(session, account, action, now)


def tell_email_changed(session: Session, account: Account, old: str, until: int, now: int) -> None:
    """To the old address, which may be the owner's only one: how to take the change back `until`
    then; 0 where it was not the first of several changes, which alone can be come back to.
    """
    _write(session, account, old, "email_changed", now, until=until)
    _write(session, account, account.email_norm, "email_is_new", now)


def tell_sign_in(session: Session, account: Account, by: Visitor) -> None:
    """When it is a kind of browser she has not used within a year; never of her very first."""
    known = _known(session, account)
    if known and by.browser not in {one.browser for one in known}:
        email = account.email_norm
        _write(session, account, email, "new_sign_in", by.now, browser=by.browser)
    session.merge(KnownBrowser(account_id=account.id, browser=by.browser, last_used=by.now))


def tell_of_drill(session: Session, account: Account, path: str, now: int) -> None:
    """`path` is the laptop's page: its name is sealed."""
    _write(session, account, account.email_norm, "drill_lapsed", now, path=path)


def _known(session: Session, account: Account) -> list[KnownBrowser]:
    query = select(KnownBrowser).where(KnownBrowser.account_id == account.id)
    return list(session.scalars(query))


def _write(
    session: Session, account: Account, to: str, letter: str, now: int, **said: str | int
) -> None:
    if outbox.is_address(to):  # a name that no mail can reach may open an account all the same
        there = Recipient(to, account.language, account.id)
        outbox.put(session, there, f"service/{letter}", now, at=now, **said)


def purge(session: Session, now: int) -> None:
    """Forget browsers that were not used for a year."""
    session.execute(delete(KnownBrowser).where(KnownBrowser.last_used <= now - _KNOWN_FOR_MS))
