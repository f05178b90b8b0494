"""Drill: a theft rehearsed once, at home, with a test picture and no camera."""

from agent.commands.outcome import Hands, Outcome, Result
from shared.command import Command


def obey(hands: Hands, order: Command) -> Outcome:
    hands.drill(order.terms.issued)
    return Outcome(Result.DONE)
