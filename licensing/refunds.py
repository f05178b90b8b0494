"""Money back: our 30-day promise, and the 14-day right of withdrawal, which are two things.

All days are UTC and pages say so. Refunds are whole, taxes included.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

MONEY_BACK = timedelta(days=30)
RENEWAL = timedelta(days=14)
WITHDRAWAL = timedelta(days=14)
AGAIN = timedelta(days=365)


class Ground(StrEnum):
    WITHDRAWAL = "withdrawal"
    MONEY_BACK = "money-back"
    RENEWAL = "renewal"


class Reason(StrEnum):
    TOO_LATE = "too-late"
    USED_BEFORE = "used-before"
    NOTHING_PAID = "nothing-paid"


@dataclass(frozen=True, slots=True)
class Due:
    """The whole last payment goes back."""

    ground: Ground


@dataclass(frozen=True, slots=True)
class Refused:
    """`until` (ms) is when the last of these rights ended, 0 where there was none."""

    reason: Reason
    until: int = 0


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid, in ms. `renewed` is the first renewal; `refunded` is an earlier money-back."""

    first: int | None
    renewed: int | None = None
    refunded: int | None = None


def decide(paid: Paid, now: int, *, consumer: bool = True) -> Due | Refused:
    """Whether a payment goes back, and on which ground; the statutory one is never used up."""
    if paid.first is None:
        return Refused(Reason.NOTHING_PAID)
    if consumer and now < ends(paid.first, WITHDRAWAL):
        return Due(Ground.WITHDRAWAL)
    ground, until = Ground.MONEY_BACK, ends(paid.first, MONEY_BACK)
    if paid.renewed is not None:
        ground, until = Ground.RENEWAL, ends(paid.renewed, RENEWAL)
    if now >= until:
        return Refused(Reason.TOO_LATE, until)
    if paid.refunded is not None and now - paid.refunded < _ms(AGAIN):
        return Refused(Reason.USED_BEFORE, until)
    return Due(ground)


def ends(start: int, length: timedelta) -> int:
    """The end (ms) of the last day: day 30 counts until its midnight, UTC."""
    day = datetime.fromtimestamp(start / 1000, UTC).date() + length + timedelta(days=1)
    return round(datetime.combine(day, time(), UTC).timestamp() * 1000)


def _ms(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)
