"""The pages of a signed-in owner's account: who she is, how she signs in, what has happened.

Sessions and the log are ordinary pages; what needs a key or the password works in the browser.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

import segno
from babel.dates import format_datetime
from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from portal import context
from portal.accounts import log_words, security, totp
from portal.accounts.sign_ins import hash_of
from portal.db import session
from portal.frame import page_for_owner
from portal.guards import account, visitor
from portal.words import language

blueprint = Blueprint("own_account", __name__, url_prefix="/account")
_NEWEST = 2**62


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log as a sentence; `at` in Unix milliseconds."""

    at: int
    sentence: str


@blueprint.app_context_processor
def _moments() -> dict[str, object]:
    """Times as machines and as people read them; a script shows them in the owner's own zone."""
    return {"iso": _iso, "moment_text": _moment_text}


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")


def _moment_text(ms: int) -> str:
    return format_datetime(datetime.fromtimestamp(ms / 1000, UTC), "medium", locale=language())


@blueprint.get("")
@page_for_owner
def show() -> str:
    return render_template(
        "accounts/account.html",
        account=account(),
        factors=security.factors_of(session(), account()),
    )


@blueprint.get("/password")
@page_for_owner
def password() -> str:
    return render_template("accounts/password.html", account=account())


@blueprint.get("/recovery-code")
@page_for_owner
def recovery_code() -> str:
    return render_template("accounts/new_code.html", account=account())


@blueprint.get("/sessions")
@page_for_owner
def sessions() -> str:
    found = security.sessions_of(session(), account(), context.now())
    here = hash_of(visitor().token)
    return render_template("accounts/sessions.html", sessions=found, here=here)


@blueprint.post("/sessions/<hex32:session_id>/end")
@page_for_owner
def end_session(session_id: bytes) -> Answer:
    security.end_session(session(), account(), session_id, context.now())
    return redirect(url_for("own_account.sessions"), 303)


@blueprint.post("/sessions/end-others")
@page_for_owner
def end_other_sessions() -> Answer:
    security.end_other_sessions(session(), account(), visitor())
    return redirect(url_for("own_account.sessions"), 303)


@blueprint.get("/log")
@page_for_owner
def log() -> str:
    before = request.args.get("before", _NEWEST, type=int)
    found = security.log_of(session(), account(), min(max(before, 0), _NEWEST))
    lines = [Line(one.at, log_words.sentence(one.action)) for one in found]
    older = found[-1].number if len(found) == security.LINES else None
    return render_template("accounts/security_log.html", lines=lines, older=older)


@blueprint.get("/totp")
@page_for_owner
def authenticator() -> str:
    return render_template(
        "accounts/totp.html", account=account(), factors=security.factors_of(session(), account())
    )


@blueprint.get("/totp.svg")
@page_for_owner
def totp_code() -> Response:
    """The QR code of the secret that waits for its first code; afterwards it is never shown."""
    by = visitor()
    waiting = security.pending_totp(session(), account())
    image = BytesIO()
    address = totp.address_of(waiting, account().email_norm, by.pepper)
    segno.make(address, error="m").save(image, kind="svg", scale=5, border=4, light="white")
    answer = Response(image.getvalue(), content_type="image/svg+xml")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


@blueprint.get("/passkeys")
@page_for_owner
def passkeys() -> str:
    held = security.factors_of(session(), account())
    slots = {slot.id for slot in account().slots}
    return render_template("accounts/passkeys.html", account=account(), factors=held, slots=slots)


@blueprint.get("/deactivate")
@page_for_owner
def deactivate() -> str:
    return render_template("accounts/deactivate.html")
