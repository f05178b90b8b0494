"""Take a report, read them, forget them in time."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts import throttle
from portal.accounts.visitors import Visitor
from portal.audit import operations as audit
from portal.problems import Problem
from portal.tracked.models import TrackedReport

KEPT = timedelta(days=180)
MOST_TEXT, MOST_CONTACT, MOST_FINGERPRINT = 4000, 254, 40
REPORTS = throttle.Limit("tracked", free=5, longest=timedelta(minutes=15))


def take(session: Session, text: str, contact: str, fingerprint: str, by: Visitor) -> None:
    """Keep what somebody wrote; raises Problem malformed, slow-down."""
    if not 1 <= len(text.strip()) <= MOST_TEXT:
        raise _unfit(f"Write what happened, in {MOST_TEXT} characters at most.")
    if len(contact) > MOST_CONTACT or len(fingerprint) > MOST_FINGERPRINT:
        raise _unfit("The way to reach you, or the fingerprint, is longer than it may be.")
    tries = (throttle.watch(REPORTS, by.pepper, by.prefix),)
    throttle.check(session, tries, by.now)
    throttle.count(session, tries, by.now)
    session.add(
        TrackedReport(
            received=by.now, text=text.strip(), contact=contact.strip(),
            fingerprint=fingerprint.strip(),
        )
    )  # fmt: skip
    audit.note(
        session, actor=audit.NOBODY, action="said-tracked", subject=audit.OPERATOR, now=by.now
    )
    session.commit()


def _unfit(sentence: str) -> Problem:
    return Problem(400, "malformed", sentence)


def held(session: Session) -> list[TrackedReport]:
    """Oldest first."""
    return list(session.scalars(select(TrackedReport).order_by(TrackedReport.number)))


def purge(session: Session, now: int) -> None:
    oldest = now - KEPT // timedelta(milliseconds=1)
    session.execute(delete(TrackedReport).where(TrackedReport.received <= oldest))
