"""“I think I am being tracked”: a page that needs neither an account nor a script."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.db import session
from portal.guards import visitor
from portal.tracked import operations
from portal.words import language

blueprint = Blueprint("tracked", __name__)


@blueprint.get("/tracked")
def tracked() -> str:
    return render_template(
        "tracked/tracked.html", sent="sent" in request.args, days=operations.KEPT.days,
        most=operations.MOST_TEXT,
    )  # fmt: skip


@blueprint.post("/tracked")
def report() -> Response:
    """A plain form. The answer is the same for everybody and tells of no other report."""
    text, contact, fingerprint = (
        request.form.get(name, "") for name in ("text", "contact", "fingerprint")
    )
    operations.take(session(), text, contact, fingerprint, visitor())
    return redirect(url_for("tracked.tracked", sent="yes", lang=language()), 303)
