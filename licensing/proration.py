"""What a change in the middle of a paid period costs, to show before it is done.

To the day, in minor units, rounded half to even once for each side, as the provider is told.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Period:
    """A paid time in ms; `end` is not in it."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Preview:
    """Minor units, taxes excluded. `credit` for what is not used, `charge` for what is new.

    `due` is paid now; where it is negative it counts towards the next invoice.
    """

    credit: int
    charge: int

    @property
    def due(self) -> int:
        return self.charge - self.credit


def preview(old: int, new: int, period: Period, now: int) -> Preview:
    """From a price of `old` to one of `new` for the same period, at `now` (ms) within it."""
    days = max(1, -(-(period.end - period.start) // DAY_MS))
    left = min(days, max(0, -(-(period.end - now) // DAY_MS)))
    return Preview(_share(old, left, days), _share(new, left, days))


def _share(minor: int, left: int, days: int) -> int:
    exact = Decimal(minor) * left / days
    return int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))
