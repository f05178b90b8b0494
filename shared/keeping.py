"""What of a laptop's reports may be gone, as its owner's orders say (protocol.md 4, `keep`).

The portal asks it before it deletes, the owner's client before it believes that something was
deleted and not withheld. Both count from the same signed orders.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.will import Keep, Theft, Will

DAY_MS = 24 * 3600 * 1000
WEEK_MS = 7 * DAY_MS  # what came before a theft was noticed belongs to it


@dataclass(frozen=True, slots=True)
class _Period:
    """The time in which one orders document was in force, up to `until` (ms).

    `running` is from when on everything belongs to a theft that has not ended, None without one;
    `over` are thefts that have, each from when until when.
    """

    keep: Keep
    until: int
    running: int | None
    over: tuple[tuple[int, int], ...]

    def lets_go(self, received: int) -> bool:
        keep = self.keep
        if self.running is not None and received >= self.running:
            return False
        if received < keep.before:
            return True
        if keep.hold or received >= self.until - keep.days * DAY_MS:
            return False
        stays_ms = keep.theft_days * DAY_MS
        return not any(
            begins <= received <= ends and self.until < ends + stays_ms
            for begins, ends in self.over
        )


@dataclass(slots=True)
class _Thefts:
    running: Theft | None = None
    over: list[tuple[int, int]] = field(default_factory=list)

    def follow(self, will: Will) -> None:
        """Another id is another theft, also where none said that the first was over."""
        held, new = self.running, will.theft
        if held and (new is None or new.id != held.id):
            self.over.append((held.since - WEEK_MS, will.t))
        self.running = new


@dataclass(frozen=True, slots=True)
class Keeping:
    """What all the orders of a laptop say at a time, from serial 1; at least one. See `keeping`."""

    periods: tuple[_Period, ...]

    @property
    def youngest(self) -> int:
        """Nothing that came at this time (ms) or later must go."""
        newest = self.periods[-1]
        aged = 0 if newest.keep.hold else newest.until - newest.keep.days * DAY_MS
        return max(newest.keep.before, aged)

    def must_go(self, received: int) -> bool:
        """Whether a report that came at `received` (ms) is to be deleted: the newest decide."""
        return self.periods[-1].lets_go(received)

    def may_be_gone(self, received: int) -> bool:
        """Whether it may have been deleted by now, under any of the orders."""
        return any(period.lets_go(received) for period in self.periods)


def keeping(wills: Sequence[Will], now: int) -> Keeping:
    """Of all the wills of a laptop, from serial 1, at `now` (ms)."""
    thefts, periods = _Thefts(), []
    ends = [will.t for will in wills[1:]] + [now]
    for will, until in zip(wills, ends, strict=True):
        thefts.follow(will)
        running = thefts.running.since - WEEK_MS if thefts.running else None
        periods.append(_Period(will.keep, until, running, tuple(thefts.over)))
    return Keeping(tuple(periods))
