"""Carries out one command that takes longer than a beat may, by itself or through the program that
acts as root, and leaves each answer for the next beat.

Started by a beat and again after a kill; the supervisor does not end it with the beat.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from agent import acts, device, settings
from agent.acts import Scene, clock, kept_from_wipes
from agent.commands.ledger import Ledger
from agent.commands.outcome import Outcome, Result
from agent.commands.rules import Authority
from agent.device import Device
from agent.errands import ERRANDS, Errands
from agent.errors import AgentError, Busy, Interrupted, NoWayToAct
from agent.hosts import host, quiet, root
from agent.request import Request
from agent.session.person import at_the_laptop
from agent.session.sound import Stopped
from agent.settings import Settings
from agent.standing import Standing
from shared.command import Command, Wish
from shared.encoding import from_json
from shared.errors import ProtocolError


def run(chosen: Settings, command_id: bytes) -> None:
    """Raises AgentError, ProtocolError, OSError; then it is begun again at the next beat."""
    errands = Errands(chosen.private / ERRANDS)
    with errands.held(command_id):
        if errands.holds(command_id):
            order, mine = errands.load(command_id), device.load(chosen.private)
            wish, _ = order.open(mine.opening)
            with _listening(chosen, order, wish) as heard:
                for outcome in _outcomes(chosen, order, mine, _or_left(heard, errands, command_id)):
                    errands.answer(command_id, wish, outcome)
                    host.nudge(chosen.private)  # the owner hears of it now, not at the next look
        errands.end(command_id)


def _listening(
    chosen: Settings, order: Command, wish: Wish
) -> AbstractContextManager[Callable[[float], bool]]:
    """Only an alarm ends when somebody says that it was heard."""
    return quiet.asked(chosen.public, order.id) if wish is Wish.ALARM else nullcontext(_waited)


def _waited(wait_s: float) -> bool:
    time.sleep(wait_s)
    return False


def _or_left(heard: Stopped, errands: Errands, command_id: bytes) -> Stopped:
    """A laptop that is let go meanwhile has nothing more to say or to sound."""
    return lambda wait_s: heard(wait_s) or not errands.holds(command_id)


def _outcomes(
    chosen: Settings, order: Command, mine: Device, stopped: Stopped
) -> Iterator[Outcome]:
    standing, ledger = Standing.load(chosen.private, mine.first_orders), Ledger(chosen.private)
    if chosen.action_socket:
        request = Request(order, tuple(standing.history()), mine.opening)
        yield from _through_root(request, chosen.action_socket, stopped)
        return
    ledger.load()
    authority = Authority(mine.id, standing, ledger, standing.now(clock()))
    scene = Scene(chosen.private, kept_from_wipes(chosen), at_the_laptop, stopped, clock)
    yield from acts.carry_out(order, authority, mine.opening, scene)


def _through_root(request: Request, address: Path, stopped: Stopped) -> Iterator[Outcome]:
    """What root says of it, line by line. Raises Interrupted when the last word is missing."""
    outcome = None
    try:
        for said in root.ask(request.line, address, stopped):
            outcome = Outcome.from_json(from_json(said))
            yield outcome
    except NoWayToAct:
        yield Outcome(Result.FAILED, "no-way-to-act")
        return
    if outcome is None or outcome.result is Result.BEGUN:
        raise Interrupted("The program that acts as root ended early. It is asked again.")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="agent.errand", description=__doc__)
    parser.add_argument("--settings")
    parser.add_argument("command_id", type=bytes.fromhex)
    given = parser.parse_args(arguments)
    try:
        run(settings.load(settings.chosen(given.settings)), given.command_id)
    except Busy:
        return 0  # another of these was quicker
    except (AgentError, ProtocolError, OSError) as trouble:
        print(f"An errand failed: {type(trouble).__name__}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
