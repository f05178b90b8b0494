"""The buttons of an account: register, sign in, sign out, change the password, recover.

Each makes its change and its audit line in one transaction, and commits it. Emails come in
the normal form of protocol.md 2.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts import sign_ins, throttle
from portal.accounts.forms import (
    CodeChange,
    DirectoryForm,
    KeyForm,
    PasswordChange,
    Registration,
    SlotForm,
)
from portal.accounts.models import Account, KeyringKey, Slot
from portal.accounts.second_factor import Second, demand
from portal.accounts.visitors import Visitor
from portal.audit import operations as audit
from portal.problems import Problem
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
    )
    if taken is None:
        _open_account(session, form, by)
    subject = audit.account(taken or form.account_id)
    action = "registered-again" if taken else "registered"
    audit.note(session, actor=audit.NOBODY, action=action, subject=subject, now=by.now)
    try:
        session.commit()
    except IntegrityError:
        session.rollback()  # the same email came twice at once; the other one stands


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
        verifier=_kept(by.pepper, account_id, form.login_verifier),
        recovery_verifier=_kept(by.pepper, account_id, form.recovery_verifier),
        owner_key=form.owner_key,
        owner_opening_key=form.owner_opening_key,
        recovery_key=form.recovery_key,
        ak_gen=form.slots[0].ak_gen,
        directory_version=form.directory.version,
        directory_sealed=form.directory.sealed,
        created=by.now,
    )
    account.slots = [_slot(slot) for slot in form.slots]
    session.add(account)
    add_keys(session, account_id, form.keyring, by.now)


def _kept(pepper: bytes, account_id: bytes, verifier: bytes) -> bytes:
    """What the portal keeps of a verifier (protocol.md 1): useless to who steals the table."""
    return crypto.hmac_sha256(pepper, crypto.domain("verifier"), account_id, verifier)


def _slot(form: SlotForm) -> Slot:
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


def start_sign_in(session: Session, email: str, pepper: bytes) -> Hashing:
    """An unknown email gets a salt that looks as any and stays the same, for the same work."""
    invented = crypto.hmac_sha256(pepper, crypto.domain("no-such-account"), email.encode())[:16]
    account = session.scalar(select(Account).where(Account.email_norm == email))
    if account is None:
        return Hashing(invented, 65_536, 3, 1)
    return Hashing(account.account_salt, account.kdf_m, account.kdf_t, account.kdf_p)


class Proof(StrEnum):
    """What a verifier was derived from: the name of the column that keeps its HMAC."""

    PASSWORD = "verifier"  # noqa: S105  (a column)
    CODE = "recovery_verifier"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who somebody says they are, and what is to show it."""

    email: str
    verifier: bytes
    second: Second


def sign_in(session: Session, claim: Claim, by: Visitor) -> tuple[Account, str]:
    """(account, the new session's token); raises Problem wrong-credentials, slow-down, and those
    of a second factor (second_factor.demand).
    """
    account = prove(session, claim.email, claim.verifier, (Proof.PASSWORD,), by)
    demand(session, account.id, claim.second, by)
    return account, _begin(session, account, by, "signed-in")


def recover(session: Session, claim: Claim, by: Visitor) -> tuple[Account, str]:
    """Sign in with the code on paper, which stands for the password alone; raises as `sign_in`."""
    account = prove(session, claim.email, claim.verifier, (Proof.CODE,), by)
    demand(session, account.id, claim.second, by)
    return account, _begin(session, account, by, "recovered")


def sign_out(session: Session, account: Account, token: str, now: int) -> None:
    sign_ins.end(session, token)
    _note(session, account, "signed-out", now)
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
    account.email_norm = form.email
    account.account_salt = form.account_salt
    account.kdf_m, account.kdf_t, account.kdf_p = form.kdf.m, form.kdf.t, form.kdf.p
    account.verifier = _kept(by.pepper, account.id, form.new_login_verifier)
    _put_slot(account, form.slot)
    _note(session, account, "password-changed", by.now)
    try:
        session.commit()
    except IntegrityError as error:
        raise Problem(409, "email-unavailable", "Choose another email.") from error


def change_code(session: Session, account: Account, form: CodeChange, by: Visitor) -> None:
    """Another code on paper: the old one opens nothing from here on, all of it at once.

    Raises Problem wrong-credentials, slow-down, stale-directory; Malformed.
    """
    _check_new(form.slot, SlotType.RECOVERY, account)
    prove(session, account.email_norm, form.login_verifier, tuple(Proof), by)
    replace_directory(session, account, form.directory)
    account.recovery_verifier = _kept(by.pepper, account.id, form.recovery_verifier)
    account.recovery_key = form.recovery_key
    _put_slot(account, form.slot)
    _note(session, account, "code-changed", by.now)
    session.commit()


def _check_new(slot: SlotForm, kind: SlotType, account: Account) -> None:
    if slot.type != kind or slot.ak_gen != account.ak_gen:
        raise Malformed(f"a {kind.name.lower()} slot of this account's generation was expected")
    if slot.id in {held.id for held in account.slots}:
        raise Malformed("a new slot needs a new id")


def _put_slot(account: Account, slot: SlotForm) -> None:
    """In the place of those of its type."""
    others = [held for held in account.slots if held.type != slot.type]
    account.slots = [*others, _slot(slot)]


def change_directory(session: Session, account: Account, form: DirectoryForm, now: int) -> None:
    """Raises Problem stale-directory."""
    replace_directory(session, account, form)
    _note(session, account, "directory-changed", now)
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
    """The account this verifier opens. A failed try is counted and stays counted."""
    tries = (
        throttle.watch(throttle.EMAIL, by.pepper, email),
        throttle.watch(throttle.PREFIX, by.pepper, by.prefix),
    )
    throttle.check(session, tries, by.now)
    account = session.scalar(select(Account).where(Account.email_norm == email))
    # The same work for an email that is not here.
    kept = _kept(by.pepper, account.id if account else bytes(16), verifier)
    if account and any(crypto.same(kept, getattr(account, proof)) for proof in proofs):
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
    _note(session, account, action, by.now)
    session.commit()
    return token


def _note(session: Session, account: Account, action: str, now: int) -> None:
    name = audit.account(account.id)
    audit.note(session, actor=name, action=action, subject=name, now=now)
