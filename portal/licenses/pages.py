"""The page of an owner's license: what she has, which seats are taken, and where a key is typed."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from licensing import meters
from licensing.rights import Action
from portal import context
from portal.db import session
from portal.frame import page_for_owner
from portal.guards import account, visitor
from portal.licenses import operations, seating, words
from portal.problems import Problem

blueprint = Blueprint("license_pages", __name__)


@blueprint.get("/licenses")
@page_for_owner
def show() -> str:
    return _page(claimed="claimed" in request.args, moved="moved" in request.args)


@blueprint.post("/licenses")
@page_for_owner
def claim() -> Response | tuple[str, int]:
    """A plain form: the key stands in no address, and the page needs no script."""
    try:
        operations.claim(session(), account(), request.form.get("key", ""), _since(), visitor())
    except Problem as refusal:
        return _page(refusal=words.refusal(refusal.code)), refusal.status
    return redirect(url_for("license_pages.show", claimed="yes"), 303)


@blueprint.post("/licenses/<hex16:device_id>/seat")
@page_for_owner
def move(device_id: bytes) -> Response | tuple[str, int]:
    try:
        seating.move(session(), account(), device_id, _since(), context.now())
    except Problem as refusal:
        if refusal.code == "not-found":
            raise
        return _page(refused=words.refusal(refusal.code)), refusal.status
    return redirect(url_for("license_pages.show", moved="yes"), 303)


def _since() -> int | None:
    return context.services().settings.licenses_since


def _page(**said: Any) -> str:
    owner, now = account(), context.now()
    held = operations.holding(session(), owner, _since(), now)
    here = seating.seating(session(), owner, held, now)
    return render_template(
        "licenses/licenses.html",
        held=held,
        tier=words.tier(held.tier.name),
        state=words.state(held),
        may_add=held.may(Action.ADD_LAPTOP, now),
        here=here,
        owner=owner,
        room=meters.room(held.tier, held.seats),
        words=words,
        takes_keys=_since() is not None,
        **said,
    )
