"""The owner's laptops at a glance (docs/api.md, "Devices")."""

from typing import Any

from flask import Blueprint

from portal.db import session
from portal.guards import account, owner_required
from portal.problems import not_found
from portal.site.laptops import Laptop, laptops_of
from portal.thefts.forms import theft_json
from shared.encoding import b64
from shared.pairing import Offer

blueprint = Blueprint("site", __name__, url_prefix="/api/v1")


@blueprint.get("/devices")
@owner_required
def show_devices() -> dict[str, Any]:
    """All laptops of the owner."""
    return {"devices": [device_json(laptop) for laptop in laptops_of(session(), account().id)]}


@blueprint.get("/devices/<hex16:device_id>")
@owner_required
def show_device(device_id: bytes) -> dict[str, Any]:
    """One laptop: what it was ordered, what it knows, when it was last heard."""
    for laptop in laptops_of(session(), account().id, device_id):
        return device_json(laptop)
    raise not_found()


def device_json(laptop: Laptop) -> dict[str, Any]:
    """`D` of docs/api.md."""
    device, head = laptop.device, laptop.head
    return {
        "device_id": device.id.hex(),
        "offer": b64(Offer(device.device_key, device.command_key).raw),
        "paired": device.paired,
        "left": device.revoked,
        "last_heard": device.last_heard,
        "head": head and {"seq": head.seq, "chain": b64(head.chain_hash)},
        "known_serial": device.known_serial,
        "known_at": device.known_at,
        "orders": b64(laptop.orders),
        "theft": laptop.theft and theft_json(laptop.theft),
    }
