"""The pages around an account: sign up, sign in, unlock, a forgotten password, sign out.

They carry no secret and take none: what an owner types stays in her browser, which speaks to
the API (docs/api.md) with what it derived.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import context
from portal.accounts import operations
from portal.db import session
from portal.frame import page_for_owner, signed_in
from portal.guards import account, cookie_name

blueprint = Blueprint("account_pages", __name__)


@blueprint.get("/sign-up")
def sign_up() -> str:
    return render_template("accounts/sign_up.html")


@blueprint.get("/sign-in")
def sign_in() -> str:
    return render_template("accounts/sign_in.html")


@blueprint.get("/forgotten")
def forgotten() -> str:
    return render_template("accounts/forgotten.html")


@blueprint.get("/unlock")
@page_for_owner
def unlock() -> str:
    return render_template("accounts/unlock.html")


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """A plain form, so that it works without a script; the browser forgets its keys as well."""
    if signed_in():
        token = request.cookies.get(cookie_name(), "")
        operations.sign_out(session(), account(), token, context.now())
    answer = redirect(url_for("site_pages.home"), 303)
    https = context.services().settings.https
    answer.delete_cookie(cookie_name(), secure=https, httponly=True, samesite="Lax")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer
