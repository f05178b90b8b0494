"""What stands in a link of a letter: who it was for and why, unguessable, valid for good.

It names somebody by hash, so that the way out still works after everything else was erased.
"""

import struct
from dataclasses import dataclass

from portal.marketing.models import Scope
from shared.crypto import domain, hmac_sha256, same
from shared.encoding import b64, unb64
from shared.errors import Malformed

_FORM = struct.Struct(">c32sBI")
_MAC_SIZE = 16
_SCOPES = tuple(Scope)
OUT, CONFIRM, ANSWER = b"u", b"c", b"s"


@dataclass(frozen=True, slots=True)
class Ticket:
    """`scopes`: all that a confirmation is about; one for a letter that can be stopped."""

    person: bytes
    scopes: tuple[Scope, ...]
    campaign: int = 0


def make(pepper: bytes, use: bytes, ticket: Ticket) -> str:
    bits = sum(1 << _SCOPES.index(scope) for scope in ticket.scopes)
    said = _FORM.pack(use, ticket.person, bits, ticket.campaign)
    return b64(said + _mac(pepper, said))


def read(pepper: bytes, use: bytes, token: str) -> Ticket | None:
    """None for whatever this portal has not made for this use."""
    try:
        raw = unb64(token)
    except Malformed:
        return None
    said, mac = raw[:-_MAC_SIZE], raw[-_MAC_SIZE:]
    if len(raw) != _FORM.size + _MAC_SIZE or not same(mac, _mac(pepper, said)):
        return None
    made_for, whom, bits, campaign = _FORM.unpack(said)
    if made_for != use:
        return None
    scopes = tuple(scope for place, scope in enumerate(_SCOPES) if bits >> place & 1)
    return Ticket(whom, scopes, campaign)


def _mac(pepper: bytes, said: bytes) -> bytes:
    return hmac_sha256(pepper, domain("marketing-token"), said)[:_MAC_SIZE]
