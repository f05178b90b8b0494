"""Leave: the owner lets the laptop go. It answers once more, then forgets keys and owner."""

from typing import Any

from agent.commands.outcome import Hands, Outcome, Result


def obey(hands: Hands, parameters: dict[str, Any]) -> Outcome:
    return Outcome(Result.DONE, leaving=True)
