"""What a beat leaves for the supervisor: when to come again, and where to listen until then.

Lines of "name value" in one small file, because the supervisor carries no JSON.
"""

from dataclasses import dataclass
from datetime import timedelta

from agent import durable
from agent.settings import Settings
from agent.uplink import Uplink

NAME = "next"


@dataclass(frozen=True, slots=True)
class Coming:
    """`reached` is False when the portal did not answer sensibly; `ticket` opens the wake channel;
    `phase` (0 to 1) is the laptop's own, so that not all laptops come at once.
    """

    wait: timedelta
    reached: bool = True
    ticket: str | None = None
    phase: float = 0.0


def leave(settings: Settings, coming: Coming, uplink: Uplink) -> None:
    said = {
        "wait": f"{coming.wait.total_seconds():.1f}",
        "reached": "yes" if coming.reached else "no",
        "poll": f"{settings.poll.total_seconds():.0f}",
        "phase": f"{coming.phase:.4f}",
    }
    if settings.push and coming.ticket and coming.ticket.isascii() and coming.ticket.isprintable():
        said |= {"ticket": coming.ticket, **uplink.wake_door()}
    lines = "".join(f"{name} {value}\n" for name, value in said.items())
    durable.write(settings.private / NAME, lines.encode())
