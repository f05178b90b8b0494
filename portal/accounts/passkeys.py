"""Passkeys (WebAuthn): what a browser is asked, and what its answer is worth."""

import os
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    RegistrationCredential,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from portal.accounts.models import Account, Challenge, Passkey
from portal.problems import Problem
from shared.encoding import b64

_ALIVE_MS = timedelta(minutes=5) // timedelta(milliseconds=1)
_ALGORITHMS = (-8, -7, -257)  # Ed25519, P-256, RSA: what authenticators speak (COSE)
MOST = 10


class Use(StrEnum):
    """What a challenge was made for; it is worth nothing for anything else."""

    REGISTER = "register"
    SIGN_IN = "sign-in"


@dataclass(frozen=True, slots=True)
class Assertion:
    """What navigator.credentials.get() gave, without its extensions."""

    credential_id: bytes
    client_data: bytes
    authenticator_data: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Attestation:
    """What navigator.credentials.create() gave, without its extensions."""

    client_data: bytes
    attestation: bytes


def all_of(session: Session, account_id: bytes) -> list[Passkey]:
    """Oldest first."""
    query = select(Passkey).where(Passkey.account_id == account_id)
    return list(session.scalars(query.order_by(Passkey.created, Passkey.id)))


def creation_options(session: Session, account: Account, origin: str, now: int) -> dict[str, Any]:
    """For navigator.credentials.create(); the page adds the PRF extension."""
    return {
        "challenge": b64(_challenge(session, account.id, Use.REGISTER, now)),
        "rp": {"id": _host(origin), "name": "Homeward"},
        "user": {"id": b64(account.id), "name": account.email_norm, "displayName": "Homeward"},
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in _ALGORITHMS],
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "required"},
        "excludeCredentials": _named(session, account.id),
        "attestation": "none",
    }


def request_options(
    session: Session, account_id: bytes, origin: str, now: int
) -> dict[str, Any] | None:
    """For navigator.credentials.get(); None where the account has no passkey."""
    allowed = _named(session, account_id)
    if not allowed:
        return None
    return {
        "challenge": b64(_challenge(session, account_id, Use.SIGN_IN, now)),
        "rpId": _host(origin),
        "allowCredentials": allowed,
        "userVerification": "required",
    }


def verify_new(
    session: Session, account_id: bytes, made: Attestation, origin: str, now: int
) -> VerifiedRegistration:
    """Raises Problem bad-passkey."""
    credential = RegistrationCredential(
        # The library compares these two only with each other; the id that counts is signed.
        id="",
        raw_id=b"",
        response=AuthenticatorAttestationResponse(made.client_data, made.attestation),
    )
    try:
        return webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=_spend(session, account_id, Use.REGISTER, made.client_data, now),
            expected_rp_id=_host(origin),
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise not_made() from error


def verify(session: Session, account_id: bytes, shown: Assertion, origin: str, now: int) -> Passkey:
    """The account's passkey that signed just now; raises Problem bad-passkey."""
    passkey = session.scalar(
        select(Passkey).where(
            Passkey.credential_id == shown.credential_id, Passkey.account_id == account_id
        )
    )
    if passkey is None:
        raise refused()
    try:
        challenge = _spend(session, account_id, Use.SIGN_IN, shown.client_data, now)
        verified = _verified(passkey, shown, challenge, origin)
    except (WebAuthnException, ValueError) as error:
        raise refused() from error
    passkey.sign_count, passkey.last_used = verified.new_sign_count, now
    return passkey


def _verified(
    passkey: Passkey, shown: Assertion, challenge: bytes, origin: str
) -> VerifiedAuthentication:
    response = AuthenticatorAssertionResponse(
        shown.client_data, shown.authenticator_data, shown.signature
    )
    name = shown.credential_id
    return webauthn.verify_authentication_response(
        credential=AuthenticationCredential(id=b64(name), raw_id=name, response=response),
        expected_challenge=challenge,
        expected_rp_id=_host(origin),
        expected_origin=origin,
        credential_public_key=passkey.public_key,
        credential_current_sign_count=passkey.sign_count,
        require_user_verification=True,
    )


def not_made() -> Problem:
    return Problem(422, "bad-passkey", "This passkey could not be added. Try again.")


def refused() -> Problem:
    return Problem(401, "bad-passkey", "This passkey was not accepted. Try again.")


def purge(session: Session, now: int) -> None:
    """Forget challenges that nobody answered."""
    session.execute(delete(Challenge).where(Challenge.expires <= now))


def _named(session: Session, account_id: bytes) -> list[dict[str, str]]:
    keys = all_of(session, account_id)
    return [{"type": "public-key", "id": b64(key.credential_id)} for key in keys]


def _challenge(session: Session, account_id: bytes, use: Use, now: int) -> bytes:
    nonce = os.urandom(32)
    session.add(Challenge(nonce=nonce, account_id=account_id, use=use, expires=now + _ALIVE_MS))
    return nonce


def _spend(session: Session, account_id: bytes, use: Use, client_data: bytes, now: int) -> bytes:
    """The challenge this answers, good for one answer; raises ValueError."""
    try:
        nonce = parse_client_data_json(client_data).challenge
    except (WebAuthnException, TypeError, AttributeError) as error:
        raise ValueError("no client data") from error
    found = session.get(Challenge, nonce)
    if found is None or (found.account_id, found.use) != (account_id, use) or found.expires <= now:
        raise ValueError("no challenge of ours")
    session.delete(found)
    return nonce


def _host(origin: str) -> str:
    """The relying party's id: a passkey of one host is of no use to another."""
    return urlsplit(origin).hostname or ""
