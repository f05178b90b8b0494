"""A shop elsewhere that takes the money itself and tells us its orders, each message signed.

    Homeward-Orders: t=<seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">

An order makes a license and a letter with its key. It makes no contact for news: who buys a program
has not asked for letters.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from licensing.billing.provider import NotGenuine
from shared.encoding import from_json, number, text
from shared.errors import Malformed

SIGNED_IN = "Homeward-Orders"
MOST_BODY = 64 * 1024
SKEW_MS = 300_000
_TIERS = ("solo", "family", "office")


@dataclass(frozen=True, slots=True)
class Order:
    """`reference` is the shop's own and counts once. `refunded` takes an order back."""

    reference: str
    at: int
    email: str
    tier: str
    seats: int
    days: int
    refunded: bool = False


def read(body: bytes, signature: str, secrets: Sequence[str], now: int) -> Order:
    """Raises NotGenuine, Malformed."""
    if len(body) > MOST_BODY:
        raise NotGenuine("the message is too long")
    said = dict(part.partition("=")[::2] for part in signature.split(","))
    at = said.get("t", "")
    if not at.isascii() or not at.isdigit() or abs(int(at[:15]) * 1000 - now) > SKEW_MS:
        raise NotGenuine("the message is too old, or not of this time")
    if not any(hmac.compare_digest(said.get("v1", ""), mac(one, at, body)) for one in secrets):
        raise NotGenuine("the signature is not the shop's")
    return _order(from_json(body))


def mac(secret: str, at: str, body: bytes) -> str:
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


def _order(said: dict[str, Any]) -> Order:
    try:
        order = Order(
            reference=text(said["reference"]),
            at=number(said["at"]),
            email=text(said["email"]),
            tier=text(said["tier"]),
            seats=number(said.get("seats", 1), 1, 10_000),
            days=number(said.get("days", 365), 1, 10_000),
            refunded=said.get("status") == "refunded",
        )
    except (KeyError, TypeError) as error:
        raise Malformed("an order lacks something") from error
    if order.tier not in _TIERS or not 1 <= len(order.reference) <= 60:
        raise Malformed("an order names a tier that is sold, and a reference of up to 60 letters")
    return order
