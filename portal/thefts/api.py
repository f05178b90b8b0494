"""Thefts over HTTP (docs/api.md, "Devices")."""

from typing import Any

from flask import Blueprint

from portal import context
from portal.db import session
from portal.devices.forms import OrdersForm
from portal.forms import takes
from portal.guards import account, own_device, owner_required
from portal.thefts import operations
from portal.thefts.forms import theft_json

blueprint = Blueprint("thefts", __name__, url_prefix="/api/v1")


@blueprint.post("/devices/<hex16:device_id>/theft")
@owner_required
@takes(OrdersForm)
def mark_stolen(device_id: bytes, body: OrdersForm) -> tuple[dict[str, Any], int]:
    """Mark as stolen; a second press answers with the theft that is open already."""
    device = own_device(device_id)
    theft, opened = operations.mark_stolen(
        session(), device, body.orders, by=account(), now=context.now(),
        since=context.services().settings.licenses_since,
    )  # fmt: skip
    if opened:
        context.services().wake(device.number)
    return {"theft": theft_json(theft)}, 201 if opened else 200


@blueprint.post("/devices/<hex16:device_id>/theft/recovered")
@owner_required
@takes(OrdersForm)
def mark_recovered(device_id: bytes, body: OrdersForm) -> dict[str, Any]:
    """Mark as recovered: the laptop stops looking as soon as it hears."""
    device = own_device(device_id)
    theft = operations.mark_recovered(
        session(), device, body.orders, by=account(), now=context.now()
    )
    context.services().wake(device.number)
    return {"theft": theft_json(theft)}
