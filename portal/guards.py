"""Who may come in, and with how much: owners by cookie, laptops by signature."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, g, request
from sqlalchemy import select
from werkzeug.routing import BaseConverter

from portal import context
from portal.accounts import sign_ins
from portal.accounts.models import Account
from portal.accounts.throttle import prefix_of
from portal.accounts.visitors import Visitor, browser_of
from portal.db import session
from portal.devices.models import Device
from portal.problems import Problem, not_found
from portal.words import language
from shared import checkin
from shared.errors import BadSignature, Malformed

MAX_JSON_BODY = 256 * 1024
_SAFE = ("GET", "HEAD", "OPTIONS")
_FOREIGN = ("cross-site", "same-site")
View = Callable[..., Any]


class Hex16(BaseConverter):
    """16 bytes in a path, as 32 lower-case hex digits."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> bytes:
        return bytes.fromhex(value)

    def to_url(self, value: bytes) -> str:
        return value.hex()


class Hex32(Hex16):
    """32 bytes in a path, as 64 lower-case hex digits."""

    regex = "[0-9a-f]{64}"


def guard(app: Flask) -> None:
    """What holds for every request: path ids, the size of a body, where a request comes from.

    A route that takes more than JSON raises its own `request.max_content_length`.
    """
    app.url_map.converters |= {"hex16": Hex16, "hex32": Hex32}
    app.config["MAX_CONTENT_LENGTH"] = MAX_JSON_BODY
    app.before_request(_refuse_cross_site)
    app.after_request(_keep_out_of_caches)


def from_anywhere(view: View) -> View:
    """The view may be posted to by any site: what allows it stands in its address."""
    vars(view)["from_anywhere"] = True
    return view


def _refuse_cross_site() -> None:
    # Browsers say where a request was made; what is no browser sends no such header.
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method in _SAFE or (view and vars(view).get("from_anywhere")):
        return
    if request.headers.get("Sec-Fetch-Site") in _FOREIGN:
        raise Problem(403, "cross-site", "This was sent from another site. Use the portal's own.")


def _keep_out_of_caches(answer: Response) -> Response:
    if request.path.startswith("/api/"):
        answer.headers.setdefault("Cache-Control", "no-store")
        answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def cookie_name() -> str:
    """__Host-: a browser takes it only over https and only from this very host."""
    return "__Host-homeward" if context.services().settings.https else "homeward"


def owner_required(view: View) -> View:
    """The view runs for a signed-in owner; `account()` says who."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        g.account_id = _signed_in()
        return view(*args, **kwargs)

    return marked(guarded, "owner")


def _signed_in() -> bytes:
    token = request.cookies.get(cookie_name(), "")
    found = sign_ins.recognize(context.services().engine, token, context.now())
    if found is None:
        raise Problem(401, "not-signed-in", "Sign in first.")
    return found


def account() -> Account:
    """The signed-in owner's account, in this request's session."""
    found = session().get(Account, g.account_id)
    if found is None:  # erased between the guard and here
        raise Problem(401, "not-signed-in", "Sign in first.")
    return found


def own_device(device_id: bytes) -> Device:
    """The signed-in owner's laptop; somebody else's does not exist."""
    found = session().scalar(
        select(Device).where(Device.id == device_id, Device.account_id == g.account_id)
    )
    if found is None:
        raise not_found()
    return found


def laptop_required(signed: bytes) -> Callable[[View], View]:
    """The view runs with the laptop that signed `signed` in place of a body."""

    def guard_view(view: View) -> View:
        @wraps(view)
        def guarded() -> Any:
            return view(_signing_laptop(signed))

        return marked(guarded, "laptop")

    return guard_view


def _signing_laptop(signed: bytes) -> Device:
    try:
        claim, signature = checkin.parse_authorization(request.headers.get("Authorization", ""))
    except Malformed as error:
        raise _unknown_device() from error
    found = session().scalar(
        select(Device).where(Device.id == claim.device_id, Device.revoked.is_(None))
    )
    if found is None:
        raise _unknown_device()
    try:
        checkin.verify(claim, signature, signed, found.device_key)
    except BadSignature as error:
        raise Problem(401, error.code, "This laptop's signature is not right.") from error
    return found


def _unknown_device() -> Problem:
    return Problem(401, "unknown-device", "This laptop is not paired here. Enroll it again.")


def marked(view: View, who: str) -> View:
    """Remember for openapi.json who may call a view."""
    vars(view)["who"] = who
    return view


def visitor() -> Visitor:
    """Whoever sends this request; their address goes no further than a keyed hash."""
    settings = context.services().settings
    return Visitor(
        pepper=settings.pepper,
        prefix=prefix_of(request.remote_addr),
        now=context.now(),
        token=request.cookies.get(cookie_name(), ""),
        browser=browser_of(request.user_agent.string),
        origin=settings.public_url,
        language=language(),
    )
