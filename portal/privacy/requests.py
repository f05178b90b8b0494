"""What people ask for by law: taken without an account, answered within a month, or told why not.

The answer to whoever asks is the same for every address. A letter asks whether the mailbox is
theirs; before they say so nobody acts on it, and nothing is told.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts import throttle
from portal.accounts.visitors import Visitor
from portal.audit import operations as audit
from portal.mail import outbox
from portal.mail.outbox import Recipient, Said
from portal.privacy.models import RightsRequest
from portal.privacy.retention import Kept
from portal.problems import Problem
from shared.crypto import domain, hmac_sha256, same
from shared.encoding import b64, unb64
from shared.errors import Malformed
from shared.vault import email_norm

MOST_TEXT = 4000
TRIES = throttle.Limit("requests", free=5, longest=timedelta(minutes=15))
_MS = timedelta(milliseconds=1)
_UNCONFIRMED_MS = timedelta(days=30) // _MS
_KEPT_MS = timedelta(days=3 * 365) // _MS


class Kind(StrEnum):
    """GDPR, articles 15 to 21."""

    COPY = "copy"
    CORRECT = "correct"
    ERASE = "erase"
    RESTRICT = "restrict"
    OBJECT = "object"
    OTHER = "other"


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"


def take(session: Session, kind: str, address: str, text: str, by: Visitor) -> None:
    """Keep it, and ask the mailbox. Raises Problem malformed, slow-down."""
    if kind not in set(Kind) or not 1 <= len(text.strip()) <= MOST_TEXT:
        raise Problem(400, "malformed", f"Say what you ask for, in {MOST_TEXT} letters at most.")
    if not outbox.is_address(address.strip()):
        raise Problem(400, "malformed", "This is not an address that mail could be sent to.")
    tries = (throttle.watch(TRIES, by.pepper, by.prefix),)
    throttle.check(session, tries, by.now)
    throttle.count(session, tries, by.now)
    asked = RightsRequest(
        kind=kind, address=email_norm(address), language=by.language, text=text.strip(),
        came=by.now, due=after_months(by.now, 1), outcome="", why="",
    )  # fmt: skip
    session.add(asked)
    session.flush()
    _write(session, asked, "request_confirm", by.now, token=token(by.pepper, asked.number))
    _note(session, "rights-asked", by.now)
    session.commit()


def confirm(session: Session, text: str, pepper: bytes, now: int) -> None:
    """The mailbox is theirs; clicking twice is once. Raises Problem not-found."""
    asked = session.get(RightsRequest, _number(pepper, text))
    if asked is None:
        raise Problem(404, "not-found", "There is no such request any more. Ask once more.")
    if asked.confirmed is None:
        asked.confirmed = now
        session.commit()


def token(pepper: bytes, number: int) -> str:
    said = number.to_bytes(8, "big")
    return b64(said + hmac_sha256(pepper, domain("rights-request"), said)[:16])


def _number(pepper: bytes, text: str) -> int:
    """Raises Problem not-found for whatever this portal has not made."""
    try:
        raw = unb64(text)
        number = int.from_bytes(raw[:8], "big")
        genuine = len(raw) == 24 and same(unb64(token(pepper, number)), raw)
    except (Malformed, OverflowError):
        genuine = False
    if not genuine:
        raise Problem(404, "not-found", "This link is not whole. Open it from the letter again.")
    return number


def open_ones(session: Session) -> list[RightsRequest]:
    """Confirmed and not closed, the most urgent first."""
    waiting = select(RightsRequest).where(
        RightsRequest.closed.is_(None), RightsRequest.confirmed.is_not(None)
    )
    return list(session.scalars(waiting.order_by(RightsRequest.due)))


def extend(session: Session, asked: RightsRequest, why: str, now: int) -> None:
    """Two months more, once, said within the first (article 12(3)). The caller commits."""
    if asked.extended is not None or now > asked.due:
        raise Malformed("a request is extended once, before it is due")
    asked.extended, asked.why = now, why
    asked.due = after_months(asked.came, 3)
    _write(session, asked, "request_extended", now, until=asked.due)


def close(
    session: Session, asked: RightsRequest, outcome: Outcome, why: str, now: int,
    *, kept: Sequence[Kept] = (), authority: str = "",
) -> None:  # fmt: skip
    """A refusal names the classes that stay, each with its ground and its end, and whom to
    complain to. The caller commits.
    """
    if asked.closed is not None:
        raise Malformed("this request is closed already")
    if outcome is Outcome.REFUSED and not why.strip():
        raise Malformed("a refusal says why")
    if outcome is Outcome.REFUSED and asked.kind == Kind.ERASE and not kept:
        raise Malformed("a refusal to delete names the classes that stay")
    asked.closed, asked.outcome, asked.why = now, outcome.value, why.strip()
    told: dict[str, Said] = {"at": now}
    if outcome is Outcome.REFUSED:
        told |= {"kept": [one.in_a_letter for one in kept], "authority": authority}
    _write(session, asked, f"request_{outcome.value}", now, **told)
    _note(session, f"rights-{outcome.value}", now)


def purge(session: Session, now: int) -> None:
    """Never confirmed: a month. Closed: three years, for whoever asks how it was handled."""
    never = RightsRequest.confirmed.is_(None) & (RightsRequest.came <= now - _UNCONFIRMED_MS)
    over = RightsRequest.closed <= now - _KEPT_MS
    session.execute(delete(RightsRequest).where(never | over))


def after_months(ms: int, months: int) -> int:
    """The same day so many months later, or the last one of a shorter month (UTC)."""
    start = datetime.fromtimestamp(ms / 1000, UTC)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    for day in range(start.day, 27, -1):
        try:
            return round(start.replace(year=year, month=month + 1, day=day).timestamp() * 1000)
        except ValueError:
            continue
    return round(start.replace(year=year, month=month + 1).timestamp() * 1000)


def _write(session: Session, asked: RightsRequest, letter: str, now: int, **said: Said) -> None:
    to = Recipient(asked.address, asked.language)
    outbox.put(session, to, f"service/{letter}", now, **said)


def _note(session: Session, action: str, now: int) -> None:
    audit.note(session, actor=audit.NOBODY, action=action, subject=audit.OPERATOR, now=now)
