"""Opening an account: one transaction, and the same answer whether the email was new or not."""

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts import former_emails, notices, throttle
from portal.accounts.forms import Registration
from portal.accounts.models import Account
from portal.accounts.operations import add_keys, kept, slot_of
from portal.accounts.visitors import Visitor
from portal.audit import operations as audit
from shared import crypto
from shared.errors import Malformed
from shared.vault import KeyKind, SlotType, check_kdf


def register(session: Session, form: Registration, by: Visitor) -> None:
    """Open an account. An email or id that is already here changes nothing and nobody can tell:
    both ways write one audit line, so that both take as long.
    """
    _check_registration(form)
    tries = (throttle.watch(throttle.REGISTER, by.pepper, by.prefix),)
    throttle.check(session, tries, by.now)
    throttle.count(session, tries, by.now)
    taken = session.scalar(
        select(Account.id).where(
            or_(Account.email_norm == form.email, Account.id == form.account_id)
        )
    ) or former_emails.owner_of(session, form.email, by.now)
    if taken is None:
        _open_account(session, form, by)
    action = "registered-again" if taken else "registered"
    _tell(session, form.email, action, by)
    subject = audit.account(taken or form.account_id)
    audit.note(session, actor=audit.NOBODY, action=action, subject=subject, now=by.now)
    try:
        session.commit()
    except IntegrityError:
        session.rollback()  # the same email came twice at once; the other one stands


def _tell(session: Session, email: str, action: str, by: Visitor) -> None:
    """Whoever reads that mailbox hears of it either way, of a stranger's tries once a day."""
    account = session.scalar(select(Account).where(Account.email_norm == email))
    if account:
        notices.tell_daily(session, account, action, by.now)


def _check_registration(form: Registration) -> None:
    check_kdf(form.kdf.kdf)
    kids = {(key.kind, key.kid) for key in form.keyring}
    must = {
        (KeyKind.OWNER_SIGNING, crypto.key_id(form.owner_key)),
        (KeyKind.OWNER_OPENING, crypto.key_id(form.owner_opening_key)),
    }
    if not must <= kids or len(kids) != len(form.keyring):
        raise Malformed("the keyring must hold both owner keys, each once")
    if not {SlotType.PASSWORD, SlotType.RECOVERY} <= {slot.type for slot in form.slots}:
        raise Malformed("an account needs a password slot and a recovery slot")
    if len({slot.id for slot in form.slots}) != len(form.slots):
        raise Malformed("two slots have the same id")
    if len({slot.ak_gen for slot in form.slots}) != 1 or form.directory.version != 1:
        raise Malformed("a new account has one generation, and its directory version 1")


def _open_account(session: Session, form: Registration, by: Visitor) -> None:
    account_id = form.account_id
    account = Account(
        id=account_id,
        email_norm=form.email,
        account_salt=form.account_salt,
        kdf_m=form.kdf.m,
        kdf_t=form.kdf.t,
        kdf_p=form.kdf.p,
        verifier=kept(by.pepper, account_id, form.login_verifier),
        recovery_verifier=kept(by.pepper, account_id, form.recovery_verifier),
        owner_key=form.owner_key,
        owner_opening_key=form.owner_opening_key,
        recovery_key=form.recovery_key,
        ak_gen=form.slots[0].ak_gen,
        directory_version=form.directory.version,
        directory_sealed=form.directory.sealed,
        created=by.now,
        language=by.language,
    )
    account.slots = [slot_of(slot) for slot in form.slots]
    session.add(account)
    add_keys(session, account_id, form.keyring, by.now)
