"""When the next beat is, and for which reason: pure decisions on the clock that counts sleep."""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself would cost the supervisor a megabyte
if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_PAUSE_S, LONGEST_PAUSE_S = 30, 600  # between tries when the portal does not answer
SETTLE_S = 5  # one change of network comes as many messages, and waking up brings one
BURST, BURST_S = 3, 30  # beats that others may cause in a time: nobody keeps the laptop busy
SLEPT_S = 10  # less is no sleep
SHORTEST_S = 1
USUAL_POLL_S = 900
MOST_JITTER_S = 30


class Rhythm:
    """All times in seconds since boot. `chance` gives numbers from 0 to 1."""

    def __init__(self, now: float, slept: float, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._asked: tuple[str, float] | None = ("start", now)
        self._due = self._poll_due = now
        self._spawned = (now - BURST_S,) * BURST  # when the last ones were
        self._slept = slept
        self._failures = 0

    def ask(self, why: str, when: float) -> None:
        """Somebody wants a beat; of several the earliest counts."""
        if self._asked is None or when < self._asked[1]:
            self._asked = (why, when)

    def poked(self, why: str, when: float) -> None:
        """Somebody outside wants a beat, who may want too many."""
        self.ask(why, max(when, self._spawned[0] + BURST_S))

    def network_changed(self, now: float) -> None:
        self._failures = 0
        self.poked("network", now + SETTLE_S)

    def notice_sleep(self, now: float, slept: float) -> None:
        """`slept` is all sleep since boot."""
        if slept - self._slept > SLEPT_S:
            self._failures = 0
            self.ask("woke", now + SETTLE_S)
        self._slept = slept

    def reason(self, now: float, listening: bool) -> str | None:
        """Why to beat now, None when it is not time."""
        if self._asked and self._asked[1] <= now:
            return self._asked[0]
        return "due" if self._unasked(listening) <= now else None

    def next(self, listening: bool) -> float:
        unasked = self._unasked(listening)
        return min(unasked, self._asked[1]) if self._asked else unasked

    def began(self, now: float) -> None:
        self._asked = None
        self._spawned = (*self._spawned[1:], now)

    def ended(self, now: float, said: dict[str, str]) -> None:
        """`said` is what the beat left, {} when it failed."""
        wait = _number(said, "wait", LONGEST_PAUSE_S)
        if said.get("reached") == "yes":
            self._failures = 0
        else:
            self._failures += 1
            wait = min(wait, self._pause())
        self._due = now + max(SHORTEST_S, wait)
        own, chance = _number(said, "phase", 0), self._chance()
        poll = _number(said, "poll", USUAL_POLL_S)
        self._poll_due = now + poll + (own + chance) / 2 * MOST_JITTER_S

    def _unasked(self, listening: bool) -> float:
        """At the next look, or sooner where nobody can poke us."""
        return self._due if listening else min(self._due, self._poll_due)

    def _pause(self) -> float:
        """Growing, and anywhere in its upper half: a portal that comes back is not stormed."""
        longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S << min(self._failures - 1, 10))
        return longest * (0.5 + self._chance() / 2)


def _number(said: dict[str, str], name: str, otherwise: float) -> float:
    try:
        return float(said[name])
    except (KeyError, ValueError):
        return otherwise
