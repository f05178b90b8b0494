"""Sessions: a random token in a cookie, its hash in a row, and an end."""

import secrets
from datetime import timedelta

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from portal.accounts.models import SignIn
from portal.db import for_writing
from shared.crypto import sha256

_MS = timedelta(milliseconds=1)
LONGEST = timedelta(days=30)
IDLE_MS = timedelta(hours=12) // _MS
_LONGEST_MS = LONGEST // _MS
_NOTED_EVERY_MS = timedelta(minutes=10) // _MS


def begin(session: Session, account_id: bytes, browser: str, now: int) -> str:
    """A new session's token; the caller ends the one that came with the request."""
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_hash=hash_of(token), account_id=account_id, created=now, last_used=now,
            expires=now + _LONGEST_MS, browser=browser,
        )
    )  # fmt: skip
    return token


def end(session: Session, token: str) -> None:
    session.execute(delete(SignIn).where(SignIn.token_hash == hash_of(token)))


def end_others(session: Session, account_id: bytes, token: str) -> None:
    session.execute(
        delete(SignIn).where(SignIn.account_id == account_id, SignIn.token_hash != hash_of(token))
    )


def end_one(session: Session, account_id: bytes, token_hash: bytes) -> bool:
    """Whether this session was there, and the account's."""
    ended = session.execute(
        delete(SignIn)
        .where(SignIn.token_hash == token_hash, SignIn.account_id == account_id)
        .returning(SignIn.token_hash)
    )
    return ended.first() is not None


def running(session: Session, account_id: bytes, now: int) -> list[SignIn]:
    """The account's sessions that have not ended, last used first."""
    query = select(SignIn).where(
        SignIn.account_id == account_id, SignIn.expires > now, SignIn.last_used > now - IDLE_MS
    )
    return list(session.scalars(query.order_by(SignIn.last_used.desc(), SignIn.created.desc())))


def recognize(engine: Engine, token: str, now: int) -> bytes | None:
    """The account this token is signed in to.

    Runs in transactions of its own: noting the use must not turn a request that only reads into
    one that waits for SQLite's write lock, so it is noted every ten minutes and apart.
    """
    with Session(engine) as session:
        found = session.get(SignIn, hash_of(token))
        if found is None or found.expires <= now or found.last_used + IDLE_MS <= now:
            return None
        account_id, stale = found.account_id, found.last_used + _NOTED_EVERY_MS <= now
    if stale:
        with Session(for_writing(engine)) as session:
            session.execute(
                update(SignIn).where(SignIn.token_hash == hash_of(token)).values(last_used=now)
            )
            session.commit()
    return account_id


def purge(session: Session, now: int) -> None:
    """Forget sessions that have ended."""
    ended = (SignIn.expires <= now) | (SignIn.last_used + IDLE_MS <= now)
    session.execute(delete(SignIn).where(ended))


def hash_of(token: str) -> bytes:
    """What a session is known by: it lets nobody in."""
    return sha256(token.encode(errors="replace"))
