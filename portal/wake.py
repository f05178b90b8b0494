"""The wake channel: laptops wait here for a word, which only ever says "check in now"."""

import asyncio
import hashlib
import struct
from dataclasses import dataclass
from datetime import timedelta

from portal.intake.outcome import Told
from shared.crypto import same
from shared.encoding import b64, unb64
from shared.errors import Malformed

PATIENCE = timedelta(minutes=4)  # below what routers give an idle connection
MOST_PARKED = 10_000
_VALID_MS = 24 * 60 * 60 * 1000
_TICKET = struct.Struct(">QQQQ")


@dataclass(frozen=True, slots=True)
class Ticket:
    """Which laptop may wait, and what it had been told when it got the ticket.

    Without the latter a laptop that does not accept its newest orders would be woken for them
    again and again.
    """

    device: int
    told: Told


@dataclass(frozen=True, slots=True)
class TicketOffice:
    """Writes and reads tickets; a ticket is good for a day and for waiting only."""

    pepper: bytes

    def write(self, ticket: Ticket, now: int) -> str:
        told = ticket.told
        content = _TICKET.pack(ticket.device, now + _VALID_MS, told.orders_serial, told.command)
        return b64(content + self._mac(content))

    def read(self, text: str, now: int) -> Ticket | None:
        """None for a forged or outdated one."""
        try:
            raw = unb64(text)
        except Malformed:
            return None
        content, mac = raw[: _TICKET.size], raw[_TICKET.size :]
        if not same(mac, self._mac(content)) or len(content) != _TICKET.size:
            return None
        device, expires, serial, command = _TICKET.unpack(content)
        return Ticket(device, Told(serial, command)) if now < expires else None

    def _mac(self, content: bytes) -> bytes:
        # Not HMAC: every answer brings a ticket, and this takes a tenth of the time.
        mac = hashlib.blake2b(content, key=self.pepper, person=b"wake-ticket", digest_size=16)
        return mac.digest()


class Parking:
    """One waiting connection for each laptop; lives on one event loop."""

    def __init__(self) -> None:
        self._parked: dict[int, asyncio.Future[bool]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def park(self, device: int) -> asyncio.Future[bool]:
        """A future that becomes true when the laptop is called, false when it came again."""
        self._loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = self._loop.create_future()
        if len(self._parked) >= MOST_PARKED and device not in self._parked:
            future.set_result(False)
            return future
        self._answer(device, False)
        self._parked[device] = future
        return future

    def leave(self, device: int, future: asyncio.Future[bool]) -> None:
        """Stop waiting; a later connection of the same laptop stays."""
        if self._parked.get(device) is future:
            del self._parked[device]

    def close(self) -> None:
        """Send all home; on the loop."""
        for device in list(self._parked):
            self._answer(device, False)

    def wake(self, device: int) -> None:
        """Call a laptop; from any thread, and fine if it does not wait."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._answer, device, True)

    def _answer(self, device: int, word: bool) -> None:
        future = self._parked.pop(device, None)
        if future is not None and not future.done():
            future.set_result(word)
