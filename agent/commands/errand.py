"""Alarm, message, wipe: they take longer than a beat may, so a program of its own carries them out
(`agent/errand.py`) and answers when it knows more.
"""

from agent.commands.outcome import Hands, Outcome, Result
from shared.command import Command


def obey(hands: Hands, order: Command) -> Outcome:
    hands.errand(order)
    return Outcome(Result.BEGUN)
