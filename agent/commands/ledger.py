"""Which commands have been dealt with. On disk before a command acts, so that none acts twice."""

from pathlib import Path

from agent import durable
from agent.errors import StateDamaged
from shared.checkin import NO_COMMAND
from shared.command import Command

NAME = "commands.json"


class Ledger:
    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self.last = NO_COMMAND
        self.begun = NO_COMMAND
        self.not_before = 0
        self._counters: dict[str, int] = {}

    def load(self) -> None:
        """Raises StateDamaged."""
        data = durable.read_json(self._path)
        if data is None:
            # Pairing writes the file. Without it, commands already done could be done again.
            raise StateDamaged(NAME)
        try:
            self.last = bytes.fromhex(data["last"])
            self.begun = bytes.fromhex(data["begun"])
            self.not_before = int(data["not_before"])
            self._counters = {str(kid): int(n) for kid, n in data["counters"].items()}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StateDamaged(NAME) from error

    def start_over(self, now: int) -> None:
        """After a loss: what was issued before `now` (ms) may have been done already."""
        self.not_before = now
        self.save()

    def knows(self, order: Command) -> bool:
        return order.terms.counter <= self._counters.get(order.signer.hex(), 0)

    def begin(self, order: Command) -> None:
        self.begun = order.id
        self._counters[order.signer.hex()] = order.terms.counter
        self.save()

    def finish(self, command_id: bytes) -> None:
        self.last, self.begun = command_id, NO_COMMAND
        self.save()

    def save(self) -> None:
        data = {
            "last": self.last.hex(),
            "begun": self.begun.hex(),
            "not_before": self.not_before,
            "counters": self._counters,
        }
        durable.write_json(self._path, data)
