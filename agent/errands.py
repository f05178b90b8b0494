"""Commands that programs of their own carry out: kept until they have answered.

`<id>.json` is a command under way, `<id>.<n>.answer.json` what waits to be sealed.
Whoever carries one out holds the lock on `<id>.lock`; it ends with its process.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from agent import durable
from agent.commands.outcome import Outcome
from agent.errors import Busy, StateDamaged
from agent.hosts import host
from shared import command
from shared.command import Command
from shared.encoding import b64, unb64
from shared.errors import ProtocolError

ERRANDS = "errands"  # the folder's usual name
_COMMAND, _ANSWER, _LOCK = ".json", ".answer.json", ".lock"
_LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of a command; `path` goes once it is sealed."""

    command_id: bytes
    wish: str
    outcome: Outcome
    path: Path


class Errands:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, order: Command) -> None:
        durable.make_folder(self._folder, 0o700)
        durable.write_json(self._path(order.id), {"command": b64(order.raw)})

    def holds(self, command_id: bytes) -> bool:
        return self._path(command_id).exists()

    def load(self, command_id: bytes) -> Command:
        """Raises StateDamaged."""
        data = durable.read_json(self._path(command_id)) or {}
        try:
            return command.parse(unb64(data["command"]))
        except (KeyError, TypeError, ProtocolError) as error:
            raise StateDamaged(self._path(command_id).name) from error

    def end(self, command_id: bytes) -> None:
        self._path(command_id).unlink(missing_ok=True)
        self._path(command_id, _LOCK).unlink(missing_ok=True)

    def answer(self, command_id: bytes, wish: str, outcome: Outcome) -> None:
        """Leave word for the next beat, which seals and sends it."""
        said = sorted(self._folder.glob(f"{command_id.hex()}.*{_ANSWER}"))
        number = int(said[-1].name.split(".")[1]) + 1 if said else 0
        path = self._path(command_id, f".{number:04}{_ANSWER}")
        durable.write_json(path, {"wish": wish, **outcome.to_json()})

    def answers(self) -> Iterator[Answer]:
        """In the order they were given; a damaged one is set aside."""
        for path in sorted(self._folder.glob(f"*{_ANSWER}")):
            try:
                data = durable.read_json(path) or {}
                outcome = Outcome.from_json(data)
                yield Answer(bytes.fromhex(path.name[:32]), str(data["wish"]), outcome, path)
            except (KeyError, TypeError, ValueError, StateDamaged):
                durable.set_aside(path)

    def idle(self) -> list[bytes]:
        """Commands that nobody carries out just now: new ones, and those a kill interrupted."""
        found = []
        for path in sorted(self._folder.glob(f"{'?' * 32}{_COMMAND}")):
            command_id = bytes.fromhex(path.name[:32])
            with suppress(Busy), self.held(command_id):
                found.append(command_id)
        return found

    @contextmanager
    def held(self, command_id: bytes) -> Iterator[None]:
        """For as long as it is carried out. Raises Busy when another process does that."""
        durable.make_folder(self._folder, 0o700)
        path = self._path(command_id, _LOCK)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not host.try_lock(file):
                raise Busy("This command is being carried out already.")
            yield
        finally:
            os.close(file)

    @property
    def leaving(self) -> bool:
        """A wipe went through that was to take the agent's own keys at last."""
        return (self._folder / _LEAVING).exists()

    def mark_leaving(self) -> None:
        durable.write(self._folder / _LEAVING, b"")

    def _path(self, command_id: bytes, ending: str = _COMMAND) -> Path:
        return self._folder / f"{command_id.hex()}{ending}"
