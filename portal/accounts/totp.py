"""Codes of an authenticator app (RFC 6238), and the backup codes for the day it is lost.

The portal must know an app's secret to check its codes; it keeps it sealed under the pepper, so
that a stolen database lets nobody in. Of backup codes it keeps HMACs.
"""

import os
import re
from base64 import b32encode

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from portal.accounts.models import BackupCode, Totp
from shared import crypto
from shared.encoding import crockford, uncrockford
from shared.errors import Malformed

_STEP_MS = 30_000
_SECRET_SIZE = 20  # what apps expect: 160 bits
_IV = 12
_CODE_SIZE = 5  # bytes: 8 characters to copy from paper; guesses are throttled
BACKUP_CODES = 10


def confirmed(session: Session, account_id: bytes) -> Totp | None:
    """The app that signing in asks for."""
    held = session.get(Totp, account_id)
    return held if held and held.confirmed else None


def begin(session: Session, account_id: bytes, pepper: bytes, now: int) -> Totp:
    """A new secret, in place of one that was never confirmed; the caller's transaction."""
    secret, iv = os.urandom(_SECRET_SIZE), os.urandom(_IV)
    sealed = iv + crypto.aes_seal(_sealing_key(pepper), iv, account_id, secret)
    return session.merge(
        Totp(account_id=account_id, sealed=sealed, created=now, confirmed=None, last_step=0)
    )


def secret_of(held: Totp, pepper: bytes) -> str:
    """In base 32, as apps take it."""
    iv, sealed = held.sealed[:_IV], held.sealed[_IV:]
    secret = crypto.aes_open(_sealing_key(pepper), iv, held.account_id, sealed)
    return b32encode(secret).decode("ascii")


def address_of(held: Totp, email: str, pepper: bytes) -> str:
    """otpauth://…, what the QR code says."""
    return pyotp.TOTP(secret_of(held, pepper)).provisioning_uri(name=email, issuer_name="Homeward")


def uses_up(session: Session, held: Totp, code: str, pepper: bytes, now: int) -> bool:
    """Whether this is a code of the half-minute before, now or after, not used yet; then it is.

    A clock may be a little off. A code that was used, or an older one, is never taken again: who
    looked over a shoulder comes too late.
    """
    typed = re.sub(r"[\s-]", "", code)
    if not (typed.isascii() and re.fullmatch(r"\d{6}", typed)):
        return False
    app = pyotp.TOTP(secret_of(held, pepper))
    steps = range(now // _STEP_MS - 1, now // _STEP_MS + 2)
    fitting = [s for s in steps if crypto.same(app.generate_otp(s).encode(), typed.encode())]
    if not fitting:
        return False
    moved = session.execute(
        update(Totp)
        .where(Totp.account_id == held.account_id, Totp.last_step < fitting[0])
        .values(last_step=fitting[0])
        .returning(Totp.account_id)
    )
    return moved.first() is not None


def new_backup_codes(session: Session, account_id: bytes, pepper: bytes) -> list[str]:
    """Ten, in place of all earlier ones; shown once. The caller's transaction."""
    forget_backup_codes(session, account_id)
    codes = [os.urandom(_CODE_SIZE) for _ in range(BACKUP_CODES)]
    session.add_all(
        BackupCode(account_id=account_id, kept=_kept(pepper, account_id, code)) for code in codes
    )
    return [crockford(code) for code in codes]


def uses_up_backup(session: Session, account_id: bytes, code: str, pepper: bytes) -> bool:
    """Whether this is one of the account's; then it is gone."""
    try:
        kept = _kept(pepper, account_id, uncrockford(code, _CODE_SIZE))
    except Malformed:
        return False
    used = session.execute(
        delete(BackupCode)
        .where(BackupCode.account_id == account_id, BackupCode.kept == kept)
        .returning(BackupCode.kept)
    )
    return used.first() is not None


def backup_codes_left(session: Session, account_id: bytes) -> int:
    query = select(func.count()).where(BackupCode.account_id == account_id)
    return session.scalars(query).one()


def forget_backup_codes(session: Session, account_id: bytes) -> None:
    session.execute(delete(BackupCode).where(BackupCode.account_id == account_id))


def _sealing_key(pepper: bytes) -> bytes:
    return crypto.hkdf(pepper, "totp", 32)


def _kept(pepper: bytes, account_id: bytes, code: bytes) -> bytes:
    return crypto.hmac_sha256(pepper, crypto.domain("backup-code"), account_id, code)
