"""Ask for news, object to it, choose: pages that need no account, no cookie and no script.

A look at any of them changes nothing: mail programs and scanners follow links.
"""

from collections.abc import Iterable
from datetime import timedelta

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from portal import context
from portal.accounts import throttle
from portal.db import session
from portal.frame import page_for_owner
from portal.guards import account, from_anywhere, visitor
from portal.mail import outbox
from portal.marketing import consent, tokens
from portal.marketing.consent import Here
from portal.marketing.models import Scope
from portal.marketing.people import person
from portal.marketing.tokens import CONFIRM, OUT, Ticket
from portal.problems import Problem, not_found
from portal.words import language

blueprint = Blueprint("marketing", __name__)
_TYPED = throttle.Limit("opt-out", free=20, longest=timedelta(minutes=15))
ONE_CLICK = "One-Click"


def _here(way: str) -> Here:
    return Here(context.services().settings.pepper, way, language(), context.now())


@blueprint.get("/opt-out")
def opt_out() -> str:
    return render_template("marketing/opt_out.html", done="done" in request.args)


@blueprint.post("/opt-out")
def object_by_address() -> Answer:
    """The same answer whether anybody knows the address; it counts from the very next letter on."""
    here = _here("opt-out")
    consent.object_to_all(session(), person(here.pepper, _typed_address()), here)
    return redirect(url_for("marketing.opt_out", done="yes", lang=language()), 303)


@blueprint.get("/news")
def news() -> str:
    return render_template("marketing/news.html", asked="asked" in request.args, scopes=Scope)


@blueprint.post("/news")
def ask() -> Answer:
    address, scopes = _typed_address(), _chosen()
    if not scopes:
        raise Problem(400, "malformed", "Choose what you want to hear of.")
    consent.ask(session(), address, scopes, _here("news-page"))
    return redirect(url_for("marketing.news", asked="yes", lang=language()), 303)


@blueprint.get("/news/confirm/<token>")
def confirmation(token: str) -> str:
    _ticket(CONFIRM, token)
    return render_template("marketing/confirm.html", token=token, done="done" in request.args)


@blueprint.post("/news/confirm/<token>")
def confirm(token: str) -> Answer:
    consent.confirm(session(), _ticket(CONFIRM, token), _here("confirm-page"))
    return redirect(url_for("marketing.confirmation", token=token, done="yes"), 303)


@blueprint.get("/u/<token>")
def choices(token: str) -> str:
    ticket = _ticket(OUT, token)
    on = consent.asked_for(session(), ticket.person)
    return render_template(
        "marketing/choices.html", to=url_for("marketing.choose", token=token), scopes=sorted(on),
        on=on, about=ticket.scopes,
        saved=request.args.get("saved"), one_click=url_for("marketing.stop", token=token),
    )  # fmt: skip


@blueprint.post("/u/<token>")
@from_anywhere
def stop(token: str) -> Answer | str:
    """RFC 8058: from a mail program, with no cookie and nothing to click through; or the button."""
    ticket = _ticket(OUT, token)
    by_program = request.form.get("List-Unsubscribe") == ONE_CLICK
    here = _here("one-click" if by_program else "link")
    consent.object_to(session(), ticket.person, ticket.scopes, here)
    if by_program:
        return Response(status=200)
    return redirect(url_for("marketing.choices", token=token, saved="stopped"), 303)


@blueprint.post("/u/<token>/choices")
def choose(token: str) -> Answer:
    """From a link in a letter: whoever has it reads that mailbox, but adds nothing unconfirmed."""
    ticket = _ticket(OUT, token)
    _keep_only(ticket.person, "preferences")
    return redirect(url_for("marketing.choices", token=token, saved="yes"), 303)


@blueprint.get("/account/letters")
@page_for_owner
def own_choices() -> str:
    whom = person(context.services().settings.pepper, account().email_norm)
    return render_template(
        "marketing/choices.html", to=url_for("marketing.choose_own"), scopes=Scope,
        on=consent.asked_for(session(), whom), about=(), saved=request.args.get("saved"),
        one_click=None, lines=consent.ledger(session(), whom)[::-1],
    )  # fmt: skip


@blueprint.post("/account/letters")
@page_for_owner
def choose_own() -> Answer:
    """What is ticked anew takes a letter and an answer: an account's address is not proven."""
    here, address = _here("account"), account().email_norm
    whom = person(here.pepper, address)
    _keep_only(whom, "account")
    wanted = set(_chosen()) - consent.asked_for(session(), whom)
    if wanted and outbox.is_address(address):
        consent.ask(session(), address, sorted(wanted), here)
    saved = "asked" if wanted else "yes"
    return redirect(url_for("marketing.own_choices", saved=saved), 303)


def _keep_only(whom: bytes, way: str) -> None:
    """Whatever was on and is not ticked ends."""
    ended = consent.asked_for(session(), whom) - set(_chosen())
    if "all" in request.form:
        consent.object_to_all(session(), whom, _here(way))
    elif ended:
        consent.object_to(session(), whom, sorted(ended), _here(way))


def _chosen() -> list[Scope]:
    given: Iterable[str] = request.form.getlist("scope")
    return [scope for scope in Scope if scope in given]


def _typed_address() -> str:
    """Raises Problem malformed, slow-down."""
    address = request.form.get("email", "").strip()
    if not outbox.is_address(address):
        raise Problem(400, "malformed", "This is not an address that mail could be sent to.")
    by = visitor()
    tries = (throttle.watch(_TYPED, by.pepper, by.prefix),)
    throttle.check(session(), tries, by.now)
    throttle.count(session(), tries, by.now)
    return address


def _ticket(use: bytes, token: str) -> Ticket:
    """Raises Problem not-found for whatever this portal has not made."""
    found = tokens.read(context.services().settings.pepper, use, token)
    if found is None:
        raise not_found()
    return found
