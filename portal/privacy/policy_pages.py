"""Every version of what /privacy says, at an address that stays, beside the one before it."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal import context
from portal.db import session
from portal.privacy import announcing, policy
from portal.problems import not_found

blueprint = Blueprint("policy", __name__)


@blueprint.app_context_processor
def _announced() -> dict[str, object]:
    """Pages of the account say what is to change."""
    return {"coming": lambda: announcing.coming(session(), context.now())}


@blueprint.get("/privacy/versions")
def versions() -> str:
    now = context.now()
    return render_template(
        "privacy/versions.html", versions=policy.versions(session())[::-1],
        in_force=policy.in_force(session(), now), now=now,
    )  # fmt: skip


@blueprint.get("/privacy/versions/newest")
def newest() -> Response:
    known = policy.versions(session())
    if not known:
        raise not_found()
    return redirect(url_for("policy.version", number=known[-1].number))


@blueprint.get("/privacy/versions/<int:number>")
def version(number: int) -> str:
    """The first one is shown beside itself: nothing of it is new."""
    known = policy.versions(session())
    if not 1 <= number <= len(known):
        raise not_found()
    shown, before = known[number - 1], known[number - 2] if number > 1 else None
    return render_template(
        "privacy/version.html", version=shown, before=before,
        changes=policy.changes((before or shown).lines, shown.lines),
    )  # fmt: skip
