"""Accounts over HTTP (docs/api.md, "Account")."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from portal import context
from portal.accounts import operations, portal_keys, registration, sign_ins
from portal.accounts.forms import (
    CodeChange,
    Credentials,
    DirectoryForm,
    PasswordChange,
    RecoveryCredentials,
    Registration,
    SignInStart,
)
from portal.accounts.models import Account
from portal.db import session
from portal.forms import takes
from portal.guards import account, cookie_name, owner_required, visitor
from shared.encoding import b64

blueprint = Blueprint("accounts", __name__, url_prefix="/api/v1")


@blueprint.post("/accounts")
@takes(Registration)
def register(body: Registration) -> tuple[dict[str, Any], int]:
    """Open an account; the answer never says whether the email was already here."""
    registration.register(session(), body, visitor())
    return {}, 202


@blueprint.post("/login/start")
@takes(SignInStart)
def start_sign_in(body: SignInStart) -> dict[str, Any]:
    """What the owner's client needs to derive its verifier from the password."""
    pepper = context.services().settings.pepper
    found = operations.start_sign_in(session(), body.email, pepper, context.now())
    return {"account_salt": b64(found.account_salt), "m": found.m, "t": found.t, "p": found.p}


@blueprint.post("/login")
@takes(Credentials)
def sign_in(body: Credentials) -> Response:
    """Sign in with the password's verifier, and a second factor where there is one."""
    claim = operations.Claim(body.email, body.login_verifier, body.second, body.undo)
    found, token = operations.sign_in(session(), claim, visitor())
    return _signed_in(found, token)


@blueprint.post("/recovery")
@takes(RecoveryCredentials)
def recover(body: RecoveryCredentials) -> Response:
    """Sign in with the recovery code's verifier; set a new password next."""
    claim = operations.Claim(body.email, body.recovery_verifier, body.second)
    found, token = operations.recover(session(), claim, visitor())
    return _signed_in(found, token)


@blueprint.post("/logout")
@owner_required
def sign_out() -> Response:
    """End this session, and have the browser forget what it kept."""
    operations.sign_out(session(), account(), request.cookies[cookie_name()], context.now())
    answer = Response(status=204)
    answer.headers["Clear-Site-Data"] = '"cache","storage"'
    answer.delete_cookie(cookie_name(), secure=_https(), httponly=True, samesite="Lax")
    return answer


@blueprint.get("/account")
@owner_required
def show_account() -> dict[str, Any]:
    """The account, with everything sealed that opens with the owner's password."""
    return account_json(account())


@blueprint.put("/account/directory")
@owner_required
@takes(DirectoryForm)
def change_directory(body: DirectoryForm) -> tuple[str, int]:
    """Replace the directory by its next version."""
    operations.change_directory(session(), account(), body, context.now())
    return "", 204


@blueprint.post("/account/password")
@owner_required
@takes(PasswordChange)
def change_password(body: PasswordChange) -> tuple[str, int]:
    """Change password, or email and password; every other session ends."""
    operations.change_password(session(), account(), body, visitor())
    return "", 204


@blueprint.post("/account/recovery-code")
@owner_required
@takes(CodeChange)
def change_code(body: CodeChange) -> tuple[str, int]:
    """Replace the recovery code: its slot, its verifier and its key, with the next directory."""
    operations.change_code(session(), account(), body, visitor())
    return "", 204


@blueprint.get("/portal-keys")
def show_portal_keys() -> dict[str, Any]:
    """The keys that receipts are signed with, with the time in which each was in use."""
    return {"keys": portal_keys.all_keys_json(session())}


def account_json(found: Account) -> dict[str, Any]:
    """`A` of docs/api.md."""
    return {
        "account_id": found.id.hex(),
        "email": found.email_norm,
        "account_salt": b64(found.account_salt),
        "kdf": {"m": found.kdf_m, "t": found.kdf_t, "p": found.kdf_p},
        "slots": [
            {"type": s.type, "id": s.id.hex(), "ak_gen": s.ak_gen, "sealed": b64(s.sealed)}
            for s in found.slots
        ],
        "keyring": [
            {"kind": k.kind, "kid": k.kid.hex(), "wrapped": b64(k.wrapped)} for k in found.keyring
        ],
        "directory": {"version": found.directory_version, "sealed": b64(found.directory_sealed)},
        "owner_key": b64(found.owner_key),
        "owner_opening_key": b64(found.owner_opening_key),
        "recovery_key": b64(found.recovery_key),
    }


def _signed_in(found: Account, token: str) -> Response:
    answer = jsonify(account=account_json(found))
    answer.set_cookie(
        cookie_name(), token, max_age=sign_ins.LONGEST, secure=_https(), httponly=True,
        samesite="Lax",
    )  # fmt: skip
    return answer


def _https() -> bool:
    return context.services().settings.https
