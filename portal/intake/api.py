"""The laptop's three routes under any WSGI server (docs/api.md, "Laptop").

`portal/edge.py` answers the same three before Flask sees them; both call the same operations.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Flask, current_app, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy.exc import SQLAlchemyError

from portal.context import now, services_of
from portal.db import session
from portal.guards import marked
from portal.intake import core, files, leasing, operations
from portal.intake.commit import Threads
from portal.intake.operations import intake_of
from portal.intake.outcome import Unavailable
from shared import checkin
from shared.errors import ProtocolError

blueprint = Blueprint("intake", __name__, url_prefix="/api/v1")
_NAME = "homeward-commits"
View = Callable[..., Any]


@blueprint.app_context_processor
def _used() -> dict[str, object]:
    """The page of the license says how much of it is used."""
    return {"used_by": lambda owner: leasing.usage(session(), owner.id)}


@blueprint.record_once
def _wire(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, Flask)  # noqa: S101  (Flask types it as its own base)
    intake = operations.wire(services_of(state.app))
    operations.attach(state.app, intake)
    state.app.extensions[_NAME] = Threads(intake.store.commit)


def _for_laptops(view: View) -> View:
    """Whatever stops a laptop's request becomes its problem document."""

    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except (ProtocolError, Unavailable, SQLAlchemyError, OSError) as error:
            raise operations.refusal_of(error) from None

    return marked(answered, "laptop")


def _claim() -> tuple[checkin.Claim, bytes, bytes]:
    """(claim, signature, the key to check it with)"""
    claim, signature = operations.authorization_of(request.headers.get("Authorization", ""))
    intake = intake_of(current_app)
    key = intake.keys.get(claim.device_id) or operations.find_key(intake, claim.device_id)
    return claim, signature, key


@blueprint.post("/check-in")
@_for_laptops
def check_in() -> dict[str, Any]:
    """Envelopes up; receipt, orders and commands down."""
    request.max_content_length = core.MAX_BODY
    claim, signature, key = _claim()
    peer = (request.remote_addr or "", int(request.environ.get("REMOTE_PORT") or 0))
    lease = operations.lease_asked(request.headers.get(checkin.LEASE_HEADER, ""))
    came = core.Request(claim, signature, request.get_data(cache=False), peer, now(), lease)
    threads: Threads = current_app.extensions[_NAME]
    outcome = threads.submit((came, key))
    return operations.answer(intake_of(current_app), came, outcome).to_json()


@blueprint.put("/media/<hex32:sha256>")
@_for_laptops
def put_media(sha256: bytes) -> tuple[dict[str, Any], int]:
    """A file that a stored record lists."""
    request.max_content_length = None  # the record's own size is the limit
    claim, signature, key = _claim()
    checkin.verify(claim, signature, sha256, key)
    intake = intake_of(current_app)
    listed = files.listed_file(intake, claim.device_id, sha256)
    if listed.stored:
        return {}, 200
    files.receive(intake, listed, request.stream)
    return {}, 201


@blueprint.get("/wake")
@_for_laptops
def wake() -> dict[str, bool]:
    """Whether there is something new; without the edge nobody can wait here."""
    intake = intake_of(current_app)
    ticket = operations.ticket_of(intake, request.args.get("ticket", ""))
    return {"wake": operations.has_more_than(intake, ticket)}
