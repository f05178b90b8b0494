"""Where providers tell what happened: signed messages, answered 200 once they are kept.

Nothing but the signature says who they are. A message that came before is answered just so.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request

from licensing.billing import order_feed
from licensing.billing.provider import NotGenuine
from portal import context
from portal.billing import events, orders
from portal.billing.shop import shop
from portal.db import session
from portal.guards import from_anywhere
from portal.problems import Problem, not_found

blueprint = Blueprint("billing_api", __name__, url_prefix="/api/v1/billing")
_MOST_BODY = 256 * 1024


@blueprint.post("/stripe")
@from_anywhere
def take_stripe() -> dict[str, Any]:
    """An event of Stripe's, as its library signs it."""
    provider, now = shop().provider, context.now()
    if provider is None:
        raise not_found()
    signature = request.headers.get("Stripe-Signature", "")
    said = _genuine(lambda: provider.read(_body(), signature, now))
    events.receive(session(), provider.name, said, now)
    session().commit()
    return {}


@blueprint.post("/orders")
@from_anywhere
def take_order() -> dict[str, Any]:
    """An order of a shop elsewhere (licensing/billing/order_feed.py says how it is signed)."""
    secrets, now = shop().settings.feed_secrets, context.now()
    if not secrets:
        raise not_found()
    signature = request.headers.get(order_feed.SIGNED_IN, "")
    order = _genuine(lambda: order_feed.read(_body(), signature, secrets, now))
    orders.take(session(), order, now)
    session().commit()
    return {}


def _body() -> bytes:
    request.max_content_length = _MOST_BODY
    return request.get_data(cache=False)


def _genuine(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except NotGenuine as error:
        raise Problem(400, "not-genuine", f"This is refused: {error}.") from error
