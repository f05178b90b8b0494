"""Seats: one for each laptop, whoever uses it. Which may be taken, given back, moved.

That no seat is taken twice is the database's unique slot, not a count; these are the rules around
it. Expected refusals are values, not errors.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

FREE_RELEASES = 3
RELEASE_WINDOW = timedelta(days=30)
COOL_OFF = timedelta(hours=24)  # before a seat whose laptop is gone for good is free again
REPLACEMENT = timedelta(days=14)  # how long there is one seat more after a theft
_MATCHES = 2  # of three parts of the hardware: the same laptop, installed anew


class Reason(StrEnum):
    NO_SEAT = "no-seat"
    STOLEN = "stolen"
    TOO_OFTEN = "too-often"
    NO_NEW_SEATS = "no-new-seats"


@dataclass(frozen=True, slots=True)
class Granted:
    """`slot` is the seat's number; `free_at` (ms) when it can be taken again."""

    slot: int | None = None
    free_at: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Reason


@dataclass(frozen=True, slots=True)
class Seat:
    """`parts` are keyed hashes of three parts of the hardware, empty where one is not known.

    `free_at` (ms) is when a released seat can be taken again; None while its laptop sits on it.
    """

    slot: int
    parts: tuple[bytes, ...] = ()
    free_at: int | None = None


def claim(
    seats: Iterable[Seat], bought: int, parts: Sequence[bytes], *, may_add: bool, now: int
) -> Granted | Refused:
    """The slot for a laptop: its own where it comes back, else the lowest free one.

    `bought` is how many there are, a replacement for a stolen one included.
    """
    held = {seat.slot: seat for seat in seats}
    for seat in held.values():
        if same_hardware(seat.parts, parts):
            return Granted(seat.slot)
    if not may_add:
        return Refused(Reason.NO_NEW_SEATS)
    for slot in range(1, bought + 1):
        if slot not in held or _is_free(held[slot], now):
            return Granted(slot)
    return Refused(Reason.NO_SEAT)


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


def same_hardware(one: Sequence[bytes], other: Sequence[bytes]) -> bool:
    """Two of the three parts are equal; unknown parts equal nothing."""
    pairs = zip(one, other, strict=False)
    return sum(bool(left) and left == right for left, right in pairs) >= _MATCHES


def _is_free(seat: Seat, now: int) -> bool:
    return seat.free_at is not None and now >= seat.free_at


def _ms(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)
