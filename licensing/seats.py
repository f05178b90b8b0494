"""Seats: one for each laptop, whoever uses it. Which may be taken, given back, moved.

That no seat is taken twice is the database's unique slot, not a count; these are the rules around
it. Expected refusals are values, not errors.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

FREE_RELEASES = 3
RELEASE_WINDOW = timedelta(days=30)
COOL_OFF = timedelta(hours=24)  # before a seat whose laptop is gone for good is free again
REPLACEMENT = timedelta(days=14)  # how long there is one seat more after a theft


class Reason(StrEnum):
    STOLEN = "stolen"
    TOO_OFTEN = "too-often"


@dataclass(frozen=True, slots=True)
class Granted:
    """`free_at` (ms) is when the seat can be taken again."""

    free_at: int


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Reason


@dataclass(frozen=True, slots=True)
class Seat:
    """`free_at` (ms) is when a released seat can be taken again; None while a laptop sits on it."""

    slot: int
    free_at: int | None = None


def free_slot(seats: Iterable[Seat], there_are: int, now: int) -> int | None:
    """The lowest that can be taken; `there_are` counts a replacement for a stolen laptop, too."""
    held = {seat.slot: seat for seat in seats}
    slots = range(1, there_are + 1)
    return next((slot for slot in slots if slot not in held or _is_free(held[slot], now)), None)


def release(*, stolen: bool, gone: bool, released: Iterable[int], now: int) -> Granted | Refused:
    """Give a seat back. `gone`: the laptop is sold or broken; `released` are earlier times (ms)."""
    if stolen:  # its seat stays until the owner signs that it is back
        return Refused(Reason.STOLEN)
    if gone:
        return Granted(free_at=now + _ms(COOL_OFF))
    lately = [at for at in released if now - at < _ms(RELEASE_WINDOW)]
    if len(lately) >= FREE_RELEASES:
        return Refused(Reason.TOO_OFTEN)
    return Granted(free_at=now)


def is_seated(slot: int, seats: int) -> bool:
    """Whether a seat is one of the license's; with fewer seats the later ones are not."""
    return slot <= seats


def replacements(stolen: Iterable[int], now: int) -> int:
    """One seat more while a laptop was marked as stolen (ms) lately, however many were."""
    return int(any(now - at < _ms(REPLACEMENT) for at in stolen))


def _is_free(seat: Seat, now: int) -> bool:
    return seat.free_at is not None and now >= seat.free_at


def _ms(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)
