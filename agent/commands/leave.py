"""Leave: the owner lets the laptop go. It answers once more, then forgets keys and owner."""

from agent.commands.outcome import Hands, Outcome, Result
from shared.command import Command


def obey(hands: Hands, order: Command) -> Outcome:
    return Outcome(Result.DONE, leaving=True)
