"""Who agreed to what: nothing is looked at that the person at the laptop has not agreed to."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from agent import durable
from agent.errors import StateDamaged


@dataclass(frozen=True, slots=True)
class Consent:
    """`who` is the account on the laptop, `t` when (ms), `sensors` what may be looked at.

    `usual` are the accounts of those who use the laptop and are not its owner. `edition` tells
    which wording was read (consent_screen.edition).
    """

    who: str
    t: int
    sensors: tuple[str, ...]
    usual: tuple[str, ...] = ()
    edition: str = ""

    def divide(self, names: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(agreed to, not agreed to), in the order given."""
        asked = tuple(names)
        agreed = tuple(name for name in asked if name in self.sensors)
        return agreed, tuple(name for name in asked if name not in self.sensors)


NOTHING = Consent("", 0, ())


def load(path: Path) -> Consent:
    """What is on file: nothing at all when there is no file. Raises StateDamaged."""
    data = durable.read_json(path)
    if data is None:
        return NOTHING
    try:
        # A file from before that question was asked names nobody.
        usual = tuple(map(str, data.get("usual", ())))
        sensors = tuple(map(str, data["sensors"]))
        return Consent(
            str(data["who"]), int(data["t"]), sensors, usual, str(data.get("edition", ""))
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StateDamaged(path.name) from error


def save(path: Path, consent: Consent) -> None:
    durable.write_json(path, asdict(consent))
