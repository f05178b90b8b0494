"""Payments: what an owner bought, and how she changes it, ends it and has the money back.

Plain forms: no card number is ever typed here, that is asked for by those who take the money.
"""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from licensing.refunds import Due
from portal import context, countries
from portal.billing import bills, calls, details, prices, purchases, words
from portal.billing.details_pages import look_up
from portal.billing.models import Bill, Purchase
from portal.billing.shop import shop
from portal.db import for_writing, session
from portal.frame import page_for_owner
from portal.guards import account
from portal.licenses import words as license_words
from portal.problems import Problem, not_found
from portal.words import language

blueprint = Blueprint("billing", __name__)
_FIELDS = ("tier", "seats", "period", "country", "vat", "promo")


@blueprint.get("/payments")
@page_for_owner
def payments() -> str:
    return _payments()


def _payments(refusal: str = "") -> str:
    owner, now = account(), context.now()
    held = purchases.held(session(), owner, now)
    return render_template(
        "billing/payments.html",
        held=held,
        waiting=calls.waiting(session(), held.purchase) if held else [],
        tier=license_words.tier(held.purchase.tier) if held else "",
        state=license_words.state_of(held.license) if held else "",
        back=purchases.money_back(held, now),
        is_due=isinstance(purchases.money_back(held, now), Due),
        bills=bills.of_account(session(), owner),
        refusal=refusal,
        words=words,
    )


@blueprint.get("/payments/buy")
@page_for_owner
def choose() -> str:
    return _choose("billing/buy.html")


@blueprint.post("/payments/buy")
@page_for_owner
def buy() -> Response | tuple[str, int]:
    """Note it, then show where to pay: a form may not lead to another site, a link may."""
    here, now = shop(), context.now()
    home = context.services().settings.public_url
    try:
        choice = prices.choose(here, request.form)
        _keep_where(choice)
        owner = account()
        since = context.services().settings.licenses_since
        purchase, price = purchases.begin(session(), owner, choice, here, since, now)
        session().commit()
        purchase.checkout = purchases.send_to_pay(purchase, owner, price, here, home)
        session().commit()
    except Problem as refused:
        return _choose("billing/buy.html", refused), refused.status
    return redirect(url_for("billing.bought", purchase_id=purchase.id), 303)


def _keep_where(choice: prices.Choice) -> None:
    """What VIES says of a new number decides the sum, so it is asked before."""
    owner = account()
    details.keep(session(), owner, choice.country, choice.vat_number, context.now())
    session().commit()
    look_up(owner)


def _choose(template: str, refused: Problem | None = None, **said: Any) -> str:
    held = details.of(session(), account())
    known = {"country": held.country, "vat": held.vat_number} if held else {}
    typed = {name: request.values.get(name, known.get(name, "")) for name in _FIELDS}
    return render_template(
        template, tiers=shop().tiers, countries=countries.names(language()), words=words,
        names=license_words, typed=typed,
        refusal=words.refusal(refused.code) if refused else "", **said,
    )  # fmt: skip


@blueprint.get("/payments/<hex16:purchase_id>")
@page_for_owner
def bought(purchase_id: bytes) -> str:
    """Before the payment the way there; afterwards that it arrived, or that it is waited for."""
    found = session().get(Purchase, purchase_id)
    if found is None or found.account_id != account().id:
        raise not_found()
    held = details.of(session(), account())
    taxed = held and found.vat_number and not found.vies_reference
    return render_template(
        "billing/bought.html", purchase=found, tier=license_words.tier(found.tier), words=words,
        said=words.vies(held, asks=bool(shop().settings.vies)) if held and taxed else "",
    )  # fmt: skip


@blueprint.get("/payments/change")
@page_for_owner
def compare() -> str | tuple[str, int]:
    """With a choice in the address, what it costs; nothing is changed by looking."""
    owner, here, now = account(), shop(), context.now()
    if not request.args.get("tier"):
        return _choose("billing/change.html", held=purchases.held(session(), owner, now))
    try:
        choice = prices.choose(here, _as_bought(request.args))
        held, price, costs = purchases.preview(session(), owner, choice, here, now)
    except Problem as refused:
        held_now = purchases.held(session(), owner, now)
        return _choose("billing/change.html", refused, held=held_now), refused.status
    return _choose("billing/change.html", held=held, price=price, costs=costs, choice=choice)


@blueprint.post("/payments/change")
@page_for_owner
def change() -> Response | tuple[str, int]:
    owner, here, now = account(), shop(), context.now()
    try:
        choice = prices.choose(here, _as_bought(request.form))
        purchases.change(session(), owner, choice, here, now)
        session().commit()
    except Problem as refused:
        held = purchases.held(session(), owner, now)
        return _choose("billing/change.html", refused, held=held), refused.status
    return _asked()


def _as_bought(form: Any) -> dict[str, str]:
    """How often they pay stays as it was bought; where somebody is, they say in their details."""
    held = purchases.held(session(), account(), context.now())
    kept, given = held.purchase if held else None, details.of(session(), account())
    here = (given.country, given.vat_number) if given else ("", "")
    country, number = (kept.tax_country, kept.vat_number) if kept and not given else here
    return {
        "tier": form.get("tier", ""),
        "seats": form.get("seats", ""),
        "period": kept.period if kept else "",
        "country": country,
        "vat": number,
        "currency": kept.currency if kept else "EUR",
    }


@blueprint.post("/payments/cancel")
@page_for_owner
def cancel() -> Response | tuple[str, int]:
    """The second of two clicks."""
    try:
        purchases.cancel(session(), account(), context.now())
        session().commit()
    except Problem as refused:
        return _payments(words.refusal(refused.code)), refused.status
    return _asked()


@blueprint.post("/payments/refund")
@page_for_owner
def refund() -> Response | tuple[str, int]:
    try:
        purchases.refund(session(), account(), context.now())
        session().commit()
    except Problem as refused:
        return _payments(words.refusal(refused.code)), refused.status
    return _asked()


def _asked() -> Response:
    """Ask at once; should the provider be away, a job goes on asking."""
    provider, services = shop().provider, context.services()
    if provider:
        session().close()
        calls.make_due(for_writing(services.engine), provider, services.clock)
    return redirect(url_for("billing.payments"), 303)


@blueprint.get("/payments/invoices/<number>")
@page_for_owner
def invoice(number: str) -> str:
    """One page to print; the browser makes a PDF of it."""
    found = session().get(Bill, number)
    if found is None or found.account != account().id:
        raise not_found()
    return render_template(
        "billing/invoice.html", bill=found, words=words, seller=shop().settings.seller,
        what=license_words.tier(found.what.split()[0]), period=words.period(found.what.split()[1]),
    )  # fmt: skip
