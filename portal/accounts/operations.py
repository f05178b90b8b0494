"""The buttons of an account: sign in, sign out, change the password or the code, recover.

Each makes its change and its audit line in one transaction, and commits it. Emails come in
the normal form of protocol.md 2.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts import former_emails, notices, sign_ins, throttle
from portal.accounts.forms import (
    CodeChange,
    DirectoryForm,
    KeyForm,
    PasswordChange,
    SlotForm,
)
from portal.accounts.models import Account, FormerEmail, KeyringKey, Slot
from portal.accounts.second_factor import Second, demand
from portal.accounts.visitors import Visitor
from portal.audit import operations as audit
from portal.problems import Problem
from shared import crypto
from shared.errors import Malformed
from shared.vault import SlotType, check_kdf


def kept(pepper: bytes, account_id: bytes, verifier: bytes) -> bytes:
    """What the portal keeps of a verifier (protocol.md 1): useless to who steals the table."""
    return crypto.hmac_sha256(pepper, crypto.domain("verifier"), account_id, verifier)


def slot_of(form: SlotForm) -> Slot:
    return Slot(id=form.id, type=form.type, ak_gen=form.ak_gen, sealed=form.sealed)


def add_keys(session: Session, account_id: bytes, keys: list[KeyForm], now: int) -> None:
    """Put wrapped keys into the keyring; the caller's transaction."""
    session.add_all(
        KeyringKey(
            account_id=account_id, kind=key.kind, kid=key.kid, wrapped=key.wrapped, added=now
        )
        for key in keys
    )


@dataclass(frozen=True, slots=True)
class Hashing:
    """What the owner's client needs before it can derive the verifier."""

    account_salt: bytes
    m: int
    t: int
    p: int


def start_sign_in(session: Session, email: str, pepper: bytes, now: int) -> Hashing:
    """An unknown email gets a salt that looks as any and stays the same, for the same work."""
    invented = crypto.hmac_sha256(pepper, crypto.domain("no-such-account"), email.encode())[:16]
    held = session.scalar(select(Account).where(Account.email_norm == email))
    known = held or former_emails.find(session, email, now)
    if known is None:
        return Hashing(invented, 65_536, 3, 1)
    return Hashing(known.account_salt, known.kdf_m, known.kdf_t, known.kdf_p)


