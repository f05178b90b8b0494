"""Sessions, authenticator app and passkeys over HTTP (docs/api.md, "Signing in safely")."""

from typing import Any

from flask import Blueprint

from portal import context
from portal.accounts import security, totp
from portal.accounts.forms import CodeForm, NewPasskey, StepUp
from portal.accounts.models import Passkey, SignIn
from portal.accounts.sign_ins import hash_of
from portal.db import session
from portal.forms import takes
from portal.guards import account, owner_required, visitor
from shared.encoding import b64

blueprint = Blueprint("security", __name__, url_prefix="/api/v1/account")


@blueprint.get("/sessions")
@owner_required
def show_sessions() -> dict[str, Any]:
    """The browsers and clients that are signed in."""
    here = hash_of(visitor().token)
    found = security.sessions_of(session(), account(), context.now())
    return {"sessions": [_session_json(one, here) for one in found]}


def _session_json(one: SignIn, here: bytes) -> dict[str, Any]:
    return {
        "id": one.token_hash.hex(),
        "browser": one.browser,
        "created": one.created,
        "last_used": one.last_used,
        "here": one.token_hash == here,
    }


@blueprint.post("/sessions/<hex32:session_id>/end")
@owner_required
def end_session(session_id: bytes) -> tuple[str, int]:
    """Sign one of them out."""
    security.end_session(session(), account(), session_id, context.now())
    return "", 204


@blueprint.post("/sessions/end-others")
@owner_required
def end_other_sessions() -> tuple[str, int]:
    """Sign all of them out but this one."""
    security.end_other_sessions(session(), account(), visitor())
    return "", 204


@blueprint.get("/factors")
@owner_required
def show_factors() -> dict[str, Any]:
    """What stands beside the password."""
    held = security.factors_of(session(), account())
    slots = {slot.id for slot in account().slots}
    return {
        "totp": held.app and {"since": held.app.confirmed},
        "backup_codes_left": held.backup_codes_left,
        "passkeys": [_passkey_json(key, slots) for key in held.passkeys],
    }


def _passkey_json(key: Passkey, slots: set[bytes]) -> dict[str, Any]:
    return {
        "id": key.id.hex(),
        "credential_id": b64(key.credential_id),
        "created": key.created,
        "last_used": key.last_used,
        "unlocks": key.id in slots,
    }


@blueprint.post("/totp")
@owner_required
@takes(StepUp)
def begin_totp(body: StepUp) -> tuple[dict[str, Any], int]:
    """Begin with an authenticator app; confirm with its first code."""
    by = visitor()
    begun = security.begin_totp(session(), account(), body.login_verifier, by)
    address = totp.address_of(begun, account().email_norm, by.pepper)
    return {"secret": totp.secret_of(begun, by.pepper), "address": address}, 201


@blueprint.post("/totp/confirm")
@owner_required
@takes(CodeForm)
def confirm_totp(body: CodeForm) -> dict[str, Any]:
    """Turn the app on; the answer holds the backup codes, this once."""
    return {"backup_codes": security.confirm_totp(session(), account(), body.code, visitor())}


@blueprint.post("/totp/off")
@owner_required
@takes(StepUp)
def end_totp(body: StepUp) -> tuple[str, int]:
    """Turn the app off."""
    security.end_totp(session(), account(), body.login_verifier, visitor())
    return "", 204


@blueprint.post("/backup-codes")
@owner_required
@takes(StepUp)
def renew_backup_codes(body: StepUp) -> dict[str, Any]:
    """Ten new backup codes; the old ones end."""
    codes = security.renew_backup_codes(session(), account(), body.login_verifier, visitor())
    return {"backup_codes": codes}


@blueprint.post("/passkeys/start")
@owner_required
@takes(StepUp)
def begin_passkey(body: StepUp) -> dict[str, Any]:
    """What a browser needs to make a passkey."""
    return security.begin_passkey(session(), account(), body.login_verifier, visitor())


@blueprint.post("/passkeys")
@owner_required
@takes(NewPasskey)
def add_passkey(body: NewPasskey) -> tuple[dict[str, Any], int]:
    """Keep a new passkey, and its slot where it can unlock."""
    passkey, codes = security.add_passkey(session(), account(), body, visitor())
    return {"id": passkey.id.hex(), "backup_codes": codes}, 201


@blueprint.post("/passkeys/<hex16:passkey_id>/remove")
@owner_required
@takes(StepUp)
def remove_passkey(passkey_id: bytes, body: StepUp) -> tuple[str, int]:
    """Remove a passkey and the slot it opened."""
    security.remove_passkey(session(), account(), passkey_id, body.login_verifier, visitor())
    return "", 204
