"""Put a letter into the outbox, in the transaction of what it tells; forget what is over."""

import json
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from portal.mail.models import Mail

_MS = timedelta(milliseconds=1)
GIVEN_UP_AFTER_MS = timedelta(days=3) // _MS
_FAILED_KEPT_MS = timedelta(days=14) // _MS
# All that a mail may ever say. A place, an address of the network, a picture or a key has no name
# here, so that no template can be given one.
MAY_SAY = frozenset({
    "at", "until", "kept", "authority", "browser", "sentence", "path", "token", "scopes",
    "campaign", "license_key", "successor", "answer",
})  # fmt: skip

Said = str | int | list[list[str]]


class NoAddress(ValueError):
    """This could never be a recipient; it may even be an attempt to write headers of its own."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """`account_id` where an account is written to: what waits for it goes when it goes."""

    address: str
    language: str
    account_id: bytes | None = None


def put(session: Session, to: Recipient, letter: str, now: int, **said: Said) -> Mail:
    """The caller's transaction; raises NoAddress."""
    if not set(said) <= MAY_SAY:
        raise ValueError(f"a mail may not say {sorted(set(said) - MAY_SAY)}")
    if not is_address(to.address):
        raise NoAddress("this is not an address that mail could be sent to")
    mail = Mail(
        account_id=to.account_id, address=to.address, language=to.language, letter=letter,
        said=json.dumps(said), created=now, due=now,
    )  # fmt: skip
    session.add(mail)
    return mail


def is_address(text: str) -> bool:
    """Whether it has the form name@host and could not break out of a header or an SMTP line."""
    name, _, host = text.rpartition("@")
    odd = any(char.isspace() or not char.isprintable() or char in '<>()[],;:\\"' for char in text)
    return bool(name) and bool(host) and not odd and len(text) <= 254


def waiting(session: Session, now: int) -> tuple[int, int, int]:
    """(how many wait, how many were given up, how long the oldest has waited in ms)."""
    count, oldest = session.execute(
        select(func.count(), func.min(Mail.created)).where(Mail.failed.is_(None))
    ).one()
    failed = session.scalars(select(func.count()).where(Mail.failed.is_not(None))).one()
    return count, failed, now - oldest if oldest else 0


def purge(session: Session, now: int) -> None:
    """What could not be sent in time, and later that it failed."""
    late = Mail.failed.is_(None) & (Mail.created <= now - GIVEN_UP_AFTER_MS)
    session.execute(delete(Mail).where(or_(late, Mail.created <= now - _FAILED_KEPT_MS)))
