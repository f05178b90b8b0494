"""Value-added tax: which country's, how much, and when the buyer owes it instead.

Reverse charge only with a recorded answer of VIES that the number is valid; without one the tax is
charged, and a credit note may follow. Not tax advice.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from pathlib import Path

from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from licensing.errors import BadTaxNumber

_HERE = Path(__file__).parent


class Kind(StrEnum):
    DOMESTIC = "domestic"
    DESTINATION = "destination"  # a consumer in another country of the Union
    REVERSE_CHARGE = "reverse-charge"
    OUTSIDE = "outside"  # of the Union, or of the seller's duty


@dataclass(frozen=True, slots=True)
class Vies:
    """What VIES said of a number, and when (ms); `reference` proves that it was asked."""

    number: str
    valid: bool
    asked: int
    reference: str


@dataclass(frozen=True, slots=True)
class Buyer:
    """`country` is ISO alpha-2, shown by two pieces of evidence; `number` a VAT number."""

    country: str
    number: str = ""
    vies: Vies | None = None


@dataclass(frozen=True, slots=True)
class Tax:
    """`rate` in hundredths of a percent of `country`."""

    kind: Kind
    country: str
    rate: int

    def of(self, minor: int) -> int:
        """The tax on a net amount in minor units, rounded half up."""
        exact = Decimal(minor) * self.rate / 10_000
        return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def load(text: str | None = None) -> Mapping[str, int]:
    """Rates by country, of vat.toml unless another text is given."""
    if text is None:
        text = (_HERE / "vat.toml").read_text(encoding="utf-8")
    return {country: int(rate) for country, rate in tomllib.loads(text).items()}


def decide(rates: Mapping[str, int], seller: str, buyer: Buyer) -> Tax:
    """The tax on what `seller`'s country sells to this buyer."""
    if seller not in rates or buyer.country not in rates:
        return Tax(Kind.OUTSIDE, buyer.country, 0)
    if buyer.country == seller:
        return Tax(Kind.DOMESTIC, seller, rates[seller])
    if _proved(buyer):
        return Tax(Kind.REVERSE_CHARGE, buyer.country, 0)
    return Tax(Kind.DESTINATION, buyer.country, rates[buyer.country])


def normal(typed: str) -> str:
    """A VAT number as VIES takes it, its country in front; raises BadTaxNumber."""
    try:
        return str(vat.validate(typed))
    except ValidationError as error:
        raise BadTaxNumber(
            "This is not a VAT number of the European Union. Check it, or leave it empty."
        ) from error


def _proved(buyer: Buyer) -> bool:
    vies = buyer.vies
    return bool(buyer.number and vies and vies.valid and vies.number == buyer.number)
