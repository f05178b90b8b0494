"""One-off wishes of the owner: each checked in the order of protocol.md 5, acted on once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent.commands import drill, errand, leave, lock, report_now, rules
from agent.commands.outcome import Hands, Outcome, Result
from agent.commands.rules import Authority
from shared import wishes
from shared.command import Command, Wish
from shared.crypto import OpeningKey
from shared.errors import ProtocolError

COMMANDS: Mapping[Wish, Callable[[Hands, Command], Outcome]] = {
    Wish.ALARM: errand.obey,
    Wish.MESSAGE: errand.obey,
    Wish.LOCK: lock.obey,
    Wish.WIPE: errand.obey,
    Wish.REPORT_NOW: report_now.obey,
    Wish.DRILL: drill.obey,
    Wish.LEAVE: leave.obey,
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Where commands arrive."""

    authority: Authority
    opening: OpeningKey
    hands: Hands


@dataclass(frozen=True, slots=True)
class Obeyed:
    """`wish` is empty for a command that was not opened."""

    outcome: Outcome
    wish: str = ""


def obey(order: Command, desk: Desk) -> Obeyed:
    """Do what the owner wishes, or say why not. Raises OSError when it could not be noted first."""
    ledger = desk.authority.ledger
    if order.id == ledger.begun:
        # The laptop went down between beginning and answering: never do it twice. What was handed
        # on by then will still be carried out, and answered.
        handed_on = desk.hands.holds(order.id)
        return Obeyed(Outcome(Result.BEGUN) if handed_on else Outcome(Result.FAILED, "interrupted"))
    try:
        rules.check_sender(order, desk.authority)
    except ProtocolError as refusal:
        return Obeyed(Outcome(Result.REFUSED, refusal.code, settled=False))
    try:
        rules.check_time(order, desk.authority)
        wish, parameters = order.open(desk.opening)
        wishes.parse(wish, parameters)
    except ProtocolError as refusal:
        return Obeyed(Outcome(Result.REFUSED, refusal.code))
    desk.authority.standing.note_signed_time(order.terms.issued)
    return Obeyed(_permitted(order, wish, desk), wish)


def _permitted(order: Command, wish: Wish, desk: Desk) -> Outcome:
    if why := rules.refusal(order, wish, desk.authority):
        return Outcome(Result.REFUSED, why)
    desk.authority.ledger.begin(order)
    return COMMANDS[wish](desk.hands, order)
