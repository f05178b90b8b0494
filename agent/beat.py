"""One short-lived process: look when it is time, keep, send, obey, and say when to come again.

Everything it knows stands in files, so it may die at any line. The only place that wires the
sensors and the portal to the rest.
"""

import argparse
import errno
import random
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from agent import ballast, coming, departure, device, durable, moment, settings, status
from agent.coming import Coming
from agent.commands import Obeyed
from agent.commands.outcome import Hands, Outcome
from agent.errors import AgentError, NoRoom, NotPaired, Refused, StateDamaged, Unreachable
from agent.exchange import Conversation, Talked, answer, upload
from agent.moment import Moment
from agent.observing import NEWS, drill, hear, observe
from agent.parts import Parts, World, locked, open_parts
from agent.plan import Plan
from agent.settings import Settings
from agent.status import plan_now
from agent.uplink import Uplink

if TYPE_CHECKING:
    from agent.hosts.signed_in import Session
    from agent.sensors import Look

UNPAIRED = timedelta(hours=1)
PASSES = 8  # news upon news, before the supervisor gets its turn
LOCK_PATIENCE_S = 20
MOST_JITTER_S = 30  # added to an hourly look, so that not all laptops come in the same second


def beat(parts: Parts, now: Moment, why: str) -> Coming:
    """make_plan, look, keep, send, obey. A wait of zero: something changed, beat again at once."""
    coming = _look_and_talk(parts, now, why)
    for command_id in parts.errands.idle():
        parts.world.send(command_id)
    return coming


def _look_and_talk(parts: Parts, now: Moment, why: str) -> Coming:
    parts.standing.note_end_of_mandate(now.t)
    _answer(parts, now)
    hear(parts, now)
    plan = plan_now(parts, now)
    if parts.schedule.is_due(now, plan, news=why in NEWS):
        observe(parts, now, why)
    if parts.drills.is_due(parts.standing.orders.will, parts.standing.now(now.t)):
        drill(parts, now)
    try:
        talked = _talk(parts, now)
    except (Unreachable, Refused) as failure:
        parts.journal.note(now.t, "not-sent", why=str(failure))
        status.tell(parts, now, problem=str(failure))
        return Coming(parts.schedule.left(now, plan), reached=False)
    if talked.leaving or parts.errands.leaving:
        departure.depart(parts, now, "owner")
        return Coming(UNPAIRED)
    status.tell(parts, now, checked_in=True)
    wait = timedelta(0) if talked.news else parts.schedule.left(now, plan_now(parts, now))
    return Coming(wait, ticket=talked.wake)


def _answer(parts: Parts, now: Moment) -> None:
    """Seal what errands have said; killed between the two, it says so twice."""
    for said in parts.errands.answers():
        try:
            answer(parts, now, said.command_id, Obeyed(said.outcome, said.wish))
        except NoRoom:
            return
        if said.outcome.leaving:
            parts.errands.mark_leaving()
        said.path.unlink()


def _talk(parts: Parts, now: Moment) -> Talked:
    hands = Hands(
        report=lambda: observe(parts, now, "report-now"),
        drill=lambda asked: drill(parts, now, asked),
        lock=parts.world.lock,
        errand=parts.errands.begin,
        holds=parts.errands.holds,
    )
    talked = Conversation(parts, now, hands).talk()
    if not talked.news and not talked.leaving:
        upload(parts, now)
    return talked


def run(file: Path, why: str) -> None:
    """Beat until nothing is new, and leave word for the supervisor. Raises AgentError, OSError."""
    chosen = settings.load(file)
    with locked(chosen, LOCK_PATIENCE_S), requests.Session() as session:
        portal = Uplink(chosen.portal, session)
        try:
            world = World(
                _looking(chosen), portal, lock=_lock, send=_sending(file),
                signed_in=lambda: _signed_in(chosen),
            )  # fmt: skip
            coming_next = _beats(chosen, world, why)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                ballast.drop(chosen.private)
            raise
        coming.leave(chosen, coming_next, portal)


def _beats(chosen: Settings, world: World, why: str) -> Coming:
    now = moment.read()
    try:
        parts = open_parts(chosen, world, now)
    except NotPaired as nobody:
        status.tell_unpaired(chosen, now.t, str(nobody))
        return Coming(UNPAIRED)
    except StateDamaged:
        sentence = f"This laptop's {device.NAME} is damaged. Pair it again: homeward-agent enroll"
        status.tell_unpaired(chosen, now.t, sentence)
        return Coming(UNPAIRED)
    ballast.lay(chosen.private, world.limits.spare)
    for _ in range(PASSES):
        coming_next = beat(parts, now, why)
        if coming_next.wait:
            break
        now, why = moment.read(), "news"
    return _spread(coming_next, parts, now)


def _spread(answer: Coming, parts: Parts, now: Moment) -> Coming:
    """Laptops that were started together shall not call together; a stolen one does not wait."""
    phase = int.from_bytes(parts.device.id[:4], "big") / 2**32
    if plan_now(parts, now).mandate_until:
        return replace(answer, phase=phase)
    jitter = timedelta(seconds=random.uniform(0, MOST_JITTER_S))  # noqa: S311  (no secret)
    return replace(answer, phase=phase, wait=answer.wait + jitter)


def _looking(chosen: Settings) -> "Callable[[Plan], Look]":
    def look(plan: Plan) -> "Look":
        # Imported here because most beats only check in, and the sensors are the larger half.
        from agent.sensors import look as look_around

        return look_around(plan, chosen, _work(chosen))

    return look


def _signed_in(chosen: Settings) -> "tuple[Session, ...] | None":
    # Imported here because only a theft asks, and only where somebody else uses the laptop.
    from agent.attendance import signed_in

    return signed_in(_work(chosen))


def _work(chosen: Settings) -> Path:
    """Where the short-lived programs stand."""
    work = chosen.private / "work"
    durable.make_folder(work, 0o700)
    return work


def _lock() -> Outcome:
    # Imported here because hardly any beat asks the session manager.
    from agent.session.locking import lock

    return lock()


def _sending(file: Path) -> Callable[[bytes], None]:
    """Start the program that carries a command out; it outlives the beat, and its group."""

    def send(command_id: bytes) -> None:
        program = [sys.executable, "-I", "-m", "agent.errand", "--settings", str(file)]
        subprocess.Popen(
            [*program, command_id.hex()], stdin=subprocess.DEVNULL, start_new_session=True
        )

    return send


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="agent.beat", description=__doc__)
    parser.add_argument("--settings")
    parser.add_argument("why", help="start, due, poll, wake, woke, network or asked")
    chosen = parser.parse_args(arguments)
    try:
        run(settings.chosen(chosen.settings), chosen.why)
    except (AgentError, OSError) as trouble:
        print(f"This beat failed: {_sentence(trouble)}", file=sys.stderr)
        return 1
    except Exception as surprise:
        # The agent's outermost loop: the supervisor tries again later. A message might hold a
        # place or an address, so only type and line are told.
        print(f"This beat failed: {type(surprise).__name__} {_line(surprise)}", file=sys.stderr)
        return 1
    return 0


def _sentence(trouble: AgentError | OSError) -> str:
    return str(trouble.strerror if isinstance(trouble, OSError) else trouble)


def _line(surprise: BaseException) -> str:
    frame = traceback.extract_tb(surprise.__traceback__)[-1]
    return f"at {Path(frame.filename).name}:{frame.lineno}"


if __name__ == "__main__":
    sys.exit(main())
