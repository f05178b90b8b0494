"""Ask for what the law gives you: a page that needs neither an account nor a script."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import context
from portal.db import session
from portal.guards import visitor
from portal.privacy import requests
from portal.privacy.authorities import authorities
from portal.words import language

blueprint = Blueprint("rights", __name__)


@blueprint.get("/requests")
def form() -> str:
    return render_template(
        "privacy/requests.html", sent="sent" in request.args, kinds=requests.Kind,
        most=requests.MOST_TEXT,
    )  # fmt: skip


@blueprint.post("/requests")
def ask() -> Response:
    given = request.form
    kind, email, text = (given.get(name, "") for name in ("kind", "email", "text"))
    requests.take(session(), kind, email, text, visitor())
    return redirect(url_for("rights.form", sent="yes", lang=language()), 303)


@blueprint.get("/requests/confirm/<token>")
def look(token: str) -> str:
    """A look changes nothing: mail programs and scanners follow links."""
    return render_template("privacy/confirm_request.html", token=token, done="done" in request.args)


@blueprint.post("/requests/confirm/<token>")
def confirm(token: str) -> Response:
    pepper = context.services().settings.pepper
    requests.confirm(session(), token, pepper, context.now())
    return redirect(url_for("rights.look", token=token, done="yes", lang=language()), 303)


@blueprint.get("/authorities")
def complain() -> str:
    return render_template(
        "privacy/authorities.html", authorities=authorities(language()),
        answering=context.services().settings.answering,
    )  # fmt: skip


@blueprint.get("/.well-known/gpc.json")
def gpc() -> dict[str, object]:
    """Global Privacy Control: nothing is sold or shared here, with the header or without."""
    return {"gpc": True, "lastUpdate": "2026-11-27"}
