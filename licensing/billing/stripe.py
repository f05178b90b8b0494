"""Stripe, by its own library: hosted Checkout, subscriptions, refunds, signed webhooks.

Not yet run against Stripe itself (docs/licensing.md): what it answers is known from its manual.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import stripe
from stripe import StripeClient, StripeError

from licensing.billing.provider import (
    Happened,
    NotGenuine,
    ProviderAway,
    ProviderRefused,
    Wanted,
    What,
)
from shared.encoding import from_json
from shared.errors import Malformed

MOST_BODY = 256 * 1024
SKEW_S = 300
_MS = 1000
_AWAY = (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError)


@dataclass(frozen=True, slots=True)
class StripeSettings:
    """`secrets` sign messages, two of them while one replaces the other. `product` is how Stripe
    calls what is sold. `api` is another address than Stripe's own, for tests.
    """

    key: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    product: str
    api: str = ""

    @property
    def live(self) -> bool:
        return self.key.startswith(("sk_live_", "rk_live_"))


class Stripe:
    name = "stripe"

    def __init__(self, settings: StripeSettings) -> None:
        self._settings = settings
        addresses: Any = {"api": settings.api} if settings.api else None
        self._client: Any = StripeClient(
            settings.key, base_addresses=addresses, max_network_retries=0
        ).v1

    def checkout(self, wanted: Wanted, key: str) -> str:
        session = self._ask(lambda: self._client.checkout.sessions.create(
            {
                "mode": "subscription",
                "line_items": [self._item(wanted)],
                "customer_email": wanted.email,
                "client_reference_id": wanted.purchase,
                "metadata": {"purchase": wanted.purchase},
                "subscription_data": {"metadata": {"purchase": wanted.purchase}},
                "success_url": wanted.back,
                "cancel_url": wanted.away,
                **self._discount(wanted, key),
            },
            {"idempotency_key": key},
        ))  # fmt: skip
        return str(session.url)

    def change(self, subscription: str, wanted: Wanted, key: str) -> None:
        held = self._ask(lambda: self._client.subscriptions.retrieve(subscription))
        items = [{"id": held["items"]["data"][0]["id"], **self._item(wanted)}]
        self._ask(lambda: self._client.subscriptions.update(
            subscription, {"items": items, "proration_behavior": "always_invoice"},
            {"idempotency_key": key},
        ))  # fmt: skip

    def cancel(self, subscription: str, key: str, *, at_once: bool) -> None:
        options = {"idempotency_key": key}
        if at_once:
            self._ask(lambda: self._client.subscriptions.cancel(subscription, {}, options))
            return
        ends = {"cancel_at_period_end": True}
        self._ask(lambda: self._client.subscriptions.update(subscription, ends, options))

    def refund(self, payment: str, minor: int, key: str) -> None:
        wanted = {"payment_intent": payment, "amount": minor}
        self._ask(lambda: self._client.refunds.create(wanted, {"idempotency_key": key}))

    def since(self, newest: str) -> list[Happened]:
        asked: dict[str, Any] = {"limit": 100, **({"ending_before": newest} if newest else {})}
        told = self._ask(lambda: self._client.events.list(asked))
        return [happened(event.to_dict()) for event in reversed(told.data)]

    def read(self, body: bytes, signature: str, now: int) -> Happened:
        if len(body) > MOST_BODY:
            raise NotGenuine("the message is too long")
        _check_time(signature, now)
        text = _text(body)
        if not any(_is_signed(text, signature, secret) for secret in self._settings.secrets):
            raise NotGenuine("the signature is not Stripe's")
        event = _event(text)
        if event.get("livemode") is not self._settings.live:
            raise NotGenuine("a test event for a live portal, or the other way round")
        return happened(event)

    def _discount(self, wanted: Wanted, key: str) -> dict[str, Any]:
        if not wanted.percent_off:
            return {}
        off = {"percent_off": wanted.percent_off, "duration": "once"}
        options = {"idempotency_key": f"{key}:coupon"}
        coupon = self._ask(lambda: self._client.coupons.create(off, options))
        return {"discounts": [{"coupon": coupon.id}]}

    def _item(self, wanted: Wanted) -> dict[str, Any]:
        price = {
            "currency": wanted.currency.lower(),
            "product": self._settings.product,
            "unit_amount": wanted.minor,
            "recurring": {"interval": wanted.period},
        }
        return {"price_data": price, "quantity": wanted.quantity}

    def _ask(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except _AWAY as error:
            raise ProviderAway(type(error).__name__) from error
        except StripeError as error:
            raise ProviderRefused(type(error).__name__) from error


def _check_time(signature: str, now: int) -> None:
    """Both ways: the library itself would take a message from tomorrow."""
    said = dict(part.partition("=")[::2] for part in signature.split(","))
    try:
        at = int(said["t"])
    except (KeyError, ValueError):
        raise NotGenuine("the message is not signed") from None
    if abs(at * _MS - now) > SKEW_S * _MS:
        raise NotGenuine("the message is too old, or not of this time")


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise NotGenuine("the message is no text") from None


def _is_signed(text: str, signature: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(text, signature, secret)
    except stripe.SignatureVerificationError:
        return False
    return True


def _event(text: str) -> dict[str, Any]:
    try:
        event = from_json(text.encode())
    except Malformed as error:
        raise NotGenuine("the message is no event") from error
    if not isinstance(event.get("id"), str) or not isinstance(event.get("data"), dict):
        raise NotGenuine("the message is no event")
    return event


def happened(event: Mapping[str, Any]) -> Happened:
    """An event in our words; one of a kind we do not know is OTHER."""
    thing = event["data"].get("object") or {}
    before = event["data"].get("previous_attributes") or {}
    said: dict[str, Any] = {"what": What.OTHER}
    if tell := _TELLERS.get(str(event.get("type"))):
        said = tell(thing, before)
    return Happened(id=str(event["id"]), at=int(event.get("created") or 0) * _MS, **said)


Told = dict[str, Any]


def _bought(session: Any, _before: Any) -> Told:
    return {
        "what": What.BOUGHT,
        "purchase": _purchase(session),
        "subscription": _text_of(session, "subscription"),
        "customer": _text_of(session, "customer"),
    }


def _paid(invoice: Any, _before: Any) -> Told:
    lines = (invoice.get("lines") or {}).get("data") or []
    ends = [int((line.get("period") or {}).get("end") or 0) for line in lines]
    return {
        "what": What.PAID,
        **_of_invoice(invoice),
        "payment": _payment(invoice),
        "until": max(ends, default=0) * _MS,
        "minor": int(invoice.get("amount_paid") or 0),
    }


def _failed(invoice: Any, _before: Any) -> Told:
    return {"what": What.PAYMENT_FAILED, **_of_invoice(invoice)}


def _updated(subscription: Any, before: Any) -> Told:
    what = What.OTHER
    if "cancel_at_period_end" in before:
        what = What.CANCELED if subscription.get("cancel_at_period_end") else What.RESUMED
    elif subscription.get("status") == "unpaid" and "status" in before:
        what = What.DUNNING_ENDED
    elif "items" in before or "quantity" in before:
        what = What.CHANGED
    items = (subscription.get("items") or {}).get("data") or [{}]
    return {
        "what": what,
        **_of_subscription(subscription),
        "seats": int(items[0].get("quantity") or 0),
    }


def _deleted(subscription: Any, _before: Any) -> Told:
    return {"what": What.CANCELED, **_of_subscription(subscription)}


def _refunded(charge: Any, _before: Any) -> Told:
    back, paid = int(charge.get("amount_refunded") or 0), int(charge.get("amount") or 0)
    payment = _text_of(charge, "payment_intent")
    return {"what": What.REFUNDED, "payment": payment, "minor": back, "whole": 0 < paid <= back}


def _disputed(dispute: Any, _before: Any) -> Told:
    return {"what": What.DISPUTE_OPENED, "payment": _text_of(dispute, "payment_intent")}


def _settled(dispute: Any, _before: Any) -> Told:
    ends = {"won": What.DISPUTE_WON, "lost": What.DISPUTE_LOST}
    what = ends.get(str(dispute.get("status")), What.OTHER)
    return {"what": what, "payment": _text_of(dispute, "payment_intent")}


_TELLERS: Mapping[str, Callable[[Any, Any], Told]] = {
    "checkout.session.completed": _bought,
    "invoice.paid": _paid,
    "invoice.payment_failed": _failed,
    "invoice.payment_action_required": _failed,
    "customer.subscription.updated": _updated,
    "customer.subscription.deleted": _deleted,
    "charge.refunded": _refunded,
    "charge.dispute.created": _disputed,
    "charge.dispute.closed": _settled,
}


def _of_subscription(subscription: Any) -> Told:
    return {"purchase": _purchase(subscription), "subscription": _text_of(subscription, "id")}


def _of_invoice(invoice: Any) -> Told:
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    return {"purchase": _purchase(details), "subscription": _text_of(details, "subscription")}


def _payment(invoice: Any) -> str:
    paid = (invoice.get("payments") or {}).get("data") or [{}]
    return _text_of(paid[0].get("payment") or {}, "payment_intent")


def _purchase(thing: Any) -> str:
    return _text_of(thing.get("metadata") or {}, "purchase")


def _text_of(thing: Any, name: str) -> str:
    value = thing.get(name)
    return value if isinstance(value, str) else ""
