"""The last orders heard, kept over reboots. Never goes back: neither the serial nor the time."""

from pathlib import Path

from agent import durable
from agent.errors import StateDamaged
from shared import orders
from shared.encoding import b64, unb64
from shared.errors import ProtocolError

NAME = "standing.json"
HISTORY = "orders"


class Standing:
    """The orders in force. Whatever changes them is on disk before anybody can act on it."""

    def __init__(self, folder: Path, first: orders.Orders) -> None:
        """Serial 1 of pairing, until something newer is read or heard."""
        self._path = folder / NAME
        self._history = folder / HISTORY
        self._first = first
        self.orders = first
        self._signed_time = self.orders.will.t

    @classmethod
    def load(cls, folder: Path, first: orders.Orders) -> "Standing":
        """Raises StateDamaged."""
        standing = cls(folder, first)
        data = durable.read_json(standing._path)
        if data is None:
            # Pairing writes the file, so somebody has removed it: as bad as damaged.
            raise StateDamaged(NAME)
        try:
            standing.orders = orders.parse(unb64(data["orders"]))
            _ = standing.orders.will  # damage must show now, not at the next look
            standing._signed_time = int(data["signed_time"])
        except (KeyError, TypeError, ProtocolError) as error:
            raise StateDamaged(NAME) from error
        return standing

    def save(self) -> None:
        data = {"orders": b64(self.orders.raw), "signed_time": self._signed_time}
        durable.write_json(self._path, data)

    def now(self, clock: int) -> int:
        """now* (ms): a clock set back revives nothing."""
        return max(clock, self._signed_time)

    def hear(self, raw: bytes, clock: int) -> bool:
        """Take newer orders; True when they are new. Raises ProtocolError for what is not genuine,
        not next, or not for this laptop.
        """
        if raw == self.orders.raw:
            return False
        heard = orders.parse(raw)
        pinned = self._first.will.owner
        orders.accept(heard, self.orders, self._first.device_id, pinned, self.now(clock))
        signed_time = max(self._signed_time, heard.will.t)
        before = self.orders, self._signed_time
        durable.make_folder(self._history, 0o700)
        durable.write(self._history / f"{heard.serial:010}.bin", raw)
        self.orders, self._signed_time = heard, signed_time
        self._save_or(before)
        return True

    def history(self) -> list[bytes]:
        """All orders heard since pairing, for a program that checks them from the first."""
        return [path.read_bytes() for path in sorted(self._history.glob("*.bin"))]

    def note_signed_time(self, t: int) -> None:
        """Remember that the owner signed something at `t` (ms).

        Only the owner's signatures count: with receipts, a portal could move time ahead and so end
        a mandate.
        """
        if t > self._signed_time:
            before = self.orders, self._signed_time
            self._signed_time = t
            self._save_or(before)

    def note_end_of_mandate(self, clock: int) -> None:
        """A mandate seen to have ended stays ended, whatever the clock says afterwards."""
        theft = self.orders.will.theft
        if theft and self.now(clock) >= theft.ends:
            self.note_signed_time(theft.ends)

    def _save_or(self, before: tuple[orders.Orders, int]) -> None:
        """What could not be kept must not be acted on."""
        try:
            self.save()
        except OSError:
            self.orders, self._signed_time = before
            raise
