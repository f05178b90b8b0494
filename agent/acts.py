"""Carries out an alarm, a message or a wipe: checks once more who asks, then acts and says how it
goes, outcome by outcome.

Runs in a program of its own, as root where the agent itself is not: see agent/action.py.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agent import notices, wiping
from agent.commands import rules
from agent.commands.outcome import Outcome, Result
from agent.commands.rules import Authority
from agent.errands import ERRANDS, Errands
from agent.hosts.session import Session
from agent.session.sound import Stopped
from agent.settings import Settings
from shared import wishes
from shared.command import Command
from shared.crypto import OpeningKey
from shared.errors import ProtocolError
from shared.wishes import Alarm, Asked, Message, Wipe


@dataclass(frozen=True, slots=True)
class Scene:
    """Where it acts. `folder` keeps what must outlive a kill, `keep` is never wiped, `person` finds
    who sits at the laptop, `stopped` waits and tells whether it is enough, `clock` gives ms.
    """

    folder: Path
    keep: tuple[Path, ...]
    person: Callable[[], Session | None]
    stopped: Stopped
    clock: Callable[[], int]


def carry_out(
    order: Command, authority: Authority, opening: OpeningKey, scene: Scene
) -> Iterator[Outcome]:
    """The last outcome is none of BEGUN. Raises OSError when it could not be noted first."""
    errands = Errands(scene.folder / ERRANDS)
    known = errands.holds(order.id)
    try:
        rules.check_sender(order, authority, known)
        rules.check_time(order, authority)
        wish, parameters = order.open(opening)
        asked = wishes.parse(wish, parameters)
    except ProtocolError as refusal:
        yield Outcome(Result.REFUSED, refusal.code)
        return
    if why := rules.refusal(order, wish, authority) or _unfit(asked):
        yield Outcome(Result.REFUSED, why)
        return
    authority.standing.note_signed_time(order.terms.issued)
    if not known:
        errands.begin(order)
        authority.ledger.begin(order)
    yield from _done(asked, order, scene)


def _unfit(asked: Asked | None) -> str:
    """All else is for the agent itself to do."""
    return "" if isinstance(asked, Alarm | Message | Wipe) else "not-supported"


def _done(asked: Asked | None, order: Command, scene: Scene) -> Iterator[Outcome]:
    match asked:
        case Alarm():
            yield from notices.alarm(asked, scene.person, scene.stopped)
        case Message():
            yield from notices.message(
                asked, scene.person, lambda: scene.clock() > order.terms.expires, scene.stopped
            )
        case Wipe():
            yield from wiping.wipe(asked, scene.folder / f"wipe-{order.id.hex()}.json", scene.keep)


def kept_from_wipes(chosen: Settings) -> tuple[Path, ...]:
    """What the agent lives in: its state, its settings' neighbors, and its own program."""
    own = (chosen.state_dir, chosen.action_state, Path(sys.prefix), Path(__file__).parent.parent)
    return tuple(path for path in own if path is not None)


def clock() -> int:
    return time.time_ns() // 1_000_000
