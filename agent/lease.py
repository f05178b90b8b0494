"""The license of this laptop as its portal last said, believed offline and kept over reboots.

It says what is offered, never what is looked at: a theft goes on whatever stands here.
"""

from collections.abc import Collection
from pathlib import Path

from agent import durable
from agent.errors import StateDamaged
from licensing import lease
from licensing.lease import Lease

NAME = "lease.json"
ASK_EVERY_MS = 24 * 3600 * 1000


class HeldLease:
    """`current` is the last one believed, None where this laptop needs none, or had none yet."""

    def __init__(self, folder: Path, device_key: bytes, roots: Collection[bytes]) -> None:
        self._path = folder / NAME
        self._device_key = device_key
        self._roots = roots
        self._asked = self._seen = 0  # when it was asked for, and when the one held was believed
        self._token = ""
        self.current: Lease | None = None

    def load(self) -> None:
        """Raises StateDamaged. One whose time is over counts as well: it says so."""
        data = durable.read_json(self._path) or {}
        try:
            self._asked, self._seen = int(data.get("asked", 0)), int(data.get("seen", 0))
            self._token = str(data.get("token", ""))
            self.current = self._read(self._token, self._seen) if self._token else None
        except (ValueError, TypeError) as error:  # LeaseRefused is one
            raise StateDamaged(NAME) from error

    def wanted(self, now: int) -> int | None:
        """The seq to ask with, once a day; None where nobody's word would be believed."""
        if not self._roots or abs(now - self._asked) < ASK_EVERY_MS:
            return None
        return self.current.seq if self.current else 0

    def take(self, token: str | None, now: int) -> None:
        """What came for the question. Raises LeaseRefused; then the last good one stays."""
        self._asked = now
        try:
            if token:
                self.current, self._token, self._seen = self._read(token, now), token, now
        finally:
            held = {"asked": now, "token": self._token, "seen": self._seen}
            durable.write_json(self._path, held)

    def _read(self, token: str, now: int) -> Lease:
        least = self.current.seq if self.current else 0
        return lease.read(
            token, roots=self._roots, device_key=self._device_key, now=now, least_seq=least
        )
