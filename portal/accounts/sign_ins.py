"""Sessions: a random token in a cookie, its hash in a row, and an end."""

import secrets
from datetime import timedelta

from sqlalchemy import Engine, delete, update
from sqlalchemy.orm import Session

from portal.accounts.models import SignIn
from portal.db import for_writing
from shared.crypto import sha256

_MS = timedelta(milliseconds=1)
LONGEST = timedelta(days=30)
IDLE_MS = timedelta(hours=12) // _MS
_LONGEST_MS = LONGEST // _MS
_NOTED_EVERY_MS = timedelta(minutes=10) // _MS


def begin(session: Session, account_id: bytes, now: int) -> str:
    """A new session's token; the caller ends the one that came with the request."""
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_hash=_hash(token), account_id=account_id, created=now, last_used=now,
            expires=now + _LONGEST_MS,
        )
    )  # fmt: skip
    return token


def end(session: Session, token: str) -> None:
    session.execute(delete(SignIn).where(SignIn.token_hash == _hash(token)))


def end_others(session: Session, account_id: bytes, token: str) -> None:
    session.execute(
        delete(SignIn).where(SignIn.account_id == account_id, SignIn.token_hash != _hash(token))
    )


def recognize(engine: Engine, token: str, now: int) -> bytes | None:
    """The account this token is signed in to.

    Runs in transactions of its own: noting the use must not turn a request that only reads into
    one that waits for SQLite's write lock, so it is noted every ten minutes and apart.
    """
    with Session(engine) as session:
        found = session.get(SignIn, _hash(token))
        if found is None or found.expires <= now or found.last_used + IDLE_MS <= now:
            return None
        account_id, stale = found.account_id, found.last_used + _NOTED_EVERY_MS <= now
    if stale:
        with Session(for_writing(engine)) as session:
            session.execute(
                update(SignIn).where(SignIn.token_hash == _hash(token)).values(last_used=now)
            )
            session.commit()
    return account_id


def purge(session: Session, now: int) -> None:
    """Forget sessions that have ended."""
    ended = (SignIn.expires <= now) | (SignIn.last_used + IDLE_MS <= now)
    session.execute(delete(SignIn).where(ended))


def _hash(token: str) -> bytes:
    return sha256(token.encode(errors="replace"))
