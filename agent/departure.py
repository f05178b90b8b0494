"""How the agent leaves a laptop: it tells the owner, then forgets keys, owner and evidence.

A package that is removed takes the program alone: the owner is told, and all else stays.
"""

import shutil
from contextlib import suppress

from agent import status
from agent.commands.outcome import RESTING
from agent.device import NAME as KEYS
from agent.errors import NoRoom, Refused, StateDamaged, Unreachable
from agent.exchange import Conversation, claim
from agent.moment import Moment
from agent.parts import LOCK, Parts
from agent.settings import Settings


def depart(parts: Parts, moment: Moment, who: str) -> bool:
    """True when the owner has been told; without a network the laptop leaves all the same."""
    with suppress(NoRoom, StateDamaged):
        parts.records.event(moment, "leaving", who=who)
    told = _sent(parts, moment)
    # Only after the sealed word has arrived: a laptop that has left is heard no more.
    if told:
        with suppress(Unreachable, Refused):
            parts.world.uplink.say_goodbye(claim(parts, moment), parts.device.signing)
    parts.journal.note(moment.t, "left", who=who, owner_told=told)
    forget(parts.settings)
    status.tell_unpaired(parts.settings, moment.t, "This laptop was let go. It reports to nobody.")
    return told


def remove(parts: Parts, moment: Moment) -> bool:
    """True when the owner has been told; otherwise they hear of it should the package come back."""
    with suppress(NoRoom, StateDamaged):
        parts.records.event(moment, "removed")
    parts.journal.note(moment.t, "removed")
    return _sent(parts, moment)


def _sent(parts: Parts, moment: Moment) -> bool:
    """Whether everything that waited has arrived."""
    with suppress(Unreachable, Refused):
        Conversation(parts, moment, RESTING).talk()
        return not parts.outbox.records()
    return False


def forget(settings: Settings) -> None:
    """Call under the lock. Keys go first: whatever a kill leaves behind can then be used no more.

    The journal stays: it belongs to whoever sits at the laptop.
    """
    (settings.private / KEYS).unlink(missing_ok=True)
    for path in settings.private.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()
