"""Tiers: what can be bought, read from plans.toml so that prices and limits are data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from licensing.errors import BadPlans

_HERE = Path(__file__).parent


class Period(StrEnum):
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Price:
    """`minor` is the price of one period in the currency's smallest unit, taxes excluded."""

    currency: str
    period: Period
    minor: int


@dataclass(frozen=True, slots=True)
class Tier:
    """What was bought.

    `seats` is how many laptops it protects, for a tier `per_seat` how many at most.
    `evidence_mb` is for each seat where the tier is priced by the seat, else for the account.
    `theft_hours` bounds five-minute reporting, after which it is hourly; None for no bound.
    `length` is how long it lasts where it ends by itself (a trial).
    """

    name: str
    version: int
    seats: int
    evidence_mb: int
    per_seat: bool = False
    theft_hours: int | None = None
    length: timedelta | None = None
    prices: tuple[Price, ...] = field(default=())

    def price(self, currency: str, period: Period, seats: int = 1) -> int:
        """Minor units for `seats` seats; raises BadPlans where it is not sold so."""
        for price in self.prices:
            if (price.currency, price.period) == (currency, period):
                return price.minor * (seats if self.per_seat else 1)
        raise BadPlans(f"{self.name} is not sold in {currency} by the {period.value}.")

    def seats_of(self, bought: int) -> int:
        """How many laptops `bought` units protect."""
        return min(bought, self.seats) if self.per_seat else self.seats


def load(text: str | None = None) -> Mapping[str, Tier]:
    """The tiers by name, of plans.toml unless another text is given; raises BadPlans."""
    if text is None:
        text = (_HERE / "plans.toml").read_text(encoding="utf-8")
    try:
        return {name: _tier(name, row) for name, row in tomllib.loads(text).items()}
    except (tomllib.TOMLDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadPlans(f"The table of tiers cannot be read: {error}") from error


def _tier(name: str, row: dict[str, Any]) -> Tier:
    per_seat = bool(row.get("per_seat", False))
    days = row.get("days")
    return Tier(
        name=name,
        version=_natural(row["version"]),
        seats=_natural(row["most_seats" if per_seat else "seats"]),
        evidence_mb=_natural(row["evidence_mb"]),
        per_seat=per_seat,
        theft_hours=None if "theft_hours" not in row else _natural(row["theft_hours"]),
        length=None if days is None else timedelta(days=_natural(days)),
        prices=tuple(
            Price(currency.upper(), Period(period), _natural(minor))
            for currency, periods in row.get("prices", {}).items()
            for period, minor in periods.items()
        ),
    )


def _natural(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(f"{value!r} is not a number of things")
    return value
