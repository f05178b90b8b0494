"""The program that may do what the agent's own account may not: show a window and play a sound in
somebody's session, empty their folders. systemd starts it as root for one connection (stdin).

It believes only what root wrote down at pairing (agent/pins.py), and checks orders and command from
there: whoever takes over the agent's account, or its line to the network, gains nothing here.

One line of JSON in: {"command", "orders": [all since pairing], "opening"}. The last opens what was
sealed to this laptop; it says nothing about who asks. Then one line of JSON for each outcome. The
other end says anything, or hangs up, when an alarm is to stop.
"""

import argparse
import os
import select
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from agent import acts, pins, settings
from agent.acts import Scene, clock, kept_from_wipes
from agent.commands.ledger import Ledger
from agent.commands.outcome import Outcome, Result
from agent.commands.rules import Authority
from agent.errands import ERRANDS, Errands
from agent.errors import AgentError, NotPaired, NotTrusted, StateDamaged
from agent.request import Request
from agent.session.person import at_the_laptop
from agent.session.sound import Stopped
from agent.settings import Settings
from agent.standing import Standing
from shared.encoding import to_json
from shared.errors import ProtocolError

LONGEST_REQUEST = 8 * 1024 * 1024
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid


def serve(connection: socket.socket, chosen: Settings) -> None:
    """One request. Raises AgentError, ProtocolError, OSError."""
    _check_asker(connection, chosen)
    if chosen.action_state is None:
        raise NotTrusted("The settings name no action_state: nobody is obeyed here.")
    with connection.makefile("rwb") as stream:
        request = Request.parse(stream.readline(LONGEST_REQUEST))
        for outcome in _acted(request, connection, chosen, chosen.action_state):
            stream.write(to_json(outcome.to_json()) + b"\n")
            stream.flush()


def _check_asker(connection: socket.socket, chosen: Settings) -> None:
    """Root, or the account whose state folder it is; nobody else at the laptop may try."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(raw)
    if uid not in (0, chosen.state_dir.stat().st_uid):
        raise NotTrusted("Only the agent may ask for this.")


def _acted(
    request: Request, connection: socket.socket, chosen: Settings, folder: Path
) -> Iterator[Outcome]:
    errands, order = Errands(folder / ERRANDS), request.order
    try:
        authority = _authority(request, folder)
    except (NotPaired, NotTrusted, StateDamaged):
        yield Outcome(Result.FAILED, "owner-not-pinned")
        raise
    scene = Scene(folder, kept_from_wipes(chosen), at_the_laptop, _hung_up(connection), clock)
    with errands.held(order.id):
        yield from acts.carry_out(order, authority, request.opening, scene)
        errands.end(order.id)


def _authority(request: Request, folder: Path) -> Authority:
    """From root's own notes, and whatever orders follow them by the owner's signature."""
    first = pins.load(folder)
    standing, ledger = Standing.load(folder, first), Ledger(folder)
    ledger.load()
    for raw in request.orders:
        # Those known already, and those that do not follow, change nothing.
        with suppress(ProtocolError):
            standing.hear(raw, clock())
    return Authority(first.device_id, standing, ledger, standing.now(clock()))


def _hung_up(connection: socket.socket) -> Stopped:
    def stopped(wait_s: float) -> bool:
        return bool(select.select([connection], [], [], wait_s)[0])

    return stopped


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="agent.action", description=__doc__)
    parser.add_argument("--settings")
    given = parser.parse_args(arguments)
    try:
        with socket.socket(fileno=os.dup(sys.stdin.fileno())) as connection:
            serve(connection, settings.load(settings.chosen(given.settings)))
    except (AgentError, ProtocolError) as refusal:
        print(f"Refused: {refusal}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0  # whoever asked is gone, and asks again
    return 0


if __name__ == "__main__":
    sys.exit(main())
