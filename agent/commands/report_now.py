"""Report now: one look more than planned, and no more than the plan allows."""

from typing import Any

from agent.commands.outcome import Hands, Outcome, Result


def obey(hands: Hands, parameters: dict[str, Any]) -> Outcome:
    hands.report()
    return Outcome(Result.DONE)
