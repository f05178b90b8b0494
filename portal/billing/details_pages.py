"""Billing details: what stands on her invoices, and what VIES said of a VAT number."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import context, countries
from portal.accounts.models import Account
from portal.billing import details, words
from portal.billing.shop import shop
from portal.db import for_writing, session
from portal.frame import page_for_owner
from portal.guards import account
from portal.problems import Problem
from portal.words import language

blueprint = Blueprint("billing_details", __name__)
_FIELDS = ("name", "address", "country", "vat")


@blueprint.get("/payments/details")
@page_for_owner
def show() -> str:
    held = details.of(session(), account())
    kept = (held.name, held.address, held.country, held.vat_number) if held else ("",) * 4
    return _page(dict(zip(_FIELDS, kept, strict=True)))


@blueprint.post("/payments/details")
@page_for_owner
def save() -> Response | tuple[str, int]:
    owner = account()
    try:
        details.save(session(), owner, request.form, context.now())
        session().commit()
    except Problem as refused:
        typed = {name: request.form.get(name, "") for name in _FIELDS}
        return _page(typed, words.refusal(refused.code)), refused.status
    look_up(owner)
    return redirect(url_for("billing_details.show", saved=1), 303)


def _page(typed: dict[str, str], refusal: str = "") -> str:
    held = details.of(session(), account())
    return render_template(
        "billing/details.html", typed=typed, refusal=refusal, countries=countries.names(language()),
        saved="saved" in request.args,
        said=words.vies(held, asks=bool(shop().settings.vies)) if held and not refusal else "",
    )  # fmt: skip


def look_up(owner: Account) -> None:
    """Ask VIES at once; should it be away, a job goes on asking."""
    services, mine = context.services(), owner.id
    session().close()
    details.ask_due(for_writing(services.engine), shop().settings, services.clock, mine)
