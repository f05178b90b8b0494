"""Why the cameras rest although a theft is open: somebody who usually uses this laptop has unlocked
it, or somebody at it says that it is theirs.

A sign-in or an unlock after the mark took that person's own password, so the laptop seems to be
where it belongs. The owner is told, and pictures go on only once she has answered that very word.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from agent import durable
from agent.errors import StateDamaged
from agent.hosts.signed_in import Session
from shared.orders import Theft

NAME = "holds.json"
PAUSE_MS = timedelta(hours=72) // timedelta(milliseconds=1)


class Why(StrEnum):
    USUAL_USER = "usual-user"
    CANNOT_TELL = "cannot-tell"  # nobody says who is signed in: no picture just now
    DISPUTED = "disputed"


WORDS: Mapping[str, str] = {
    Why.USUAL_USER: "somebody who usually uses this laptop has unlocked it",
    Why.CANNOT_TELL: "it cannot be told whether its usual user is signed in",
    Why.DISPUTED: "somebody at the laptop says that it is theirs",
}


@dataclass(frozen=True, slots=True)
class _Known:
    """Of one theft. `open` are the sessions that were open when it began and were never locked
    since, of this boot: whoever sits there needed no password. Times in ms, of now*.
    """

    theft: str
    boot: str = ""
    open: tuple[str, ...] = ()
    unsure: bool = True
    seen: int | None = None
    disputed: int | None = None


class Holds:
    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._known: _Known | None = None

    def load(self) -> None:
        """Raises StateDamaged."""
        try:
            if data := durable.read_json(self._path):
                self._known = _Known(**data | {"open": tuple(data["open"])})
        except (KeyError, TypeError) as error:
            raise StateDamaged(NAME) from error

    def why(self, theft: Theft, guarded: bool, now: int) -> str:
        """Why no picture may be taken now; empty where one may."""
        known = self._of(theft)
        if guarded and known.seen is not None and theft.confirmed != known.seen:
            return Why.USUAL_USER
        if known.disputed is not None and now < known.disputed + PAUSE_MS:
            return Why.DISPUTED
        # What was answered once is answered for this theft: whoever signs in later is known to her.
        return Why.CANNOT_TELL if guarded and known.unsure and known.seen is None else ""

    def watch(
        self, theft: Theft, usual: Iterable[str], present: Iterable[Session] | None, now: int,
        boot: str,
    ) -> int | None:  # fmt: skip
        """Whoever is signed in before a look; when one of the usual users has come back, if so."""
        known = self._of(theft)
        if present is None:
            self._keep(replace(known, unsure=True))
            return None
        names = {name.casefold() for name in usual}
        theirs = [one for one in present if one.account.casefold() in names and not one.locked]
        still = self._open_before(known, theft, theirs, boot)
        unlocked = any(not one.automatic and one.id not in still for one in theirs)
        came_back = now if unlocked and known.seen is None else None
        is_open = tuple(one.id for one in theirs)
        seen = known.seen or came_back
        self._keep(replace(known, boot=boot, open=is_open, unsure=False, seen=seen))
        return came_back

    def dispute(self, theft: Theft, now: int) -> int | None:
        """Somebody says that the laptop is theirs; until when no pictures, None the second time."""
        known = self._of(theft)
        if known.disputed is not None:
            return None
        self._keep(replace(known, disputed=now))
        return now + PAUSE_MS

    def _of(self, theft: Theft) -> _Known:
        known = self._known
        return known if known and known.theft == theft.id else _Known(theft.id)

    def _open_before(
        self, known: _Known, theft: Theft, theirs: list[Session], boot: str
    ) -> tuple[str, ...]:
        """The sessions that took no password since the laptop was marked."""
        if known.boot:
            return known.open if known.boot == boot else ()
        return tuple(one.id for one in theirs if (one.began or 0) <= theft.since)

    def _keep(self, known: _Known) -> None:
        if known != self._known:
            durable.write_json(self._path, asdict(known))
            self._known = known
