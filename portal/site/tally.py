"""Counting in memory: who came is forgotten with the day, and never written down."""

import secrets
from collections import Counter
from threading import Lock

from portal.intake.store import DAY_MS
from portal.privacy.metrics import Metric
from shared.crypto import KEY_SIZE, domain, hmac_sha256

Counted = tuple[int, Metric, str]  # which day since 1970, what is counted, of which part
_WRITTEN_EVERY_MS = 10 * 60 * 1000


class Tally:
    """Numbers since they were last taken away. A browser is told from another of the same day by
    a salt that is made anew each day and held nowhere but here.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[Counted] = Counter()
        self._day = -1
        self._written = 0
        self._salt = b""
        self._seen: set[bytes] = set()

    def look(self, page: str, address: str, browser: str, now: int) -> None:
        """Somebody looks at a page."""
        with self._lock:
            self._turn(now)
            self._counts[(self._day, Metric.VIEWS, page)] += 1
            said = f"{address}\0{browser}".encode()
            who = hmac_sha256(self._salt, domain("visitor-of-a-day"), said)
            if who not in self._seen:
                self._seen.add(who)
                self._counts[(self._day, Metric.VISITORS, "")] += 1

    def use(self, part: str, now: int) -> None:
        """Some owner does something."""
        with self._lock:
            self._turn(now)
            self._counts[(self._day, Metric.USES, part)] += 1

    def take(self, now: int) -> dict[Counted, int]:
        """What is to be written down by now, most often nothing; it is forgotten here."""
        with self._lock:
            if now - self._written < _WRITTEN_EVERY_MS:
                return {}
            self._written = now
            taken, self._counts = dict(self._counts), Counter()
            return taken

    def _turn(self, now: int) -> None:
        if now // DAY_MS != self._day:
            self._day = now // DAY_MS
            self._salt = secrets.token_bytes(KEY_SIZE)
            self._seen = set()
