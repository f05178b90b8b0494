"""When the laptop last rehearsed a theft, and whether it is to do so again by itself.

On disk before it looks: a drill that hangs or dies is not repeated at once.
"""

from datetime import timedelta
from pathlib import Path

from agent import durable
from agent.errors import StateDamaged
from shared.orders import Will

NAME = "drilled.json"
_DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)


class Drills:
    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._last = 0

    def load(self) -> None:
        """Raises StateDamaged."""
        try:
            if data := durable.read_json(self._path):
                self._last = int(data["t"])
        except (KeyError, TypeError, ValueError) as error:
            raise StateDamaged(NAME) from error

    def note(self, now: int) -> None:
        durable.write_json(self._path, {"t": now})
        self._last = now

    def is_due(self, will: Will, now: int) -> bool:
        """`now` is now* (ms). Orders begin the time anew: nobody drills on the day of a theft."""
        if not will.drill_days or will.theft:
            return False
        return now - max(self._last, will.t) >= will.drill_days * _DAY_MS
