"""Who can see what: roles.toml, with the classes that retention.toml lets each one see."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portal.privacy import retention

_FILE = Path(__file__).with_name("roles.toml")


@dataclass(frozen=True, slots=True)
class Role:
    """`sees` are names of classes; none means that nothing is seen."""

    name: str
    who: str
    how: str
    sees: tuple[str, ...]


@cache
def roles() -> tuple[Role, ...]:
    """In the order of the file."""
    rows = tomllib.loads(_FILE.read_text("utf-8"))
    return tuple(Role(name, row["who"], row["how"], _seen_by(name)) for name, row in rows.items())


def _seen_by(name: str) -> tuple[str, ...]:
    return tuple(kept.name for kept in retention.of_people() if name in kept.roles)
