"""Whom a laptop obeys, and when: protocol.md 5, in its order.

The agent applies these to what the portal handed it, and where another program acts as root, that
one applies them once more: it does not take the agent's word.
"""

from dataclasses import dataclass
from datetime import timedelta

from agent.commands.ledger import Ledger
from agent.standing import Standing
from shared import crypto
from shared.command import Command, Wish
from shared.errors import Expired, OutOfOrder, UnknownSigner

_MS = timedelta(milliseconds=1)
EARLY_MS = timedelta(minutes=10) // _MS  # how far the owner's clock may be ahead of ours
LONGEST_MS = timedelta(days=90) // _MS
LONGEST_WIPE_MS = timedelta(days=7) // _MS


@dataclass(frozen=True, slots=True)
class Authority:
    """Who may command, as far as this program knows; `now` is now*, in ms."""

    device_id: bytes
    standing: Standing
    ledger: Ledger
    now: int


def check_sender(order: Command, authority: Authority, known: bool = False) -> None:
    """For this laptop, from somebody who may command it, and not seen before (unless `known`).

    Raises ProtocolError.
    """
    order.check_device(authority.device_id)
    order.verify(_signing_key(order, authority))
    if not known and authority.ledger.knows(order):
        raise OutOfOrder("a command that was dealt with before")
    if order.terms.orders_serial > authority.standing.orders.serial:
        raise OutOfOrder("a command that follows orders this laptop has not heard")


def check_time(order: Command, authority: Authority) -> None:
    """Raises Expired."""
    terms = order.terms
    if not terms.issued - EARLY_MS <= authority.now <= terms.expires:
        raise Expired("a command whose time has passed, or has not come")
    if terms.expires - terms.issued > LONGEST_MS or terms.issued < authority.ledger.not_before:
        raise Expired("a command that may be too old to trust")


def refusal(order: Command, wish: Wish, authority: Authority) -> str:
    """Why a genuine wish is not permitted now, as a stable word; empty where it is."""
    theft = authority.standing.orders.will.theft
    stolen = theft is not None and authority.now < theft.ends
    if wish is Wish.DRILL and stolen:
        return "is-stolen"
    if wish is not Wish.WIPE:
        return ""
    if not stolen:
        return "not-stolen"
    return "expired" if order.terms.expires - order.terms.issued > LONGEST_WIPE_MS else ""


def _signing_key(order: Command, authority: Authority) -> bytes:
    """The key in force that has the right to command."""
    will = authority.standing.orders.will
    if order.signer == crypto.key_id(will.owner):
        return will.owner
    for signer in will.signers:
        if order.signer == crypto.key_id(signer.public):
            if "command" in signer.may and authority.now <= signer.until:
                return signer.public
            break
    raise UnknownSigner("signed by a key that may not command")
