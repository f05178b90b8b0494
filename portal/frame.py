"""What every page stands in: who is signed in, the language switch, the way to sign in."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, redirect, request, url_for
from werkzeug.wrappers import Response

from portal import context
from portal.accounts import sign_ins
from portal.guards import cookie_name, marked

View = Callable[..., Any]


def frame(app: Flask) -> None:
    app.jinja_env.globals |= {"signed_in": signed_in, "in_language": in_language}


def signed_in() -> bool:
    """Whether this request comes with a session; the page may then show the owner's ways."""
    if "account_id" not in g:
        token = request.cookies.get(cookie_name(), "")
        g.account_id = sign_ins.recognize(context.services().engine, token, context.now())
    return g.account_id is not None


def page_for_owner(view: View) -> View:
    """A page that only a signed-in owner sees; all others sign in first and come back."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs) if signed_in() else _to_sign_in()

    return marked(guarded, "owner")


def _to_sign_in() -> Response:
    return redirect(f"{url_for('account_pages.sign_in')}?{urlencode({'next': request.path})}", 303)


def in_language(code: str) -> str:
    """This very page in another language."""
    query = {**request.args.to_dict(), "lang": code}
    return f"{request.path}?{urlencode(query)}"
