"""What an owner changes about how she signs in: sessions, authenticator app, passkeys.

A change of factors takes the password once more: a browser left open is not enough to lock its
owner out. Each makes its change and its audit line in one transaction, and commits it.
"""

import os
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts import notices, passkeys, sign_ins, throttle, totp
from portal.accounts.forms import NewPasskey, SlotForm
from portal.accounts.models import Account, Passkey, SignIn, Slot, Totp
from portal.accounts.operations import Proof, prove
from portal.accounts.passkeys import Attestation
from portal.accounts.visitors import Visitor
from portal.audit import operations as audit
from portal.audit.models import AuditLine
from portal.problems import Problem, not_found
from shared.errors import Malformed
from shared.vault import SlotType

LINES = 50


@dataclass(frozen=True, slots=True)
class Factors:
    """What stands beside the password."""

    app: Totp | None
    passkeys: list[Passkey]
    backup_codes_left: int


def factors_of(session: Session, account: Account) -> Factors:
    return Factors(
        totp.confirmed(session, account.id),
        passkeys.all_of(session, account.id),
        totp.backup_codes_left(session, account.id),
    )


def sessions_of(session: Session, account: Account, now: int) -> list[SignIn]:
    return sign_ins.running(session, account.id, now)


def log_of(session: Session, account: Account, before: int) -> list[AuditLine]:
    """The newest lines below this number."""
    return audit.about(session, audit.account(account.id), before=before, limit=LINES)


def end_session(session: Session, account: Account, token_hash: bytes, now: int) -> None:
    """Raises Problem not-found."""
    if not sign_ins.end_one(session, account.id, token_hash):
        raise not_found()
    notices.note(session, account, "session-ended", now)
    session.commit()


def end_other_sessions(session: Session, account: Account, by: Visitor) -> None:
    sign_ins.end_others(session, account.id, by.token)
    notices.note(session, account, "sessions-ended", by.now)
    session.commit()


def begin_totp(session: Session, account: Account, verifier: bytes, by: Visitor) -> Totp:
    """A secret for the app, which counts once a code of it was typed.

    Raises Problem wrong-credentials, slow-down, totp-on.
    """
    step_up(session, account, verifier, by)
    if totp.confirmed(session, account.id):
        raise Problem(409, "totp-on", "An authenticator app is set up already. Turn it off first.")
    begun = totp.begin(session, account.id, by.pepper, by.now)
    session.commit()
    return begun


def confirm_totp(session: Session, account: Account, code: str, by: Visitor) -> list[str]:
    """The backup codes, shown this once; raises Problem not-begun, wrong-code, slow-down."""
    held = session.get(Totp, account.id)
    if held is None or held.confirmed:
        raise Problem(409, "not-begun", "Begin with the QR code: load this page again.")
    _must_fit(session, held, code, by)
    held.confirmed = by.now
    codes = totp.new_backup_codes(session, account.id, by.pepper)
    notices.note(session, account, "totp-on", by.now)
    session.commit()
    return codes


def _must_fit(session: Session, held: Totp, code: str, by: Visitor) -> None:
    watched = (throttle.watch(throttle.SECOND, by.pepper, held.account_id.hex()),)
    throttle.check(session, watched, by.now)
    if not totp.uses_up(session, held, code, by.pepper, by.now):
        throttle.count(session, watched, by.now)
        session.commit()
        raise Problem(
            422, "wrong-code",
            "This code does not fit. Check that the clock of your phone is right, then type the"
            " code it shows now.",
        )  # fmt: skip


def pending_totp(session: Session, account: Account) -> Totp:
    """The secret that waits for its first code; raises Problem not-found."""
    held = session.get(Totp, account.id)
    if held is None or held.confirmed:
        raise not_found()
    return held


def end_totp(session: Session, account: Account, verifier: bytes, by: Visitor) -> None:
    """Raises Problem wrong-credentials, slow-down."""
    step_up(session, account, verifier, by)
    session.execute(delete(Totp).where(Totp.account_id == account.id))
    _forget_useless_codes(session, account)
    notices.note(session, account, "totp-off", by.now)
    session.commit()


def renew_backup_codes(
    session: Session, account: Account, verifier: bytes, by: Visitor
) -> list[str]:
    """Ten new ones; the old ones end. Raises Problem wrong-credentials, slow-down, not-begun."""
    step_up(session, account, verifier, by)
    if not _has_second_factor(session, account):
        raise Problem(409, "not-begun", "Set up an authenticator app or a passkey first.")
    codes = totp.new_backup_codes(session, account.id, by.pepper)
    notices.note(session, account, "backup-codes-renewed", by.now)
    session.commit()
    return codes


def begin_passkey(
    session: Session, account: Account, verifier: bytes, by: Visitor
) -> dict[str, object]:
    """What the browser asks its authenticator; raises Problem wrong-credentials, too-many."""
    step_up(session, account, verifier, by)
    if len(passkeys.all_of(session, account.id)) >= passkeys.MOST:
        raise Problem(409, "too-many", "There are ten passkeys already. Remove one first.")
    options = passkeys.creation_options(session, account, by.origin, by.now)
    session.commit()
    return options


def add_passkey(
    session: Session, account: Account, form: NewPasskey, by: Visitor
) -> tuple[Passkey, list[str]]:
    """The passkey, and backup codes if it is the first second factor.

    Its challenge was given for the password, so nothing more has to be proven here. Raises
    Problem bad-passkey, passkey-taken, Malformed.
    """
    _check_slot(account, form.slot)
    first = not _has_second_factor(session, account)
    made = Attestation(form.client_data, form.attestation)
    verified = passkeys.verify_new(session, account.id, made, by.origin, by.now)
    passkey = Passkey(
        id=form.slot.id if form.slot else os.urandom(16),
        account_id=account.id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        created=by.now,
    )
    codes = totp.new_backup_codes(session, account.id, by.pepper) if first else []
    session.add(passkey)
    if form.slot:
        account.slots.append(_slot(form.slot))
    notices.note(session, account, "passkey-added", by.now)
    try:
        session.commit()
    except IntegrityError as error:
        raise Problem(409, "passkey-taken", "This passkey is registered already.") from error
    return passkey, codes


def _check_slot(account: Account, slot: SlotForm | None) -> None:
    if slot is None:
        return
    if slot.type != SlotType.PASSKEY or slot.ak_gen != account.ak_gen:
        raise Malformed("a passkey slot of this account's generation was expected")
    if slot.id in {held.id for held in account.slots}:
        raise Malformed("a new slot needs a new id")


def _slot(form: SlotForm) -> Slot:
    return Slot(id=form.id, type=form.type, ak_gen=form.ak_gen, sealed=form.sealed)


def remove_passkey(
    session: Session, account: Account, passkey_id: bytes, verifier: bytes, by: Visitor
) -> None:
    """It and its slot; raises Problem wrong-credentials, slow-down, not-found."""
    step_up(session, account, verifier, by)
    found = session.get(Passkey, passkey_id)
    if found is None or found.account_id != account.id:
        raise not_found()
    session.delete(found)
    account.slots = [slot for slot in account.slots if slot.id != passkey_id]
    session.flush()
    _forget_useless_codes(session, account)
    notices.note(session, account, "passkey-removed", by.now)
    session.commit()


def step_up(session: Session, account: Account, verifier: bytes, by: Visitor) -> None:
    """The password once more; raises Problem wrong-credentials, slow-down."""
    prove(session, account.email_norm, verifier, (Proof.PASSWORD,), by)


def _has_second_factor(session: Session, account: Account) -> bool:
    held = factors_of(session, account)
    return bool(held.app or held.passkeys)


def _forget_useless_codes(session: Session, account: Account) -> None:
    if not _has_second_factor(session, account):
        totp.forget_backup_codes(session, account.id)
