"""What this portal keeps of people, and how an owner has it all deleted."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal import context
from portal.db import session
from portal.frame import page_for_owner, signed_in
from portal.guards import account
from portal.privacy import closing, retention
from portal.privacy.models import Closing

blueprint = Blueprint("privacy", __name__)


@blueprint.app_context_processor
def _planned() -> dict[str, object]:
    """Pages of the account say that it is to be gone."""
    return {"closing": _own_closing}


def _own_closing() -> Closing | None:
    return closing.planned(session(), account()) if signed_in() else None


@blueprint.get("/privacy")
def show() -> str:
    """A page made of the schedule that the portal itself goes by."""
    return render_template("privacy/kept.html", kept=retention.of_people())


@blueprint.get("/account/close")
@page_for_owner
def close() -> str:
    return render_template(
        "privacy/close.html", account=account(), planned=closing.planned(session(), account())
    )


@blueprint.post("/account/close/keep")
@page_for_owner
def keep() -> Response:
    closing.keep(session(), account(), context.now())
    return redirect(url_for("own_account.show"), 303)
