"""One-off wishes of the owner: each checked in the order of protocol.md 5, acted on once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.commands import leave, report_now
from agent.commands.ledger import Ledger
from agent.commands.outcome import Hands, Outcome, Result
from agent.device import Device
from agent.standing import Standing
from shared import crypto
from shared.command import Command, Wish
from shared.errors import Expired, OutOfOrder, ProtocolError, UnknownSigner

EARLY_MS = 10 * 60 * 1000  # how far the owner's clock may be ahead of ours
LONGEST_MS = 90 * 24 * 3600 * 1000

# Wishes that are not here are refused, and the owner hears so.
COMMANDS: Mapping[Wish, Callable[[Hands, dict[str, Any]], Outcome]] = {
    Wish.REPORT_NOW: report_now.obey,
    Wish.LEAVE: leave.obey,
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Where commands arrive; `now` is now*, in ms."""

    device: Device
    standing: Standing
    ledger: Ledger
    hands: Hands
    now: int


def obey(order: Command, desk: Desk) -> Outcome:
    """Do what the owner wishes, or say why not. Raises OSError when it could not be noted first."""
    if order.id == desk.ledger.begun:
        # The laptop went down between beginning and answering: never do it twice.
        return Outcome(Result.FAILED, "interrupted")
    try:
        _check_sender(order, desk)
    except ProtocolError as refusal:
        return Outcome(Result.REFUSED, refusal.code, settled=False)
    try:
        _check_time(order, desk)
        wish, parameters = order.open(desk.device.opening)
    except ProtocolError as refusal:
        return Outcome(Result.REFUSED, refusal.code)
    desk.standing.note_signed_time(order.terms.issued)
    if wish not in COMMANDS:
        return Outcome(Result.REFUSED, "not-supported")
    desk.ledger.begin(order)
    return COMMANDS[wish](desk.hands, parameters)


def _check_sender(order: Command, desk: Desk) -> None:
    """For this laptop, from somebody who may command it, and not seen before."""
    order.check_device(desk.device.id)
    order.verify(_signing_key(order, desk))
    if desk.ledger.knows(order):
        raise OutOfOrder("a command that was dealt with before")
    if order.terms.orders_serial > desk.standing.orders.serial:
        raise OutOfOrder("a command that follows orders this laptop has not heard")


def _check_time(order: Command, desk: Desk) -> None:
    terms = order.terms
    if not terms.issued - EARLY_MS <= desk.now <= terms.expires:
        raise Expired("a command whose time has passed, or has not come")
    if terms.expires - terms.issued > LONGEST_MS or terms.issued < desk.ledger.not_before:
        raise Expired("a command that may be too old to trust")


def _signing_key(order: Command, desk: Desk) -> bytes:
    """The key in force that has the right to command."""
    will = desk.standing.orders.will
    if order.signer == crypto.key_id(will.owner):
        return will.owner
    for signer in will.signers:
        if order.signer == crypto.key_id(signer.public):
            if "command" in signer.may and desk.now <= signer.until:
                return signer.public
            break
    raise UnknownSigner("signed by a key that may not command")
