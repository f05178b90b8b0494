"""What became of a check-in: the words between a store and those who answer the laptop."""

from dataclasses import dataclass
from enum import StrEnum

from shared.checkin import Head


class Unavailable(Exception):
    """Nothing can be made durable just now: disk full, database locked or gone."""


class Verdict(StrEnum):
    KEPT = "kept"
    FORK = "fork"  # what went before the fork is kept, and so is the fork
    UNKNOWN = "unknown"  # no such laptop, or not any more
    QUOTA = "quota"


@dataclass(frozen=True, slots=True)
class Told:
    """Up to where a laptop has been told: newest orders' serial, newest waiting command's number.

    0 for none.
    """

    orders_serial: int
    command: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """`device` is its number, `head` and `receipt` what stands after the commit."""

    verdict: Verdict
    device: int = 0
    head: Head | None = None
    receipt: bytes | None = None
    told: Told = Told(0, 0)
