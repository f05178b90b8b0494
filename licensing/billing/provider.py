"""What a payment provider is asked for and what it tells, in our words and not in its own."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Protocol


class NotGenuine(ValueError):
    """Nothing the provider has signed for us, just now."""


class ProviderAway(RuntimeError):
    """The provider does not answer, or not sensibly: asked again later."""


class ProviderRefused(RuntimeError):
    """The provider says no for good; a person looks into it."""


class What(StrEnum):
    """What can happen at a provider; everything else it tells is kept and changes nothing."""

    BOUGHT = "bought"
    PAID = "paid"
    PAYMENT_FAILED = "payment-failed"
    DUNNING_ENDED = "dunning-ended"
    CANCELED = "canceled"  # at the end of what was paid for
    RESUMED = "resumed"
    CHANGED = "changed"
    REFUNDED = "refunded"
    DISPUTE_OPENED = "dispute-opened"
    DISPUTE_WON = "dispute-won"
    DISPUTE_LOST = "dispute-lost"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened, at `at` (ms). `id` is the provider's, and counts once.

    `purchase` is our own name for what was bought, where the provider was told it; else
    `subscription` or `payment`, the provider's names, lead there. `until` (ms) is the end of what
    was paid for; `minor` an amount, taxes included, `whole` that nothing of the payment is left.
    """

    id: str
    at: int
    what: What
    purchase: str = ""
    subscription: str = ""
    customer: str = ""
    payment: str = ""
    until: int = 0
    minor: int = 0
    whole: bool = False
    seats: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Happened":
        """Raises KeyError, TypeError, ValueError."""
        return cls(**{**data, "what": What(data["what"])})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a buyer is sent to the provider for.

    `minor` is one unit for one period, month or year, taxes included; of the first one
    `percent_off` goes off. `back` is where the buyer comes back to, `away` where they turn back.
    """

    purchase: str
    email: str
    what: str
    currency: str
    minor: int
    quantity: int
    period: str
    back: str
    away: str
    percent_off: int = 0


class Provider(Protocol):
    """Raises ProviderAway, ProviderRefused. `key` makes a call that is repeated count once."""

    name: str

    def checkout(self, wanted: Wanted, key: str) -> str:
        """The address where the buyer pays."""
        ...

    def change(self, subscription: str, wanted: Wanted, key: str) -> None:
        """From now on another amount or quantity; what is left of the old one is set off."""
        ...

    def cancel(self, subscription: str, key: str, *, at_once: bool) -> None: ...

    def refund(self, payment: str, minor: int, key: str) -> None: ...

    def read(self, body: bytes, signature: str, now: int) -> Happened:
        """What a message says; raises NotGenuine."""
        ...

    def since(self, newest: str) -> list[Happened]:
        """What happened after that event, for a portal that missed messages."""
        ...
