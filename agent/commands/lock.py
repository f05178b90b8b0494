"""Lock: every screen at once, and an honest word on whether they did."""

from agent.commands.outcome import Hands, Outcome
from shared.command import Command


def obey(hands: Hands, order: Command) -> Outcome:
    return hands.lock()
