"""What this portal keeps of people, and how an owner has it all deleted."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from portal import context, countries
from portal.billing.shop import shop
from portal.blobs import FileStore
from portal.db import session
from portal.frame import page_for_owner, signed_in
from portal.guards import account
from portal.privacy import (
    authority,
    closing,
    export,
    metrics,
    policy,
    processors,
    purposes,
    resting,
    retention,
    roles,
)
from portal.privacy.models import Closing
from portal.thefts import operations as thefts
from portal.words import language

blueprint = Blueprint("privacy", __name__)
_NO_STORE = {"Cache-Control": "no-store"}


@blueprint.app_context_processor
def _planned() -> dict[str, object]:
    """Pages of the account say that it is to be gone, or rests."""
    return {
        "closing": _own_closing, "resting_since": _resting_since,
        "uncounted_since": _uncounted_since,
    }  # fmt: skip


def _own_closing() -> Closing | None:
    return closing.planned(session(), account()) if signed_in() else None


def _uncounted_since() -> int | None:
    return account().uncounted if signed_in() else None


def _resting_since() -> int | None:
    return account().resting if signed_in() else None


@blueprint.get("/privacy")
def show() -> str:
    """A page made of the schedule that the portal itself goes by."""
    settings = context.services().settings
    return render_template(
        "privacy/kept.html", kept=retention.of_people(), answering=settings.answering,
        helping=processors.helping(settings.processors, settings.mail, settings.billing),
        roles=processors.ROLES, countries=countries.names(language()),
        seeing=roles.roles(), purposes=purposes.purposes(), bases=policy.BASES,
        version=policy.in_force(session(), context.now()), sells=shop().sells,
        asked=authority.counts(session()), writes=settings.mail is not None,
        counted=metrics.SENTENCES.values() if settings.counts else (),
        names={one.name: one.what for one in retention.of_people()},
    )  # fmt: skip


@blueprint.get("/account/export")
@page_for_owner
def copy() -> Response:
    """All of it, as it comes."""
    services, owner = context.services(), account()
    blobs = FileStore(services.settings.blobs)
    asked = export.Asked(owner.id, owner.email_norm, services.settings.pepper, blobs)
    pieces = export.stream(services.engine, asked)
    name = {"Content-Disposition": 'attachment; filename="homeward-copy.zip"'}
    return FlaskResponse(pieces, mimetype="application/zip", headers={**name, **_NO_STORE})


@blueprint.get("/account/rest")
@page_for_owner
def rest() -> str:
    return render_template("privacy/rest.html", counts=context.services().settings.counts)


@blueprint.post("/account/rest")
@page_for_owner
def have_rest() -> Response:
    """Both ways take one click: nothing is lost by either."""
    change = resting.wake if "wake" in request.form else resting.rest
    change(session(), account(), context.now())
    return redirect(url_for("privacy.rest"), 303)


@blueprint.post("/account/counted")
@page_for_owner
def count_or_not() -> Response:
    """An objection to being counted, or its end."""
    change = resting.be_counted if "again" in request.form else resting.object_to_counting
    change(session(), account(), context.now())
    return redirect(url_for("privacy.rest"), 303)


@blueprint.get("/account/close")
@page_for_owner
def close() -> str:
    return render_template(
        "privacy/close.html", account=account(), planned=closing.planned(session(), account()),
        stays=retention.outliving(), stolen=thefts.are_open(session(), account()),
    )  # fmt: skip


@blueprint.post("/account/close/keep")
@page_for_owner
def keep() -> Response:
    closing.keep(session(), account(), context.now())
    return redirect(url_for("own_account.show"), 303)
