"""Bringing laptops from another portal over HTTP (docs/api.md, "Privacy")."""

from typing import Any

from flask import Blueprint, current_app, request

from portal import context
from portal.db import session
from portal.forms import takes
from portal.guards import account, own_device, owner_required
from portal.intake import files
from portal.intake.operations import intake_of
from portal.privacy import importing
from portal.privacy.import_forms import MOST_BYTES, BroughtLaptop, Records

blueprint = Blueprint("import_api", __name__, url_prefix="/api/v1/import")


@blueprint.before_request
def _allow_more() -> None:
    request.max_content_length = MOST_BYTES


@blueprint.post("/devices")
@owner_required
@takes(BroughtLaptop)
def bring_laptop(body: BroughtLaptop) -> tuple[dict[str, Any], int]:
    """A laptop of the past, with all the orders it was given."""
    device = importing.bring_laptop(session(), account(), body, context.now())
    return {"device_id": device.id.hex()}, 201


@blueprint.post("/devices/<hex16:device_id>/records")
@owner_required
@takes(Records)
def bring_records(device_id: bytes, body: Records) -> tuple[dict[str, Any], int]:
    """What it sent, oldest first, each on top of the one before."""
    device = own_device(device_id)
    if body.forks:
        importing.bring_forks(session(), device, body.forks)
    if not body.records:
        return {"seq": None}, 201
    head = importing.bring_records(session(), device, body.records, context.now())
    return {"seq": head.seq}, 201


@blueprint.put("/devices/<hex16:device_id>/media/<hex32:sha256>")
@owner_required
def bring_file(device_id: bytes, sha256: bytes) -> tuple[dict[str, Any], int]:
    """A picture that a record of it lists, as the laptop sealed it."""
    request.max_content_length = None  # the record's own size is the limit
    listed = files.brought_file(intake_of(current_app), own_device(device_id).id, sha256)
    session().commit()  # a long upload holds no transaction, and its note is one of its own
    if listed.stored:
        return {}, 200
    files.receive(intake_of(current_app), listed, request.stream)
    return {}, 201
