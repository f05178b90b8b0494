"""What is counted of use, and what happens past a limit: slower, never nothing."""

from dataclasses import dataclass
from datetime import timedelta

from licensing.plan import Tier

HOURLY = timedelta(hours=1)
CYCLE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Usage:
    """`theft_cycles` are five-minute looks so far, `evidence_bytes` what is kept."""

    theft_cycles: int = 0
    evidence_bytes: int = 0


def interval(tier: Tier, usage: Usage, wanted: timedelta) -> timedelta:
    """How often a stolen laptop's reports are taken: as wanted, and hourly past the limit."""
    most = cycles(tier)
    return wanted if most is None or usage.theft_cycles < most else max(wanted, HOURLY)


def cycles(tier: Tier) -> int | None:
    """How many five-minute looks a tier has; None for any number."""
    if tier.theft_hours is None:
        return None
    return round(timedelta(hours=tier.theft_hours) / CYCLE)


def room(tier: Tier, usage: Usage, seats: int = 1) -> int:
    """Bytes of evidence still to be kept, negative where it is over: ask, do not delete."""
    units = seats if tier.per_seat else 1
    return tier.evidence_mb * units * 10**6 - usage.evidence_bytes
