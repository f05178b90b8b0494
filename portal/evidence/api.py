"""Evidence over HTTP (docs/api.md, "Devices"): only for the owner, only sealed."""

from typing import Any

from flask import Blueprint, Response, current_app, request, send_file

from licensing.rights import Action
from portal import context
from portal.db import session
from portal.devices import operations as devices
from portal.devices.forms import OrdersForm
from portal.evidence import letting_go, operations
from portal.forms import takes
from portal.guards import account, own_device, owner_required
from portal.intake.operations import intake_of
from portal.licenses import operations as licenses
from portal.problems import Problem, not_found
from shared.encoding import b64

blueprint = Blueprint("evidence", __name__, url_prefix="/api/v1")


def _may_read() -> None:
    """What is one's own can be read in every state; only after a month of a revoked one it ends."""
    since, now = context.services().settings.licenses_since, context.now()
    held = licenses.holding(session(), account(), since, now)
    if not held.may(Action.READ_EVIDENCE, now):
        raise Problem(
            403, "license-revoked",
            "Your license was withdrawn more than a month ago, so evidence is closed. Write to the"
            " operator if you think that this is wrong.",
        )  # fmt: skip


@blueprint.get("/devices/<hex16:device_id>/evidence")
@owner_required
def show_evidence(device_id: bytes) -> dict[str, Any]:
    """A page of the laptop's records, by rising seq."""
    _may_read()
    after, limit = _number("after", -1), _number("limit", operations.MOST)
    page = operations.evidence(session(), own_device(device_id), after, limit)
    return {"records": [record_json(record) for record in page.records], "next": page.next}


def record_json(record: operations.Record) -> dict[str, Any]:
    return {
        "envelope": b64(record.envelope),
        "received": record.received,
        "receipt": record.receipt and b64(record.receipt),
        "sighting": record.sighting and b64(record.sighting),
    }


def _number(name: str, default: int) -> int:
    text = request.args.get(name, str(default))
    if len(text) > 18 or not text.removeprefix("-").isdecimal() or not text.isascii():
        raise Problem(422, "malformed", f"“{name}” must be a whole number.")
    return int(text)


@blueprint.post("/devices/<hex16:device_id>/keeping")
@owner_required
@takes(OrdersForm)
def change_keeping(device_id: bytes, body: OrdersForm) -> tuple[dict[str, Any], int]:
    """Orders that say how long evidence stays; what is to go by them goes at once."""
    device, now = own_device(device_id), context.now()
    new = devices.change_orders(session(), device, body.orders, by=account(), now=now)
    context.services().wake(device.number)
    gone = letting_go.let_go(session(), device, now)
    session().commit()
    return {"serial": new.serial, "gone": gone}, 201


@blueprint.get("/devices/<hex16:device_id>/forks")
@owner_required
def show_forks(device_id: bytes) -> dict[str, Any]:
    """Envelopes the laptop signed that do not continue its chain."""
    _may_read()
    found = operations.forks(session(), own_device(device_id))
    return {"forks": [{"envelope": b64(f.envelope), "received": f.received} for f in found]}


@blueprint.get("/media/<hex32:sha256>")
@owner_required
def get_media(sha256: bytes) -> Response:
    """A file as the laptop sealed it."""
    _may_read()
    blobs = intake_of(current_app).blobs
    if not operations.owns_file(session(), account().id, sha256) or not blobs.has(sha256):
        raise not_found()
    response = send_file(blobs.path(sha256), mimetype="application/octet-stream", max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response
