"""The second factor at sign-in: asked for after a right verifier, and only then.

Who does not know the password cannot tell whether an account has one.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts import notices, passkeys, throttle, totp
from portal.accounts.models import Account, Totp
from portal.accounts.passkeys import Assertion
from portal.accounts.visitors import Visitor
from portal.audit import operations as audit
from portal.problems import Problem


@dataclass(frozen=True, slots=True)
class Second:
    """What somebody shows beside the password; both empty at the first try."""

    totp: str | None = None
    passkey: Assertion | None = None


def demand(session: Session, account_id: bytes, given: Second, by: Visitor) -> None:
    """Raises Problem totp-required or passkey-required while none is given, wrong-code,
    bad-passkey, slow-down. A failed try is counted and stays counted.
    """
    app = totp.confirmed(session, account_id)
    has_passkeys = bool(passkeys.all_of(session, account_id))
    if app is None and not has_passkeys:
        return
    if given == Second():
        _ask(session, account_id, app, by)
    watched = (throttle.watch(throttle.SECOND, by.pepper, account_id.hex()),)
    throttle.check(session, watched, by.now)
    if _holds(session, account_id, app, given, by):
        throttle.forget(session, watched[0])
        return
    throttle.count(session, watched, by.now)
    notices.tell_daily(session, session.get_one(Account, account_id), "second-refused", by.now)
    name = audit.account(account_id)
    audit.note(session, actor=audit.NOBODY, action="second-refused", subject=name, now=by.now)
    session.commit()
    raise _wrong(given)


def _ask(session: Session, account_id: bytes, app: Totp | None, by: Visitor) -> None:
    options = passkeys.request_options(session, account_id, by.origin, by.now)
    session.commit()
    more: dict[str, Any] = {"passkey": options} if options else {}
    if app is None:
        raise Problem(401, "passkey-required", "Confirm with your passkey.", **more)
    raise Problem(401, "totp-required", "Enter the code from your authenticator app.", **more)


def _holds(
    session: Session, account_id: bytes, app: Totp | None, given: Second, by: Visitor
) -> bool:
    if given.passkey:
        try:
            passkeys.verify(session, account_id, given.passkey, by.origin, by.now)
        except Problem:
            return False
        return True
    code = given.totp or ""
    if app and totp.uses_up(session, app, code, by.pepper, by.now):
        return True
    return totp.uses_up_backup(session, account_id, code, by.pepper)


def _wrong(given: Second) -> Problem:
    if given.passkey:
        return passkeys.refused()
    return Problem(
        401, "wrong-code",
        "This code is wrong or was used before. Wait for the next one, or use a backup code.",
    )  # fmt: skip
