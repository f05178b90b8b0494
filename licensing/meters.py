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


def room(tier: Tier, seats: int) -> int:
    """How many bytes of evidence a tier keeps; past it an owner is asked, and nothing deleted."""
    return tier.evidence_mb * (seats if tier.per_seat else 1) * 10**6
