"""Licenses over HTTP (docs/api.md, "License")."""

from typing import Any

from flask import Blueprint

from portal import context
from portal.db import session
from portal.forms import takes
from portal.guards import account, own_device, owner_required, visitor
from portal.licenses import operations, seating
from portal.licenses.forms import ClaimForm, license_json

blueprint = Blueprint("licenses", __name__, url_prefix="/api/v1")


def _since() -> int | None:
    return context.services().settings.licenses_since


@blueprint.get("/license")
@owner_required
def show() -> dict[str, Any]:
    """What license the account has, until when, and which laptops have its seats."""
    return _held()


@blueprint.post("/license")
@owner_required
@takes(ClaimForm)
def claim(body: ClaimForm) -> dict[str, Any]:
    """Make a license one's own by its key."""
    operations.claim(session(), account(), body.key, _since(), visitor())
    return _held()


@blueprint.post("/devices/<hex16:device_id>/seat")
@owner_required
def move(device_id: bytes) -> dict[str, Any]:
    """Move a seat to this laptop; one that has a seat keeps it."""
    device = own_device(device_id)
    seating.move(session(), account(), device.id, _since(), context.now())
    return _held()


def _held() -> dict[str, Any]:
    owner, now = account(), context.now()
    held = operations.holding(session(), owner, _since(), now)
    return license_json(held, seating.seating(session(), owner, held, now))
