"""How hot the laptop is: one that is covered by blankets or left in the sun says so."""

from pathlib import Path

from agent.hosts import host
from agent.settings import Settings
from shared.readings import Heat, Reason, Unread

NAME = "heat"
POSSIBLE_C = (0.0, 150.0)  # absent sensors read 0 or less, broken ones thousands


def read(settings: Settings, work_dir: Path) -> Heat | Unread:
    return hottest(host.temperatures())


def hottest(spots: list[tuple[str, float]]) -> Heat | Unread:
    """`spots` are names and degrees Celsius."""
    least, most = POSSIBLE_C
    possible = [(celsius, name) for name, celsius in spots if least < celsius < most]
    if not possible:
        return Unread(Reason.NOT_PRESENT, "This machine shows no temperature.")
    celsius, name = max(possible)
    return Heat(celsius, name)
