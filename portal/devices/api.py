"""Pairing, orders and commands over HTTP (docs/api.md, "Pairing", "Devices")."""

from typing import Any

from flask import Blueprint

from portal import context
from portal.accounts import portal_keys
from portal.db import session
from portal.devices import operations, pairing
from portal.devices.forms import Adoption, CommandForm, OfferForm, OrdersForm
from portal.devices.models import Device
from portal.forms import takes
from portal.guards import account, laptop_required, own_device, owner_required, visitor
from shared.checkin import GOODBYE
from shared.encoding import b64

blueprint = Blueprint("devices", __name__, url_prefix="/api/v1")


@blueprint.post("/pair/<hex16:rid>")
@takes(OfferForm)
def offer_pairing(rid: bytes, body: OfferForm) -> tuple[dict[str, Any], int]:
    """A laptop offers its keys and waits, ten minutes, for its owner."""
    return {"expires": pairing.offer_pairing(session(), rid, body, visitor()).expires}, 201


@blueprint.get("/pair/<hex16:rid>")
@owner_required
def show_offer(rid: bytes) -> dict[str, Any]:
    """The offer, for the owner's client to check against the code."""
    found = pairing.waiting_offer(session(), rid, context.now())
    return {"offer": b64(found.offer), "mac": b64(found.mac), "expires": found.expires}


@blueprint.get("/pair/<hex16:rid>/orders")
def show_answer(rid: bytes) -> dict[str, Any]:
    """The owner's answer, for the laptop that waits."""
    orders, mac = pairing.answer_to(session(), rid, context.now())
    return {
        "orders": b64(orders),
        "mac": b64(mac),
        "portal_keys": portal_keys.all_keys_json(session()),
    }


@blueprint.post("/devices")
@owner_required
@takes(Adoption)
def pair(body: Adoption) -> tuple[dict[str, Any], int]:
    """Add the laptop whose offer this answers."""
    since = context.services().settings.licenses_since
    device = pairing.pair(session(), account(), body, context.now(), licenses_since=since)
    return {"device_id": device.id.hex()}, 201


@blueprint.get("/devices/<hex16:device_id>/orders")
@owner_required
def show_orders(device_id: bytes) -> dict[str, Any]:
    """Every orders document of the laptop, from serial 1."""
    found = operations.all_orders(session(), own_device(device_id))
    return {"orders": [b64(raw) for raw in found]}


@blueprint.post("/devices/<hex16:device_id>/orders")
@owner_required
@takes(OrdersForm)
def change_orders(device_id: bytes, body: OrdersForm) -> tuple[dict[str, Any], int]:
    """Give new orders that keep the standing: renew a mandate, another interval."""
    device = own_device(device_id)
    new = operations.change_orders(session(), device, body.orders, by=account(), now=context.now())
    context.services().wake(device.number)
    return {"serial": new.serial}, 201


@blueprint.post("/devices/<hex16:device_id>/commands")
@owner_required
@takes(CommandForm)
def send_command(device_id: bytes, body: CommandForm) -> tuple[dict[str, Any], int]:
    """Leave a command for the laptop."""
    device = own_device(device_id)
    new = operations.send_command(session(), device, body.command, by=account(), now=context.now())
    context.services().wake(device.number)
    return {"command_id": new.id.hex()}, 201


@blueprint.post("/leave")
@laptop_required(GOODBYE)
def leave(device: Device) -> dict[str, Any]:
    """The laptop was let go: by its owner's command, or by its administrator."""
    operations.let_go(session(), device, context.now())
    return {}