class Proof(StrEnum):
    """What a verifier was derived from: the name of the column that keeps its HMAC."""

    PASSWORD = "verifier"  # noqa: S105  (a column)
    CODE = "recovery_verifier"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who somebody says they are, what is to show it; `undo`: with a former email, on purpose."""

    email: str
    verifier: bytes
    second: Second
    undo: bool = False


def sign_in(session: Session, claim: Claim, by: Visitor) -> tuple[Account, str]:
    """(account, the new session's token); raises Problem wrong-credentials, slow-down,
    email-changed, and those of a second factor (second_factor.demand).
    """
    if former := former_emails.find(session, claim.email, by.now):
        return _come_back(session, former, claim, by)
    account = prove(session, claim.email, claim.verifier, (Proof.PASSWORD,), by)
    demand(session, account.id, claim.second, by)
    return account, _begin(session, account, by, "signed-in")


def _come_back(
    session: Session, former: FormerEmail, claim: Claim, by: Visitor
) -> tuple[Account, str]:
    """With the email from before a change: only on purpose, and then the change is taken back."""
    account = session.get_one(Account, former.account_id)
    _admit(session, (claim.email, claim.verifier), account, (former.verifier,), by)
    if not claim.undo:
        session.commit()
        raise Problem(409, "email-changed", former_emails.CHANGED)
    demand(session, account.id, claim.second, by)
    former_emails.restore(session, account, former)
    sign_ins.end_others(session, account.id, "")
    return account, _begin(session, account, by, "email-restored")


def recover(session: Session, claim: Claim, by: Visitor) -> tuple[Account, str]:
    """Sign in with the code on paper, which stands for the password alone; raises as `sign_in`."""
    account = prove(session, claim.email, claim.verifier, (Proof.CODE,), by)
    demand(session, account.id, claim.second, by)
    return account, _begin(session, account, by, "recovered")


def sign_out(session: Session, account: Account, token: str, now: int) -> None:
    sign_ins.end(session, token)
    notices.note(session, account, "signed-out", now)
    session.commit()


def change_password(session: Session, account: Account, form: PasswordChange, by: Visitor) -> None:
    """New salt, verifier and slot at once, perhaps a new email; every other session ends.

    After a recovery nobody knows the old password, so the code's verifier proves as much.
    Raises Problem wrong-credentials, slow-down, email-unavailable; WeakKdf, Malformed.
    """
    check_kdf(form.kdf.kdf)
    _check_new(form.slot, SlotType.PASSWORD, account)
    prove(session, account.email_norm, form.login_verifier, tuple(Proof), by)
    sign_ins.end_others(session, account.id, by.token)
    old = account.email_norm
    former_emails.remember(session, account, form.email, by.now)
    former = former_emails.find(session, old, by.now)
    account.email_norm = form.email
    account.account_salt = form.account_salt
    account.kdf_m, account.kdf_t, account.kdf_p = form.kdf.m, form.kdf.t, form.kdf.p
    account.verifier = kept(by.pepper, account.id, form.new_login_verifier)
    _put_slot(account, form.slot)
    notices.note(session, account, "password-changed", by.now)
    if form.email != old:
        until = former.until if former else 0
        notices.tell_email_changed(session, account, old, until, by.now)
    try:
        session.commit()
    except IntegrityError as error:
        raise former_emails.unavailable() from error


def change_code(session: Session, account: Account, form: CodeChange, by: Visitor) -> None:
    """Another code on paper: the old one opens nothing from here on, all of it at once.

    Raises Problem wrong-credentials, slow-down, stale-directory; Malformed.
    """
    _check_new(form.slot, SlotType.RECOVERY, account)
    prove(session, account.email_norm, form.login_verifier, tuple(Proof), by)
    replace_directory(session, account, form.directory)
    account.recovery_verifier = kept(by.pepper, account.id, form.recovery_verifier)
    account.recovery_key = form.recovery_key
    _put_slot(account, form.slot)
    notices.note(session, account, "code-changed", by.now)
    session.commit()


def _check_new(slot: SlotForm, kind: SlotType, account: Account) -> None:
    if slot.type != kind or slot.ak_gen != account.ak_gen:
        raise Malformed(f"a {kind.name.lower()} slot of this account's generation was expected")
    if slot.id in {held.id for held in account.slots}:
        raise Malformed("a new slot needs a new id")


def _put_slot(account: Account, slot: SlotForm) -> None:
    """In the place of those of its type."""
    others = [held for held in account.slots if held.type != slot.type]
    account.slots = [*others, slot_of(slot)]


def change_directory(session: Session, account: Account, form: DirectoryForm, now: int) -> None:
    """Raises Problem stale-directory."""
    replace_directory(session, account, form)
    notices.note(session, account, "directory-changed", now)
    session.commit()


def replace_directory(session: Session, account: Account, form: DirectoryForm) -> None:
    """The next version, or nothing: two clients never overwrite each other's pins. The caller's
    transaction; raises Problem stale-directory.
    """
    changed = session.scalar(
        update(Account)
        .where(Account.id == account.id, Account.directory_version == form.version - 1)
        .values(directory_version=form.version, directory_sealed=form.sealed)
        .returning(Account.id)
    )
    if changed is None:
        raise Problem(
            409, "stale-directory",
            "Another of your devices changed the directory. Fetch the account, then try again.",
        )  # fmt: skip


def prove(
    session: Session, email: str, verifier: bytes, proofs: tuple[Proof, ...], by: Visitor
) -> Account:
    """The account this verifier opens; raises Problem wrong-credentials, slow-down."""
    account = session.scalar(select(Account).where(Account.email_norm == email))
    known = tuple(getattr(account, proof) for proof in proofs) if account else ()
    return _admit(session, (email, verifier), account, known, by)


def _admit(
    session: Session,
    tried: tuple[str, bytes],
    account: Account | None,
    known: tuple[bytes, ...],
    by: Visitor,
) -> Account:
    """Whom one of the `known` verifiers lets in. A failed try is counted and stays counted."""
    email, verifier = tried
    tries = (
        throttle.watch(throttle.EMAIL, by.pepper, email),
        throttle.watch(throttle.PREFIX, by.pepper, by.prefix),
    )
    throttle.check(session, tries, by.now)
    # The same work for an email that is not here.
    shown = kept(by.pepper, account.id if account else bytes(16), verifier)
    if account and any(crypto.same(shown, one) for one in known):
        throttle.forget(session, tries[0])
        return account
    throttle.count(session, tries, by.now)
    subject = audit.account(account.id) if account else audit.NOBODY
    audit.note(session, actor=audit.NOBODY, action="refused", subject=subject, now=by.now)
    session.commit()
    raise Problem(401, "wrong-credentials", "Email and password do not belong together. Try again.")


def _begin(session: Session, account: Account, by: Visitor, action: str) -> str:
    sign_ins.end(session, by.token)  # a new session each time: nobody can plant one beforehand
    token = sign_ins.begin(session, account.id, by.browser, by.now)
    if by.browser:
        account.language = by.language
    notices.tell_sign_in(session, account, by)
    notices.note(session, account, action, by.now)
    session.commit()
    return token
